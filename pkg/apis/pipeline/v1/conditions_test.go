package v1_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

func TestSetCondition(t *testing.T) {
	t.Parallel()
	first := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	second := first.Add(time.Minute)
	at := func(now time.Time) apis.VolatileTime { return apis.VolatileTime{Inner: metav1.NewTime(now)} }

	var status v1.TaskRunStatus
	status.SetCondition(apis.Condition{Type: v1.ConditionTrustedResourcesVerified, Status: corev1.ConditionTrue}, first)
	if !status.MarkRunning(v1.TaskRunReasonRunning, "100% of it", first) {
		t.Error("a new condition is no change")
	}
	shared := status.DeepCopy()
	shared.Conditions = status.Conditions
	if status.MarkRunning(v1.TaskRunReasonRunning, "100% of it", second) {
		t.Error("the same condition is a change")
	}
	if !status.MarkRunning(v1.TaskRunReasonRunning, "another message", second) {
		t.Error("another message is no change")
	}
	want := apis.Conditions{
		{Type: apis.ConditionSucceeded, Status: corev1.ConditionUnknown, Reason: "Running", Message: "another message", LastTransitionTime: at(second)},
		{Type: v1.ConditionTrustedResourcesVerified, Status: corev1.ConditionTrue, LastTransitionTime: at(first)},
	}
	if diff := cmp.Diff(want, status.GetConditions()); diff != "" {
		t.Errorf("conditions (-want +got):\n%s", diff)
	}
	if message := shared.GetCondition(apis.ConditionSucceeded).Message; message != "100% of it" {
		t.Errorf("a status that shared the list got the message %q", message)
	}
}

func TestRunStates(t *testing.T) {
	t.Parallel()
	type state struct{ done, successful, failed bool }
	now := time.Now()
	for _, tc := range []struct {
		name string
		task func(*v1.TaskRunStatus)
		run  func(*v1.PipelineRunStatus)
		want state
	}{{
		name: "new", task: func(*v1.TaskRunStatus) {}, run: func(*v1.PipelineRunStatus) {},
	}, {
		name: "running",
		task: func(s *v1.TaskRunStatus) { s.MarkRunning(v1.TaskRunReasonRunning, "", now) },
		run:  func(s *v1.PipelineRunStatus) { s.MarkRunning(v1.PipelineRunReasonRunning, "", now) },
	}, {
		name: "succeeded",
		task: func(s *v1.TaskRunStatus) { s.MarkSucceeded(v1.TaskRunReasonSuccessful, "", now) },
		run:  func(s *v1.PipelineRunStatus) { s.MarkSucceeded(v1.PipelineRunReasonCompleted, "", now) },
		want: state{done: true, successful: true},
	}, {
		name: "failed",
		task: func(s *v1.TaskRunStatus) { s.MarkFailed(v1.TaskRunReasonStepFailed, "", now) },
		run:  func(s *v1.PipelineRunStatus) { s.MarkFailed(v1.PipelineRunReasonFailed, "", now) },
		want: state{done: true, failed: true},
	}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tr, pr := &v1.TaskRun{}, &v1.PipelineRun{}
			tc.task(&tr.Status)
			tc.run(&pr.Status)
			if got := (state{tr.IsDone(), tr.IsSuccessful(), tr.IsFailure()}); got != tc.want {
				t.Errorf("TaskRun: got %+v, want %+v", got, tc.want)
			}
			if got := (state{pr.IsDone(), pr.IsSuccessful(), pr.IsFailure()}); got != tc.want {
				t.Errorf("PipelineRun: got %+v, want %+v", got, tc.want)
			}
		})
	}
}

func TestIsManagedHere(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{"": true, "tekton.dev/pipeline": true, "kueue.x-k8s.io/multikueue": false} {
		tr := &v1.TaskRun{Spec: v1.TaskRunSpec{ManagedBy: &value}}
		pr := &v1.PipelineRun{Spec: v1.PipelineRunSpec{ManagedBy: &value}}
		if tr.IsManagedHere() != want || pr.IsManagedHere() != want {
			t.Errorf("managedBy %q: want %t", value, want)
		}
	}
	if !(&v1.TaskRun{}).IsManagedHere() {
		t.Error("a run without managedBy is not managed here")
	}
}

// TestTaskJSON shows what objects look like in the API: members that nobody set are left out. What is signed is package canonical's
// business.
func TestTaskJSON(t *testing.T) {
	t.Parallel()
	task := v1.Task{
		TypeMeta:   metav1.TypeMeta{Kind: "Task", APIVersion: "tekton.dev/v1"},
		ObjectMeta: metav1.ObjectMeta{Name: "n", Namespace: "ns"},
		Spec:       v1.TaskSpec{Steps: []v1.Step{{Name: "a", Image: "b"}}},
	}
	want := `{"kind":"Task","apiVersion":"tekton.dev/v1","metadata":{"name":"n","namespace":"ns"},"spec":{"steps":[{"name":"a","image":"b"}]}}`
	if diff := cmp.Diff(want, jsonText(t, task)); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	// The name of the pod is always there (contract 2 §9.1).
	if diff := cmp.Diff(`{"podName":""}`, jsonText(t, v1.TaskRunStatus{})); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
}

func jsonText(t *testing.T, object any) string {
	t.Helper()
	text, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
