package pipelinerun

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"knative.dev/pkg/controller"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/plan"
)

// A Pipeline's labels and annotations are merged in the pass that stores its spec, and in no other: if they can't be written, the spec
// must not be stored either.
func TestMetadataIsWrittenBeforeTheStatus(t *testing.T) {
	t.Parallel()
	down := apierrors.NewInternalError(errors.New("failed calling webhook"))
	pr := newRun()
	pr.Spec.PipelineSpec, pr.Spec.PipelineRef = nil, &v1.PipelineRef{Name: "p"}
	w := newWorld(t, pr)
	w.definitions = pipelines{tasks: w.definitions.(tasks), pipeline: &v1.Pipeline{
		ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "ns", Labels: map[string]string{"team": "x"}, Annotations: map[string]string{"note": "y"}},
		Spec: v1.PipelineSpec{Tasks: []v1.PipelineTask{
			{Name: "a", TaskRef: &v1.TaskRef{Name: "t", Kind: "Task"}},
			{Name: "b", RunAfter: []string{"a"}, TaskRef: &v1.TaskRef{Name: "t", Kind: "Task"}},
		}},
	}}
	w.refuse = func(write string) error {
		if write == "patch/pipelineruns" {
			return down
		}
		return nil
	}
	done, err := w.pass(t, w.stored(t))
	want := []string{"create/taskruns", "patch/pipelineruns", "event/Error", "update/pipelineruns/status", "event/Started"}
	if diff := cmp.Diff(want, done); diff != "" {
		t.Errorf("first pass (-want +got):\n%s", diff)
	}
	if again, _ := controller.IsRequeueKey(err); err == nil || again || controller.IsPermanentError(err) {
		t.Errorf("the first pass ended with %v, want an error that is retried", err)
	}
	if diff := cmp.Diff([]time.Duration{time.Hour + time.Millisecond}, w.again); diff != "" {
		t.Errorf("other passes (-want +got):\n%s", diff)
	}
	started := w.stored(t)
	if !started.HasStarted() || started.Status.PipelineSpec != nil {
		t.Errorf("status after the first pass: %+v", started.Status)
	}

	w.refuse = nil
	done, _ = w.pass(t, started)
	want = []string{"patch/pipelineruns", "update/pipelineruns/status", "event/Running"}
	if diff := cmp.Diff(want, done); diff != "" {
		t.Errorf("second pass (-want +got):\n%s", diff)
	}
	got := w.stored(t)
	if got.Labels["team"] != "x" || got.Labels["tekton.dev/pipeline"] != "p" || got.Annotations["note"] != "y" {
		t.Errorf("labels %v, annotations %v", got.Labels, got.Annotations)
	}

	w.cache(t, finished(ownedTaskRun("run-a", pr.UID)))
	if _, err := w.pass(t, got); err == nil {
		t.Error("want a request to look again")
	}
	b, err := w.pipelines.TektonV1().TaskRuns("ns").Get(t.Context(), "run-b", metav1.GetOptions{})
	if err != nil || b.Labels["team"] != "x" {
		t.Errorf("labels of the next child: %v (%v)", b.GetLabels(), err)
	}
}

func TestMetadataRefusedForGoodDoesNotHoldTheRunUp(t *testing.T) {
	t.Parallel()
	pr := newRun("a")
	w := newWorld(t, pr)
	w.refuse = func(write string) error {
		if write == "patch/pipelineruns" {
			return apierrors.NewBadRequest("no such labels here")
		}
		return nil
	}
	done, err := w.pass(t, pr)
	want := []string{"create/taskruns", "patch/pipelineruns", "update/pipelineruns/status", "event/Error", "event/Started", "event/Running"}
	if diff := cmp.Diff(want, done); diff != "" {
		t.Errorf("writes and events (-want +got):\n%s", diff)
	}
	if again, _ := controller.IsRequeueKey(err); !again {
		t.Errorf("the pass ended with %v", err)
	}
}

func TestEventsAreRecordedOnceTheStatusIsWritten(t *testing.T) {
	t.Parallel()
	pr := newRun("a")
	w := newWorld(t, pr)
	w.refuse = func(write string) error {
		if write == "update/pipelineruns/status" {
			return apierrors.NewInternalError(errors.New("down"))
		}
		return nil
	}
	if done, err := w.pass(t, pr); err == nil || slices.Contains(done, "event/Started") {
		t.Errorf("done: %v, error: %v", done, err)
	}
	w.refuse = nil
	if done, _ := w.pass(t, w.stored(t)); !slices.Contains(done, "event/Started") {
		t.Errorf("done in the second pass: %v", done)
	}
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	at := epoch.Add(time.Minute)
	conflict := apierrors.NewConflict(schema.GroupResource{Resource: "taskruns"}, "run-a", errors.New("changed"))
	tests := map[string]struct {
		step                                plan.Step
		failed, permanent, requeue, collide bool
		after                               time.Duration
		again                               []time.Duration
	}{
		"nothing to do":           {step: plan.Step{}},
		"a time to look again":    {step: plan.Step{WakeAt: at}, failed: true, requeue: true, after: time.Minute},
		"a time that is over":     {step: plan.Step{WakeAt: epoch.Add(-time.Minute)}, failed: true, requeue: true},
		"waiting":                 {step: plan.Step{Failure: failure.Waitingf("R", "soon"), WakeAt: at}, failed: true, requeue: true, after: time.Minute},
		"wrong":                   {step: plan.Step{Failure: failure.Invalidf("R", "wrong")}, failed: true, permanent: true},
		"a passing failure":       {step: plan.Step{Failure: failure.Transientf("R", "later")}, failed: true},
		"the same with a time":    {step: plan.Step{Failure: failure.Transientf("R", "later"), WakeAt: at}, failed: true, again: []time.Duration{time.Minute}},
		"a conflict, told as one": {step: plan.Step{Failure: failure.Transientf("", "creating: %w", conflict)}, failed: true, collide: true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			err := w.answer(newRun("a"), tc.step)
			requeue, after := controller.IsRequeueKey(err)
			if (err != nil) != tc.failed || controller.IsPermanentError(err) != tc.permanent || requeue != tc.requeue || after != tc.after ||
				apierrors.IsConflict(err) != tc.collide {
				t.Errorf("error %v (permanent: %v, requeue: %v after %v, conflict: %v)", err, controller.IsPermanentError(err), requeue, after, apierrors.IsConflict(err))
			}
			if diff := cmp.Diff(tc.again, w.again); diff != "" {
				t.Errorf("other passes (-want +got):\n%s", diff)
			}
		})
	}
}

// A quota that is full must not keep a run from timing out in time.
func TestRefusedChildrenDoNotDelayTheTimeout(t *testing.T) {
	t.Parallel()
	pr := newRun("a")
	w := newWorld(t, pr)
	w.refuse = func(write string) error {
		if write == "create/taskruns" {
			return apierrors.NewForbidden(schema.GroupResource{Resource: "taskruns"}, "run-a", errors.New("exceeded quota: q"))
		}
		return nil
	}
	_, err := w.pass(t, pr)
	if requeue, _ := controller.IsRequeueKey(err); err == nil || requeue {
		t.Errorf("the pass ended with %v, want an error that is retried", err)
	}
	if diff := cmp.Diff([]time.Duration{time.Hour + time.Millisecond}, w.again); diff != "" {
		t.Errorf("other passes (-want +got):\n%s", diff)
	}
}

func TestAChildThatCannotBeReadDoesNotStopTheClock(t *testing.T) {
	t.Parallel()
	pr := newRun("a")
	w := newWorld(t, pr)
	if _, err := w.pass(t, pr); err == nil {
		t.Fatal("want a request to look again")
	}
	w.clock.SetTime(epoch.Add(time.Minute))
	w.pipelines.PrependReactor("get", "taskruns", broken)
	stored := w.stored(t)
	done, err := w.pass(t, stored)
	if requeue, _ := controller.IsRequeueKey(err); err == nil || requeue || len(done) > 0 || len(w.again) != 1 {
		t.Errorf("done %v, error %v, other passes %v", done, err, w.again)
	}
	w.clock.SetTime(epoch.Add(time.Hour + time.Second))
	if _, err := w.pass(t, stored); err != nil {
		t.Error(err)
	}
	if c := w.stored(t).Status.GetCondition("Succeeded"); c.GetReason() != "PipelineRunTimeout" {
		t.Errorf("condition %v", c)
	}
}

func TestAClaimThatCannotBeReadDoesNotKeepTheRunFromStarting(t *testing.T) {
	t.Parallel()
	pr := newRun("a")
	pr.Spec.PipelineSpec.Workspaces = []v1.PipelineWorkspaceDeclaration{{Name: "w"}}
	pr.Spec.Workspaces = []v1.WorkspaceBinding{{Name: "w", VolumeClaimTemplate: &corev1.PersistentVolumeClaim{}}}
	w := newWorld(t, pr)
	w.kubefake.PrependReactor("get", "persistentvolumeclaims", broken)
	done, err := w.pass(t, pr)
	if requeue, _ := controller.IsRequeueKey(err); err == nil || requeue || !slices.Contains(done, "update/pipelineruns/status") || slices.Contains(done, "create/taskruns") {
		t.Errorf("done %v, error %v", done, err)
	}
	if got := w.stored(t); !got.HasStarted() || got.Status.GetCondition("Succeeded") == nil {
		t.Errorf("status %+v", got.Status)
	}
}
