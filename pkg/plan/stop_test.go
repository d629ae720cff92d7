package plan_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// TestStopWhileARetryIsPending stops a run whose TaskRun and CustomRun have failed once and are about to try again: only
// StoppedRunFinally lets them.
func TestStopWhileARetryIsPending(t *testing.T) {
	t.Parallel()
	cases := map[v1.PipelineRunSpecStatus]struct {
		stops   []string
		started []string
		running string
		outcome string
	}{
		v1.PipelineRunSpecStatusCancelled: {
			stops:   []string{"cancel TaskRun pr-a", "cancel CustomRun pr-custom"},
			running: `False Cancelled: PipelineRun "pr" was cancelled`,
		},
		v1.PipelineRunSpecStatusCancelledRunFinally: {
			stops:   []string{"cancel TaskRun pr-a", "cancel CustomRun pr-custom"},
			running: "Unknown CancelledRunningFinally: Tasks Completed: 0 (Failed: 0, Cancelled 0), Incomplete: 3, Skipped: 1",
			started: []string{"create TaskRun pr-last"},
			outcome: `False Cancelled: PipelineRun "pr" was cancelled`,
		},
		v1.PipelineRunSpecStatusStoppedRunFinally: {
			running: "Unknown StoppedRunningFinally: Tasks Completed: 0 (Failed: 0, Cancelled 0), Incomplete: 3, Skipped: 1",
			started: []string{"create TaskRun pr-last"},
			outcome: "False Failed: Tasks Completed: 3 (Failed: 1, Cancelled 0), Skipped: 1",
		},
	}
	for status, tc := range cases {
		t.Run(string(status), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, `
spec:
  pipelineSpec:
    tasks:
    - {name: a, retries: 2, taskSpec: {steps: [{image: i}]}}
    - {name: custom, retries: 2, taskRef: {apiVersion: example.dev/v1, kind: Wait}}
    - {name: next, runAfter: [a], taskSpec: {steps: [{image: i}]}}
    finally:
    - {name: last, taskSpec: {steps: [{image: i}]}}
`)
			w.pass()
			w.finish("pr-a", corev1.ConditionUnknown, "ToBeRetried")
			w.finish("pr-custom", corev1.ConditionUnknown, "Running")
			w.pr.Spec.Status = status
			w.expect(w.passOnce(), tc.stops...)
			w.condition(tc.running)
			if w.pr.IsDone() {
				return
			}
			w.obey()
			if status == v1.PipelineRunSpecStatusStoppedRunFinally {
				w.fail("pr-a")
				w.succeed("pr-custom")
			}
			w.expect(w.pass(), tc.started...)
			w.succeed("pr-last")
			w.pass()
			w.condition(tc.outcome)
		})
	}
}

// TestChangedStop goes from one way of stopping to a harder one.
func TestChangedStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withFinally)
	next := *w.pr.Spec.PipelineSpec.Tasks[0].DeepCopy()
	next.Name, next.RunAfter = "next", []string{"a"}
	w.pr.Spec.PipelineSpec.Tasks = append(w.pr.Spec.PipelineSpec.Tasks, next)
	w.pass()
	w.pr.Spec.Status = v1.PipelineRunSpecStatusStoppedRunFinally
	w.expect(w.pass())
	w.skips("next: PipelineRun was gracefully stopped")
	w.pr.Spec.Status = v1.PipelineRunSpecStatusCancelledRunFinally
	w.expect(w.pass(), "cancel TaskRun pr-a")
	w.skips("next: PipelineRun was gracefully cancelled")
	w.obey()
	w.expect(w.pass(), "create TaskRun pr-last")
	w.pr.Spec.Status = v1.PipelineRunSpecStatusCancelled
	w.expect(w.passOnce(), "cancel TaskRun pr-last")
	w.condition(`False Cancelled: PipelineRun "pr" was cancelled`)
	w.skips("next: PipelineRun was gracefully cancelled")
}

// TestGracefulStopSparesFinalTasks stops a run in both graceful ways when only final tasks are left.
func TestGracefulStopSparesFinalTasks(t *testing.T) {
	t.Parallel()
	for _, status := range []v1.PipelineRunSpecStatus{
		v1.PipelineRunSpecStatusCancelledRunFinally, v1.PipelineRunSpecStatusStoppedRunFinally,
	} {
		t.Run(string(status), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, withFinally)
			w.pass()
			w.succeed("pr-a")
			w.pass()
			w.pr.Spec.Status = status
			w.expect(w.pass())
			w.succeed("pr-last")
			w.pass()
			w.condition(`False Cancelled: PipelineRun "pr" was cancelled`)
			w.skips()
		})
	}
}

// TestTasksTimeoutWhileStopping lets the time of tasks end while a graceful stop is under way: the timeout decides the reason.
func TestTasksTimeoutWhileStopping(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withFinally)
	w.pr.Spec.Timeouts = &v1.TimeoutFields{Pipeline: minutes(60), Tasks: minutes(10)}
	w.pass()
	w.pr.Spec.Status = v1.PipelineRunSpecStatusStoppedRunFinally
	w.expect(w.pass())
	w.after(10)
	w.expect(w.pass(), "time out TaskRun pr-a")
	w.condition("Unknown PipelineRunTimeoutRunningFinally: Tasks Completed: 0 (Failed: 0, Cancelled 0), Incomplete: 2, Skipped: 0")
	w.obey()
	w.expect(w.pass(), "create TaskRun pr-last")
	w.succeed("pr-last")
	w.pass()
	w.condition(`False PipelineRunTimeout: PipelineRun "pr" failed due to tasks failed to finish within "10m0s"`)
}

// TestHowEndedChildrenCount ends one task of each kind in all ways that are not plain failures.
func TestHowEndedChildrenCount(t *testing.T) {
	t.Parallel()
	const (
		failedOnce    = "False Failed: Tasks Completed: 1 (Failed: 1, Cancelled 0), Skipped: 0"
		cancelledOnce = "False Cancelled: Tasks Completed: 1 (Failed: 0, Cancelled 1), Skipped: 0"
		ignoredOnce   = "True Succeeded: Tasks Completed: 1 (Failed: 1 (Ignored: 1), Cancelled 0), Skipped: 0"
	)
	kinds := map[string]struct{ task, cancelled, timedOut string }{
		"TaskRun":     {"taskSpec: {steps: [{image: i}]}", "TaskRunCancelled", "TaskRunTimeout"},
		"CustomRun":   {"taskRef: {apiVersion: example.dev/v1, kind: Wait}", "CustomRunCancelled", "CustomRunTimedOut"},
		"PipelineRun": {"pipelineSpec: {tasks: [{name: x, taskRef: {name: task}}]}", "Cancelled", "PipelineRunTimeout"},
	}
	for kind, k := range kinds {
		cases := map[string]struct{ onError, reason, want string }{
			"cancelled by a user":                      {reason: k.cancelled, want: cancelledOnce},
			"cancelled by a user, errors ignored":      {onError: "continue", reason: k.cancelled, want: cancelledOnce},
			"out of its own time":                      {reason: k.timedOut, want: failedOnce},
			"out of its own time, errors ignored":      {onError: "continue", reason: k.timedOut, want: ignoredOnce},
			"cancelled in the words of someone":        {reason: "Canceled", want: failedOnce},
			"cancelled in other words, errors ignored": {onError: "continue", reason: "Canceled", want: ignoredOnce},
			"failed without a reason":                  {want: failedOnce},
			"failed without a reason, errors ignored":  {onError: "continue", want: ignoredOnce},
		}
		for name, tc := range cases {
			t.Run(kind+" "+name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, "spec: {pipelineSpec: {tasks: [{name: a, onError: \""+tc.onError+"\", "+k.task+"}]}}")
				w.pass()
				w.finish("pr-a", corev1.ConditionFalse, tc.reason)
				w.pass()
				w.condition(tc.want)
			})
		}
	}
}

// TestTasksTimeoutIsNotIgnored stops tasks of all kinds whose errors are ignored: that time was up is no error of theirs.
func TestTasksTimeoutIsNotIgnored(t *testing.T) {
	t.Parallel()
	for name, task := range map[string]string{
		"TaskRun":     "taskSpec: {steps: [{image: i}]}",
		"CustomRun":   "taskRef: {apiVersion: example.dev/v1, kind: Wait}",
		"PipelineRun": "pipelineSpec: {tasks: [{name: x, taskRef: {name: task}}]}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, `
spec:
  timeouts: {pipeline: 1h, tasks: 10m}
  pipelineSpec:
    tasks:
    - {name: a, onError: continue, `+task+`}
    finally:
    - name: last
      params: [{name: p, value: $(tasks.a.status)/$(tasks.status)}]
      taskSpec: {steps: [{image: i}]}
`)
			w.pass()
			w.after(10)
			w.expect(w.pass(), "time out "+name+" pr-a")
			w.obey()
			w.expect(w.pass(), "create TaskRun pr-last")
			w.condition("Unknown PipelineRunTimeoutRunningFinally: Tasks Completed: 1 (Failed: 1, Cancelled 0), Incomplete: 1, Skipped: 0")
			if got := paramText(w.taskRuns["pr-last"]); got != "p=Failed/Failed" {
				t.Errorf("params %s", got)
			}
			w.succeed("pr-last")
			w.pass()
			w.condition(`False PipelineRunTimeout: PipelineRun "pr" failed due to tasks failed to finish within "10m0s"`)
		})
	}
}
