package plan_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// TestAdoptedChildIsShownAsAnyOther loses the first status, so that the next pass finds children that are not recorded.
func TestAdoptedChildIsShownAsAnyOther(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"conditions": `
spec:
  pipelineSpec:
    tasks:
    - {name: a, when: [{input: x, operator: in, values: [x]}], taskSpec: {steps: [{image: i}]}}
`,
		"display name": `
spec:
  pipelineSpec:
    tasks:
    - {name: a, displayName: "the first", taskSpec: {steps: [{image: i}]}}
`,
		"both": `
spec:
  pipelineSpec:
    tasks:
    - {name: a, displayName: "the first", when: [{input: x, operator: in, values: [x]}], taskSpec: {steps: [{image: i}]}}
`,
		"names of combinations": `
spec:
  pipelineSpec:
    tasks:
    - name: a
      matrix: {include: [{name: one, params: [{name: m, value: "1"}]}, {name: two, params: [{name: m, value: "2"}]}]}
      taskSpec: {steps: [{image: i}]}
`,
		"neither": `
spec:
  pipelineSpec:
    tasks:
    - name: a
      matrix: {include: [{params: [{name: m, value: "1"}]}]}
      taskSpec: {steps: [{image: i}]}
`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			orderly := newWorld(t, text)
			orderly.pass()
			crashed := newWorld(t, text)
			_, step := crashed.next()
			crashed.carryOut(step.Actions, nil)
			crashed.pass()
			if diff := cmp.Diff(orderly.pr.Status.ChildReferences, crashed.pr.Status.ChildReferences); diff != "" {
				t.Errorf("references (-recorded +adopted):\n%s", diff)
			}
		})
	}
}

func TestAllowedValuesCountOnlyWithTheirFlag(t *testing.T) {
	t.Parallel()
	for flag, want := range map[bool]string{
		false: "Unknown Running: ",
		true:  "False InvalidParamValue: [User error] Invalid param value from PipelineTask \"a\": ",
	} {
		w := newWorld(t, `
spec:
  pipelineSpec:
    tasks:
    - name: a
      params: [{name: level, value: other}]
      taskSpec: {params: [{name: level, type: string, enum: [low, high]}], steps: [{image: i}]}
`)
		w.flags.EnableParamEnum = flag
		w.pass()
		w.conditionStarts(want)
	}
}

// TestLimitThatEqualsTheDefault has a limit for tasks that their TaskRuns have anyhow.
func TestLimitThatEqualsTheDefault(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chain)
	limit := w.defaults.Timeout()
	w.pr.Spec.Timeouts = &v1.TimeoutFields{Pipeline: &metav1.Duration{Duration: 2 * limit}, Tasks: &metav1.Duration{Duration: limit}}
	w.pass()
	if got := w.taskRuns["pr-a"].Spec.Timeout; got != nil {
		t.Errorf("timeout %s, want none", got.Duration)
	}
	w = newWorld(t, chain)
	w.pr.Spec.Timeouts = &v1.TimeoutFields{Pipeline: &metav1.Duration{Duration: 3 * limit}, Tasks: &metav1.Duration{Duration: limit + time.Second}}
	w.pass()
	if got := w.taskRuns["pr-a"].Spec.Timeout; got == nil || got.Duration != limit+time.Second {
		t.Errorf("timeout %v, want %s", got, limit+time.Second)
	}
}
