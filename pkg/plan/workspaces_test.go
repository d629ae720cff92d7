package plan_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/plan"
)

const workspaces = `
metadata: {name: pr}
spec:
  params: [{name: dir, value: here}]
  workspaces:
  - {name: template, volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce]}}}
  - {name: claim, subPath: $(params.dir)/$(context.pipelineRun.name)/, persistentVolumeClaim: {claimName: c}}
  - {name: tmp, emptyDir: {}}
  pipelineSpec:
    workspaces: [{name: template}, {name: claim}, {name: tmp, optional: true}, {name: unbound, optional: true}]
    tasks:
    - name: a
      taskRef: {name: task}
      workspaces:
      - {name: one, workspace: template}
      - {name: two, workspace: claim, subPath: ../sub}
      - {name: maybe, workspace: unbound}
    - name: inline
      taskSpec: {steps: [{image: i, script: "ls $(workspaces.tmp.path) $(workspaces.unbound.bound)"}]}
---
kind: Task
metadata: {name: task}
spec: {workspaces: [{name: one}, {name: two}, {name: maybe, optional: true}]}
`

const (
	templateClaim     = "pvc-7b3868ad69"
	templateAssistant = "affinity-assistant-fa5fddac3a"
	claimAssistant    = "affinity-assistant-cf63c13d74"
)

func claimSource(name string) *corev1.PersistentVolumeClaimVolumeSource {
	return &corev1.PersistentVolumeClaimVolumeSource{ClaimName: name}
}

func TestWorkspaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workspaces)
	step := w.pass()
	w.expect(step, "create claim "+templateClaim, "create assistant "+templateAssistant, "create assistant "+claimAssistant,
		"create TaskRun pr-a", "create TaskRun pr-inline")
	want := []v1.WorkspaceBinding{
		{Name: "one", PersistentVolumeClaim: claimSource(templateClaim)},
		{Name: "two", SubPath: "here/sub", PersistentVolumeClaim: claimSource("c")},
	}
	if diff := cmp.Diff(want, w.taskRuns["pr-a"].Spec.Workspaces); diff != "" {
		t.Errorf("workspaces (-want +got):\n%s", diff)
	}
	if got := w.taskRuns["pr-a"].Annotations["pipeline.tekton.dev/affinity-assistant"]; got != claimAssistant {
		t.Errorf("assistant %q, want that of the last workspace", got)
	}
	want = []v1.WorkspaceBinding{{Name: "tmp", EmptyDir: &corev1.EmptyDirVolumeSource{}}}
	if diff := cmp.Diff(want, w.taskRuns["pr-inline"].Spec.Workspaces); diff != "" {
		t.Errorf("propagated workspaces (-want +got):\n%s", diff)
	}
	if _, ok := w.taskRuns["pr-inline"].Annotations["pipeline.tekton.dev/affinity-assistant"]; ok {
		t.Error("a TaskRun without claims has an assistant")
	}
	w.succeed("pr-a")
	w.succeed("pr-inline")
	w.passOnce()
	_, step = w.next()
	w.expect(step, "delete assistant "+templateAssistant, "delete assistant "+claimAssistant)
	w.expectQuiet()
	if !w.claims[templateClaim].Exists {
		t.Error("the claim was deleted")
	}
}

func TestClaimsAreReused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workspaces)
	w.claims[templateClaim] = plan.Claim{Exists: true}
	w.statefulSets[templateAssistant] = plan.StatefulSet{Exists: true}
	w.expect(w.pass(), "create assistant "+claimAssistant, "create TaskRun pr-a", "create TaskRun pr-inline")
}

func TestCoscheduleModes(t *testing.T) {
	t.Parallel()
	const (
		whole      = "affinity-assistant-0510eddd78"
		wholeClaim = templateClaim + "-" + whole + "-0"
	)
	cases := map[string]struct {
		mode                   string
		annotations            map[string]string
		create, cleanUp        []string
		assistant, inlineOne   string
		templateClaimInBinding string
	}{
		"disabled": {
			mode:   config.CoscheduleDisabled,
			create: []string{"create claim " + templateClaim}, templateClaimInBinding: templateClaim,
		},
		"disabled ignores the annotation": {
			mode: config.CoscheduleDisabled, annotations: map[string]string{"tekton.dev/auto-cleanup-pvc": "true"},
			create: []string{"create claim " + templateClaim}, templateClaimInBinding: templateClaim,
		},
		"pipelineruns": {
			mode:   config.CoschedulePipelineRuns,
			create: []string{"create assistant " + whole}, cleanUp: []string{"delete assistant " + whole, "delete claim " + wholeClaim},
			assistant: whole, inlineOne: whole, templateClaimInBinding: wholeClaim,
		},
		"isolate-pipelinerun": {
			mode:   config.CoscheduleIsolatePipelineRun,
			create: []string{"create assistant " + whole}, cleanUp: []string{"delete assistant " + whole, "delete claim " + wholeClaim},
			assistant: whole, inlineOne: whole, templateClaimInBinding: wholeClaim,
		},
		"workspaces with clean-up": {
			mode: config.CoscheduleWorkspaces, annotations: map[string]string{"tekton.dev/auto-cleanup-pvc": "true"},
			create: []string{"create claim " + templateClaim, "create assistant " + templateAssistant, "create assistant " + claimAssistant},
			cleanUp: []string{
				"delete assistant " + templateAssistant, "delete assistant " + claimAssistant, "delete claim " + templateClaim,
			},
			assistant: claimAssistant, templateClaimInBinding: templateClaim,
		},
		"workspaces with another value": {
			mode: config.CoscheduleWorkspaces, annotations: map[string]string{"tekton.dev/auto-cleanup-pvc": "True"},
			create:    []string{"create claim " + templateClaim, "create assistant " + templateAssistant, "create assistant " + claimAssistant},
			cleanUp:   []string{"delete assistant " + templateAssistant, "delete assistant " + claimAssistant},
			assistant: claimAssistant, templateClaimInBinding: templateClaim,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, workspaces)
			w.flags.Coschedule = tc.mode
			w.pr.Annotations = tc.annotations
			w.expect(w.pass(), append(tc.create, "create TaskRun pr-a", "create TaskRun pr-inline")...)
			// The StatefulSet controller makes the claims of the whole-run modes.
			w.claims[wholeClaim] = plan.Claim{Exists: true}
			for child, want := range map[string]string{"pr-a": tc.assistant, "pr-inline": tc.inlineOne} {
				if got := w.taskRuns[child].Annotations["pipeline.tekton.dev/affinity-assistant"]; got != want {
					t.Errorf("assistant of %s: %q, want %q", child, got, want)
				}
			}
			if got := w.taskRuns["pr-a"].Spec.Workspaces[0].PersistentVolumeClaim.ClaimName; got != tc.templateClaimInBinding {
				t.Errorf("claim %q, want %q", got, tc.templateClaimInBinding)
			}
			w.succeed("pr-a")
			w.succeed("pr-inline")
			w.passOnce()
			_, step := w.next()
			w.expect(step, tc.cleanUp...)
			w.expectQuiet()
		})
	}
}

// refusal is an error of the API and what it means for the run.
type refusal struct {
	kind  plan.RefusalKind
	err   error
	want  string
	class failure.Class
}

var forbidden = apierrors.NewForbidden(schema.GroupResource{Resource: "things"}, "x", errors.New("not yours"))

func TestClaimRefused(t *testing.T) {
	t.Parallel()
	const (
		again = "Unknown PipelineRunPending: Waiting for PVC creation to succeed: PVC creation error, retryable for " + templateClaim + ": "
		final = "False CouldntCreateWorkspacePVC: Failed to create PVC for PipelineRun ns/pr correctly: PVC creation error for " + templateClaim + ": "
	)
	cases := map[string]refusal{
		"quota":     {kind: plan.RefusedByQuota, err: errors.New("no way"), class: failure.Transient, want: again + "no way"},
		"passing":   {kind: plan.RefusedForNow, err: errors.New("no way"), class: failure.Transient, want: again + "no way"},
		"invalid":   {kind: plan.RefusedForGood, err: errors.New("no way"), class: failure.Invalid, want: final + "no way"},
		"forbidden": {kind: plan.RefusedForNow, err: forbidden, class: failure.Invalid, want: final + forbidden.Error()},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, workspaces)
			refuse := func(a plan.Action) (plan.RefusalKind, error) {
				if _, ok := a.(plan.CreateClaim); ok {
					return tc.kind, tc.err
				}
				return 0, nil
			}
			for range 2 {
				seen, step := w.next()
				if w.pr.IsDone() {
					break
				}
				step = plan.Amend(seen, step, w.carryOut(step.Actions, refuse))
				w.store(step)
				w.condition(tc.want)
				if step.Failure == nil || step.Failure.Class != tc.class {
					t.Errorf("failure %v, want class %v", step.Failure, tc.class)
				}
				w.now = w.now.Add(time.Minute)
			}
			if len(w.taskRuns) > 0 || w.pr.Status.ChildReferences != nil {
				t.Errorf("children %v, references %v", w.taskRuns, w.pr.Status.ChildReferences)
			}
			if got := w.pr.Status.GetCondition(apis.ConditionSucceeded).LastTransitionTime.Inner.Time; !got.Equal(epoch) {
				t.Errorf("transition time %v moved", got)
			}
			if w.pr.Status.StartTime == nil {
				t.Error("no start time: timeouts would not run")
			}
		})
	}
}

func TestAssistantRefused(t *testing.T) {
	t.Parallel()
	const (
		again = "Unknown PipelineRunPending: Waiting for StatefulSet creation to succeed: Affinity Assistant creation error, retryable for " + templateAssistant + ": "
		final = "False ReasonCouldntCreateOrUpdateAffinityAssistantStatefulSet: Failed to create StatefulSet for PipelineRun ns/pr correctly: " +
			"Affinity Assistant creation error: [failed to create StatefulSet " + templateAssistant + ": "
	)
	cases := map[string]refusal{
		"quota":     {kind: plan.RefusedByQuota, err: errors.New("no way"), class: failure.Transient, want: again + "no way"},
		"passing":   {kind: plan.RefusedForNow, err: errors.New("no way"), class: failure.Transient, want: again + "no way"},
		"invalid":   {kind: plan.RefusedForGood, err: errors.New("no way"), class: failure.Invalid, want: final + "no way]"},
		"forbidden": {kind: plan.RefusedForNow, err: forbidden, class: failure.Invalid, want: final + forbidden.Error() + "]"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, workspaces)
			seen, step := w.next()
			refused := w.carryOut(step.Actions, func(a plan.Action) (plan.RefusalKind, error) {
				if _, ok := a.(plan.CreateAffinityAssistant); ok {
					return tc.kind, tc.err
				}
				return 0, nil
			})
			step = plan.Amend(seen, step, refused)
			w.store(step)
			w.condition(tc.want)
			if step.Failure == nil || step.Failure.Class != tc.class {
				t.Errorf("failure %v, want class %v", step.Failure, tc.class)
			}
		})
	}
}

func TestClaimUnreadable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workspaces)
	w.claims[templateClaim] = plan.Claim{Err: errors.New("no way")}
	step := w.passOnce()
	w.expect(step)
	if f := step.Failure; f == nil || f.Class != failure.Transient || f.Text != "no way" {
		t.Errorf("failure %v", f)
	}
	w.condition("Unknown Started: ")
	if w.pr.Status.StartTime == nil || step.WakeAt.IsZero() {
		t.Errorf("start time %v, wakes at %v: the timeouts do not run", w.pr.Status.StartTime, step.WakeAt)
	}
	w.after(60)
	w.passOnce()
	w.conditionStarts("False PipelineRunTimeout: ")
}

// Where the controller has no rights, a run ends and says so: nothing that it waits for will change.
func TestClaimForbidden(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workspaces)
	w.claims[templateClaim] = plan.Claim{Err: apierrors.NewForbidden(corev1.Resource("persistentvolumeclaims"), "c", errors.New("no right"))}
	step := w.passOnce()
	w.store(step)
	w.condition("False CouldntCreateWorkspacePVC: Failed to create PVC for PipelineRun ns/pr correctly: " +
		`persistentvolumeclaims "c" is forbidden: no right`)
}

// While something in the way of a final task is tried again, the time of the other tasks is up all the same.
func TestTimeoutsRunWhileAClaimIsUnreadable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workspaces)
	w.pr.Spec.Timeouts.Tasks = minutes(10)
	w.pr.Spec.PipelineSpec.Tasks[0].RunAfter = []string{"inline"}
	w.pr.Spec.PipelineSpec.Tasks = append(w.pr.Spec.PipelineSpec.Tasks, v1.PipelineTask{
		Name: "long", TaskSpec: &v1.EmbeddedTask{TaskSpec: v1.TaskSpec{Steps: []v1.Step{{Image: "i"}}}},
	})
	w.pass()
	w.succeed("pr-inline")
	w.claims[templateClaim] = plan.Claim{Err: errors.New("no way")}
	if step := w.passOnce(); step.Failure == nil || !step.WakeAt.Equal(epoch.Add(10*time.Minute+time.Millisecond)) {
		t.Errorf("failure %v, wakes at %v", step.Failure, step.WakeAt)
	}
	w.after(10)
	w.expect(w.passOnce(), "time out TaskRun pr-long")
}

func TestModeChangesWhileClaimsAreInUse(t *testing.T) {
	t.Parallel()
	const (
		wholeAssistant = "affinity-assistant-0510eddd78"
		wholeClaim     = templateClaim + "-" + wholeAssistant + "-0"
	)
	cases := map[string]struct {
		before, after string
		// first tells whether the first task uses the claim.
		first   bool
		claim   string
		actions []string
	}{
		"from the whole run": {
			before: config.CoschedulePipelineRuns, after: config.CoscheduleWorkspaces, first: true, claim: wholeClaim,
			actions: []string{"create TaskRun pr-b"},
		},
		"to the whole run": {
			before: config.CoscheduleWorkspaces, after: config.CoschedulePipelineRuns, first: true, claim: templateClaim,
			actions: []string{"create TaskRun pr-b"},
		},
		"from disabled to the whole run": {
			before: config.CoscheduleDisabled, after: config.CoschedulePipelineRuns, first: true, claim: templateClaim,
			actions: []string{"create TaskRun pr-b"},
		},
		"from the whole run before anything uses the claim": {
			before: config.CoschedulePipelineRuns, after: config.CoscheduleWorkspaces, claim: templateClaim,
			actions: []string{"create claim " + templateClaim, "create assistant " + templateAssistant, "create TaskRun pr-b"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, `
metadata: {name: pr}
spec:
  workspaces: [{name: template, volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce]}}}]
  pipelineSpec:
    tasks:
    - {name: a, workspaces: [{name: template}], taskSpec: {workspaces: [{name: template}], steps: [{image: i}]}}
    - {name: b, runAfter: [a], workspaces: [{name: template}], taskSpec: {workspaces: [{name: template}], steps: [{image: i}]}}
`)
			if !tc.first {
				w.pr.Spec.PipelineSpec.Tasks[0].Workspaces, w.pr.Spec.PipelineSpec.Tasks[0].TaskSpec.Workspaces = nil, nil
			}
			w.flags.Coschedule = tc.before
			w.pass()
			w.flags.Coschedule = tc.after
			w.succeed("pr-a")
			w.expect(w.pass(), tc.actions...)
			if got := w.taskRuns["pr-b"].Spec.Workspaces[0].PersistentVolumeClaim.ClaimName; got != tc.claim {
				t.Errorf("claim %q, want %q", got, tc.claim)
			}
		})
	}
}

func TestAssistantUnreadable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workspaces)
	w.statefulSets[claimAssistant] = plan.StatefulSet{Err: errors.New("no way")}
	w.passOnce()
	w.condition("False ReasonCouldntCreateOrUpdateAffinityAssistantStatefulSet: Failed to create StatefulSet for PipelineRun ns/pr correctly: " +
		"Affinity Assistant creation error: [failed to retrieve StatefulSet " + claimAssistant + ": no way]")
}

func TestAssistantsOfUnfinishedChildren(t *testing.T) {
	t.Parallel()
	const (
		otherMode = "affinity-assistant-0510eddd78"
		move      = "restart " + claimAssistant + "-0"
		again     = "create assistant " + claimAssistant
	)
	cordoned := plan.StatefulSet{Exists: true, Cordoned: true}
	// In the pass that is looked at, a waits for its place, and what runs after a task that ended may start.
	cases := map[string]struct {
		set    plan.StatefulSet
		change func(*world)
		want   []string
	}{
		"nothing starts": {set: cordoned, want: []string{move}},
		"a child without a claim starts": {
			set: cordoned, change: func(w *world) { w.succeed("pr-plain") },
			want: []string{move, "create TaskRun pr-after-plain"},
		},
		"a child with another assistant starts": {
			set: cordoned, change: func(w *world) { w.succeed("pr-inline") },
			want: []string{move, "create TaskRun pr-with-template"},
		},
		"both assistants are on the node": {
			set: cordoned,
			change: func(w *world) {
				w.succeed("pr-inline")
				w.statefulSets[templateAssistant] = cordoned
			},
			want: []string{"restart " + templateAssistant + "-0", move, "create TaskRun pr-with-template"},
		},
		"a child with the same assistant starts": {
			set: cordoned, change: func(w *world) { w.succeed("pr-a") },
			want: []string{move, "create TaskRun pr-next"},
		},
		"the assistant is gone": {set: plan.StatefulSet{}, want: []string{again}},
		"the assistant is gone while a child starts": {
			set: plan.StatefulSet{}, change: func(w *world) { w.succeed("pr-plain") },
			want: []string{again, "create TaskRun pr-after-plain"},
		},
		"nothing is wrong": {
			set: plan.StatefulSet{Exists: true}, change: func(w *world) { w.succeed("pr-plain") },
			want: []string{"create TaskRun pr-after-plain"},
		},
		"the child was told to stop": {
			set:    cordoned,
			change: func(w *world) { w.taskRuns["pr-a"].Spec.Status = v1.TaskRunSpecStatusCancelled },
		},
		"the child is told to stop in this pass": {
			set: cordoned, change: func(w *world) { w.pr.Spec.Status = v1.PipelineRunSpecStatusCancelledRunFinally },
			want: []string{"cancel TaskRun pr-a", "cancel TaskRun pr-inline", "cancel TaskRun pr-plain"},
		},
		"the mode changed": {
			set: cordoned,
			change: func(w *world) {
				w.flags.Coschedule = config.CoschedulePipelineRuns
				bindings := &w.taskRuns["pr-a"].Spec.Workspaces
				*bindings = (*bindings)[1:] // no claim of a template is in use
				w.succeed("pr-plain")
			},
			want: []string{"create assistant " + otherMode, move, "create TaskRun pr-after-plain"},
		},
		"the mode changed while claims of the old one are in use": {
			set: cordoned,
			change: func(w *world) {
				w.flags.Coschedule = config.CoschedulePipelineRuns
				w.succeed("pr-plain")
			},
			want: []string{move, "create TaskRun pr-after-plain"},
		},
		"the mode changed and the assistant is gone": {
			set: plan.StatefulSet{}, change: func(w *world) { w.flags.Coschedule = config.CoscheduleDisabled },
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, workspaces)
			pipeline := w.pr.Spec.PipelineSpec
			more := func(name, like string, after ...string) {
				i := slices.IndexFunc(pipeline.Tasks, func(pt v1.PipelineTask) bool { return pt.Name == like })
				pt := pipeline.Tasks[i].DeepCopy()
				pt.Name, pt.RunAfter = name, after
				pipeline.Tasks = append(pipeline.Tasks, *pt)
			}
			more("next", "a", "a")
			more("plain", "inline")
			more("after-plain", "inline", "plain")
			more("with-template", "inline", "inline")
			pipeline.Tasks[len(pipeline.Tasks)-1].Workspaces = []v1.WorkspacePipelineTaskBinding{{Name: "template"}}
			w.pass()
			w.statefulSets[claimAssistant] = tc.set
			if tc.change != nil {
				tc.change(w)
			}
			w.expect(w.pass(), tc.want...)
		})
	}
}

func TestClaimFromResult(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
metadata: {name: pr}
spec:
  workspaces: [{name: claim, persistentVolumeClaim: {claimName: $(tasks.make.results.name)}}]
  pipelineSpec:
    tasks:
    - {name: make, taskSpec: {results: [{name: name}], steps: [{image: i}]}}
    - {name: use, runAfter: [make], workspaces: [{name: claim}], taskSpec: {workspaces: [{name: claim}], steps: [{image: i}]}}
`)
	w.expect(w.pass(), "create TaskRun pr-make")
	w.succeed("pr-make", "name", "late")
	w.expect(w.pass(), "create assistant "+claimAssistant, "create TaskRun pr-use")
	want := []v1.WorkspaceBinding{{Name: "claim", PersistentVolumeClaim: claimSource("late")}}
	if diff := cmp.Diff(want, w.taskRuns["pr-use"].Spec.Workspaces); diff != "" {
		t.Errorf("workspaces (-want +got):\n%s", diff)
	}
}
