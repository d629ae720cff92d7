package plan_test

import (
	"testing"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

const guardedChain = `
spec:
  pipelineSpec:
    tasks:
    - name: guarded
      when: [{input: a, operator: in, values: [b]}]
      taskSpec: {results: [{name: r}], steps: [{image: i}]}
    - {name: after, runAfter: [guarded], taskSpec: {steps: [{image: i}]}}
    - name: consumer
      params: [{name: p, value: $(tasks.guarded.results.r)}]
      taskSpec: {steps: [{image: i}]}
    - {name: behind, runAfter: [consumer], taskSpec: {steps: [{image: i}]}}
    - {name: far, runAfter: [behind], taskSpec: {steps: [{image: i}]}}
`

func TestSkippedByWhen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, guardedChain)
	w.expect(w.pass(), "create TaskRun pr-after")
	w.skips(
		"guarded: When Expressions evaluated to false",
		"consumer: Results were missing",
		"behind: Parent Tasks were skipped",
		"far: Parent Tasks were skipped",
	)
	w.succeed("pr-after")
	w.pass()
	w.condition("True Completed: Tasks Completed: 1 (Failed: 0, Cancelled 0), Skipped: 4")
}

func TestEverythingSkipped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
spec:
  pipelineSpec:
    tasks:
    - {name: a, when: [{input: a, operator: notin, values: [a]}], taskSpec: {steps: [{image: i}]}}
    - {name: b, when: [{cel: "'x' == 'y'"}], taskSpec: {steps: [{image: i}]}}
    - {name: c, matrix: {params: [{name: p, value: []}]}, taskSpec: {steps: [{image: i}]}}
`)
	w.expect(w.pass())
	w.skips("a: When Expressions evaluated to false", "b: When Expressions evaluated to false",
		"c: Matrix Parameters have an empty array")
	w.condition("True Completed: Tasks Completed: 0 (Failed: 0, Cancelled 0), Skipped: 3")
}

func TestWhenIsEvaluatedWithResults(t *testing.T) {
	t.Parallel()
	const text = `
spec:
  pipelineSpec:
    tasks:
    - name: a
      taskSpec: {results: [{name: num}, {name: list, type: array}], steps: [{image: i}]}
    - name: in
      when: [{input: $(tasks.a.results.num), operator: in, values: ["$(tasks.a.results.list[*])"]}]
      taskSpec: {steps: [{image: i}]}
    - name: cel
      when: [{cel: $(tasks.a.results.num) > 1}]
      taskSpec: {steps: [{image: i}]}
`
	cases := map[string]struct {
		num  string
		want []string
	}{
		"true":  {num: `"2"`, want: []string{"create TaskRun pr-in", "create TaskRun pr-cel"}},
		"false": {num: `"0"`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, text)
			// The unquoted expression does not compile before the result is there.
			w.expect(w.pass(), "create TaskRun pr-a")
			w.succeed("pr-a", "num", tc.num, "list", `["1", "2"]`)
			w.expect(w.pass(), tc.want...)
		})
	}
}

func TestRecordedConditionsAreFilledIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
spec:
  pipelineSpec:
    tasks:
    - name: a
      taskSpec: {results: [{name: num}], steps: [{image: i}]}
    - name: b
      when: [{input: $(tasks.a.results.num), operator: in, values: [x]}]
      taskSpec: {steps: [{image: i}]}
`)
	w.pass()
	w.succeed("pr-a", "num", "x")
	w.pass()
	if got := w.pr.Status.ChildReferences[1].WhenExpressions[0].Input; got != "x" {
		t.Errorf("input %q, want x", got)
	}
}

func TestBadCEL(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
spec:
  pipelineSpec:
    tasks:
    - {name: a, taskSpec: {steps: [{image: i}]}}
    - {name: b, runAfter: [a], when: [{cel: "'text'"}], taskSpec: {steps: [{image: i}]}}
    - {name: c, taskSpec: {steps: [{image: i}]}}
`)
	w.pass()
	w.succeed("pr-a")
	step := w.passOnce()
	w.expect(step, "cancel TaskRun pr-c")
	w.conditionStarts("False CELEvaluationFailed: [User error] Error evaluating CEL pr: ")
	if step.Failure == nil || !step.Failure.Final() {
		t.Errorf("failure %v, want a final one", step.Failure)
	}
}

func TestGuardedFinallyCondition(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withFinally)
	w.pr.Spec.PipelineSpec.Finally[0].When = v1.WhenExpressions{{CEL: "'$(tasks.a.status)' == 'Failed'"}}
	w.pass()
	w.fail("pr-a")
	w.expect(w.pass(), "create TaskRun pr-last")
}

func TestMissingResultInCELSkips(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
spec:
  pipelineSpec:
    tasks:
    - {name: a, when: [{input: a, operator: in, values: [b]}], taskSpec: {results: [{name: num}], steps: [{image: i}]}}
    - {name: b, when: [{cel: $(tasks.a.results.num) > 1}], taskSpec: {steps: [{image: i}]}}
`)
	w.pass()
	w.skips("a: When Expressions evaluated to false", "b: Results were missing")
}
