package plan_test

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

const chain = `
spec:
  pipelineSpec:
    tasks:
    - {name: a, taskRef: {name: task}}
    - {name: b, taskRef: {name: task}, runAfter: [a]}
    - {name: c, taskRef: {name: task}, runAfter: [a]}
    - {name: d, taskRef: {name: task}, runAfter: [b, c]}
---
kind: Task
metadata: {name: task}
`

func TestSuccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chain)
	w.expect(w.pass(), "create TaskRun pr-a")
	w.condition("Unknown Running: Tasks Completed: 0 (Failed: 0, Cancelled 0), Incomplete: 4, Skipped: 0")
	w.succeed("pr-a")
	w.expect(w.pass(), "create TaskRun pr-b", "create TaskRun pr-c")
	w.succeed("pr-c")
	w.expect(w.pass())
	w.succeed("pr-b")
	w.expect(w.pass(), "create TaskRun pr-d")
	w.now = w.now.Add(time.Minute)
	w.succeed("pr-d")
	w.expect(w.pass())
	w.condition("True Succeeded: Tasks Completed: 4 (Failed: 0, Cancelled 0), Skipped: 0")
	w.skips()
	if got := w.pr.Status.CompletionTime.Time; !got.Equal(w.now) {
		t.Errorf("completion time %v, want %v", got, w.now)
	}
	if w.pr.Status.FinallyStartTime != nil {
		t.Errorf("finally start time %v without finally", w.pr.Status.FinallyStartTime)
	}
}

func TestFailureStopsTheRest(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chain)
	w.pass()
	w.succeed("pr-a")
	w.pass()
	w.fail("pr-b")
	w.expect(w.pass())
	w.condition("Unknown PipelineRunStopping: Tasks Completed: 2 (Failed: 1, Cancelled 0), Incomplete: 1, Skipped: 1")
	w.skips("d: PipelineRun was stopping")
	w.succeed("pr-c")
	w.expect(w.pass())
	w.condition("False Failed: Tasks Completed: 3 (Failed: 1, Cancelled 0), Skipped: 1")
	w.skips("d: PipelineRun was stopping")
}

func TestIgnoredFailureGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chain)
	w.pr.Spec.PipelineSpec.Tasks[1].OnError = v1.PipelineTaskContinue
	w.pass()
	w.succeed("pr-a")
	w.pass()
	if got := w.taskRuns["pr-b"].Annotations["pipeline.tekton.dev/pipeline-task-on-error"]; got != "continue" {
		t.Errorf("annotation %q, want continue", got)
	}
	w.fail("pr-b")
	w.succeed("pr-c")
	w.expect(w.pass(), "create TaskRun pr-d")
	w.condition("Unknown Running: Tasks Completed: 3 (Failed: 0, Cancelled 0), Incomplete: 1, Skipped: 0")
	w.succeed("pr-d")
	w.pass()
	w.condition("True Succeeded: Tasks Completed: 4 (Failed: 1 (Ignored: 1), Cancelled 0), Skipped: 0")
}

func TestChildCancelledOnItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chain)
	w.pass()
	w.succeed("pr-a")
	w.pass()
	w.finish("pr-b", corev1.ConditionFalse, "TaskRunCancelled")
	w.pass()
	w.condition("Unknown PipelineRunStopping: Tasks Completed: 2 (Failed: 0, Cancelled 1), Incomplete: 1, Skipped: 1")
	w.succeed("pr-c")
	w.pass()
	w.condition("False Cancelled: Tasks Completed: 3 (Failed: 0, Cancelled 1), Skipped: 1")
}

func TestDeletedChild(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		deleteAfter func(w *world)
		want        []string
		condition   string
	}{
		"runs again while nothing has started on its end": {
			deleteAfter: func(w *world) { delete(w.taskRuns, "pr-a") },
			want:        []string{"create TaskRun pr-a"},
			condition:   "Unknown Running: Tasks Completed: 0 (Failed: 0, Cancelled 0), Incomplete: 4, Skipped: 0",
		},
		"is final once something has": {
			deleteAfter: func(w *world) {
				w.succeed("pr-a")
				w.pass()
				delete(w.taskRuns, "pr-a")
			},
			condition: "Unknown Running: Tasks Completed: 1 (Failed: 0, Cancelled 0), Incomplete: 3, Skipped: 0",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, chain)
			w.pass()
			tc.deleteAfter(w)
			w.expect(w.pass(), tc.want...)
			w.condition(tc.condition)
		})
	}
}

func TestDeletedLeafAfterFinallyStarted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withFinally)
	w.pass()
	w.succeed("pr-a")
	w.expect(w.pass(), "create TaskRun pr-last")
	delete(w.taskRuns, "pr-a")
	w.succeed("pr-last")
	w.expect(w.pass())
	w.condition("True Succeeded: Tasks Completed: 2 (Failed: 0, Cancelled 0), Skipped: 0")
}

func TestDeletedLeafThatMayHaveFailed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withFinally)
	w.pr.Spec.PipelineSpec.Finally = append(w.pr.Spec.PipelineSpec.Finally, v1.PipelineTask{Name: "more", TaskRef: &v1.TaskRef{Name: "task"}})
	w.pass()
	w.succeed("pr-a")
	w.pass()
	w.fail("pr-more")
	w.pass()
	delete(w.taskRuns, "pr-a")
	w.succeed("pr-last")
	w.expect(w.pass())
	w.condition("False Failed: Tasks Completed: 3 (Failed: 2, Cancelled 0), Skipped: 0")
}

func TestRetriesAreTheChildsBusiness(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chain)
	w.pr.Spec.PipelineSpec.Tasks[0].Retries = 3
	w.pass()
	if got := w.taskRuns["pr-a"].Spec.Retries; got != 3 {
		t.Errorf("retries %d, want 3", got)
	}
}

func TestTasksStartInOrderOfTheSpec(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
spec:
  pipelineSpec:
    tasks:
    - {name: z, taskSpec: {steps: [{image: i}]}}
    - {name: late, taskSpec: {steps: [{image: i}]}, runAfter: [z]}
    - {name: m, taskSpec: {steps: [{image: i}]}}
    - {name: a, taskSpec: {steps: [{image: i}]}}
`)
	w.expect(w.pass(), "create TaskRun pr-z", "create TaskRun pr-m", "create TaskRun pr-a")
	var order []string
	for _, ref := range w.pr.Status.ChildReferences {
		order = append(order, ref.Name)
	}
	if len(order) != 3 || order[0] != "pr-z" || order[2] != "pr-a" {
		t.Errorf("child references %v", order)
	}
}

func TestStoppedTasksRunOnceNothingStopsThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
spec:
  pipelineSpec:
    tasks:
    - {name: a, taskSpec: {steps: [{image: i}]}}
    - {name: long, taskSpec: {steps: [{image: i}]}}
    - {name: deploy, runAfter: [a], taskSpec: {steps: [{image: i}]}}
    - {name: after, runAfter: [deploy], taskSpec: {steps: [{image: i}]}}
`)
	w.pass()
	w.fail("pr-a")
	w.pass()
	w.skips("deploy: PipelineRun was stopping", "after: PipelineRun was stopping")
	delete(w.taskRuns, "pr-a")
	w.expect(w.pass(), "create TaskRun pr-a")
	w.skips()
	w.succeed("pr-a")
	w.expect(w.pass(), "create TaskRun pr-deploy")
	w.succeed("pr-deploy")
	w.pass()
	w.succeed("pr-after")
	w.succeed("pr-long")
	w.pass()
	w.condition("True Succeeded: Tasks Completed: 4 (Failed: 0, Cancelled 0), Skipped: 0")
}

func TestPrunedChildren(t *testing.T) {
	t.Parallel()
	const text = `
spec:
  pipelineSpec:
    tasks:
    - {name: leaf, taskSpec: {results: [{name: r}], steps: [{image: i}]}}
    - {name: fan, matrix: {params: [{name: p, value: [x, z]}]}, taskSpec: {steps: [{image: i}]}}
    - {name: long, taskSpec: {steps: [{image: i}]}}
    - {name: next, runAfter: [long], taskSpec: {steps: [{image: i}]}}
    finally:
    - {name: last, taskSpec: {steps: [{image: i}]}}
    - {name: slow, taskSpec: {steps: [{image: i}]}}
`
	ended := func(t *testing.T) *world {
		w := newWorld(t, text)
		w.pass()
		for _, name := range []string{"pr-leaf", "pr-fan-0", "pr-fan-1"} {
			w.succeed(name)
		}
		w.pass()
		return w
	}
	t.Run("ended leaves do not run again", func(t *testing.T) {
		t.Parallel()
		w := ended(t)
		delete(w.taskRuns, "pr-leaf")
		delete(w.taskRuns, "pr-fan-1")
		w.expect(w.pass())
		w.condition("Unknown Running: Tasks Completed: 2 (Failed: 0, Cancelled 0), Incomplete: 4, Skipped: 0")
		w.succeed("pr-long")
		delete(w.taskRuns, "pr-fan-0")
		step := w.pass()
		w.expect(step, "create TaskRun pr-next")
		if got := w.taskRuns["pr-next"].Annotations["tenon.dev/ended-tasks"]; got != "" {
			t.Errorf("the child inherits the note %q", got)
		}
		w.succeed("pr-next")
		w.expect(w.pass(), "create TaskRun pr-last", "create TaskRun pr-slow")
		w.succeed("pr-last")
		w.pass()
		delete(w.taskRuns, "pr-last")
		delete(w.taskRuns, "pr-next")
		w.expect(w.pass())
		w.succeed("pr-slow")
		w.pass()
		w.condition("True Succeeded: Tasks Completed: 6 (Failed: 0, Cancelled 0), Skipped: 0")
	})
	t.Run("all at once in finally", func(t *testing.T) {
		t.Parallel()
		w := ended(t)
		w.succeed("pr-long")
		w.pass()
		w.succeed("pr-next")
		w.pass()
		for _, name := range []string{"pr-leaf", "pr-fan-0", "pr-fan-1", "pr-long", "pr-next"} {
			delete(w.taskRuns, name)
		}
		w.succeed("pr-last")
		w.succeed("pr-slow")
		w.pass()
		w.condition("True Succeeded: Tasks Completed: 6 (Failed: 0, Cancelled 0), Skipped: 0")
	})
	t.Run("one that had not ended runs again", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, text)
		w.pass()
		w.succeed("pr-fan-0")
		w.succeed("pr-fan-1")
		w.pass()
		delete(w.taskRuns, "pr-leaf")
		w.expect(w.pass(), "create TaskRun pr-leaf")
	})
	t.Run("one whose results are needed runs again", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, text)
		w.pr.Spec.PipelineSpec.Results = []v1.PipelineResult{{Name: "out", Value: *v1.NewString("$(tasks.leaf.results.r)")}}
		w.pass()
		w.succeed("pr-leaf", "r", "text")
		w.pass()
		delete(w.taskRuns, "pr-leaf")
		w.expect(w.pass(), "create TaskRun pr-leaf")
	})
	t.Run("one that had failed runs again", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, text)
		w.pass()
		w.fail("pr-leaf")
		w.pass()
		delete(w.taskRuns, "pr-leaf")
		w.expect(w.pass(), "create TaskRun pr-leaf")
	})
}

// A child that was stopped by a timeout is gone before its end was seen: the task is skipped, and stays so.
func TestStoppedChildIsPrunedUnseen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withFinally)
	w.pr.Spec.Timeouts = &v1.TimeoutFields{Pipeline: minutes(60), Tasks: minutes(10)}
	w.pass()
	w.after(10)
	w.expect(w.pass(), "time out TaskRun pr-a")
	delete(w.taskRuns, "pr-a")
	w.expect(w.pass(), "create TaskRun pr-last")
	w.skips("a: PipelineRun Tasks timeout has been reached")
	w.expect(w.pass())
	w.skips("a: PipelineRun Tasks timeout has been reached")
}
