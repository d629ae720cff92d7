package v1beta1_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
)

type admitted interface {
	apis.Validatable
	apis.Defaultable
}

func newObject(kind string) admitted {
	switch kind {
	case "Task":
		return &v1beta1.Task{}
	case "Pipeline":
		return &v1beta1.Pipeline{}
	case "TaskRun":
		return &v1beta1.TaskRun{}
	default:
		return &v1beta1.PipelineRun{}
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, kind, object, want string
		// twin is the same without the mistake.
		twin string
		// alpha says that the twin has features of that stage.
		alpha bool
	}{{
		name: "valid task", kind: "Task",
		object: `{metadata: {name: t}, spec: {steps: [{name: a, image: b, resources: {limits: {cpu: "1"}}}]}}`,
	}, {
		name: "B-01 duplicate step", kind: "Task",
		object: `{metadata: {name: t}, spec: {steps: [{name: a, image: b}, {name: a, image: b}, {name: a, image: b}]}}`,
		want:   `invalid value: a: spec.steps[1].name, spec.steps[2].name`,
		twin:   `{metadata: {name: t}, spec: {steps: [{name: a, image: b}, {name: b, image: b}, {image: b}, {image: b}]}}`,
	}, {
		name: "B-02 unchecked sidecar", kind: "Task",
		object: `{metadata: {name: t}, spec: {steps: [{name: a, image: b}], sidecars: [{name: s, script: x, command: [y]}]}}`,
	}, {
		name: "B-03 unknown variable", kind: "Task",
		object: `{metadata: {name: t}, spec: {params: [{name: p}], steps: [{name: a, image: b, script: "$(params.p) $(params.x)"}]}}`,
		want:   "non-existent variable `x` in \"$(params.p) $(params.x)\": spec.steps[0].script",
		twin:   `{metadata: {name: t}, spec: {params: [{name: p}, {name: x}], steps: [{name: a, image: b, script: "$(params.p) $(params.x)"}]}}`,
	}, {
		name: "B-04 resources of a task", kind: "Task",
		object: `{metadata: {name: t}, spec: {resources: {inputs: [{name: i, type: git}]}, steps: [{name: a, image: b}]}}`,
		want:   "must not set the field(s): spec.resources\nresources are gone: hand data on with workspaces and results",
		twin:   `{metadata: {name: t}, spec: {workspaces: [{name: i}], results: [{name: o}], steps: [{name: a, image: b}]}}`,
	}, {
		name: "a v1 rule", kind: "Task",
		object: `{metadata: {name: t}, spec: {steps: [{name: A_B, image: b}]}}`,
		want: "invalid value \"A_B\": spec.steps[0].name\nTask step name must be a valid DNS Label, For more info refer to " +
			"https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#names",
		twin: `{metadata: {name: t}, spec: {steps: [{name: a-b, image: b}]}}`,
	}, {
		name: "B-04 and B-05 in a pipeline", kind: "Pipeline",
		object: `
metadata: {name: p}
spec:
  resources: [{name: r, type: git}]
  tasks:
  - {name: one, taskRef: {name: t, bundle: b}, resources: {inputs: []}}
  - {name: two, taskSpec: {resources: {inputs: [{name: i, type: git}]}, steps: [{name: a, image: b}]}}
`,
		want: "must not set the field(s): spec.resources, spec.tasks[0].resources, spec.tasks[0].taskRef.bundle, spec.tasks[1].taskSpec.resources\nresources are gone: hand data on with workspaces and results\nbundle is gone: use resolver bundles with the params bundle, name and kind",
		twin: `
metadata: {name: p}
spec:
  workspaces: [{name: r}]
  tasks:
  - {name: one, taskRef: {resolver: bundles, params: [{name: bundle, value: b}, {name: name, value: t}, {name: kind, value: task}]}}
  - {name: two, workspaces: [{name: i, workspace: r}], taskSpec: {workspaces: [{name: i}], steps: [{name: a, image: b}]}}
`,
	}, {
		name: "B-01 in a pipeline", kind: "Pipeline",
		object: `{metadata: {name: p}, spec: {tasks: [{name: one, taskSpec: {steps: [{name: a, image: b}, {name: a, image: b}]}}]}}`,
		want:   `invalid value: a: spec.tasks[0].taskSpec.steps[1].name`,
		twin:   `{metadata: {name: p}, spec: {tasks: [{name: one, taskSpec: {steps: [{name: a, image: b}, {name: b, image: b}]}}]}}`,
	}, {
		name: "conditions of a pipeline task", kind: "Pipeline",
		object: `{metadata: {name: p}, spec: {tasks: [{name: one, taskRef: {name: t}, conditions: [{conditionRef: c}]}]}}`,
		want:   "must not set the field(s): spec.tasks[0].conditions\nconditions are gone: use when",
		twin:   `{metadata: {name: p}, spec: {tasks: [{name: one, taskRef: {name: t}, when: [{input: a, operator: in, values: [a]}]}]}}`,
	}, {
		name: "inputs and outputs of a task", kind: "Task",
		object: `{metadata: {name: t}, spec: {inputs: {params: [{name: p}]}, outputs: {resources: [{name: r}]}, steps: [{name: a, image: b}]}}`,
		want: "must not set the field(s): spec.inputs, spec.outputs\ninputs is gone: declare params and workspaces\n" +
			"outputs is gone: declare results and workspaces",
		twin: `{metadata: {name: t}, spec: {params: [{name: p}], results: [{name: r}], steps: [{name: a, image: b}]}}`,
	}, {
		name: "inputs of an inline task", kind: "TaskRun",
		object: `{metadata: {name: tr}, spec: {taskSpec: {inputs: {}, steps: [{name: a, image: b}]}}}`,
		want:   "must not set the field(s): spec.taskSpec.inputs\ninputs is gone: declare params and workspaces",
		twin:   `{metadata: {name: tr}, spec: {taskSpec: {params: [{name: p, default: d}], steps: [{name: a, image: b}]}}}`,
	}, {
		name: "service accounts by task", kind: "PipelineRun",
		object: `{metadata: {name: pr}, spec: {pipelineRef: {name: p}, serviceAccountNames: [{taskName: t, serviceAccountName: s}]}}`,
		want: "must not set the field(s): spec.serviceAccountNames\n" +
			"serviceAccountNames is gone: use taskRunSpecs with pipelineTaskName and taskServiceAccountName",
		twin: `{metadata: {name: pr}, spec: {pipelineRef: {name: p}, taskRunSpecs: [{pipelineTaskName: t, taskServiceAccountName: s}]}}`,
	}, {
		name: "B-06 negative retries", kind: "TaskRun",
		object: `{metadata: {name: tr}, spec: {retries: -1, taskRef: {name: t}}}`,
	}, {
		name: "B-14 names of overrides", kind: "TaskRun",
		object: `
metadata: {name: tr}
spec:
  taskRef: {name: t}
  computeResources: {limits: {cpu: "1"}}
  stepOverrides: [{name: a, resources: {limits: {cpu: "1"}}}, {name: "", resources: {}}]
  sidecarOverrides: [{name: "", resources: {}}]
`,
		want: "expected exactly one, got both: spec.computeResources, spec.stepOverrides.resources\n" +
			"missing field(s): spec.sidecarOverrides[0].name, spec.stepOverrides[1].name",
		twin: `
metadata: {name: tr}
spec:
  taskRef: {name: t}
  stepOverrides: [{name: a, resources: {limits: {cpu: "1"}}}]
  sidecarOverrides: [{name: s, resources: {}}]
`,
	}, {
		name: "B-05 bundle of a task run", kind: "TaskRun",
		object: `{metadata: {name: tr}, spec: {taskRef: {name: t, bundle: b}}}`,
		want:   "must not set the field(s): spec.taskRef.bundle\nbundle is gone: use resolver bundles with the params bundle, name and kind",
		twin:   `{metadata: {name: tr}, spec: {taskRef: {resolver: bundles, params: [{name: bundle, value: b}, {name: name, value: t}, {name: kind, value: task}]}}}`,
	}, {
		name: "B-07 negative timeout", kind: "PipelineRun",
		object: `{metadata: {name: pr}, spec: {pipelineRef: {name: p}, timeout: -1s}}`,
		want:   `invalid value: -1s should be >= 0: spec.timeout`,
		twin:   `{metadata: {name: pr}, spec: {pipelineRef: {name: p}, timeout: 0s}}`,
	}, {
		name: "B-07 both timeouts", kind: "PipelineRun",
		object: `{metadata: {name: pr}, spec: {pipelineRef: {name: p}, timeout: 1s, timeouts: {pipeline: 1s}}}`,
		want:   `must not set the field(s): spec.timeout, spec.timeouts`,
		twin:   `{metadata: {name: pr}, spec: {pipelineRef: {name: p}, timeouts: {pipeline: 1s}}}`,
	}, {
		name: "B-09 workspaces of an inline pipeline", kind: "PipelineRun",
		object: `{metadata: {name: pr}, spec: {pipelineSpec: {tasks: [{name: a, taskRef: {name: t}, workspaces: [{name: w, workspace: x}, {name: w}]}]}}}`,
		want: `invalid value: pipeline task "a" expects workspace with name "x" but none exists in pipeline spec: spec.pipelineSpec.tasks[0].workspaces[0]` + "\n" +
			`workspace name "w" must be unique: spec.pipelineSpec.tasks[0].workspaces[1]`,
		twin: `
metadata: {name: pr}
spec:
  workspaces: [{name: x, emptyDir: {}}]
  pipelineSpec:
    workspaces: [{name: d}]
    tasks:
    - {name: a, taskRef: {name: t}, workspaces: [{name: w, workspace: x}, {name: v, workspace: d}, {name: unbound}]}
    - {name: b, taskRef: {name: t}, workspaces: [{name: u, workspace: w}]}
`,
	}, {
		name: "B-10 child pipelines are checked as in v1", kind: "Pipeline",
		object: `{metadata: {name: p}, spec: {tasks: [{name: one, pipelineSpec: {tasks: [{name: A, taskRef: {name: t}}]}}]}}`,
		want: "invalid value \"A\": spec.tasks[0].pipelineSpec.tasks[0].name\nPipeline Task name must be a valid DNS Label.For more info refer to " +
			"https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#names\n" +
			`pipelineSpec requires "enable-api-fields" feature gate to be "alpha" but it is "beta": spec.tasks[0].pipelineSpec`,
		twin:  `{metadata: {name: p}, spec: {tasks: [{name: one, pipelineSpec: {tasks: [{name: a, taskRef: {name: t}}]}}]}}`,
		alpha: true,
	}, {
		name: "B-11 results in inline steps order tasks as in v1", kind: "Pipeline",
		object: `{metadata: {name: p}, spec: {tasks: [{name: one, taskSpec: {steps: [{name: a, image: b, script: "$(tasks.one.results.r)"}]}}]}}`,
		want:   "invalid value: cycle detected; task \"one\" depends on \"one\": spec.tasks\nthe cycle is one -> one",
		twin: `
metadata: {name: p}
spec:
  tasks:
  - {name: zero, taskRef: {name: t}}
  - {name: one, taskSpec: {steps: [{name: a, image: b, script: "$(tasks.zero.results.r)"}]}}
`,
	}, {
		name: "B-13 an empty array does not hide the others, as in v1", kind: "Pipeline",
		object: pipelineWithMatrix(257),
		want:   "expected 0 <= 257 <= 256: spec.tasks[0].matrix\nthe limit is set by default-max-matrix-combinations-count in ConfigMap config-defaults",
		twin:   pipelineWithMatrix(256),
	}, {
		name: "B-14 forbidden variable in the pod template", kind: "PipelineRun",
		object: `{metadata: {name: pr}, spec: {pipelineRef: {name: p}, podTemplate: {env: [{name: FORBIDDEN}]}}}`,
		want:   `invalid value: PodTemplate cannot update a forbidden env: FORBIDDEN: spec.PodTemplate.Env`,
		twin:   `{metadata: {name: pr}, spec: {pipelineRef: {name: p}, podTemplate: {env: [{name: ALLOWED}]}}}`,
	}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			ctx := withForbiddenEnv(t, "FORBIDDEN")
			if diff := cmp.Diff(tc.want, refusal(t, ctx, tc.kind, tc.object)); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
			if tc.want == "" {
				return
			}
			if tc.alpha {
				ctx = withAlpha(ctx)
			}
			if got := refusal(t, ctx, tc.kind, tc.twin); got != "" {
				t.Errorf("the twin without the mistake is refused: %s", got)
			}
		})
	}
}

// refusal is why a new object is refused, empty if it is not.
func refusal(t *testing.T, ctx context.Context, kind, text string) string {
	t.Helper()
	object := newObject(kind)
	parse(t, text, object)
	ctx = apis.WithinCreate(ctx)
	object.SetDefaults(ctx)
	if err := object.Validate(ctx); err != nil {
		return err.Error()
	}
	return ""
}

// pipelineWithMatrix returns a Pipeline with an array of n elements beside an empty one.
func pipelineWithMatrix(n int) string {
	return `{metadata: {name: p}, spec: {tasks: [{name: one, taskRef: {name: t}, matrix: {params: [{name: none, value: []}, {name: some, value: [x` +
		strings.Repeat(", x", n-1) + `]}]}}]}}`
}

// TestStepRefDefaults shows that a step's reference gets the same resolver as in v1, against rule B-12: the conversion to
// v1 would add it anyway.
func TestStepRefDefaults(t *testing.T) {
	t.Parallel()
	settings := *config.FromContextOrDefaults(context.Background())
	defaults := *settings.Defaults
	defaults.DefaultResolverType = "git"
	settings.Defaults = &defaults
	ctx := apis.WithinCreate(config.ToContext(context.Background(), &settings))
	task := &v1beta1.Task{}
	parse(t, `{metadata: {name: t}, spec: {steps: [{name: a, ref: {}}, {name: b, ref: {name: n}}]}}`, task)
	task.SetDefaults(ctx)
	if got := [2]string{string(task.Spec.Steps[0].Ref.Resolver), string(task.Spec.Steps[1].Ref.Resolver)}; got != [2]string{"git", ""} {
		t.Errorf("B-12: resolvers %q", got)
	}
	if err := task.Validate(ctx); err != nil {
		t.Errorf("B-12: %v", err)
	}
}

func withForbiddenEnv(t *testing.T, names ...string) context.Context {
	t.Helper()
	ctx := context.Background()
	settings := *config.FromContextOrDefaults(ctx)
	defaults := *settings.Defaults
	defaults.DefaultForbiddenEnv = names
	settings.Defaults = &defaults
	return config.ToContext(ctx, &settings)
}

func TestValidateUpdate(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, kind, old, object, want string
	}{{
		name: "an old object with resources gets a label", kind: "Task",
		old:    `{metadata: {name: t}, spec: {resources: {inputs: [{name: i, type: git}]}, steps: [{name: a, image: b}]}}`,
		object: `{metadata: {name: t, labels: {a: b}}, spec: {resources: {inputs: [{name: i, type: git}]}, steps: [{name: a, image: b}]}}`,
	}, {
		name: "an old object with a bundle is changed", kind: "Pipeline",
		old:    `{metadata: {name: p}, spec: {tasks: [{name: one, taskRef: {name: t, bundle: b}}]}}`,
		object: `{metadata: {name: p}, spec: {description: d, tasks: [{name: one, taskRef: {name: t, bundle: b}}]}}`,
	}, {
		name: "the spec of a run is changed", kind: "TaskRun",
		old:    `{metadata: {name: tr}, spec: {taskRef: {name: t}}}`,
		object: `{metadata: {name: tr}, spec: {taskRef: {name: other}}}`,
		want:   `invalid value: Once the TaskRun has started, only status and statusMessage updates are allowed: spec`,
	}, {
		name: "a run is cancelled", kind: "TaskRun",
		old:    `{metadata: {name: tr}, spec: {taskRef: {name: t}}}`,
		object: `{metadata: {name: tr}, spec: {taskRef: {name: t}, status: TaskRunCancelled}}`,
	}, {
		name: "timeout is written as it was read or as it was first given", kind: "PipelineRun",
		old:    `{metadata: {name: pr}, spec: {pipelineRef: {name: p}, timeouts: {pipeline: 1h0m0s}}}`,
		object: `{metadata: {name: pr}, spec: {pipelineRef: {name: p}, timeout: 1h0m0s}}`,
	}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			old, object := newObject(tc.kind), newObject(tc.kind)
			parse(t, tc.old, old)
			parse(t, tc.object, object)
			old.SetDefaults(context.Background())
			ctx := apis.WithinUpdate(context.Background(), old)
			object.SetDefaults(ctx)
			got := ""
			if err := object.Validate(ctx); err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSetDefaults(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, kind, object, want string
	}{{
		name: "task", kind: "Task",
		object: `{metadata: {name: t}, spec: {params: [{name: p, default: [a]}], results: [{name: r}], steps: [{name: a, image: b, tty: true}]}}`,
		want: `
metadata: {name: t}
spec:
  params: [{name: p, type: array, default: [a]}]
  results: [{name: r, type: string}]
  steps: [{name: a, image: b, tty: true}]
`,
	}, {
		name: "pipeline keeps what v1 does not have", kind: "Pipeline",
		object: `{metadata: {name: p}, spec: {tasks: [{name: one, taskRef: {name: t, bundle: b}}]}}`,
		want:   `{metadata: {name: p}, spec: {tasks: [{name: one, taskRef: {name: t, kind: Task, bundle: b}}]}}`,
	}, {
		name: "task run", kind: "TaskRun",
		object: `{metadata: {name: tr}, spec: {taskRef: {name: t}}, status: {podName: p, cloudEvents: [{target: x}]}}`,
		want: `
metadata: {name: tr, labels: {app.kubernetes.io/managed-by: tekton-pipelines}}
spec: {taskRef: {name: t, kind: Task}, serviceAccountName: default, timeout: 1h0m0s}
status: {podName: p, cloudEvents: [{target: x}]}
`,
	}, {
		name: "B-08 pipeline run without limits", kind: "PipelineRun",
		object: `{metadata: {name: pr}, spec: {pipelineRef: {name: p}}, status: {taskRuns: {a: {}}}}`,
		want:   `{metadata: {name: pr}, spec: {pipelineRef: {name: p}, serviceAccountName: default, timeout: 1h0m0s}, status: {taskRuns: {a: {}}}}`,
	}, {
		name: "B-08 pipeline run with some limits", kind: "PipelineRun",
		object: `{metadata: {name: pr}, spec: {pipelineRef: {name: p}, timeouts: {tasks: 1m0s}}}`,
		want:   `{metadata: {name: pr}, spec: {pipelineRef: {name: p}, serviceAccountName: default, timeouts: {pipeline: 1h0m0s, tasks: 1m0s}}}`,
	}, {
		name: "pipeline run with timeout", kind: "PipelineRun",
		object: `{metadata: {name: pr}, spec: {pipelineRef: {name: p}, timeout: 2m0s}}`,
		want:   `{metadata: {name: pr}, spec: {pipelineRef: {name: p}, serviceAccountName: default, timeout: 2m0s}}`,
	}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			object, want := newObject(tc.kind), newObject(tc.kind)
			parse(t, strings.TrimSpace(tc.object), object)
			parse(t, strings.TrimSpace(tc.want), want)
			object.SetDefaults(context.Background())
			if diff := cmp.Diff(jsonOf(t, want), jsonOf(t, object)); diff != "" {
				t.Errorf("object (-want +got):\n%s", diff)
			}
			again := jsonOf(t, object)
			object.SetDefaults(context.Background())
			if diff := cmp.Diff(again, jsonOf(t, object)); diff != "" {
				t.Errorf("defaults applied twice (-once +twice):\n%s", diff)
			}
		})
	}
}

func withAlpha(ctx context.Context) context.Context {
	settings := *config.FromContextOrDefaults(ctx)
	flags := *settings.FeatureFlags
	flags.EnableAPIFields = config.AlphaAPIFields
	settings.FeatureFlags = &flags
	return config.ToContext(ctx, &settings)
}
