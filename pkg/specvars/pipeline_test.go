package specvars_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/specvars"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

func bind(name, claim string) *v1.WorkspaceBinding {
	b := &v1.WorkspaceBinding{Name: name}
	if claim != "" {
		b.PersistentVolumeClaim = claimSource(claim)
	}
	return b
}

func pipelineRun() specvars.PipelineRun {
	return specvars.PipelineRun{
		Name: "run", Namespace: "ns", UID: "uid-1", PipelineName: "pipe",
		Params: v1.Params{
			{Name: "s", Value: *v1.NewString("S")},
			{Name: "list", Value: *v1.NewArray("x", "y")},
			{Name: "obj", Value: *v1.NewObject(map[string]string{"k": "K", "l": "L"})},
			{Name: "ctx", Value: *v1.NewString("$(context.pipelineRun.name)")},
		},
		Workspaces: []v1.WorkspaceBinding{*bind("src", "")},
	}
}

func TestPipeline(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ spec, want string }{
		"every field": {
			spec: `
params: [{name: d, type: string, default: "<$(params.s)>"}]
workspaces: [{name: src}, {name: none, optional: true}]
tasks:
- name: a
  displayName: $(params.s) $(params.d)
  description: $(params.s)
  taskRef: {name: "x://$(params.s)", resolver: git, params: [{name: url, value: "$(params.s)"}, {name: l, value: ["$(params.list[*])"]}]}
  runAfter: ["$(params.s)"]
  params:
  - {name: s, value: "$(params['s']) $(params.list[1]) $(params.none)"}
  - {name: list, value: "$(params.list)"}
  - {name: arr, value: ["$(params.list[*])", "$(params.obj.k)"]}
  - {name: obj, value: "$(params.obj[*])"}
  - {name: keys, value: {k: "$(params.s)"}}
  - {name: ctx, value: "$(params.ctx) $(context.pipelineRun.namespace) $(context.pipelineRun.uid) $(context.pipeline.name)"}
  - {name: bound, value: "$(workspaces.src.bound) $(workspaces.none.bound) $(workspaces.other.bound)"}
  - {name: later, value: "$(tasks.b.results.r) $(context.pipelineTask.retries) $(tasks.b.matrix.length)"}
  matrix:
    params: [{name: m, value: "$(params.list[*])"}, {name: n, value: ["$(params.s)"]}]
    include: [{name: "$(params.s)", params: [{name: o, value: "$(params.s)"}]}]
  when:
  - {input: "$(params.list[*])", operator: in, values: ["$(params.list[*])", "$(params.s)"]}
  - {cel: "'$(params.s)' == 'x'"}
  workspaces: [{name: w, workspace: src, subPath: $(params.s)/$(context.pipelineRun.name)}]
  onError: $(params.s)
  timeout: 1m0s
finally:
- name: f
  params: [{name: p, value: "$(params.s)"}]
  pipelineRef: {name: $(params.s), resolver: r, params: [{name: p, value: "$(params.s)"}]}
`,
			want: `
params: [{name: d, type: string, default: "<$(params.s)>"}]
workspaces: [{name: src}, {name: none, optional: true}]
tasks:
- name: a
  displayName: S <S>
  description: $(params.s)
  taskRef: {name: "x://S", resolver: git, params: [{name: url, value: "S"}, {name: l, value: [x, "y"]}]}
  runAfter: ["$(params.s)"]
  params:
  - {name: s, value: "S y $(params.none)"}
  - {name: list, value: [x, "y"]}
  - {name: arr, value: [x, "y", K]}
  - {name: obj, value: {k: K, l: L}}
  - {name: keys, value: {k: S}}
  - {name: ctx, value: "run ns uid-1 pipe"}
  - {name: bound, value: "true false $(workspaces.other.bound)"}
  - {name: later, value: "$(tasks.b.results.r) $(context.pipelineTask.retries) $(tasks.b.matrix.length)"}
  matrix:
    params: [{name: m, value: [x, "y"]}, {name: n, value: [S]}]
    include: [{name: S, params: [{name: o, value: S}]}]
  when:
  - {input: '["x","y"]', operator: in, values: [x, "y", S]}
  - {cel: "'S' == 'x'"}
  workspaces: [{name: w, workspace: src, subPath: S/run}]
  onError: S
  timeout: 1m0s
finally:
- name: f
  params: [{name: p, value: S}]
  pipelineRef: {name: $(params.s), resolver: r, params: [{name: p, value: "$(params.s)"}]}
`,
		},
		"inline task": {
			spec: `
params: [{name: d, type: string, default: pipeline default}, {name: e, type: string, default: pipeline default}]
workspaces: [{name: src}, {name: none, optional: true}]
tasks:
- name: a
  params:
  - {name: mine, value: "x"}
  - {name: e, value: "x"}
  - {name: obj, value: {k: mine}}
  matrix: {params: [{name: list, value: [m]}], include: [{params: [{name: inc, value: x}]}]}
  workspaces: [{name: none, workspace: src}]
  taskSpec:
    params:
    - {name: d, type: string, default: task default}
    - {name: f, type: string, default: "$(params.s) $(params.d)"}
    workspaces: [{name: declared}]
    steps:
    - image: $(params.s)
      args: ["$(params.list[*])", "$(params.obj[*])"]
      script: |
        $(params.d) $(params.e) $(params.mine) $(params.f) $(inputs.params.s)
        $(params.obj.k) $(params.obj.l) $(params.inc)
        $(context.pipelineRun.name) $(context.pipeline.name) $(context.taskRun.name) $(params.ctx)
        $(workspaces.src.bound) $(workspaces.none.bound) $(workspaces.src.path)
        $(tasks.b.results.r)
`,
			want: `
params: [{name: d, type: string, default: pipeline default}, {name: e, type: string, default: pipeline default}]
workspaces: [{name: src}, {name: none, optional: true}]
tasks:
- name: a
  params:
  - {name: mine, value: "x"}
  - {name: e, value: "x"}
  - {name: obj, value: {k: mine}}
  matrix: {params: [{name: list, value: [m]}], include: [{params: [{name: inc, value: x}]}]}
  workspaces: [{name: none, workspace: src}]
  taskSpec:
    params:
    - {name: d, type: string, default: task default}
    - {name: f, type: string, default: "S $(params.d)"}
    workspaces: [{name: declared}]
    steps:
    - image: S
      args: ["$(params.list[*])", "$(params.obj[*])"]
      script: |
        pipeline default x x $(params.f) S
        mine L $(params.inc)
        run pipe $(context.taskRun.name) run
        true $(workspaces.none.bound) $(workspaces.src.path)
        $(tasks.b.results.r)
`,
		},
		"what a task is given for its inline Task": {
			spec: `
tasks:
- name: a
  params:
  - {name: word, value: "$(params.s)"}
  - {name: words, value: ["$(params.list[*])", z]}
  - {name: open, value: "$(tasks.b.results.r)"}
  - {name: shell, value: "$(uname)"}
  - {name: half, value: "$"}
  - {name: number, value: [one]}
  taskSpec:
    params: [{name: words, type: array}, {name: number, type: string, default: "$(params.word)"}]
    steps: [{image: i, args: ["$(params.words[*])"], script: "$(params.word) $(params['word']) $(params.open) $(params.shell) $(params.half) $(params.number[0])"}]
`,
			want: `
tasks:
- name: a
  params:
  - {name: word, value: S}
  - {name: words, value: [x, "y", z]}
  - {name: open, value: "$(tasks.b.results.r)"}
  - {name: shell, value: "$(uname)"}
  - {name: half, value: "$"}
  - {name: number, value: [one]}
  taskSpec:
    params: [{name: words, type: array}, {name: number, type: string, default: "$(params.word)"}]
    steps: [{image: i, args: [x, "y", z], script: "S S $(params.open) $(params.shell) $(params.half) $(params.number[0])"}]
`,
		},
		"custom task and child pipeline": {
			spec: `
tasks:
- name: a
  taskSpec: {apiVersion: example.dev/v1, kind: Loop, spec: {text: "$(params.s)"}}
- name: b
  pipelineSpec: {tasks: [{name: c, taskRef: {name: t}, params: [{name: p, value: "$(params.s)"}]}]}
`,
			want: `
tasks:
- name: a
  taskSpec: {apiVersion: example.dev/v1, kind: Loop, spec: {text: "$(params.s)"}}
- name: b
  pipelineSpec: {tasks: [{name: c, taskRef: {name: t}, params: [{name: p, value: "$(params.s)"}]}]}
`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec := parse[v1.PipelineSpec](t, tc.spec)
			before := spec.DeepCopy()
			got, err := specvars.Pipeline(spec, pipelineRun())
			if err != nil {
				t.Fatalf("Pipeline() = %v", err)
			}
			if diff := cmp.Diff(parse[v1.PipelineSpec](t, tc.want), got); diff != "" {
				t.Errorf("Pipeline() (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, spec); diff != "" {
				t.Errorf("the spec was changed (-before +after):\n%s", diff)
			}
		})
	}
}

func TestPipelineErrors(t *testing.T) {
	t.Parallel()
	spec := parse[v1.PipelineSpec](t, `
params: [{name: a, type: string, default: "$(params.none)"}]
`)
	_, err := specvars.Pipeline(spec, pipelineRun())
	if want := `parameter resolution failed: param "a" references undefined param "none"`; err == nil || err.Error() != want {
		t.Errorf("Pipeline() = %v, want %s", err, want)
	}
	pr := pipelineRun()
	pr.Params = v1.Params{{Name: "s", Value: *v1.NewString(strings.Repeat("x", 1<<20))}}
	script := strings.Repeat("$(params.s)", 100)
	for name, pt := range map[string]v1.PipelineTask{
		"field":       {DisplayName: script},
		"inline task": {TaskSpec: &v1.EmbeddedTask{TaskSpec: v1.TaskSpec{Steps: []v1.Step{{Script: script}}}}},
		"default": {TaskSpec: &v1.EmbeddedTask{TaskSpec: v1.TaskSpec{Params: v1.ParamSpecs{
			{Name: "p", Default: v1.NewString(script)},
		}}}},
	} {
		if _, err := specvars.Pipeline(&v1.PipelineSpec{Tasks: []v1.PipelineTask{pt}}, pr); !errors.Is(err, substitution.ErrTooLarge) {
			t.Errorf("%s: Pipeline() = %v", name, err)
		}
	}
}

// places has the same text in every kind of field of a pipeline task.
func places(t *testing.T, text string) *v1.PipelineTask {
	t.Helper()
	return parse[v1.PipelineTask](t, strings.ReplaceAll(`
name: a
retries: 3
displayName: X
taskRef: {name: X, resolver: r, params: [{name: p, value: X}]}
params: [{name: p, value: X}]
matrix: {params: [{name: m, value: [X]}], include: [{params: [{name: i, value: X}]}]}
when: [{input: X, operator: in, values: [X]}, {cel: X}]
workspaces: [{name: w, subPath: X}]
onError: X
taskSpec: {steps: [{image: X}]}
`, "X", `"`+text+`"`))
}

// placed returns the texts of the fields of places.
func placed(pt *v1.PipelineTask) map[string]string {
	return map[string]string{
		"displayName": pt.DisplayName,
		"taskRef":     pt.TaskRef.Name + pt.TaskRef.Params[0].Value.StringVal,
		"params":      pt.Params[0].Value.StringVal,
		"matrix":      pt.Matrix.Params[0].Value.ArrayVal[0] + pt.Matrix.Include[0].Params[0].Value.StringVal,
		"when":        pt.When[0].Input + pt.When[0].Values[0] + pt.When[1].CEL,
		"workspaces":  pt.Workspaces[0].SubPath,
		"onError":     string(pt.OnError),
		"taskSpec":    pt.TaskSpec.Steps[0].Image,
	}
}

func TestPipelineTask(t *testing.T) {
	t.Parallel()
	values := specvars.PipelineTaskValues{
		Statuses: substitution.Values{Strings: map[string]string{"tasks.b.status": "Succeeded"}},
		Results:  substitution.Values{Strings: map[string]string{"tasks.b.results.r": "R", "tasks.b.results['r']": "R"}},
		Lengths:  substitution.Values{Strings: map[string]string{"tasks.b.matrix.length": "4"}},
	}
	for text, tc := range map[string]struct {
		value string
		in    string
	}{
		"$(tasks.b.status)":               {"Succeeded", "displayName taskRef params when"},
		"$(tasks.b.results.r)":            {"R", "displayName taskRef params matrix when workspaces onError taskSpec"},
		"$(tasks.b.results['r'])":         {"R", "displayName taskRef params matrix when workspaces onError taskSpec"},
		"$(tasks.b.matrix.length)":        {"4", "displayName params matrix"},
		"$(context.pipelineTask.retries)": {"3", "displayName params matrix"},
		"$(tasks.c.results.r)":            {"", ""},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			pt := places(t, text)
			before := pt.DeepCopy()
			got, err := specvars.PipelineTask(pt, values)
			if err != nil {
				t.Fatalf("PipelineTask() = %v", err)
			}
			want := placed(before)
			for _, field := range strings.Fields(tc.in) {
				want[field] = strings.ReplaceAll(want[field], text, tc.value)
			}
			if diff := cmp.Diff(want, placed(got)); diff != "" {
				t.Errorf("PipelineTask() (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, pt); diff != "" {
				t.Errorf("the pipeline task was changed (-before +after):\n%s", diff)
			}
		})
	}
}

func TestPipelineTaskTakesWholeResults(t *testing.T) {
	t.Parallel()
	pt := parse[v1.PipelineTask](t, `
name: a
params: [{name: p, value: "$(tasks.b.results.list[*])"}]
matrix: {params: [{name: m, value: "$(tasks.b.results.list[*])"}]}
`)
	got, err := specvars.PipelineTask(pt, specvars.PipelineTaskValues{
		Results: substitution.Values{Arrays: map[string][]string{"tasks.b.results.list[*]": {"x", "y"}}},
	})
	if err != nil {
		t.Fatalf("PipelineTask() = %v", err)
	}
	want := parse[v1.PipelineTask](t, `
name: a
params: [{name: p, value: [x, "y"]}]
matrix: {params: [{name: m, value: [x, "y"]}]}
`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("PipelineTask() (-want +got):\n%s", diff)
	}
}

func TestCheckPipelineIndexes(t *testing.T) {
	t.Parallel()
	spec := parse[v1.PipelineSpec](t, `
params: [{name: a, type: array, default: [x, "y"]}, {name: b, type: array, default: [x]}]
tasks:
- name: t
  params: [{name: p, value: "$(params.a[1])"}, {name: b, value: [1]}]
  taskSpec: {steps: [{image: "$(params.a[5]) $(params.b[6])"}]}
finally:
- name: f
  taskRef: {name: x}
  when: [{input: "$(params.a[2])", operator: in, values: [x]}]
`)
	p := specvars.CheckPipelineIndexes(spec, nil)
	if want := "non-existent param references:[$(params.a[5]) $(params.a[2])]"; p == nil || p.Error() != want {
		t.Errorf("CheckPipelineIndexes() = %v, want %s", p, want)
	}
	p = specvars.CheckPipelineIndexes(spec, v1.Params{{Name: "a", Value: *v1.NewArray("1", "2", "3", "4", "5", "6")}})
	if p != nil {
		t.Errorf("CheckPipelineIndexes() = %v, want nil", p)
	}
}

func TestUsedWorkspaces(t *testing.T) {
	t.Parallel()
	spec := parse[v1.TaskSpec](t, `
stepTemplate: {workingDir: "$(workspaces.template.path)"}
volumes: [{name: "$(workspaces.no1.volume)"}]
steps:
- image: $(workspaces.no2.path)
  script: "$(workspaces.script.path) $(workspaces.script.bound)"
  command: [$(workspaces.command.path)]
  args: [$(workspaces.args.path)]
  env: [{name: A, value: $(workspaces.env.claim)}]
  params: [{name: p, value: ["$(workspaces.param.path)"]}]
  volumeMounts: [{name: $(workspaces.no3.volume), mountPath: /x}]
sidecars:
- {name: s, image: i, args: ["$(workspaces.sidecar.path)"]}
`)
	want := []string{"command", "args", "env", "script", "param", "sidecar", "template"}
	if diff := cmp.Diff(want, specvars.UsedWorkspaces(spec)); diff != "" {
		t.Errorf("UsedWorkspaces() (-want +got):\n%s", diff)
	}
}

func TestPipelineTaskFieldPaths(t *testing.T) {
	t.Parallel()
	var paths []string
	specvars.VisitPipelineTaskFields(places(t, "x"), func(f specvars.Field) { paths = append(paths, f.Path.String()) })
	want := []string{
		"params[p]", "matrix.params[m]", "matrix.include[0].name", "matrix.include[0].params[i]", "when[0].input",
		"when[0].values", "when[0].cel", "when[1].input", "when[1].values", "when[1].cel", "displayName",
		"workspaces[0].subPath", "taskRef.name", "taskRef.params[p]", "onError",
	}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
}

func BenchmarkPipeline(b *testing.B) {
	spec := &v1.PipelineSpec{}
	for range 100 {
		pt := parse[v1.PipelineTask](b, `
name: t
params: [{name: p, value: "$(params.s) and $(tasks.x.results.r)"}, {name: q, value: [a, b, "$(params.list[*])"]}]
taskSpec: {steps: [{image: alpine, script: "echo $(params.s)\necho done\n", env: [{name: A, value: b}]}]}
`)
		spec.Tasks = append(spec.Tasks, *pt)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := specvars.Pipeline(spec, pipelineRun()); err != nil {
			b.Fatal(err)
		}
	}
}
