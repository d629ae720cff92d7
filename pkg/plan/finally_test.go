package plan_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

const withFinally = `
spec:
  pipelineSpec:
    tasks:
    - {name: a, taskRef: {name: task}}
    finally:
    - {name: last, taskRef: {name: task}}
---
kind: Task
metadata: {name: task}
spec: {results: [{name: r}]}
`

func TestFinallyRunsAfterSuccessAndFailure(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		end              func(w *world)
		running, outcome string
	}{
		"success": {
			end:     func(w *world) { w.succeed("pr-a") },
			running: "Unknown Running: Tasks Completed: 1 (Failed: 0, Cancelled 0), Incomplete: 1, Skipped: 0",
			outcome: "True Succeeded: Tasks Completed: 2 (Failed: 0, Cancelled 0), Skipped: 0",
		},
		"failure": {
			end:     func(w *world) { w.fail("pr-a") },
			running: "Unknown Running: Tasks Completed: 1 (Failed: 1, Cancelled 0), Incomplete: 1, Skipped: 0",
			outcome: "False Failed: Tasks Completed: 2 (Failed: 1, Cancelled 0), Skipped: 0",
		},
		"cancelled child": {
			end:     func(w *world) { w.finish("pr-a", corev1.ConditionFalse, "TaskRunCancelled") },
			running: "Unknown PipelineRunStopping: Tasks Completed: 1 (Failed: 0, Cancelled 1), Incomplete: 1, Skipped: 0",
			outcome: "False Cancelled: Tasks Completed: 2 (Failed: 0, Cancelled 1), Skipped: 0",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, withFinally)
			w.expect(w.pass(), "create TaskRun pr-a")
			w.now = w.now.Add(time.Minute)
			tc.end(w)
			w.expect(w.pass(), "create TaskRun pr-last")
			w.condition(tc.running)
			if got := w.pr.Status.FinallyStartTime; got == nil || !got.Time.Equal(w.now) {
				t.Errorf("finally started at %v, want %v", got, w.now)
			}
			w.succeed("pr-last")
			w.pass()
			w.condition(tc.outcome)
		})
	}
}

func TestFailingFinalTask(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		onError v1.PipelineTaskOnErrorType
		want    string
	}{
		"fails the run": {want: "False Failed: Tasks Completed: 2 (Failed: 1, Cancelled 0), Skipped: 0"},
		"ignored": {
			onError: v1.PipelineTaskContinue,
			want:    "True Succeeded: Tasks Completed: 2 (Failed: 1 (Ignored: 1), Cancelled 0), Skipped: 0",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, withFinally)
			w.pr.Spec.PipelineSpec.Finally[0].OnError = tc.onError
			w.pass()
			w.succeed("pr-a")
			w.pass()
			w.fail("pr-last")
			w.pass()
			w.condition(tc.want)
		})
	}
}

func TestFinalTaskGetsResults(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withFinally)
	w.pr.Spec.PipelineSpec.Finally[0].TaskRef = nil
	w.pr.Spec.PipelineSpec.Finally[0].TaskSpec = &v1.EmbeddedTask{TaskSpec: v1.TaskSpec{Steps: []v1.Step{{
		Image: "i", Script: "echo $(tasks.a.results.r)",
	}}}}
	w.pass()
	w.fail("pr-a", "r", "text")
	w.expect(w.pass(), "create TaskRun pr-last")
	if got := w.taskRuns["pr-last"].Spec.TaskSpec.Steps[0].Script; got != "echo text" {
		t.Errorf("script %q", got)
	}
}

func TestFinalTaskWithMissingResult(t *testing.T) {
	t.Parallel()
	places := map[string]func(pt *v1.PipelineTask){
		"params": func(pt *v1.PipelineTask) {
			pt.Params = v1.Params{{Name: "p", Value: *v1.NewString("$(tasks.a.results.r)")}}
		},
		"matrix": func(pt *v1.PipelineTask) {
			pt.Matrix = &v1.Matrix{Params: v1.Params{{Name: "p", Value: *v1.NewArray("$(tasks.a.results.r)")}}}
		},
		"inline task": func(pt *v1.PipelineTask) {
			pt.TaskRef = nil
			pt.TaskSpec = &v1.EmbeddedTask{TaskSpec: v1.TaskSpec{Steps: []v1.Step{{Image: "i", Script: "$(tasks.a.results.r)"}}}}
		},
	}
	for name, set := range places {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, withFinally)
			set(&w.pr.Spec.PipelineSpec.Finally[0])
			w.pass()
			w.succeed("pr-a")
			w.expect(w.pass())
			w.skips("last: Results were missing")
			w.condition("True Completed: Tasks Completed: 1 (Failed: 0, Cancelled 0), Skipped: 1")
			if w.pr.Status.FinallyStartTime != nil {
				t.Error("finally has a start time although nothing could start")
			}
		})
	}
}

func TestStatusVariables(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
spec:
  pipelineSpec:
    tasks:
    - {name: good, taskSpec: {steps: [{image: i}]}}
    - {name: bad, onError: continue, taskSpec: {steps: [{image: i}]}}
    - {name: never, when: [{input: a, operator: in, values: [b]}], taskSpec: {steps: [{image: i}]}}
    finally:
    - name: last
      displayName: all $(tasks.status)
      params:
      - {name: good, value: $(tasks.good.status) $(tasks.good.reason)}
      - {name: bad, value: $(tasks.bad.status) $(tasks.bad.reason)}
      - {name: never, value: "$(tasks.never.status)[$(tasks.never.reason)]"}
      - {name: all, value: $(tasks.status)}
      taskSpec: {steps: [{image: i}]}
    - name: guarded
      when: [{input: $(tasks.good.status), operator: in, values: [Failed]}]
      taskSpec: {steps: [{image: i}]}
`)
	w.pass()
	w.succeed("pr-good")
	w.fail("pr-bad")
	w.expect(w.pass(), "create TaskRun pr-last")
	want := v1.Params{
		{Name: "good", Value: *v1.NewString("Succeeded Succeeded")},
		{Name: "bad", Value: *v1.NewString("Failed Failed")},
		{Name: "never", Value: *v1.NewString("None[]")},
		{Name: "all", Value: *v1.NewString("Failed")},
	}
	if diff := cmp.Diff(want, w.taskRuns["pr-last"].Spec.Params); diff != "" {
		t.Errorf("params (-want +got):\n%s", diff)
	}
	w.skips("never: When Expressions evaluated to false", "guarded: When Expressions evaluated to false")
	if got := w.pr.Status.SkippedTasks[1].WhenExpressions[0].Input; got != "Succeeded" {
		t.Errorf("recorded condition %q, want the filled-in text", got)
	}
	refs := w.pr.Status.ChildReferences
	if got := refs[len(refs)-1].DisplayName; got != "all Failed" {
		t.Errorf("display name %q", got)
	}
	w.succeed("pr-last")
	w.pass()
	w.condition("True Completed: Tasks Completed: 3 (Failed: 1 (Ignored: 1), Cancelled 0), Skipped: 2")
}
