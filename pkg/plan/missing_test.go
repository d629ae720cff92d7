package plan_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/plan"
)

const producerConsumer = `
spec:
  pipelineSpec:
    tasks:
    - name: producer
      taskSpec: {results: [{name: r}, {name: list, type: array}], steps: [{image: i}]}
    - name: consumer
      params: [{name: p, value: $(tasks.producer.results.r)}]
      taskSpec: {steps: [{image: i}]}
    - name: other
      taskSpec: {steps: [{image: i}]}
    - {name: next, runAfter: [other], taskSpec: {steps: [{image: i}]}}
    finally:
    - {name: last, taskSpec: {steps: [{image: i}]}}
`

func TestResultIsHandedOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, producerConsumer)
	w.expect(w.pass(), "create TaskRun pr-producer", "create TaskRun pr-other")
	w.succeed("pr-producer", "r", "text")
	w.expect(w.pass(), "create TaskRun pr-consumer")
	want := v1.Params{{Name: "p", Value: *v1.NewString("text")}}
	if diff := cmp.Diff(want, w.taskRuns["pr-consumer"].Spec.Params); diff != "" {
		t.Errorf("params (-want +got):\n%s", diff)
	}
	if got := w.pr.Status.PipelineSpec.Tasks[1].Params[0].Value.StringVal; got != "$(tasks.producer.results.r)" {
		t.Errorf("the stored spec holds %q, want the reference", got)
	}
}

func TestValidationFailure(t *testing.T) {
	t.Parallel()
	const notEmitted = `task "producer" completed successfully but did not emit the result "r", which is referenced by task "consumer"`
	w := newWorld(t, producerConsumer)
	w.pass()
	w.succeed("pr-producer")
	step := w.pass()
	w.expect(step)
	w.condition("Unknown Running: Tasks Completed: 1 (Failed: 0, Cancelled 0), Incomplete: 2, Skipped: 1")
	w.skips("next: PipelineRun was stopping")
	want := plan.Event{Type: "Warning", Reason: "ResultValidationFailed", Message: `Task "consumer" failed result validation: ` + notEmitted}
	if diff := cmp.Diff(want, step.Events[0]); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
	w.succeed("pr-other")
	w.expect(w.pass(), "create TaskRun pr-last")
	w.succeed("pr-last")
	w.pass()
	w.condition("False PipelineValidationFailed: Tasks Completed: 3 (Failed: 0, Cancelled 0), Skipped: 1, Failed Validation: 1 (" + notEmitted + ")")
	w.skips("next: PipelineRun was stopping")
}

func TestMissingResultAfterIgnoredFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t, producerConsumer)
	w.pr.Spec.PipelineSpec.Tasks[0].OnError = v1.PipelineTaskContinue
	w.pass()
	w.fail("pr-producer")
	w.succeed("pr-other")
	w.expect(w.pass(), "create TaskRun pr-last")
	w.succeed("pr-last")
	w.pass()
	w.conditionStarts("False PipelineValidationFailed: ")
	w.conditionHas("Failed Validation: 1 (Invalid task result reference: Could not find result with name r for pipeline task producer)")
}

func TestMissingResultOfTolerantConsumer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, producerConsumer)
	w.pr.Spec.PipelineSpec.Tasks[1].OnError = v1.PipelineTaskContinue
	w.pass()
	w.succeed("pr-producer")
	w.succeed("pr-other")
	w.expect(w.pass(), "create TaskRun pr-next")
	w.skips("consumer: Results were missing")
}

func TestFailedProducerThatWroteItsResult(t *testing.T) {
	t.Parallel()
	w := newWorld(t, producerConsumer)
	w.pr.Spec.PipelineSpec.Tasks[0].OnError = v1.PipelineTaskContinue
	w.pass()
	w.fail("pr-producer", "r", "text")
	w.expect(w.pass(), "create TaskRun pr-consumer")
}

func TestIndexPastTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, producerConsumer)
	w.pr.Spec.PipelineSpec.Tasks[1].Params[0].Value.StringVal = "$(tasks.producer.results.list[3])"
	w.pass()
	w.succeed("pr-producer", "list", `["a"]`)
	w.expect(w.passOnce(), "cancel TaskRun pr-other")
	w.condition("False PipelineValidationFailed: [User error] PipelineRun ns/pr can't be Run; couldn't resolve all references: " +
		"array Result Index 3 for Task producer Result list is out of bound of size 1")
}

func TestReferenceInBracketsOrdersTasks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, producerConsumer)
	w.pr.Spec.PipelineSpec.Tasks[1].Params[0].Value.StringVal = "$(tasks.producer.results['r'])"
	w.expect(w.pass(), "create TaskRun pr-producer", "create TaskRun pr-other")
	w.succeed("pr-producer", "r", "text")
	w.pass()
	if got := w.taskRuns["pr-consumer"].Spec.Params[0].Value.StringVal; got != "text" {
		t.Errorf("param %q", got)
	}
}

func TestManyProblemsAreCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, producerConsumer)
	tasks := &w.pr.Spec.PipelineSpec.Tasks
	for range 20 {
		another := (*tasks)[1].DeepCopy()
		another.Name = "consumer-" + strings.Repeat("x", len(*tasks))
		*tasks = append(*tasks, *another)
	}
	w.pass()
	w.succeed("pr-producer")
	w.succeed("pr-other")
	w.pass()
	w.succeed("pr-last")
	w.pass()
	w.conditionHas("Failed Validation: 21 (")
	w.conditionHas("...)")
}

// A producer whose child was deleted after a task had started on its end counts as done; a consumer that starts later finds
// nothing to read.
func TestResultOfDeletedChild(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ producer, want string }{
		"TaskRun": {
			producer: `{name: producer, taskSpec: {results: [{name: r}], steps: [{image: i}]}}`,
			want:     `Result reference error: Internal result ref "producer" has zero-length TaskRuns`,
		},
		"CustomRun": {
			producer: `{name: producer, taskRef: {apiVersion: example.dev/v1, kind: Wait}}`,
			want:     `Result reference error: Internal result ref "producer" has zero-length CustomRuns`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, `
spec:
  pipelineSpec:
    tasks:
    - `+tc.producer+`
    - {name: slow, runAfter: [producer], taskSpec: {steps: [{image: i}]}}
    - name: consumer
      runAfter: [slow]
      params: [{name: p, value: $(tasks.producer.results.r)}]
      taskSpec: {steps: [{image: i}]}
`)
			w.pass()
			w.succeed("pr-producer", "r", "text")
			w.expect(w.pass(), "create TaskRun pr-slow")
			delete(w.taskRuns, "pr-producer")
			delete(w.customRuns, "pr-producer")
			w.pass()
			w.succeed("pr-slow")
			w.expect(w.pass())
			w.condition("False PipelineValidationFailed: Tasks Completed: 2 (Failed: 0, Cancelled 0), Skipped: 0, Failed Validation: 1 (" + tc.want + ")")
		})
	}
}

func TestBareReferenceToAnArrayResult(t *testing.T) {
	t.Parallel()
	const text = `
spec:
  pipelineSpec:
    tasks:
    - {name: make, taskSpec: {results: [{name: words, type: array}, {name: none, type: array}, {name: text}], steps: [{image: i}]}}
    - {name: take, params: [{name: words, value: $(tasks.make.results.words)}], taskSpec: {params: [{name: words, type: array}], steps: [{image: i}]}}
    - {name: empty, params: [{name: words, value: $(tasks.make.results.none)}], taskSpec: {params: [{name: words, type: array, default: [x]}], steps: [{image: i}]}}
`
	w := newWorld(t, text)
	w.pass()
	w.succeed("pr-make", "words", `["a", "b"]`, "none", "[]")
	w.expect(w.pass(), "create TaskRun pr-take", "create TaskRun pr-empty")
	for name, want := range map[string]v1.ParamValue{"pr-take": *v1.NewArray("a", "b"), "pr-empty": {Type: v1.ParamTypeArray, ArrayVal: []string{}}} {
		if diff := cmp.Diff(v1.Params{{Name: "words", Value: want}}, w.taskRuns[name].Spec.Params); diff != "" {
			t.Errorf("params of %s (-want +got):\n%s", name, diff)
		}
	}
	w = newWorld(t, strings.Replace(text, "results.words)", "results.text)", 1))
	w.pass()
	w.conditionHas("param types don't match the user-specified type: [words]")
}
