package plan_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/plan"
)

// refuseCreation makes a pass in which the API refuses one child for now.
func (w *world) refuseCreation(name string) {
	w.t.Helper()
	seen, step := w.next()
	refused := w.carryOut(step.Actions, func(a plan.Action) (plan.RefusalKind, error) {
		created := ""
		switch a := a.(type) {
		case plan.CreateTaskRun:
			created = a.TaskRun.Name
		case plan.CreateCustomRun:
			created = a.CustomRun.Name
		case plan.CreatePipelineRun:
			created = a.PipelineRun.Name
		}
		if created == name {
			return plan.RefusedForNow, errors.New("no way")
		}
		return 0, nil
	})
	if len(refused) == 0 {
		w.t.Fatalf("child %s is not created in this pass", name)
	}
	w.store(plan.Amend(seen, step, refused))
}

func TestEveryKindOfChildHasItsEventWhenRefused(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		task string
		want plan.Event
	}{
		"TaskRun": {
			task: `{name: a, taskSpec: {steps: [{image: i}]}}`,
			want: plan.Event{Reason: "TaskRunsCreationFailed", Message: `Failed to create TaskRuns ["pr-a"]: no way`},
		},
		"CustomRun": {
			task: `{name: a, taskRef: {apiVersion: example.dev/v1, kind: Wait}}`,
			want: plan.Event{Reason: "RunsCreationFailed", Message: `Failed to create CustomRuns ["pr-a"]: no way`},
		},
		"PipelineRun": {
			task: `{name: a, pipelineSpec: {tasks: [{name: x, taskRef: {name: task}}]}}`,
			want: plan.Event{
				Reason:  "ChildPipelineRunsCreationFailed",
				Message: `Failed to create child (PIP) PipelineRuns ["pr-a"]: no way`,
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "spec: {pipelineSpec: {tasks: ["+tc.task+"]}}")
			w.refuseCreation("pr-a")
			tc.want.Type = "Warning"
			if diff := cmp.Diff(tc.want, w.events[1]); diff != "" {
				t.Errorf("event (-want +got):\n%s", diff)
			}
			if refs := w.pr.Status.ChildReferences; len(refs) > 0 {
				t.Errorf("references %v to a child that does not exist", refs)
			}
			w.expect(w.pass(), "create "+name+" pr-a")
		})
	}
}

func TestFinalTaskThatCouldNotStartInTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
spec:
  timeouts: {pipeline: 1h, finally: 10m}
  pipelineSpec:
    tasks:
    - {name: a, taskSpec: {steps: [{image: i}]}}
    finally:
    - {name: first, taskSpec: {steps: [{image: i}]}}
    - {name: second, taskSpec: {steps: [{image: i}]}}
`)
	w.pass()
	w.succeed("pr-a")
	w.refuseCreation("pr-second")
	w.succeed("pr-first")
	w.after(11)
	w.expect(w.pass())
	w.skips("second: PipelineRun Finally timeout has been reached")
	w.condition("False Failed: Tasks Completed: 2 (Failed: 0, Cancelled 0), Skipped: 1")
}

func TestCancelledTaskWhoseErrorsAreIgnored(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
spec:
  pipelineSpec:
    tasks:
    - {name: a, onError: continue, taskSpec: {steps: [{image: i}]}}
    - {name: b, runAfter: [a], taskSpec: {steps: [{image: i}]}}
`)
	w.pass()
	w.finish("pr-a", corev1.ConditionFalse, "TaskRunCancelled")
	w.expect(w.pass(), "create TaskRun pr-b")
	w.condition("Unknown PipelineRunStopping: Tasks Completed: 1 (Failed: 0, Cancelled 1), Incomplete: 1, Skipped: 0")
	w.succeed("pr-b")
	w.pass()
	w.condition("False Cancelled: Tasks Completed: 2 (Failed: 0, Cancelled 1), Skipped: 0")
}

func TestManagedHereByName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chain)
	here := "tekton.dev/pipeline"
	w.pr.Spec.ManagedBy = &here
	w.expect(w.pass(), "create TaskRun pr-a")
}

func TestStatusOfAllTasks(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		guard string
		end   func(*world)
		want  string
	}{
		"all ran":       {guard: "x", end: func(w *world) { w.succeed("pr-a"); w.succeed("pr-b") }, want: "Succeeded"},
		"one skipped":   {guard: "y", end: func(w *world) { w.succeed("pr-a") }, want: "Completed"},
		"one failed":    {guard: "y", end: func(w *world) { w.fail("pr-a") }, want: "Failed"},
		"one cancelled": {guard: "y", end: func(w *world) { w.finish("pr-a", corev1.ConditionFalse, "TaskRunCancelled") }, want: "Failed"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, `
spec:
  pipelineSpec:
    tasks:
    - {name: a, taskSpec: {steps: [{image: i}]}}
    - {name: b, when: [{input: x, operator: in, values: [`+tc.guard+`]}], taskSpec: {steps: [{image: i}]}}
    finally:
    - {name: last, params: [{name: all, value: $(tasks.status)}], taskSpec: {steps: [{image: i}]}}
`)
			w.pass()
			tc.end(w)
			w.expect(w.pass(), "create TaskRun pr-last")
			want := v1.Params{{Name: "all", Value: *v1.NewString(tc.want)}}
			if diff := cmp.Diff(want, w.taskRuns["pr-last"].Spec.Params); diff != "" {
				t.Errorf("params (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFirstOfSeveralRefusalsIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `spec: {pipelineSpec: {tasks: [{name: m, matrix: {params: [{name: p, value: [a, b, c]}]}, taskSpec: {steps: [{image: i}]}}]}}`)
	seen, step := w.next()
	var refused []plan.Refused
	for i, a := range step.Actions {
		err := apierrors.NewConflict(schema.GroupResource{Resource: "taskruns"}, fmt.Sprintf("pr-m-%d", i), errors.New("changed"))
		refused = append([]plan.Refused{{Action: a, Err: err, Kind: plan.RefusedForNow}}, refused...)
	}
	step = plan.Amend(seen, step, refused)
	w.store(step)
	w.conditionHas(`; Failed to create TaskRuns ["pr-m-0"]: `)
	if !apierrors.IsConflict(step.Failure) {
		t.Errorf("failure %v does not say that it is a conflict", step.Failure)
	}
}

func TestFailuresKeepTheirCause(t *testing.T) {
	t.Parallel()
	conflict := apierrors.NewConflict(schema.GroupResource{Resource: "things"}, "x", errors.New("changed"))
	refuse := func(w *world, kind plan.RefusalKind) plan.Step {
		seen, step := w.next()
		return plan.Amend(seen, step, w.carryOut(step.Actions, func(plan.Action) (plan.RefusalKind, error) { return kind, conflict }))
	}
	cases := map[string]func(t *testing.T) plan.Step{
		"claim": func(t *testing.T) plan.Step { return refuse(newWorld(t, workspaces), plan.RefusedByQuota) },
		"stop": func(t *testing.T) plan.Step {
			w := newWorld(t, chain)
			w.pass()
			w.pr.Spec.Status = v1.PipelineRunSpecStatusCancelled
			return refuse(w, plan.RefusedForNow)
		},
		"clean-up": func(t *testing.T) plan.Step {
			w := newWorld(t, chain)
			w.pass()
			w.succeed("pr-a")
			w.pass()
			w.fail("pr-b")
			w.pr.Status.Conditions[0].Status = corev1.ConditionFalse
			return refuse(w, plan.RefusedForNow)
		},
	}
	for name, step := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if f := step(t).Failure; f == nil || !apierrors.IsConflict(f) {
				t.Errorf("failure %v does not say that it is a conflict", f)
			}
		})
	}
}
