package pipelinerun

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/reconciler/recent"
)

func TestChildrenAreKnownFromTheirCreation(t *testing.T) {
	t.Parallel()
	pr := newRun("a")
	references := []v1.ChildStatusReference{
		{TypeMeta: runtime.TypeMeta{Kind: "TaskRun"}, Name: "run-a"},
		{TypeMeta: runtime.TypeMeta{Kind: "CustomRun"}, Name: "run-b"},
		{TypeMeta: runtime.TypeMeta{Kind: "PipelineRun"}, Name: "run-c"},
	}
	pr.Status.ChildReferences = references
	w := newWorld(t, pr)
	w.recent.Made(pr.UID, ownedTaskRun("run-a", pr.UID))
	w.recent.Made(pr.UID, &v1beta1.CustomRun{ObjectMeta: metav1.ObjectMeta{Name: "run-b"}})
	w.recent.Made(pr.UID, &v1.PipelineRun{ObjectMeta: metav1.ObjectMeta{Name: "run-c"}})
	expect := func(want [3]int, again, reads int) {
		t.Helper()
		w.again = nil
		w.pipelines.ClearActions()
		got := w.children.of(context.Background(), pr)
		if got.Err != nil {
			t.Fatal(got.Err)
		}
		if diff := cmp.Diff(want, [3]int{len(got.TaskRuns), len(got.CustomRuns), len(got.PipelineRuns)}); diff != "" {
			t.Errorf("TaskRuns, CustomRuns, PipelineRuns (-want +got):\n%s", diff)
		}
		if len(w.again) != again || len(w.pipelines.Actions()) != reads {
			t.Errorf("another look was asked for %d times, want %d; the API was asked %d times, want %d", len(w.again), again, len(w.pipelines.Actions()), reads)
		}
	}
	expect([3]int{1, 1, 1}, 3, 0)

	w.cache(t, ownedTaskRun("run-a", pr.UID))
	expect([3]int{1, 1, 1}, 2, 0)

	other := pr.DeepCopy()
	other.UID = "another one of the same name"
	other.Status.ChildReferences = nil
	if got := w.children.of(context.Background(), other); len(got.CustomRuns)+len(got.PipelineRuns) > 0 {
		t.Errorf("a run that has made nothing has children %+v", got)
	}

	w.clock.SetTime(epoch.Add(recent.Trust))
	expect([3]int{1, 0, 0}, 0, 2)

	// They are gone, and not looked for again.
	expect([3]int{1, 0, 0}, 0, 0)

	w.recent.Made(pr.UID, &v1beta1.CustomRun{ObjectMeta: metav1.ObjectMeta{Name: "run-b"}})
	expect([3]int{1, 1, 0}, 1, 0)
}

func TestPassKnowsTheChildrenThatThePassBeforeMade(t *testing.T) {
	t.Parallel()
	pr := newRun("a", "b")
	w := newWorld(t, pr)
	if _, err := w.pass(t, pr); err == nil {
		t.Fatal("want a request to look again")
	}
	// The cache shows the status, and not the children.
	if writes, _ := w.pass(t, w.stored(t)); len(writes) != 0 {
		t.Errorf("the second pass wrote %v", writes)
	}
	if n := w.gets("taskruns"); n != 0 {
		t.Errorf("%d TaskRuns were read", n)
	}
}
