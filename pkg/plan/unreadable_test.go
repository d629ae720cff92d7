package plan

import (
	"errors"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
)

// next asks for the step of a run of one task with a workspace from a template, and answers what it wants with the given claims and
// affinity assistants.
func nextWith(pr *v1.PipelineRun, children Children, claim Claim, assistant StatefulSet, now time.Time) Step {
	seen := Seen{
		PipelineRun: pr, Children: children, Now: now,
		Config:       Config{FeatureFlags: config.DefaultFeatureFlags(), Defaults: config.DefaultDefaults()},
		Claims:       map[string]Claim{},
		StatefulSets: map[string]StatefulSet{},
	}
	for {
		step := Next(seen)
		if step.Wants.Empty() {
			return step
		}
		for _, name := range step.Wants.Claims {
			seen.Claims[name] = claim
		}
		for _, name := range step.Wants.StatefulSets {
			seen.StatefulSets[name] = assistant
		}
	}
}

// What can't be read keeps a run from going on, and neither from starting nor from timing out.
func TestWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	epoch := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	down := errors.New("down")
	tests := map[string]struct {
		children  Children
		claim     Claim
		assistant StatefulSet
		// class is that of the failure, text is part of the condition's message.
		class failure.Class
		fails bool
		text  string
	}{
		"a claim":          {claim: Claim{Err: down}, assistant: StatefulSet{Exists: true}, class: failure.Transient, fails: true},
		"a recorded child": {children: Children{Err: down}, class: failure.Transient, fails: true},
		"the assistant belongs to an earlier run": {claim: Claim{Exists: true}, assistant: StatefulSet{Foreign: true}, text: "which does not belong to it"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pr := &v1.PipelineRun{
				ObjectMeta: metav1.ObjectMeta{Name: "pr", Namespace: "ns", UID: "u", CreationTimestamp: metav1.NewTime(epoch)},
				Spec: v1.PipelineRunSpec{
					Workspaces: []v1.WorkspaceBinding{{Name: "w", VolumeClaimTemplate: &corev1.PersistentVolumeClaim{}}},
					PipelineSpec: &v1.PipelineSpec{
						Workspaces: []v1.PipelineWorkspaceDeclaration{{Name: "w"}},
						Tasks: []v1.PipelineTask{{
							Name: "a", Workspaces: []v1.WorkspacePipelineTaskBinding{{Name: "w"}},
							TaskSpec: &v1.EmbeddedTask{TaskSpec: v1.TaskSpec{Steps: []v1.Step{{Image: "i"}}, Workspaces: []v1.WorkspaceDeclaration{{Name: "w"}}}},
						}},
					},
				},
			}
			step := nextWith(pr, tc.children, tc.claim, tc.assistant, epoch)
			for _, a := range step.Actions {
				t.Errorf("planned %T", a)
			}
			if got := step.Failure != nil; got != tc.fails || got && (step.Failure.Class != tc.class || !errors.Is(step.Failure, down)) {
				t.Errorf("failure %v", step.Failure)
			}
			cond := step.Status.GetCondition("Succeeded")
			if step.Status.StartTime == nil || !cond.IsUnknown() || !strings.Contains(cond.GetMessage(), tc.text) {
				t.Errorf("start %v, condition %v", step.Status.StartTime, cond)
			}
			if step.WakeAt.IsZero() {
				t.Error("nothing wakes the run at its timeout")
			}
			pr.Status = step.Status
			step = nextWith(pr, tc.children, tc.claim, tc.assistant, epoch.Add(2*time.Hour-time.Minute))
			if c := step.Status.GetCondition("Succeeded"); c.GetReason() != "PipelineRunTimeout" {
				t.Errorf("condition after the timeout: %v", c)
			}
		})
	}
}
