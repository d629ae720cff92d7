package plan_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/plan"
)

// TestRefusals has one case for each way in which a run can end before its first child.
func TestRefusals(t *testing.T) {
	t.Parallel()
	const tasks = `
---
kind: Task
metadata: {name: task}
spec:
  params: [{name: needed, type: string}, {name: list, type: array, default: []}]
  results: [{name: r}]
  workspaces: [{name: ws}]
---
kind: Task
metadata: {name: plain}
spec: {results: [{name: r}]}
---
kind: Task
metadata: {name: limited}
spec:
  params: [{name: level, type: string, enum: [low, high]}]
`
	const pipelines = `
---
kind: Pipeline
metadata: {name: pipe}
spec:
  params:
  - {name: a, type: string}
  - {name: list, type: array, default: [x]}
  - {name: map, type: object, properties: {k: {}, l: {}}, default: {k: v, l: w}}
  - {name: level, type: string, enum: [low, mid], default: low}
  workspaces: [{name: needed}]
  tasks:
  - {name: t, taskRef: {name: plain}, params: [{name: p, value: "$(params.list[0])"}]}
`
	cases := map[string]struct {
		text   string
		adjust func(w *world)
		want   string
	}{
		"no pipeline": {
			text: `spec: {pipelineRef: {name: missing}}`,
			want: `False CouldntGetPipeline: Error retrieving pipeline for pipelinerun ns/pr: error when getting Pipeline for PipelineRun pr: ` +
				`tekton client cannot get pipeline missing from local cluster: pipelines.tekton.dev "missing" not found`,
		},
		"no task": {
			text: `spec: {pipelineSpec: {tasks: [{name: a, taskRef: {name: plain}}], finally: [{name: f, taskRef: {name: missing}}]}}`,
			want: `False CouldntGetTask: Pipeline ns/pr can't be Run; it contains Tasks that don't exist: Couldn't retrieve Task "missing": ` +
				`tasks.tekton.dev "missing" not found`,
		},
		"no child pipeline": {
			text: `spec: {pipelineSpec: {tasks: [{name: a, pipelineRef: {name: missing}}]}}`,
			want: `False CouldntGetPipeline: Pipeline ns/pr can't be Run; it contains child Pipelines that don't exist: ` +
				`Couldn't retrieve Pipeline "missing": pipelines.tekton.dev "missing" not found`,
		},
		"cycle": {
			text: `spec: {pipelineSpec: {tasks: [{name: a, taskRef: {name: plain}, runAfter: [b]}, {name: b, taskRef: {name: plain}, params: [{name: p, value: $(tasks.a.results.r)}]}]}}`,
			want: `False PipelineInvalidGraph: [User error] PipelineRun ns/pr's Pipeline DAG is invalid: cycle detected; task "a" depends on "b"`,
		},
		"unknown dependency": {
			text: `spec: {pipelineSpec: {tasks: [{name: a, taskRef: {name: plain}, runAfter: [b]}]}}`,
			want: `False PipelineInvalidGraph: [User error] PipelineRun ns/pr's Pipeline DAG is invalid: ` +
				`couldn't add link between a and b: task a depends on b but b wasn't present in Pipeline`,
		},
		"twice in finally": {
			text: `spec: {pipelineSpec: {tasks: [{name: a, taskRef: {name: plain}}], finally: [{name: f, taskRef: {name: plain}}, {name: f, taskRef: {name: plain}}]}}`,
			want: `False PipelineInvalidGraph: [User error] PipelineRun ns/pr's Pipeline DAG is invalid for finally clause: ` +
				`task f is already present in Graph, can't add it again: duplicate pipeline task`,
		},
		"params missing": {
			text: `spec: {pipelineRef: {name: pipe}}`,
			want: `False ParameterMissing: [User error] PipelineRun ns/pr is missing some parameters required by Pipeline ns/pipe: pipelineRun missing parameters: [a]`,
		},
		"param of another type": {
			text: `spec: {pipelineRef: {name: pipe}, params: [{name: a, value: [x]}]}`,
			want: `False ParameterTypeMismatch: [User error] PipelineRun ns/pr parameters have mismatching types with Pipeline ns/pipe's parameters: ` +
				`parameters have inconsistent types : [a]`,
		},
		"param not in the enum": {
			text:   `spec: {pipelineRef: {name: pipe}, params: [{name: a, value: x}, {name: level, value: other}]}`,
			adjust: func(w *world) { w.flags.EnableParamEnum = true },
			want:   "False InvalidParamValue: [User error] PipelineRun ns/pr parameters have invalid value: param `level` value: other is not in the enum list",
		},
		"object keys missing": {
			text: `
spec:
  pipelineSpec:
    params: [{name: map, type: object, properties: {k: {}, l: {}}}]
    tasks: [{name: a, taskRef: {name: plain}}]
  params: [{name: map, value: {k: v}}]`,
			want: `False ObjectParameterMissKeys: [User error] PipelineRun ns/pr parameters is missing object keys required by Pipeline ns/pr's parameters: ` +
				`pipelineRun missing object keys for parameters: map[map:[l]]`,
		},
		"array index": {
			text: `spec: {pipelineRef: {name: pipe}, params: [{name: a, value: x}, {name: list, value: []}]}`,
			want: `False ParamArrayIndexingInvalid: [User error] PipelineRun ns/pr failed validation: failed to validate Pipeline ns/pipe's parameter ` +
				`which has an invalid index while referring to an array: non-existent param references:[$(params.list[0])]`,
		},
		"workspace missing": {
			text: `spec: {pipelineRef: {name: pipe}, params: [{name: a, value: x}]}`,
			want: `False InvalidWorkspaceBindings: [User error] PipelineRun ns/pr doesn't bind Pipeline ns/pipe's Workspaces correctly: ` +
				`pipeline requires workspace with name "needed" be provided by pipelinerun`,
		},
		"taskRunSpecs": {
			text: `spec: {pipelineSpec: {tasks: [{name: a, taskRef: {name: plain}}]}, taskRunSpecs: [{pipelineTaskName: b}]}`,
			want: `False InvalidTaskRunSpecs: [User error] PipelineRun ns/pr doesn't define taskRunSpecs correctly: ` +
				`pipelineRun's taskrunSpecs defined wrong taskName: "b", does not exist in Pipeline`,
		},
		"task param missing": {
			text: `spec: {pipelineSpec: {tasks: [{name: a, taskRef: {name: task}}]}}`,
			want: `False PipelineValidationFailed: [User error] Validation failed for pipelinerun pr with error invalid input params for task task: ` +
				`missing values for these params which have no default values: [needed]`,
		},
		"task param of another type": {
			text: `spec: {pipelineSpec: {tasks: [{name: a, taskRef: {name: task}, params: [{name: needed, value: x}, {name: list, value: y}]}]}}`,
			want: `False PipelineValidationFailed: [User error] Validation failed for pipelinerun pr with error invalid input params for task task: ` +
				`param types don't match the user-specified type: [list]`,
		},
		"enum not a subset": {
			text: `
spec:
  pipelineSpec:
    params: [{name: level, type: string, enum: [low, mid], default: low}]
    tasks: [{name: a, taskRef: {name: limited}, params: [{name: level, value: $(params.level)}]}]`,
			adjust: func(w *world) { w.flags.EnableParamEnum = true },
			want: `False PipelineValidationFailed: [User error] Validation failed for pipelinerun with error pipeline param "level" enum: [low mid] ` +
				`is not a subset of the referenced in "limited" task param enum: [low high]`,
		},
		"task value not in the enum": {
			text:   `spec: {pipelineSpec: {tasks: [{name: a, taskRef: {name: limited}, params: [{name: level, value: mid}]}]}}`,
			adjust: func(w *world) { w.flags.EnableParamEnum = true },
			want:   "False InvalidParamValue: [User error] Invalid param value from PipelineTask \"a\": param `level` value: mid is not in the enum list",
		},
		"result of nobody": {
			text: `spec: {pipelineSpec: {tasks: [{name: a, taskRef: {name: plain}}], finally: [{name: f, taskRef: {name: plain}, params: [{name: p, value: $(tasks.x.results.r)}]}]}}`,
			want: `False InvalidTaskResultReference: invalid result reference in pipeline task "f": referenced pipeline task "x" does not exist`,
		},
		"result not declared": {
			text: `spec: {pipelineSpec: {tasks: [{name: a, taskRef: {name: plain}}, {name: b, taskRef: {name: plain}, params: [{name: p, value: $(tasks.a.results.q)}]}]}}`,
			want: `False InvalidTaskResultReference: invalid result reference in pipeline task "b": "q" is not a named result returned by pipeline task "a"`,
		},
		"pipeline result of nobody": {
			text: `spec: {pipelineSpec: {results: [{name: out, value: $(finally.a.results.r)}], tasks: [{name: a, taskRef: {name: plain}}]}}`,
			want: `False InvalidPipelineResultReference: Failed to resolve pipeline result reference for "pr" with error invalid pipeline result "out": ` +
				`referenced pipeline task "a" does not exist`,
		},
		"pipeline result of a child pipeline": {
			text: `spec: {pipelineSpec: {results: [{name: out, value: $(tasks.a.results.r)}], tasks: [{name: a, pipelineSpec: {tasks: [{name: x, taskRef: {name: plain}}]}}]}}`,
			want: `False InvalidPipelineResultReference: Failed to resolve pipeline result reference for "pr" with error invalid pipeline result "out": ` +
				`unable to validate result referencing pipeline task "a": task spec not found`,
		},
		"optional workspace for a task that needs it": {
			text: `
spec:
  pipelineSpec:
    workspaces: [{name: w, optional: true}]
    tasks: [{name: a, taskRef: {name: task}, params: [{name: needed, value: x}], workspaces: [{name: ws, workspace: w}]}]
  workspaces: [{name: w, emptyDir: {}}]`,
			want: `False RequiredWorkspaceMarkedOptional: [User error] Optional workspace not supported by task: ` +
				`pipeline workspace "w" is marked optional but pipeline task "a" requires it be provided`,
		},
		"child workspace missing": {
			text: `spec: {pipelineSpec: {tasks: [{name: a, taskRef: {name: task}, params: [{name: needed, value: x}], workspaces: [{name: ws, workspace: w}]}]}}`,
			want: `False CreateRunFailed: expected workspace "w" to be provided by pipelinerun for pipeline task "a"`,
		},
		"onError from a param": {
			text: `
spec:
  pipelineSpec:
    params: [{name: e, type: string}]
    tasks: [{name: a, onError: $(params.e), taskRef: {name: plain}}]
  params: [{name: e, value: perhaps}]`,
			want: `False PipelineValidationFailed: [User error] Pipeline ns/pr can't be Run; it has an invalid spec: ` +
				`pipeline task "a": PipelineTask OnError must be either "continue" or "stopAndFail", not "perhaps"`,
		},
		"defaults in a circle": {
			text: `
spec:
  pipelineSpec:
    params: [{name: a, type: string, default: $(params.b)}, {name: b, type: string, default: $(params.a)}]
    tasks: [{name: t, taskRef: {name: plain}}]`,
			want: `False PipelineValidationFailed: [User error] Failed to apply parameters to Pipeline ns/pr: ` +
				`parameter resolution failed: circular dependency detected in param "a"`,
		},
		"matrix too large": {
			text:   `spec: {pipelineSpec: {tasks: [{name: a, matrix: {params: [{name: p, value: [x, u, v]}]}, taskRef: {name: plain}}]}}`,
			adjust: func(w *world) { w.defaults.DefaultMaxMatrixCombinationsCount = 2 },
			want: `False PipelineValidationFailed: [User error] Pipeline ns/pr can't be Run; it has an invalid spec: ` +
				`matrix of pipeline task "a" has 3 combinations, expected at most 2 (default-max-matrix-combinations-count)`,
		},
		"matrix of strings": {
			text: `spec: {pipelineSpec: {tasks: [{name: a, matrix: {params: [{name: p, value: x}]}, taskRef: {name: plain}}]}}`,
			want: `False InvalidMatrixParameterTypes: [User error] Failed to validate matrix "a": parameters of type array only are allowed, ` +
				`but param "p" has type "string" in pipelineTask "a"`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tc.text+tasks+pipelines)
			if tc.adjust != nil {
				tc.adjust(w)
			}
			step := w.pass()
			w.expect(step)
			w.condition(tc.want)
			if step.Failure == nil || !step.Failure.Final() {
				t.Errorf("failure %v, want a final one", step.Failure)
			}
			if w.pr.Status.CompletionTime == nil {
				t.Error("no completion time")
			}
		})
	}
}

func TestInvalidSpec(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chain)
	seen := w.seen()
	calls := 0
	seen.ValidateSpec = func(*v1.PipelineSpec) error {
		calls++
		return apis.ErrMissingField("tasks[0].name")
	}
	w.store(plan.Next(seen))
	w.condition("False PipelineValidationFailed: [User error] Pipeline ns/pr can't be Run; it has an invalid spec: missing field(s): tasks[0].name")
	if calls != 1 {
		t.Errorf("validated %d times", calls)
	}
}

func TestWaiting(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
spec: {pipelineRef: {name: pipe}}
---
kind: Pipeline
metadata: {name: pipe, labels: {team: x, own: theirs}, annotations: {note: hint, kubectl.kubernetes.io/last-applied-configuration: z}}
spec: {tasks: [{name: a, taskRef: {name: task}}]}
---
kind: Task
metadata: {name: task}
`)
	w.pr.Labels = map[string]string{"own": "mine"}
	w.waiting["pipe"], w.waiting["task"] = true, true
	w.expect(w.pass())
	w.condition("Unknown ResolvingPipelineRef: PipelineRun ns/pr awaiting remote resource")
	delete(w.waiting, "pipe")
	w.expect(w.pass())
	w.condition("Unknown ResolvingTaskRef: PipelineRun ns/pr awaiting remote resource")
	if w.pr.Status.PipelineSpec == nil {
		t.Error("the spec is not stored while tasks are fetched")
	}
	wantLabels := map[string]string{"own": "mine", "team": "x", pipeline.PipelineLabelKey: "pipe"}
	if diff := cmp.Diff(wantLabels, w.pr.Labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"note": "hint"}, w.pr.Annotations); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
	// The Pipeline is not needed any more.
	delete(w.pipelines, "pipe")
	delete(w.waiting, "task")
	w.expect(w.pass(), "create TaskRun pr-a")
}

func TestWaitingHasALimit(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]*failure.Failure{
		"not fetched yet": failure.Waitingf("", "not yet"),
		"cannot be read":  failure.Transientf("", "later"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, `spec: {pipelineRef: {name: pipe}}`)
			w.passUnfetched(f)
			if w.pr.IsDone() {
				t.Fatalf("the run ended at once: %s", w.conditionText())
			}
			w.after(60)
			if step := w.passUnfetched(f); step.Failure != nil {
				t.Errorf("failure %v of a run that is done", step.Failure)
			}
			w.condition(`False PipelineRunTimeout: PipelineRun "pr" failed to finish within "1h0m0s"`)
		})
	}
}

// passUnfetched makes a pass in which the Pipeline is not there.
func (w *world) passUnfetched(f *failure.Failure) plan.Step {
	seen := w.seen()
	seen.Pipeline = &plan.PipelineDefinition{Failure: f}
	step := plan.Next(seen)
	w.store(step)
	return step
}

func TestFailuresOfDefinitions(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		failure *failure.Failure
		want    string
		class   failure.Class
	}{
		"refused signature": {
			failure: failure.Invalidf("ResourceVerificationFailed", "no good"),
			want:    "False ResourceVerificationFailed: pipelineRun ns/pr referred resource pipe failed signature verification: no good",
		},
		"refused by the cluster": {
			failure: failure.Invalidf("PipelineValidationFailed", "no good"),
			want:    "False PipelineValidationFailed: [User error] Failed dryRunValidation for PipelineRun pr: no good",
		},
		"from a resolver": {
			failure: failure.Invalidf("", "no good"),
			want:    "False CouldntGetPipeline: Error retrieving pipeline for pipelinerun ns/pr: no good",
		},
		"for now": {
			failure: failure.Transientf("", "later"),
			want:    "Unknown Started: ",
			class:   failure.Transient,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, `spec: {pipelineRef: {resolver: hub, name: pipe}}`)
			seen := w.seen()
			seen.Pipeline = &plan.PipelineDefinition{Failure: tc.failure}
			step := plan.Next(seen)
			w.store(step)
			w.condition(tc.want)
			if step.Failure == nil || step.Failure.Class != tc.class {
				t.Errorf("failure %v, want class %v", step.Failure, tc.class)
			}
		})
	}
}

func TestVerificationIsNoted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chain)
	w.pr.Spec.PipelineSpec.Tasks[1].TaskRef.Name = "unsigned"
	w.tasks["unsigned"] = w.tasks["task"]
	seen := w.seen()
	step := plan.Next(seen)
	seen.Definitions = map[string]plan.Definition{}
	for _, ref := range step.Wants.Definitions {
		seen.Definitions[ref.PipelineTask] = plan.Definition{
			Task: w.tasks["task"], Verification: &plan.Verification{Passed: ref.PipelineTask != "b", Message: "unsigned"},
		}
	}
	w.store(plan.Next(seen))
	got := w.pr.Status.GetCondition(v1.ConditionTrustedResourcesVerified)
	if got == nil || !got.IsFalse() || got.Message != "unsigned" {
		t.Errorf("condition %v, want that of the task that is not signed", got)
	}
	if w.pr.Status.Conditions[0].Type != apis.ConditionSucceeded {
		t.Errorf("conditions are not sorted: %v", w.pr.Status.Conditions)
	}
	w.pass()
	w.passOnce()
	if w.pr.Status.Conditions[0].Type != apis.ConditionSucceeded {
		t.Errorf("conditions of a later pass are not sorted: %v", w.pr.Status.Conditions)
	}
}

func TestDefinitionsAreAskedForOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
spec:
  pipelineSpec:
    tasks:
    - {name: a, taskRef: {name: one}}
    - {name: b, taskRef: {name: two}}
    - {name: c, taskRef: {name: one}}
    - {name: remote, taskRef: {resolver: git, params: [{name: path, value: p}]}}
    - {name: again, taskRef: {resolver: git, params: [{name: path, value: p}]}}
    - {name: open, taskRef: {resolver: git, params: [{name: path, value: $(tasks.a.results.path)}]}}
    finally:
    - {name: last, taskRef: {name: two}}
---
kind: Task
metadata: {name: one}
spec: {results: [{name: path}]}
---
kind: Task
metadata: {name: two}
`)
	var asked []string
	for _, ref := range plan.Next(w.seen()).Wants.Definitions {
		asked = append(asked, ref.PipelineTask)
	}
	if diff := cmp.Diff([]string{"a", "b", "remote", "again"}, asked); diff != "" {
		t.Errorf("asked for definitions of (-want +got):\n%s", diff)
	}
	w.tasks[""] = w.tasks["two"]
	w.expect(w.pass(), "create TaskRun pr-a", "create TaskRun pr-b", "create TaskRun pr-c", "create TaskRun pr-remote", "create TaskRun pr-again")
	if got := w.taskRuns["pr-c"].Labels["tekton.dev/task"]; got != "one" {
		t.Errorf("task label %q of a task that shares its definition", got)
	}
}

func TestReferenceFromResultsIsLeftToTheTaskRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
spec:
  pipelineSpec:
    tasks:
    - {name: a, taskSpec: {results: [{name: path}], steps: [{image: i}]}}
    - {name: b, taskRef: {resolver: git, params: [{name: path, value: $(tasks.a.results.path)}]}}
`)
	w.pass()
	w.succeed("pr-a", "path", "p")
	step := plan.Next(w.seen())
	if !step.Wants.Empty() {
		t.Errorf("wants %+v: the request would not be the TaskRun's", step.Wants)
	}
	w.expect(step, "create TaskRun pr-b")
}

func TestDeletedTaskDoesNotEndARunningRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chain)
	w.pass()
	delete(w.tasks, "task")
	w.succeed("pr-a")
	w.expect(w.pass(), "create TaskRun pr-b", "create TaskRun pr-c")
	if got := w.taskRuns["pr-b"].Spec.TaskRef; got == nil || got.Name != "task" {
		t.Errorf("task ref %v", got)
	}
}

func TestParamsAreFilledInOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
spec:
  params: [{name: a, value: $(params.b)}, {name: b, value: text}]
  pipelineSpec:
    params: [{name: a, type: string}, {name: b, type: string}]
    tasks:
    - {name: first, params: [{name: p, value: $(params.a)}], taskSpec: {steps: [{image: i}]}}
    - {name: second, runAfter: [first], params: [{name: p, value: $(params.a)}], taskSpec: {steps: [{image: i}]}}
`)
	w.pass()
	w.succeed("pr-first")
	w.pass()
	for _, name := range []string{"pr-first", "pr-second"} {
		if got := w.taskRuns[name].Spec.Params[0].Value.StringVal; got != "$(params.b)" {
			t.Errorf("param of %s is %q: a value was taken for a variable", name, got)
		}
	}
}

func TestRefusedByAPI(t *testing.T) {
	t.Parallel()
	noWay := errors.New("no way")
	cases := map[string]struct {
		kind       plan.RefusalKind
		want       string
		class      failure.Class
		references []string
	}{
		"for good": {
			kind: plan.RefusedForGood, want: "False CreateRunFailed: no way", class: failure.Invalid, references: []string{"pr-a"},
		},
		"for now": {
			kind: plan.RefusedForNow, class: failure.Transient, references: []string{"pr-a"},
			want: `Unknown Running: Tasks Completed: 0 (Failed: 0, Cancelled 0), Incomplete: 3, Skipped: 0; Failed to create TaskRuns ["pr-b"]: no way`,
		},
		"by quota": {
			kind: plan.RefusedByQuota, class: failure.Transient, references: []string{"pr-a"},
			want: `Unknown Running: Tasks Completed: 0 (Failed: 0, Cancelled 0), Incomplete: 3, Skipped: 0; Failed to create TaskRuns ["pr-b"]: no way`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, `
spec:
  pipelineSpec:
    tasks:
    - {name: a, taskSpec: {steps: [{image: i}]}}
    - {name: b, taskSpec: {steps: [{image: i}]}}
    - {name: c, taskSpec: {steps: [{image: i}]}}
`)
			refuse := func(a plan.Action) (plan.RefusalKind, error) {
				if c, ok := a.(plan.CreateTaskRun); ok && c.TaskRun.Name == "pr-b" {
					return tc.kind, noWay
				}
				return 0, nil
			}
			for range 2 {
				seen, step := w.next()
				if w.pr.IsDone() {
					break
				}
				step = plan.Amend(seen, step, w.carryOut(step.Actions, refuse))
				w.store(step)
				w.condition(tc.want)
				if step.Failure == nil || step.Failure.Class != tc.class {
					t.Errorf("failure %v, want class %v", step.Failure, tc.class)
				}
				w.now = w.now.Add(time.Minute)
			}
			if got := w.pr.Status.GetCondition(apis.ConditionSucceeded).LastTransitionTime.Inner.Time; !got.Equal(epoch) {
				t.Errorf("the same refusal again moves the transition time to %v", got)
			}
			var names []string
			for _, ref := range w.pr.Status.ChildReferences {
				names = append(names, ref.Name)
			}
			if diff := cmp.Diff(tc.references, names); diff != "" {
				t.Errorf("references (-want +got):\n%s", diff)
			}
			want := plan.Event{Type: "Warning", Reason: "TaskRunsCreationFailed", Message: `Failed to create TaskRuns ["pr-b"]: no way`}
			if diff := cmp.Diff(want, w.events[1]); diff != "" {
				t.Errorf("event (-want +got):\n%s", diff)
			}
		})
	}
}

func TestChildrenOfAFailedRunAreStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
spec:
  pipelineSpec:
    tasks:
    - {name: a, taskSpec: {steps: [{image: i}]}}
    - {name: b, taskSpec: {steps: [{image: i}]}}
`)
	seen, step := w.next()
	refused := w.carryOut(step.Actions, func(a plan.Action) (plan.RefusalKind, error) {
		if c, ok := a.(plan.CreateTaskRun); ok && c.TaskRun.Name == "pr-b" {
			return plan.RefusedForGood, errors.New("no way")
		}
		return 0, nil
	})
	w.store(plan.Amend(seen, step, refused))
	_, step = w.next()
	w.expect(step, "cancel TaskRun pr-a")
}
