package plan_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/plan"
)

func TestCancel(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chain)
	w.pass()
	w.succeed("pr-a")
	w.pass()
	w.succeed("pr-b")
	w.pr.Spec.Status = v1.PipelineRunSpecStatusCancelled
	w.expect(w.passOnce(), "cancel TaskRun pr-c")
	w.condition(`False Cancelled: PipelineRun "pr" was cancelled`)
	if got := w.taskRuns["pr-c"].Spec.StatusMessage; got != v1.TaskRunCancelledByPipelineMsg {
		t.Errorf("status message %q", got)
	}
	w.skips()
	w.expectQuiet()
}

func TestCancelAdoptsFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chain)
	_, step := w.next()
	w.carryOut(step.Actions, nil) // the status is lost
	w.pr.Spec.Status = v1.PipelineRunSpecStatusCancelled
	w.expect(w.passOnce(), "cancel TaskRun pr-a")
	if len(w.pr.Status.ChildReferences) != 1 {
		t.Errorf("child references %v", w.pr.Status.ChildReferences)
	}
}

func TestCancelBeforeStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chain)
	w.pr.Spec.Status = v1.PipelineRunSpecStatusCancelled
	w.expect(w.pass())
	w.condition(`False Cancelled: PipelineRun "pr" was cancelled`)
	s := w.pr.Status
	if s.StartTime == nil || s.CompletionTime == nil || s.PipelineSpec != nil {
		t.Errorf("start %v, completion %v, spec %v", s.StartTime, s.CompletionTime, s.PipelineSpec)
	}
	if w.pr.Labels[pipeline.PipelineLabelKey] != "pr" {
		t.Errorf("labels %v", w.pr.Labels)
	}
}

func TestCancelRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chain)
	w.pass()
	w.pr.Spec.Status = v1.PipelineRunSpecStatusCancelled
	seen, step := w.next()
	refused := w.carryOut(step.Actions, func(plan.Action) (plan.RefusalKind, error) { return plan.RefusedForNow, errors.New("no way") })
	step = plan.Amend(seen, step, refused)
	w.store(step)
	w.condition("Unknown PipelineRunCouldntCancel: PipelineRun \"pr\" was cancelled but had errors trying to cancel TaskRuns and/or Runs: " +
		"failed to patch TaskRun `pr-a` with cancellation: no way")
	if step.Failure == nil || step.Failure.Class != failure.Transient {
		t.Errorf("failure %v, want a transient one", step.Failure)
	}
	if w.pr.Status.CompletionTime != nil {
		t.Error("the run has a completion time")
	}
	w.expect(w.passOnce(), "cancel TaskRun pr-a")
	w.condition(`False Cancelled: PipelineRun "pr" was cancelled`)
}

func TestTimeoutRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chain)
	w.pass()
	w.after(60)
	seen, step := w.next()
	refused := w.carryOut(step.Actions, func(plan.Action) (plan.RefusalKind, error) { return plan.RefusedForNow, errors.New("no way") })
	w.store(plan.Amend(seen, step, refused))
	w.condition("Unknown PipelineRunCouldntTimeOut: PipelineRun \"pr\" was timed out but had errors trying to time out TaskRuns and/or Runs: " +
		"failed to patch TaskRun `pr-a` with timeout: no way")
}

func TestCancelRunFinally(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withFinally+"")
	next := *w.pr.Spec.PipelineSpec.Tasks[0].DeepCopy()
	next.Name, next.RunAfter = "next", []string{"a"}
	w.pr.Spec.PipelineSpec.Tasks = append(w.pr.Spec.PipelineSpec.Tasks, next)
	w.pass()
	w.pr.Spec.Status = v1.PipelineRunSpecStatusCancelledRunFinally
	w.expect(w.pass(), "cancel TaskRun pr-a")
	w.condition("Unknown CancelledRunningFinally: Tasks Completed: 0 (Failed: 0, Cancelled 0), Incomplete: 2, Skipped: 1")
	w.skips("next: PipelineRun was gracefully cancelled")
	w.obey()
	w.expect(w.pass(), "create TaskRun pr-last")
	w.condition("Unknown CancelledRunningFinally: Tasks Completed: 1 (Failed: 0, Cancelled 1), Incomplete: 1, Skipped: 1")
	w.succeed("pr-last")
	w.pass()
	w.condition(`False Cancelled: PipelineRun "pr" was cancelled`)
	w.skips("next: PipelineRun was gracefully cancelled")
}

func TestStopRunFinally(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withFinally)
	next := *w.pr.Spec.PipelineSpec.Tasks[0].DeepCopy()
	next.Name, next.RunAfter = "next", []string{"a"}
	w.pr.Spec.PipelineSpec.Tasks = append(w.pr.Spec.PipelineSpec.Tasks, next)
	w.pass()
	w.pr.Spec.Status = v1.PipelineRunSpecStatusStoppedRunFinally
	w.expect(w.pass())
	w.condition("Unknown StoppedRunningFinally: Tasks Completed: 0 (Failed: 0, Cancelled 0), Incomplete: 2, Skipped: 1")
	w.skips("next: PipelineRun was gracefully stopped")
	w.succeed("pr-a")
	w.expect(w.pass(), "create TaskRun pr-last")
	w.succeed("pr-last")
	w.pass()
	w.condition(`False Cancelled: PipelineRun "pr" was cancelled`)
}

func TestStopIsUndone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chain)
	w.pass()
	w.pr.Spec.Status = v1.PipelineRunSpecStatusStoppedRunFinally
	w.pass()
	w.pr.Spec.Status = ""
	w.succeed("pr-a")
	w.expect(w.pass(), "create TaskRun pr-b", "create TaskRun pr-c")
	w.skips()
}

func TestPending(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chain)
	w.pr.Spec.Status = v1.PipelineRunSpecStatusPending
	step := w.pass()
	w.expect(step)
	w.condition(`Unknown PipelineRunPending: PipelineRun "pr" is pending`)
	if w.pr.Status.StartTime != nil || !step.WakeAt.IsZero() || w.pr.Status.PipelineSpec != nil {
		t.Errorf("start %v, wake-up %v, spec %v", w.pr.Status.StartTime, step.WakeAt, w.pr.Status.PipelineSpec)
	}
	if w.pr.Labels[pipeline.PipelineLabelKey] != "pr" {
		t.Errorf("labels %v", w.pr.Labels)
	}
	w.after(500)
	w.pr.Spec.Status = ""
	w.expect(w.pass(), "create TaskRun pr-a")
	var reasons []string
	for _, e := range w.events {
		reasons = append(reasons, e.Reason)
	}
	if diff := cmp.Diff([]string{"Started", "PipelineRunPending", "Started", "Running"}, reasons); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestCancelPending(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chain)
	w.pr.Spec.Status = v1.PipelineRunSpecStatusPending
	w.pass()
	w.pr.Spec.Status = v1.PipelineRunSpecStatusCancelled
	w.pass()
	w.condition(`False Cancelled: PipelineRun "pr" was cancelled`)
}

func TestManagedByAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chain)
	other := "someone.else/controller"
	w.pr.Spec.ManagedBy = &other
	_, step := w.next()
	if diff := cmp.Diff(plan.Step{}, step); diff != "" {
		t.Errorf("step (-want +got):\n%s", diff)
	}
}

func TestEventsOfARun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withFinally)
	w.pass()
	w.fail("pr-a")
	w.pass()
	w.succeed("pr-last")
	w.pass()
	want := []plan.Event{
		{Type: "Normal", Reason: "Started"},
		{Type: "Normal", Reason: "Running", Message: "Tasks Completed: 0 (Failed: 0, Cancelled 0), Incomplete: 2, Skipped: 0"},
		{Type: "Normal", Reason: "Running", Message: "Tasks Completed: 1 (Failed: 1, Cancelled 0), Incomplete: 1, Skipped: 0"},
		{Type: "Warning", Reason: "Failed", Message: "Tasks Completed: 2 (Failed: 1, Cancelled 0), Skipped: 0"},
	}
	if diff := cmp.Diff(want, w.events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestPatch(t *testing.T) {
	t.Parallel()
	got, err := plan.StopChild{Kind: "TaskRun", Name: "x", Status: "TaskRunCancelled", Message: "why"}.Patch()
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"op":"add","path":"/spec/status","value":"TaskRunCancelled"},{"op":"add","path":"/spec/statusMessage","value":"why"}]`
	if string(got) != want {
		t.Errorf("patch %s, want %s", got, want)
	}
	got, err = plan.StopChild{Kind: "PipelineRun", Name: "x", Status: "Cancelled"}.Patch()
	if err != nil || string(got) != `[{"op":"add","path":"/spec/status","value":"Cancelled"}]` {
		t.Errorf("patch %s, %v", got, err)
	}
}

func TestChildOfAnUnknownKind(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chain)
	w.pass()
	w.pr.Status.ChildReferences[0].Kind = "Run"
	_, step := w.next()
	if step.Failure == nil || step.Failure.Text != "child with name pr-a has unknown kind Run" || step.Failure.Final() {
		t.Errorf("failure %v", step.Failure)
	}
}

func TestAdoption(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chain)
	_, step := w.next()
	w.carryOut(step.Actions, nil) // the status is lost
	stranger := w.taskRuns["pr-a"].DeepCopy()
	stranger.Name, stranger.OwnerReferences = "stranger", []metav1.OwnerReference{{UID: "someone"}}
	w.taskRuns["stranger"] = stranger
	// Controllers of older releases did not set the label with the UID.
	delete(w.taskRuns["pr-a"].Labels, pipeline.PipelineRunUIDLabelKey)
	w.expect(w.pass())
	if len(w.pr.Status.ChildReferences) != 1 || w.pr.Status.ChildReferences[0].Name != "pr-a" {
		t.Errorf("child references %v", w.pr.Status.ChildReferences)
	}
}

func TestStrangersAreNotAdopted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chain)
	w.pass()
	for name, change := range map[string]func(tr *v1.TaskRun){
		"unlabelled":  func(tr *v1.TaskRun) { tr.Labels = nil },
		"of-another":  func(tr *v1.TaskRun) { tr.Labels[pipeline.PipelineRunLabelKey] = "other" },
		"of-an-older": func(tr *v1.TaskRun) { tr.Labels[pipeline.PipelineRunUIDLabelKey] = "older" },
		"second-owner": func(tr *v1.TaskRun) {
			tr.OwnerReferences = append([]metav1.OwnerReference{{UID: "someone"}}, tr.OwnerReferences...)
		},
	} {
		tr := w.taskRuns["pr-a"].DeepCopy()
		tr.Name = name
		change(tr)
		w.taskRuns[name] = tr
	}
	w.expectQuiet()
}
