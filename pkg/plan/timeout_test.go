package plan_test

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

func minutes(n int) *metav1.Duration {
	return &metav1.Duration{Duration: time.Duration(n) * time.Minute}
}

func (w *world) after(n int) {
	w.now = epoch.Add(time.Duration(n)*time.Minute + time.Second)
}

func TestPipelineTimeout(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withFinally)
	w.pr.Spec.PipelineSpec.Results = []v1.PipelineResult{{Name: "out", Value: *v1.NewString("$(tasks.done.results.r)")}}
	done := *w.pr.Spec.PipelineSpec.Tasks[0].DeepCopy()
	done.Name = "done"
	next := *done.DeepCopy()
	next.Name, next.RunAfter = "next", []string{"a"}
	w.pr.Spec.PipelineSpec.Tasks = append(w.pr.Spec.PipelineSpec.Tasks, done, next)
	step := w.pass()
	if want := epoch.Add(time.Hour); step.WakeAt.Before(want) || step.WakeAt.After(want.Add(time.Second)) {
		t.Errorf("wakes at %v, want just after %v", step.WakeAt, want)
	}
	w.succeed("pr-done", "r", "text")
	w.pass()
	w.after(60)
	w.expect(w.passOnce(), "time out TaskRun pr-a")
	w.condition(`False PipelineRunTimeout: PipelineRun "pr" failed to finish within "1h0m0s"`)
	w.skips("next: PipelineRun timeout has been reached")
	if len(w.pr.Status.Results) != 1 {
		t.Errorf("results %v, want those of finished tasks", w.pr.Status.Results)
	}
	w.expectQuiet()
}

func TestTasksTimeout(t *testing.T) {
	t.Parallel()
	const two = `
spec:
  timeouts: {pipeline: 1h, tasks: 10m}
  pipelineSpec:
    tasks:
    - {name: a, taskSpec: {steps: [{image: i}]}}
    - {name: b, runAfter: [a], taskSpec: {steps: [{image: i}]}}
`
	t.Run("without finally", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, two)
		w.pass()
		w.after(10)
		w.expect(w.passOnce(), "time out TaskRun pr-a")
		w.condition(`False PipelineRunTimeout: PipelineRun "pr" failed due to tasks failed to finish within "10m0s"`)
		w.skips("b: PipelineRun Tasks timeout has been reached")
	})
	t.Run("with finally", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, two+`
    finally:
    - {name: last, taskSpec: {steps: [{image: i}]}}
`)
		w.pass()
		w.after(10)
		w.expect(w.pass(), "time out TaskRun pr-a")
		w.condition("Unknown PipelineRunTimeoutRunningFinally: Tasks Completed: 0 (Failed: 0, Cancelled 0), Incomplete: 2, Skipped: 1")
		w.obey()
		w.expect(w.pass(), "create TaskRun pr-last")
		w.condition("Unknown PipelineRunTimeoutRunningFinally: Tasks Completed: 1 (Failed: 1, Cancelled 0), Incomplete: 1, Skipped: 1")
		w.succeed("pr-last")
		w.pass()
		w.condition(`False PipelineRunTimeout: PipelineRun "pr" failed due to tasks failed to finish within "10m0s"`)
		w.skips("b: PipelineRun Tasks timeout has been reached")
	})
	t.Run("reached only by finally", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, two+`
    finally:
    - {name: last, taskSpec: {steps: [{image: i}]}}
`)
		w.pass()
		w.succeed("pr-a")
		w.pass()
		w.succeed("pr-b")
		w.pass()
		w.after(20)
		w.expect(w.pass())
		w.condition("Unknown Running: Tasks Completed: 2 (Failed: 0, Cancelled 0), Incomplete: 1, Skipped: 0")
		w.succeed("pr-last")
		w.pass()
		w.condition("True Succeeded: Tasks Completed: 3 (Failed: 0, Cancelled 0), Skipped: 0")
	})
}

func TestFinallyTimeout(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withFinally)
	w.pr.Spec.Timeouts = &v1.TimeoutFields{Pipeline: minutes(60), Tasks: minutes(50)}
	w.pass()
	w.after(5)
	w.succeed("pr-a")
	w.pass()
	w.now = epoch.Add(15*time.Minute + 2*time.Second)
	w.expect(w.pass(), "time out TaskRun pr-last")
	w.condition("Unknown Running: Tasks Completed: 1 (Failed: 0, Cancelled 0), Incomplete: 1, Skipped: 0")
	w.obey()
	w.pass()
	w.condition("False Failed: Tasks Completed: 2 (Failed: 1, Cancelled 0), Skipped: 0")
}

func TestTimedOutLongAgo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withFinally)
	w.pass()
	w.now = epoch.Add(3 * time.Hour)
	w.expect(w.passOnce(), "time out TaskRun pr-a")
	w.condition(`False PipelineRunTimeout: PipelineRun "pr" failed to finish within "1h0m0s"`)
}

func TestNoTimeout(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withFinally)
	w.pr.Spec.Timeouts.Pipeline = &metav1.Duration{}
	step := w.pass()
	if !step.WakeAt.IsZero() {
		t.Errorf("wakes at %v without a limit", step.WakeAt)
	}
	w.now = epoch.Add(1000 * time.Hour)
	w.expect(w.pass())
}

func TestChildTimeouts(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		timeouts    *v1.TimeoutFields
		own         *metav1.Duration
		specs       []v1.PipelineTaskRunSpec
		task, final *metav1.Duration
	}{
		"pipeline timeout is not handed down":     {timeouts: &v1.TimeoutFields{Pipeline: minutes(180)}},
		"own":                                     {timeouts: &v1.TimeoutFields{Pipeline: minutes(180)}, own: minutes(7), task: minutes(7)},
		"a section's limit above the default":     {timeouts: &v1.TimeoutFields{Pipeline: minutes(180), Tasks: minutes(90)}, task: minutes(90), final: minutes(90)},
		"a section's limit below the default":     {timeouts: &v1.TimeoutFields{Pipeline: minutes(80), Tasks: minutes(30)}},
		"no limit for a section":                  {timeouts: &v1.TimeoutFields{Pipeline: minutes(0), Tasks: minutes(0)}, task: minutes(0)},
		"taskRunSpecs go first":                   {own: minutes(7), specs: []v1.PipelineTaskRunSpec{{PipelineTaskName: "a", Timeout: minutes(3)}}, task: minutes(3)},
		"the last entry of taskRunSpecs is alone": {own: minutes(7), specs: []v1.PipelineTaskRunSpec{{PipelineTaskName: "a", Timeout: minutes(3)}, {PipelineTaskName: "a"}}, task: minutes(7)},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, withFinally)
			if tc.timeouts != nil {
				w.pr.Spec.Timeouts = tc.timeouts
			}
			w.pr.Spec.PipelineSpec.Tasks[0].Timeout = tc.own
			w.pr.Spec.TaskRunSpecs = tc.specs
			w.pass()
			w.succeed("pr-a")
			w.pass()
			for child, want := range map[string]*metav1.Duration{"pr-a": tc.task, "pr-last": tc.final} {
				got := w.taskRuns[child].Spec.Timeout
				if (got == nil) != (want == nil) || got != nil && got.Duration != want.Duration {
					t.Errorf("timeout of %s: %v, want %v", child, got, want)
				}
			}
		})
	}
}

func TestTimesAreInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withFinally)
	// The controller's clock is behind that of the API server.
	w.pr.CreationTimestamp = metav1.NewTime(epoch.Add(time.Minute))
	w.passOnce()
	if got := w.pr.Status.StartTime.Time; !got.Equal(epoch.Add(time.Minute)) {
		t.Errorf("started at %v, before the run was created", got)
	}
}

func TestStartIsNotAfterTheFirstChild(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withFinally)
	w.pr.CreationTimestamp = metav1.NewTime(epoch.Add(-time.Hour))
	w.pass()
	w.taskRuns["pr-a"].CreationTimestamp = metav1.NewTime(epoch.Add(-time.Minute))
	w.passOnce()
	if got := w.pr.Status.StartTime.Time; !got.Equal(epoch.Add(-time.Minute)) {
		t.Errorf("started at %v, after its first child was created", got)
	}
}

func TestTimeoutOfAChildIsAFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chain)
	w.pass()
	w.finish("pr-a", corev1.ConditionFalse, "TaskRunTimeout")
	w.pass()
	w.condition("False Failed: Tasks Completed: 1 (Failed: 1, Cancelled 0), Skipped: 3")
}

// A child PipelineRun ends in the very second in which it is stopped, and stored times have no fractions.
func TestChildPipelineRunThatEndsAtOnceIsOutOfTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nested)
	w.pr.Spec.Timeouts = &v1.TimeoutFields{Pipeline: minutes(60), Tasks: minutes(10)}
	w.pass()
	w.succeed("pr-inline")
	w.now = epoch.Add(10*time.Minute + time.Millisecond)
	w.expect(w.pass(), "time out PipelineRun pr-ref")
	w.obey()
	w.pass()
	w.conditionStarts("False PipelineRunTimeout: ")
}
