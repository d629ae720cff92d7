package v1

import (
	"context"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"
)

func pipelineOf(t *testing.T, spec string) admitted {
	return &Pipeline{ObjectMeta: metav1.ObjectMeta{Name: "p"}, Spec: *decode[PipelineSpec](t, spec)}
}

const (
	onlyTask = "tasks: [{name: a, taskRef: {name: t}}]\n"
	inlined  = "taskSpec: {steps: [{image: i}]}"
)

func TestPipelineMetadataRules(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ name, generate, want string }{
		"M-01":           {name: "A", want: `invalid resource name "A": must be a valid DNS label: metadata.name`},
		"M-01 twin":      {name: "a.b"},
		"M-02":           {name: longName(64), want: "Invalid resource name: length must be no more than 63 characters: metadata.name"},
		"M-02 twin":      {name: longName(63)},
		"generated name": {generate: "a-"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &Pipeline{ObjectMeta: metav1.ObjectMeta{Name: tc.name, GenerateName: tc.generate}, Spec: *decode[PipelineSpec](t, onlyTask)}
			if got := errorText(admit(context.Background(), p)); got != tc.want {
				t.Errorf("error %q, want %q", got, tc.want)
			}
		})
	}
}

// The rules of contract 1 §5.8 for the structure of a Pipeline. Gates name the field they are about, which the contract's
// texts leave out (contract 1 §8 #7).
func TestPipelineRules(t *testing.T) {
	t.Parallel()
	const label = "Pipeline Task name must be a valid DNS Label.For more info refer to https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#names"
	runRules(t, map[string]ruleCase{
		"P-01": {bad: "{}", want: "expected at least one, got none: spec.description, spec.params, spec.resources, spec.tasks, spec.workspaces", good: "description: empty"},
		"P-02": {
			bad:  "tasks: [{name: A_b, taskRef: {name: t}}, {taskRef: {name: t}}]\nfinally: [{name: a.b, taskRef: {name: t}}]",
			want: "invalid value \"\": spec.tasks[1].name\n" + label + "\ninvalid value \"A_b\": spec.tasks[0].name\n" + label + "\ninvalid value \"a.b\": spec.finally[0].name\n" + label,
			good: "tasks: [{name: a-b, taskRef: {name: t}}, {name: '1', taskRef: {name: t}}]\nfinally: [{name: c, taskRef: {name: t}}]",
		},
		"P-02 length": {
			bad:  "tasks: [{name: " + longName(64) + ", taskRef: {name: t}}]",
			want: "invalid value \"" + longName(64) + "\": spec.tasks[0].name\n" + label,
			good: "tasks: [{name: " + longName(63) + ", taskRef: {name: t}}]",
		},
		"P-03": {
			bad:  onlyTask + "finally: [{name: a, taskRef: {name: t}}, {name: a, taskRef: {name: t}}]",
			want: "expected exactly one, got both: spec.finally[0].name, spec.finally[1].name",
			good: onlyTask + "finally: [{name: b, taskRef: {name: t}}, {name: c, taskRef: {name: t}}]",
		},
		"P-04 neither": {bad: "tasks: [{name: a}]", want: "expected exactly one, got neither: spec.tasks[0].taskRef, spec.tasks[0].taskSpec", good: onlyTask},
		"P-04 neither of four": {
			bad: "tasks: [{name: a}]", flags: alpha,
			want: "expected exactly one, got neither: spec.tasks[0].pipelineRef, spec.tasks[0].pipelineSpec, spec.tasks[0].taskRef, spec.tasks[0].taskSpec",
			good: "tasks: [{name: a, pipelineRef: {name: p}}]",
		},
		"P-04 both": {
			bad:  "tasks: [{name: a, taskRef: {name: t}, " + inlined + "}]",
			want: "expected exactly one, got multiple: spec.tasks[0].taskRef, spec.tasks[0].taskSpec",
			good: "tasks: [{name: a, " + inlined + "}]",
		},
		"P-05 reference": {
			bad:       "tasks: [{name: a, pipelineRef: {name: p}}]",
			want:      `pipelineRef requires "enable-api-fields" feature gate to be "alpha" but it is "beta": spec.tasks[0].pipelineRef`,
			goodFlags: alpha,
		},
		"P-05 spec": {
			bad:       "tasks: [{name: a, pipelineSpec: {tasks: [{name: b, taskRef: {name: t}}]}}]",
			want:      `pipelineSpec requires "enable-api-fields" feature gate to be "alpha" but it is "beta": spec.tasks[0].pipelineSpec`,
			goodFlags: alpha,
		},
		"P-06": {
			bad:       "tasks: [{name: a, " + inlined + "}]\nfinally: [{name: b, pipelineSpec: {" + onlyTask + "}}]",
			flags:     alpha + "\ndisable-inline-spec: pipeline",
			want:      "must not set the field(s): spec.finally[0].pipelineSpec, spec.tasks[0].taskSpec",
			goodFlags: alpha + "\ndisable-inline-spec: pipelinerun,taskrun",
		},
		"P-07": {
			bad: "tasks: [{name: a, taskSpec: {apiVersion: a/b, kind: C, steps: [{image: i}]}}]",
			want: "taskSpec.apiVersion cannot be specified when using taskSpec.steps: spec.tasks[0].taskSpec.apiVersion\n" +
				"taskSpec.kind cannot be specified when using taskSpec.steps: spec.tasks[0].taskSpec.kind",
			good: "tasks: [{name: a, taskSpec: {apiVersion: a/b, kind: C, spec: {anything: [1]}}}]",
		},
		"P-08 gate": {
			bad: "tasks: [{name: a, taskRef: {name: t}, onError: continue}]", flags: stable,
			want:      `OnError requires "enable-api-fields" feature gate to be "alpha" or "beta" but it is "stable": spec.tasks[0].onError`,
			goodFlags: beta,
		},
		"P-08 value": {
			bad:  "tasks: [{name: a, taskRef: {name: t}, onError: stop}]",
			want: "invalid value: stop: spec.tasks[0].OnError\nPipelineTask OnError must be either \"continue\" or \"stopAndFail\"",
			good: "params: [{name: e}]\ntasks: [{name: a, taskRef: {name: t}, onError: $(params.e)}, {name: b, taskRef: {name: t}, onError: stopAndFail}]",
		},
		"P-08 retries": {
			bad:  "tasks: [{name: a, taskRef: {name: t}, onError: continue, retries: 1}]",
			want: `PipelineTask OnError cannot be set to "continue" when Retries is greater than 0: spec.tasks[0].onError, spec.tasks[0].retries`,
			good: "tasks: [{name: a, taskRef: {name: t}, onError: stopAndFail, retries: 1}]",
		},
		"P-09 kind of a reference": {
			bad:   "tasks: [{name: a, taskRef: {apiVersion: a/b, resolver: r}}]",
			flags: beta, want: "invalid value: custom task ref must specify kind: spec.tasks[0].taskRef.kind",
			good: "tasks: [{name: a, taskRef: {apiVersion: a/b, kind: C}}]",
		},
		"P-09 apiVersion of a reference": {
			bad:  "tasks: [{name: a, taskRef: {kind: C, name: '!'}}]",
			want: "invalid value: custom task ref must specify apiVersion: spec.tasks[0].taskRef.apiVersion",
			good: "tasks: [{name: a, taskRef: {kind: C, name: '!', apiVersion: a/b}}]",
		},
		"P-09 ClusterTask": {
			bad: "tasks: [{name: a, taskRef: {kind: ClusterTask, name: t}}]",
			want: "invalid value: custom task ref must specify apiVersion: spec.tasks[0].taskRef.apiVersion\n" +
				"ClusterTask is gone: use resolver cluster with the params kind, name and namespace",
			good: "tasks: [{name: a, taskRef: {kind: Task, name: t}}]",
		},
		"P-09 kind of a spec": {
			bad:  "tasks: [{name: a, taskSpec: {apiVersion: a/b}}]",
			want: "invalid value: custom task spec must specify kind: spec.tasks[0].taskSpec.kind",
			good: "tasks: [{name: a, taskSpec: {apiVersion: a/b, kind: C}}]",
		},
		"P-09 apiVersion of a spec": {
			bad:  "tasks: [{name: a, taskSpec: {kind: C}}]",
			want: "invalid value: custom task spec must specify apiVersion: spec.tasks[0].taskSpec.apiVersion",
			good: "tasks: [{name: a, taskSpec: {apiVersion: a/b, kind: C}}]",
		},
		"P-09 kind Task is no custom task": {
			bad: "tasks: [{name: a, taskSpec: {kind: Task}}]", want: "missing field(s): spec.tasks[0].taskSpec.steps", good: "tasks: [{name: a, " + inlined + "}]",
		},
		"P-09 format": {
			bad:  "tasks: [{name: a, taskRef: {apiVersion: v1, kind: C}}, {name: b, taskSpec: {apiVersion: a/b/c, kind: C}}]",
			want: "invalid value: invalid apiVersion format \"a/b/c\", must be in the format \"group/version\": spec.tasks[1].taskSpec.apiVersion\n" + "invalid value: invalid apiVersion format \"v1\", must be in the format \"group/version\": spec.tasks[0].taskRef.apiVersion",
			good: "tasks: [{name: a, taskRef: {apiVersion: a/v1, kind: C}}, {name: b, taskSpec: {apiVersion: a/c, kind: C}}]",
		},
		"P-10 R-02 R-06": {
			bad: "tasks: [{name: a, taskRef: {resolver: git, params: [{name: x, value: y}]}}]", flags: stable,
			want: `resolver params requires "enable-api-fields" feature gate to be "alpha" or "beta" but it is "stable": spec.tasks[0].taskRef.params` + "\n" +
				`resolver requires "enable-api-fields" feature gate to be "alpha" or "beta" but it is "stable": spec.tasks[0].taskRef.resolver` + "\n" +
				`taskref.params requires "enable-api-fields" feature gate to be "alpha" or "beta" but it is "stable": spec.tasks[0].taskRef.params` + "\n" +
				`taskref.resolver requires "enable-api-fields" feature gate to be "alpha" or "beta" but it is "stable": spec.tasks[0].taskRef.resolver`,
			goodFlags: beta,
		},
		"P-11": {
			bad:  "tasks: [{name: a, taskSpec: {steps: [{name: s}], params: [{name: 1a}]}}]\nfinally: [{name: b, taskSpec: {steps: []}}]",
			want: "The format of following array and string variable names is invalid: [1a]: spec.tasks[0].taskSpec.params\n" + stringDetails + "\nmissing field(s): spec.finally[0].taskSpec.steps, spec.tasks[0].taskSpec.steps[0].Image",
			good: "tasks: [{name: a, taskSpec: {steps: [{name: s, image: i}], params: [{name: a1}]}}]\nfinally: [{name: b, " + inlined + "}]",
		},
		"P-12": {
			bad:  "tasks: [{name: a, taskRef: {}}, {name: b, taskRef: {name: $(params.x)}}]",
			want: "invalid value: name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'): spec.tasks[1].taskRef.name\nmissing field(s): spec.tasks[0].taskRef.name",
			good: "tasks: [{name: a, taskRef: {name: t}}, {name: b, taskRef: {name: x.y}}]",
		},
		"P-14 reference": {
			bad: "tasks: [{name: a, pipelineRef: {}}]", flags: alpha, want: "missing field(s): spec.tasks[0].pipelineRef.name", good: "tasks: [{name: a, pipelineRef: {name: p}}]",
		},
		"P-14 spec": {
			bad: "tasks: [{name: a, pipelineSpec: {tasks: [{name: b, runAfter: [b], taskRef: {name: t}}]}}]", flags: alpha,
			want: "invalid value: cycle detected; task \"b\" depends on \"b\": spec.tasks[0].pipelineSpec.tasks\nthe cycle is b -> b",
			// Types need not be given: defaults reach into child pipelines (contract 1 §8 #15).
			good: "tasks: [{name: a, pipelineSpec: {params: [{name: x}], tasks: [{name: b, taskRef: {name: t}}]}}]",
		},
		"P-15 V-01 V-02 V-03 V-05": {
			bad: onlyTask + "params: [{name: a, type: int}, {name: b, type: array, default: x}, {name: c, properties: {k: {type: array}}}, {name: d}, {name: d}]",
			want: "\"array\" type does not match default value's type: \"string\": spec.finally.params.b.default.type, spec.finally.params.b.type, spec.tasks.params.b.default.type, spec.tasks.params.b.type\n" +
				"The value type specified for these keys [k] is invalid: spec.finally.params.c.properties, spec.tasks.params.c.properties\n" +
				"invalid value: int: spec.finally.params.a.type, spec.tasks.params.a.type\n" +
				"parameter appears more than once: spec.finally.params[d], spec.tasks.params[d]",
			// Names have no format, and objects need no properties here.
			good: onlyTask + "params: [{name: a, type: string}, {name: b, type: array, default: [x]}, {name: c, properties: {k: {}}}, {name: 1d}, {name: D, type: object}]",
		},
		"P-15 V-06": {
			bad:       onlyTask + "params: [{name: a, enum: [x]}]",
			want:      "feature flag `enable-param-enum` should be set to true to use Enum: spec.finally.params[a], spec.tasks.params[a]",
			goodFlags: "enable-param-enum: 'true'",
		},
		"P-20": {
			bad:  "tasks: [{name: a, taskRef: {name: t}, when: [{}, {input: x, operator: is, values: [y]}]}]",
			want: "invalid value: operator \"is\" is not recognized. valid operators: in,notin: spec.tasks[0].when[1]\nmissing field(s): spec.tasks[0].when[0]",
			good: "tasks: [{name: a, taskRef: {name: t}, when: [{input: x, operator: in, values: [y]}]}]",
		},
		"P-40": {
			bad:  "finally: [{name: a, taskRef: {name: t}}]",
			want: "invalid value: spec.tasks is empty but spec.finally has 1 tasks: spec.finally",
			good: onlyTask + "finally: [{name: b, taskRef: {name: t}}]",
		},
		"P-41": {
			bad:  onlyTask + "finally: [{name: b, taskRef: {name: t}, runAfter: [a]}]",
			want: "invalid value: no runAfter allowed under spec.finally, final task b has runAfter specified: spec.finally[0]",
			good: onlyTask + "finally: [{name: b, taskRef: {name: t}}]",
		},
		"P-50": {
			bad:  onlyTask + "workspaces: [{name: w}, {name: w}, {name: ''}]",
			want: "invalid value: workspace 2 has empty name: spec.workspaces[2]\ninvalid value: workspace with name \"w\" appears more than once: spec.workspaces[1]",
			good: onlyTask + "workspaces: [{name: w}, {name: W}]",
		},
		"P-51": {
			bad:  "workspaces: [{name: w}]\ntasks: [{name: a, taskRef: {name: t}, workspaces: [{name: x, workspace: w}, {name: x, workspace: w}]}]",
			want: "workspace name \"x\" must be unique: spec.tasks[0].workspaces[1]",
			good: "workspaces: [{name: w}]\ntasks: [{name: a, taskRef: {name: t}, workspaces: [{name: x, workspace: w}, {name: y, workspace: w}]}]",
		},
		"P-52": {
			bad:  "workspaces: [{name: w}]\ntasks: [{name: a, taskRef: {name: t}, workspaces: [{name: x}]}]\nfinally: [{name: b, taskRef: {name: t}, workspaces: [{name: w, workspace: z}]}]",
			want: "invalid value: pipeline task \"a\" expects workspace with name \"x\" but none exists in pipeline spec: spec.tasks[0].workspaces[0]\ninvalid value: pipeline task \"b\" expects workspace with name \"z\" but none exists in pipeline spec: spec.finally[0].workspaces[0]",
			good: "workspaces: [{name: w}]\ntasks: [{name: a, taskRef: {name: t}, workspaces: [{name: w}]}]\nfinally: [{name: b, taskRef: {name: t}, workspaces: [{name: x, workspace: w}]}]",
		},
		"P-53": {
			bad:  "tasks: [{name: a, taskRef: {name: t}, params: [{name: x, value: '1'}, {name: x, value: '2'}]}]",
			want: "parameter names must be unique, the parameter \"x\" is also defined at: spec.tasks[0].params[1].name",
			good: "tasks: [{name: a, taskRef: {name: t}, params: [{name: x, value: '1'}, {name: X, value: '2'}]}]",
		},
	}, pipelineOf)
}

func TestMatrixRules(t *testing.T) {
	t.Parallel()
	task := func(matrix string) string { return "tasks: [{name: a, taskRef: {name: t}, matrix: " + matrix + "}]\n" }
	const limit = "\nthe limit is set by default-max-matrix-combinations-count in ConfigMap config-defaults"
	runRules(t, map[string]ruleCase{
		"P-30": {
			bad: task("{params: [{name: x, value: [a]}]}"), flags: stable,
			want:      `matrix requires "enable-api-fields" feature gate to be "alpha" or "beta" but it is "stable": spec.tasks[0].matrix`,
			goodFlags: beta,
		},
		"P-30 empty": {bad: "tasks: [{name: a, matrix: {params: []}}]", flags: stable, want: "expected exactly one, got neither: spec.tasks[0].taskRef, spec.tasks[0].taskSpec", good: task("{}")},
		"P-31": {
			bad: task("{params: [{name: x, value: [a, b]}, {name: y, value: [a, b]}], include: [{name: i, params: [{name: x, value: c}]}]}"), defaults: "default-max-matrix-combinations-count: '4'",
			want: "expected 0 <= 5 <= 4: spec.tasks[0].matrix" + limit,
			good: task("{params: [{name: x, value: [a, b]}, {name: y, value: [a, b]}, {name: z, value: []}], include: [{name: i, params: [{name: x, value: a}]}]}"),
		},
		"P-31 default": {
			bad:  task("{params: [{name: x, value: [" + list(257) + "]}]}"),
			want: "expected 0 <= 257 <= 256: spec.tasks[0].matrix" + limit,
			good: task("{params: [{name: x, value: [" + list(256) + "]}]}"),
		},
		"P-31 counts what is created": {
			bad:      task("{params: [{name: x, value: [a]}], include: [{name: none}, {name: two, params: [{name: x, value: b}, {name: y, value: c}]}]}"),
			defaults: "default-max-matrix-combinations-count: '1'",
			want:     "expected 0 <= 2 <= 1: spec.tasks[0].matrix" + limit,
			good:     task("{params: [{name: x, value: [a]}], include: [{name: none}]}"),
		},
		"P-31 overflow": {
			bad:  task("{params: [" + params(12, "["+list(100)+"]") + "]}"),
			want: "expected 0 <= 9223372036854775807 <= 256: spec.tasks[0].matrix" + limit,
			good: task("{params: [{name: x, value: '$(tasks.b.results.r[*])'}]}") + "- {name: b, taskRef: {name: t}}",
		},
		"P-32": {
			bad:  task("{params: [{name: x, value: [a]}, {name: x, value: [b]}], include: [{name: i, params: [{name: z, value: a}, {name: z, value: b}]}]}"),
			want: "parameter names must be unique, the parameter \"x\" is also defined at: spec.tasks[0].matrix.params[1].name\nparameter names must be unique, the parameter \"z\" is also defined at: spec.tasks[0].matrix.include[0].params[1].name",
			good: task("{params: [{name: x, value: [a]}, {name: w, value: [b]}], include: [{name: i, params: [{name: z, value: a}]}, {name: j, params: [{name: z, value: b}]}]}"),
		},
		"P-33": {
			bad:  "tasks: [{name: a, taskRef: {name: t}, params: [{name: x, value: b}], matrix: {params: [{name: x, value: [a]}]}}]",
			want: "expected exactly one, got both: spec.tasks[0].matrix[x], spec.tasks[0].params[x]",
			good: "tasks: [{name: a, taskRef: {name: t}, params: [{name: y, value: b}], matrix: {params: [{name: x, value: [a]}]}}]",
		},
		"P-34": {
			bad:  task("{params: [{name: x, value: [a]}]}") + "- {name: b, taskRef: {name: t}, params: [{name: p, value: $(tasks.a.results.r)}]}",
			want: "A matrixed pipelineTask can only be consumed in aggregate using [*] notation, but is currently set to tasks.a.results.r: spec",
			good: task("{params: [{name: x, value: [a]}]}") + "- {name: b, taskRef: {name: t}, params: [{name: p, value: '$(tasks.a.results.r[*])'}]}\nfinally: [{name: c, taskRef: {name: t}, params: [{name: p, value: $(tasks.a.results.r)}]}]",
		},
		"P-35": {
			bad:  "tasks: [{name: a, taskSpec: {results: [{name: r, type: array}], steps: [{image: i}]}, matrix: {params: [{name: x, value: [a]}]}}, {name: b, taskRef: {name: t}, params: [{name: p, value: '$(tasks.a.results.r[*])'}]}]",
			want: "invalid value: Matrixed PipelineTasks emitting results must have an underlying type string, but result r has type array in pipelineTask: spec.tasks",
			good: "tasks: [{name: a, taskSpec: {results: [{name: r}], steps: [{image: i}]}, matrix: {params: [{name: x, value: [a]}]}}, {name: b, taskRef: {name: t}, params: [{name: p, value: '$(tasks.a.results.r[*])'}]}]",
		},
	}, func(t *testing.T, spec string) admitted { return pipelineOf(t, blockTasks(spec)) })
}

func TestPipelineWarnings(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ spec, want string }{
		"none": {spec: onlyTask},
		"V-21 before the last": {
			spec: "tasks: [{name: a, taskRef: {name: t}, params: [{name: p, value: $(context.pipeline.uid)}]}, {name: b, taskRef: {name: t}}]",
			want: "there is no such context variable: the text stays as it is: spec.tasks[0].params",
		},
		"V-23 beside a result": {
			spec: "tasks: [{name: a, taskRef: {name: t}}, {name: b, taskRef: {name: t}, params: [{name: p, value: $(tasks.a.status) $(tasks.a.results.r)}]}]",
			want: "the status of a task is known in finally only: the text stays as it is: spec.tasks[1].params[p].value",
		},
		"matrix, retries and timeout of a child pipeline": {
			spec: "tasks: [{name: a, pipelineRef: {name: p}, retries: 1, timeout: 1h, matrix: {params: [{name: x, value: [a]}]}}]",
			want: "this field has no effect on child pipelines: spec.tasks[0].matrix, spec.tasks[0].retries, spec.tasks[0].timeout",
		},
		"name that an instance may need": {
			spec: "params: [{name: l, type: array}]\ntasks: [{name: a, taskRef: {name: t}, matrix: {params: [{name: m, value: '$(params.l[*])'}]}}, " +
				"{name: c, taskRef: {name: t}, matrix: {params: [{name: m, value: ['$(params.l[*])']}]}}]\n" +
				"finally: [{name: a-7, taskRef: {name: t}}, {name: a-07, taskRef: {name: t}}, {name: c-9, taskRef: {name: t}}]",
			want: `a matrix of pipeline task "a" with more than 7 combinations needs the name of the run of pipeline task "a-7": rename one of the two: spec.finally[0].name` + "\n" +
				`a matrix of pipeline task "c" with more than 9 combinations needs the name of the run of pipeline task "c-9": rename one of the two: spec.finally[2].name`,
		},
		"name that an include entry may need": {
			spec: "tasks: [{name: a, taskRef: {name: t}, matrix: {params: [{name: m, value: [b, c]}], include: [{params: [{name: m, value: d}]}]}}, {name: a-2, taskRef: {name: t}}, {name: a-3, taskRef: {name: t}}]",
			want: `a matrix of pipeline task "a" with more than 2 combinations needs the name of the run of pipeline task "a-2": rename one of the two: spec.tasks[1].name`,
		},
		"shell text": {
			spec: "tasks: [{name: a, taskRef: {name: t}, params: [{name: p, value: 'k=$(uname); echo $(results.r.path) $(date -u)'}], matrix: {params: [{name: m, value: [$(steps.a.x)]}]}}]",
			want: "$(steps.a.x) is no variable of a Pipeline: the task gets the text as it is: spec.tasks[0].matrix.params[m].value\n" +
				"$(uname) is no variable of a Pipeline: the task gets the text as it is: spec.tasks[0].params[p].value",
		},
		"a Task as custom task": {
			spec: "tasks: [{name: a, taskRef: {name: t, apiVersion: tekton.dev/v1, kind: Task}}]",
			want: "with an apiVersion a Task becomes a custom task, and nothing runs custom tasks of this kind; leave apiVersion out: spec.tasks[0].taskRef.apiVersion",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := apis.WithinCreate(settings(t, alpha, ""))
			p := pipelineOf(t, tc.spec)
			p.SetDefaults(ctx)
			err := p.Validate(ctx)
			if got := errorText(err.Filter(apis.WarningLevel)); got != tc.want {
				t.Errorf("warnings %q, want %q", got, tc.want)
			}
			if got := err.Filter(apis.ErrorLevel); got != nil {
				t.Errorf("errors: %v", got)
			}
		})
	}
}
