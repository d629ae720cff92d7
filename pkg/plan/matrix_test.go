package plan_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/plan"
)

const fanOut = `
spec:
  pipelineSpec:
    tasks:
    - name: m
      displayName: on $(params.os) $(params.extra)
      params: [{name: extra, value: x}]
      matrix:
        params: [{name: os, value: [linux, mac]}, {name: arch, value: [arm, amd]}]
        include: [{name: the mac, params: [{name: os, value: mac}, {name: flags, value: -v}]}]
      taskSpec: {results: [{name: r}], steps: [{image: i}]}
    - name: all
      params:
      - {name: list, value: "$(tasks.m.results.r[*])"}
      - {name: size, value: $(tasks.m.matrix.length)/$(tasks.m.matrix.r.length)}
      taskSpec: {steps: [{image: i}]}
    results: [{name: out, value: "$(tasks.m.results.r[*])"}]
`

func paramText(tr *v1.TaskRun) string {
	var parts []string
	for _, p := range tr.Spec.Params {
		parts = append(parts, p.Name+"="+p.Value.StringVal)
	}
	return strings.Join(parts, " ")
}

func TestMatrix(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fanOut)
	w.expect(w.pass(), "create TaskRun pr-m-0", "create TaskRun pr-m-1", "create TaskRun pr-m-2", "create TaskRun pr-m-3")
	for name, want := range map[string]string{
		"pr-m-0": "arch=arm os=linux extra=x", "pr-m-1": "arch=arm flags=-v os=mac extra=x",
		"pr-m-2": "arch=amd os=linux extra=x", "pr-m-3": "arch=amd flags=-v os=mac extra=x",
	} {
		if got := paramText(w.taskRuns[name]); got != want {
			t.Errorf("params of %s: %s, want %s", name, got, want)
		}
	}
	var displayed []string
	for _, ref := range w.pr.Status.ChildReferences {
		displayed = append(displayed, ref.Name+": "+ref.DisplayName)
	}
	want := []string{"pr-m-0: on linux x", "pr-m-1: the mac", "pr-m-2: on linux x", "pr-m-3: the mac"}
	if diff := cmp.Diff(want, displayed); diff != "" {
		t.Errorf("display names (-want +got):\n%s", diff)
	}
	w.condition("Unknown Running: Tasks Completed: 0 (Failed: 0, Cancelled 0), Incomplete: 2, Skipped: 0")
	w.succeed("pr-m-0", "r", "zero")
	w.succeed("pr-m-1")
	w.succeed("pr-m-2", "r", "two")
	w.expect(w.pass())
	w.succeed("pr-m-3", "r", "three")
	w.expect(w.pass(), "create TaskRun pr-all")
	wantParams := v1.Params{
		{Name: "list", Value: *v1.NewArray("zero", "two", "three")}, {Name: "size", Value: *v1.NewString("4/3")},
	}
	if diff := cmp.Diff(wantParams, w.taskRuns["pr-all"].Spec.Params); diff != "" {
		t.Errorf("params (-want +got):\n%s", diff)
	}
	w.succeed("pr-all")
	w.pass()
	w.condition("True Succeeded: Tasks Completed: 2 (Failed: 0, Cancelled 0), Skipped: 0")
	wantResults := []v1.PipelineRunResult{{Name: "out", Value: *v1.NewArray("zero", "two", "three")}}
	if diff := cmp.Diff(wantResults, w.pr.Status.Results); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

func TestMatrixOutcomes(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		end  func(w *world)
		want string
	}{
		"waits for all after a failure": {
			end:  func(w *world) { w.fail("pr-m-0") },
			want: "Unknown Running: Tasks Completed: 0 (Failed: 0, Cancelled 0), Incomplete: 2, Skipped: 0",
		},
		"one failed": {
			end: func(w *world) {
				w.fail("pr-m-0")
				for _, n := range []string{"pr-m-1", "pr-m-2", "pr-m-3"} {
					w.succeed(n)
				}
			},
			want: "False Failed: Tasks Completed: 1 (Failed: 1, Cancelled 0), Skipped: 1",
		},
		"one failed, one cancelled": {
			end: func(w *world) {
				w.fail("pr-m-0")
				w.finish("pr-m-1", corev1.ConditionFalse, "TaskRunCancelled")
				w.succeed("pr-m-2")
				w.succeed("pr-m-3")
			},
			want: "False Cancelled: Tasks Completed: 1 (Failed: 0, Cancelled 1), Skipped: 1",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fanOut)
			w.pass()
			tc.end(w)
			w.pass()
			w.condition(tc.want)
		})
	}
}

func TestPartialFanOutIsCompleted(t *testing.T) {
	t.Parallel()
	cases := map[string]func(w *world){
		"after a refusal": func(w *world) {
			seen, step := w.next()
			refused := w.carryOut(step.Actions, func(a plan.Action) (plan.RefusalKind, error) {
				if c, ok := a.(plan.CreateTaskRun); ok && c.TaskRun.Name == "pr-m-2" {
					return plan.RefusedForNow, errors.New("later")
				}
				return 0, nil
			})
			w.store(plan.Amend(seen, step, refused))
		},
		"after a crash": func(w *world) {
			_, step := w.next()
			w.carryOut(step.Actions[:2], nil)
		},
		"after deletion": func(w *world) {
			w.pass()
			delete(w.taskRuns, "pr-m-2")
			delete(w.taskRuns, "pr-m-3")
		},
	}
	for name, crash := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fanOut)
			crash(w)
			w.succeed("pr-m-0")
			w.succeed("pr-m-1")
			w.expect(w.pass(), "create TaskRun pr-m-2", "create TaskRun pr-m-3")
			if got := paramText(w.taskRuns["pr-m-3"]); got != "arch=amd flags=-v os=mac extra=x" {
				t.Errorf("params %s", got)
			}
			if len(w.pr.Status.ChildReferences) != 4 || w.pr.Status.ChildReferences[1].DisplayName != "the mac" {
				t.Errorf("references %+v", w.pr.Status.ChildReferences)
			}
		})
	}
}

func TestPartialFanOutIsNotCompletedWhenStopping(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fanOut)
	_, step := w.next()
	w.carryOut(step.Actions[:2], nil)
	w.pr.Spec.Status = v1.PipelineRunSpecStatusStoppedRunFinally
	w.expect(w.pass())
	w.succeed("pr-m-0", "r", "zero")
	w.succeed("pr-m-1", "r", "one")
	w.pass()
	w.condition(`False Cancelled: PipelineRun "pr" was cancelled`)
}

func TestMatrixFromResults(t *testing.T) {
	t.Parallel()
	const text = `
spec:
  pipelineSpec:
    tasks:
    - {name: a, taskSpec: {results: [{name: list, type: array}], steps: [{image: i}]}}
    - name: m
      matrix: {params: [{name: p, value: "$(tasks.a.results.list[*])"}]}
      taskSpec: {steps: [{image: i}]}
    finally:
    - {name: last, params: [{name: size, value: $(tasks.m.matrix.length)}], taskSpec: {steps: [{image: i}]}}
`
	cases := map[string]struct {
		list  string
		want  []string
		skips []string
	}{
		"several": {list: `["x", "z"]`, want: []string{"create TaskRun pr-m-0", "create TaskRun pr-m-1"}},
		"one":     {list: `["x"]`, want: []string{"create TaskRun pr-m"}},
		"none":    {list: `[]`, want: []string{"create TaskRun pr-last"}, skips: []string{"m: Matrix Parameters have an empty array"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, text)
			w.pass()
			w.succeed("pr-a", "list", tc.list)
			w.expect(w.pass(), tc.want...)
			w.skips(tc.skips...)
		})
	}
	t.Run("length", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, text)
		w.pass()
		w.succeed("pr-a", "list", `["x", "z"]`)
		w.pass()
		w.succeed("pr-m-0")
		w.succeed("pr-m-1")
		w.pass()
		if got := paramText(w.taskRuns["pr-last"]); got != "size=2" {
			t.Errorf("params %s", got)
		}
	})
	t.Run("too many", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, text)
		w.defaults.DefaultMaxMatrixCombinationsCount = 1
		w.pass()
		w.succeed("pr-a", "list", `["x", "z"]`)
		w.pass()
		w.conditionStarts("False PipelineValidationFailed: ")
	})
}

func TestManyInstancesKeepTheirNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fanOut)
	values := make([]string, 12)
	for i := range values {
		values[i] = strings.Repeat("v", i+1)
	}
	w.pr.Spec.PipelineSpec.Tasks[0].Matrix = &v1.Matrix{Params: v1.Params{{Name: "os", Value: *v1.NewArray(values...)}}}
	w.pass()
	delete(w.taskRuns, "pr-m-10")
	w.expect(w.pass(), "create TaskRun pr-m-10")
	if got := paramText(w.taskRuns["pr-m-10"]); got != "os="+values[10]+" extra=x" {
		t.Errorf("params %s", got)
	}
	var names []string
	for _, ref := range w.pr.Status.ChildReferences {
		names = append(names, ref.Name)
	}
	if !slices.IsSorted(names) {
		t.Errorf("references are not in byte order: %v", names)
	}
}

func TestMatrixedCustomTask(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
spec:
  pipelineSpec:
    tasks:
    - name: m
      matrix: {params: [{name: p, value: [a, b]}]}
      taskRef: {apiVersion: example.dev/v1, kind: Wait}
    - {name: next, params: [{name: p, value: $(tasks.m.results.r)}], taskSpec: {steps: [{image: i}]}}
`)
	w.expect(w.pass(), "create CustomRun pr-m-0", "create CustomRun pr-m-1")
	w.succeed("pr-m-0", "r", "first")
	w.succeed("pr-m-1", "r", "second")
	w.pass()
	if got := paramText(w.taskRuns["pr-next"]); got != "p=first" {
		t.Errorf("params %s", got)
	}
}

func TestPartialFanOutIsCompletedWhileAnotherTaskHasFailed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
spec:
  pipelineSpec:
    tasks:
    - {name: m, matrix: {params: [{name: p, value: [x, z]}]}, taskSpec: {steps: [{image: i}]}}
    - {name: f, taskSpec: {steps: [{image: i}]}}
    - {name: next, runAfter: [f], taskSpec: {steps: [{image: i}]}}
`)
	w.pass()
	delete(w.taskRuns, "pr-m-1")
	w.fail("pr-f")
	w.expect(w.pass(), "create TaskRun pr-m-1")
	w.skips("next: PipelineRun was stopping")
}

func TestIncludeWithoutParamsMakesNoChild(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
spec:
  pipelineSpec:
    tasks:
    - name: m
      matrix: {params: [{name: os, value: [linux, mac]}], include: [{name: extra}]}
      taskSpec: {params: [{name: os, type: string}], steps: [{image: i}]}
`)
	w.expect(w.pass(), "create TaskRun pr-m-0", "create TaskRun pr-m-1")
}

// Final tasks see how the others ended, also in instances that a later pass makes up for.
func TestPartialFinalFanOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
spec:
  pipelineSpec:
    tasks:
    - {name: a, when: [{input: x, operator: in, values: [z]}], taskSpec: {steps: [{image: i}]}}
    - {name: b, taskSpec: {steps: [{image: i}]}}
    finally:
    - name: f
      matrix: {params: [{name: m, value: [x, u]}]}
      params: [{name: all, value: $(tasks.status)}]
      taskSpec: {steps: [{image: i}]}
`)
	w.pass()
	w.succeed("pr-b")
	w.refuseCreation("pr-f-1")
	w.expect(w.pass(), "create TaskRun pr-f-1")
	if got := paramText(w.taskRuns["pr-f-1"]); got != "m=u all=Completed" {
		t.Errorf("params %s", got)
	}
}
