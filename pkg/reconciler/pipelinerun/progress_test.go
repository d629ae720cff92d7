package pipelinerun

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgotesting "k8s.io/client-go/testing"
	"knative.dev/pkg/apis"
	duckv1 "knative.dev/pkg/apis/duck/v1"
	"knative.dev/pkg/controller"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/reconciler/recent"
)

// finished returns a TaskRun of a run as its informer shows it at the end.
func finished(tr *v1.TaskRun) *v1.TaskRun {
	tr.Status.CompletionTime = &metav1.Time{Time: epoch}
	tr.Status.SetCondition(apis.Condition{Type: apis.ConditionSucceeded, Status: corev1.ConditionTrue, Reason: "Succeeded"}, epoch)
	return tr
}

func TestProgressIsWrittenOnceInAWhile(t *testing.T) {
	t.Parallel()
	pr := newRun("a", "b", "c", "d")
	for i, before := range []string{"a", "b", "c"} {
		pr.Spec.PipelineSpec.Tasks[i+1].RunAfter = []string{before}
	}
	w := newWorld(t, pr)
	version := 1
	w.pipelines.PrependReactor("update", "pipelineruns", func(action clientgotesting.Action) (bool, runtime.Object, error) {
		version++
		action.(clientgotesting.UpdateAction).GetObject().(*v1.PipelineRun).ResourceVersion = strconv.Itoa(version)
		return false, nil, nil // the tracker stores it
	})
	expect := func(after time.Duration, again time.Duration, want ...string) {
		t.Helper()
		w.clock.SetTime(epoch.Add(after))
		writes, err := w.pass(t, w.stored(t))
		writes = slices.DeleteFunc(writes, func(s string) bool { return strings.HasPrefix(s, "event/") })
		if diff := cmp.Diff(want, writes); diff != "" {
			t.Errorf("writes after %v (-want +got):\n%s", after, diff)
		}
		if ok, delay := controller.IsRequeueKey(err); again > 0 && (!ok || delay != again) {
			t.Errorf("after %v the pass ended with %v, want another one %v later", after, err, again)
		}
	}
	recorded := func(want ...string) {
		t.Helper()
		var got []string
		for _, ref := range w.stored(t).Status.ChildReferences {
			got = append(got, ref.Name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("recorded children (-want +got):\n%s", diff)
		}
	}
	expect(0, 0, "create/taskruns", "patch/pipelineruns", "update/pipelineruns/status")
	recorded("run-a")

	w.cache(t, finished(ownedTaskRun("run-a", pr.UID)))
	expect(100*time.Millisecond, recent.Pause, "create/taskruns")
	expect(150*time.Millisecond, recent.Pause)
	recorded("run-a")

	w.cache(t, finished(ownedTaskRun("run-b", pr.UID)))
	expect(recent.Pause, 0, "create/taskruns", "update/pipelineruns/status")
	recorded("run-a", "run-b", "run-c")

	w.cache(t, finished(ownedTaskRun("run-c", pr.UID)))
	expect(recent.Pause+100*time.Millisecond, recent.Pause, "create/taskruns")

	// The end is not progress.
	w.cache(t, finished(ownedTaskRun("run-d", pr.UID)))
	expect(recent.Pause+200*time.Millisecond, 0, "update/pipelineruns/status")
	recorded("run-a", "run-b", "run-c", "run-d")
	if got := w.stored(t); !got.IsSuccessful() {
		t.Errorf("the run ended with %v", got.Status.Conditions)
	}
}

func TestOnlyProgress(t *testing.T) {
	t.Parallel()
	status := func(change func(*v1.PipelineRunStatus)) v1.PipelineRunStatus {
		s := v1.PipelineRunStatus{PipelineRunStatusFields: v1.PipelineRunStatusFields{
			StartTime:       &metav1.Time{Time: epoch},
			ChildReferences: []v1.ChildStatusReference{{Name: "run-a", PipelineTaskName: "a"}},
		}}
		s.Conditions = duckv1.Conditions{{
			Type: apis.ConditionSucceeded, Status: corev1.ConditionUnknown, Reason: "Running", Message: "Tasks Completed: 0",
		}}
		if change != nil {
			change(&s)
		}
		return s
	}
	more := func(s *v1.PipelineRunStatus) {
		s.ChildReferences = append(slices.Clone(s.ChildReferences), v1.ChildStatusReference{Name: "run-b", PipelineTaskName: "b"})
		s.Conditions[0].Message = "Tasks Completed: 1"
		s.Conditions[0].LastTransitionTime = apis.VolatileTime{Inner: metav1.NewTime(epoch.Add(time.Minute))}
	}
	tests := map[string]struct {
		before, after v1.PipelineRunStatus
		want          bool
	}{
		"nothing":          {status(nil), status(nil), false},
		"the first status": {v1.PipelineRunStatus{}, status(nil), false},
		"another child":    {status(nil), status(more), true},
		"a skipped task": {status(nil), status(func(s *v1.PipelineRunStatus) {
			more(s)
			s.SkippedTasks = []v1.SkippedTask{{Name: "c"}}
		}), false},
		"another reason": {status(nil), status(func(s *v1.PipelineRunStatus) { s.Conditions[0].Reason = "Stopped" }), false},
		"the end":        {status(nil), status(func(s *v1.PipelineRunStatus) { s.Conditions[0].Status = corev1.ConditionTrue }), false},
		"the final tasks": {status(nil), status(func(s *v1.PipelineRunStatus) {
			more(s)
			s.FinallyStartTime = &metav1.Time{Time: epoch}
		}), false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := onlyProgress(tc.before, tc.after); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}
