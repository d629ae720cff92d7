package plan_test

import (
	"testing"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// ofAnotherEngine leaves of the status what another engine has written: nothing of the children but their names, no annotation of ours.
// It has seen no more than the children that were there by then.
func (w *world) ofAnotherEngine() {
	for i := range w.pr.Status.ChildReferences {
		ref := &w.pr.Status.ChildReferences[i]
		ref.DisplayName, ref.WhenExpressions = "", nil
	}
	w.pr.Annotations = map[string]string{"pipeline.tekton.dev/release": "0a1b2c3"}
}

const halfWay = `
spec:
  pipelineSpec:
    tasks:
    - {name: a, taskSpec: {results: [{name: r}], steps: [{image: i}]}}
    - {name: never, when: [{input: x, operator: in, values: [y]}], taskSpec: {steps: [{image: i}]}}
    - {name: b, retries: 1, params: [{name: p, value: $(tasks.a.results.r)}], taskSpec: {params: [{name: p}], steps: [{image: i}]}}
    - {name: c, runAfter: [b], taskSpec: {steps: [{image: i}]}}
    finally:
    - {name: last, taskSpec: {steps: [{image: i}]}}
`

// TestRunsThatAnotherEngineHasBegun takes a run over at each of its points, once as it was recorded and once with children that the
// status does not list yet. Nothing is made twice, and nothing is left out.
func TestRunsThatAnotherEngineHasBegun(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		before func(*world)
		then   func(*world)
		want   []string
		end    string
	}{
		"first task runs": {
			before: func(*world) {}, then: func(w *world) { w.succeed("pr-a", "r", `"1"`) }, want: []string{"create TaskRun pr-b"},
			end: "Unknown Running: Tasks Completed: 1 (Failed: 0, Cancelled 0), Incomplete: 3, Skipped: 1",
		},
		"first task has ended, not seen": {
			before: func(w *world) { w.succeed("pr-a", "r", `"1"`) }, then: func(*world) {}, want: []string{"create TaskRun pr-b"},
			end: "Unknown Running: Tasks Completed: 1 (Failed: 0, Cancelled 0), Incomplete: 3, Skipped: 1",
		},
		"second task runs": {
			before: func(w *world) { w.succeed("pr-a", "r", `"1"`); w.pass() }, then: func(w *world) { w.succeed("pr-b") }, want: []string{"create TaskRun pr-c"},
			end: "Unknown Running: Tasks Completed: 2 (Failed: 0, Cancelled 0), Incomplete: 2, Skipped: 1",
		},
		"second task fails": {
			before: func(w *world) { w.succeed("pr-a", "r", `"1"`); w.pass() }, then: func(w *world) { w.fail("pr-b") }, want: []string{"create TaskRun pr-last"},
			end: "Unknown Running: Tasks Completed: 2 (Failed: 1, Cancelled 0), Incomplete: 1, Skipped: 2",
		},
		"finally runs": {
			before: func(w *world) { w.succeed("pr-a", "r", `"1"`); w.pass(); w.fail("pr-b"); w.pass() }, then: func(w *world) { w.succeed("pr-last") },
			end: "False Failed: Tasks Completed: 3 (Failed: 1, Cancelled 0), Skipped: 2",
		},
		"cancelled, not seen": {
			before: func(w *world) { w.succeed("pr-a", "r", `"1"`); w.pass() }, then: func(w *world) { w.pr.Spec.Status = v1.PipelineRunSpecStatusCancelled },
			want: []string{"cancel TaskRun pr-b"}, end: `False Cancelled: PipelineRun "pr" was cancelled`,
		},
	} {
		for _, recorded := range []bool{true, false} {
			text := name
			if !recorded {
				text += ", not recorded"
			}
			t.Run(text, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, halfWay)
				w.pass()
				tc.before(w)
				w.ofAnotherEngine()
				if !recorded {
					w.pr.Status.ChildReferences = nil
				}
				tc.then(w)
				w.expect(w.pass(), tc.want...)
				w.condition(tc.end)
				w.expectQuiet()
			})
		}
	}
}
