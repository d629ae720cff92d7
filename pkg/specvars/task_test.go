package specvars_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/names"
	"github.com/tenon-ci/tenon/pkg/specvars"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// parse reads an object from YAML, and refuses members it does not know.
func parse[T any](t testing.TB, text string) *T {
	t.Helper()
	v := new(T)
	if err := yaml.UnmarshalStrict([]byte(strings.ReplaceAll(text, "\t", "  ")), v); err != nil {
		t.Fatalf("reading %s: %v", text, err)
	}
	return v
}

func taskRun() specvars.TaskRun {
	return specvars.TaskRun{
		Name: "run", Namespace: "ns", UID: "uid-1", TaskName: "build", Retries: 2,
		Params: v1.Params{
			{Name: "s", Value: *v1.NewString("S")},
			{Name: "list", Value: *v1.NewArray("x", "y")},
			{Name: "obj", Value: *v1.NewObject(map[string]string{"k": "K"})},
			{Name: "ctx", Value: *v1.NewString("$(context.taskRun.name)")},
		},
		Workspaces: []v1.WorkspaceBinding{*bind("src", "claim")},
	}
}

// everyField has a reference in every field of a Task in which one is replaced.
const everyField = `
params:
- {name: d, type: string, default: D}
results:
- {name: r}
workspaces:
- {name: src, mountPath: /ws/$(params.s)}
- {name: none, optional: true}
- {name: own}
stepTemplate:
  image: $(params.s)
  imagePullPolicy: $(params.s)
  command: ["$(params.list[*])"]
  args: ["$(params.s)"]
  workingDir: $(params.s)
  env: [{name: "$(params.s)", value: "$(params.s)"}]
  envFrom: [{prefix: $(params.s)}]
  volumeMounts: [{name: $(params.s), mountPath: /$(params.s), subPath: $(params.s)}]
steps:
- name: $(params.s)-a
  displayName: $(params.s)
  image: $(params.s)
  imagePullPolicy: $(params.s)
  command: ["c", "$(params.list)", "$(params.s)"]
  args: ["$(params['list'][*])", "$(params.obj.k)"]
  workingDir: $(params.s)
  script: "$(inputs.params.s) $(params.d) $(params.list[1]) $(params.list[*]) $(params.unknown) $$(params.s)"
  env:
  - {name: "$(params.s)", value: "$(params.s)"}
  - name: B
    valueFrom: {secretKeyRef: {name: $(params.s), key: $(params.s)}}
  - name: C
    valueFrom: {configMapKeyRef: {name: $(params.s), key: $(params.s)}}
  envFrom:
  - {prefix: $(params.s), configMapRef: {name: $(params.s)}}
  - {secretRef: {name: $(params.s)}}
  volumeMounts: [{name: $(params.s), mountPath: /$(params.s), subPath: $(params.s)}]
  onError: $(params.s)
  stdoutConfig: {path: $(params.s)}
  stderrConfig: {path: $(params.s)}
  timeout: 1m0s
  when:
  - {input: "$(params.list[*])", operator: in, values: ["$(params.list[*])", "$(params.list)", "$(params['list'][*])", "$(params.s)"]}
  - {cel: "'$(params.s)' == 'x'"}
  params:
  - {name: p, value: "$(params.list[*])"}
  - {name: q, value: ["$(params.s)", "$(params.list[*])"]}
  - {name: o, value: {k: "$(params.s)"}}
sidecars:
- name: $(params.s)
  image: $(params.s)
  imagePullPolicy: $(params.s)
  command: ["$(params.list)"]
  args: ["$(params.s)"]
  workingDir: $(params.s)
  script: $(params.s)
  env: [{name: A, value: "$(params.s)"}]
  envFrom: [{secretRef: {name: $(params.s)}}]
  volumeMounts: [{name: $(params.s), mountPath: /$(params.s), subPath: $(params.s)}]
volumes:
- name: $(params.s)
  configMap: {name: $(params.s), items: [{key: $(params.s), path: $(params.s)}]}
- name: b
  secret: {secretName: $(params.s), items: [{key: $(params.s), path: $(params.s)}]}
- name: c
  persistentVolumeClaim: {claimName: $(params.s)}
- name: d
  projected:
    sources:
    - configMap: {name: $(params.s), items: [{key: $(params.s), path: $(params.s)}]}
    - secret: {name: $(params.s), items: [{key: $(params.s), path: $(params.s)}]}
    - serviceAccountToken: {audience: $(params.s), path: p}
- name: e
  csi: {driver: d, nodePublishSecretRef: {name: $(params.s)}, volumeAttributes: {a: $(params.s)}}
`

const everyFieldReplaced = `
params:
- {name: d, type: string, default: D}
results:
- {name: r}
workspaces:
- {name: src, mountPath: /ws/S}
- {name: none, optional: true}
- {name: own}
stepTemplate:
  image: S
  imagePullPolicy: S
  command: [x, "y"]
  args: [S]
  workingDir: S
  env: [{name: "$(params.s)", value: S}]
  envFrom: [{prefix: S}]
  volumeMounts: [{name: S, mountPath: /S, subPath: S}]
steps:
- name: S-a
  displayName: $(params.s)
  image: S
  imagePullPolicy: S
  command: [c, x, "y", S]
  args: [x, "y", K]
  workingDir: S
  script: "S D y $(params.list[*]) $(params.unknown) $S"
  env:
  - {name: "$(params.s)", value: S}
  - name: B
    valueFrom: {secretKeyRef: {name: S, key: S}}
  - name: C
    valueFrom: {configMapKeyRef: {name: S, key: S}}
  envFrom:
  - {prefix: S, configMapRef: {name: S}}
  - {secretRef: {name: S}}
  volumeMounts: [{name: S, mountPath: /S, subPath: S}]
  onError: S
  stdoutConfig: {path: S}
  stderrConfig: {path: S}
  timeout: 1m0s
  when:
  - {input: '["x","y"]', operator: in, values: [x, "y", "$(params.list)", "$(params['list'][*])", S]}
  - {cel: "'S' == 'x'"}
  params:
  - {name: p, value: [x, "y"]}
  - {name: q, value: [S, x, "y"]}
  - {name: o, value: {k: S}}
sidecars:
- name: S
  image: S
  imagePullPolicy: S
  command: [x, "y"]
  args: [S]
  workingDir: S
  script: S
  env: [{name: A, value: S}]
  envFrom: [{secretRef: {name: S}}]
  volumeMounts: [{name: S, mountPath: /S, subPath: S}]
volumes:
- name: S
  configMap: {name: S, items: [{key: S, path: S}]}
- name: b
  secret: {secretName: S, items: [{key: S, path: S}]}
- name: c
  persistentVolumeClaim: {claimName: S}
- name: d
  projected:
    sources:
    - configMap: {name: S, items: [{key: S, path: S}]}
    - secret: {name: S, items: [{key: S, path: S}]}
    - serviceAccountToken: {audience: S, path: p}
- name: e
  csi: {driver: d, nodePublishSecretRef: {name: S}, volumeAttributes: {a: S}}
`

func TestTaskFields(t *testing.T) {
	t.Parallel()
	spec := parse[v1.TaskSpec](t, everyField)
	before := spec.DeepCopy()
	got, err := specvars.Task(spec, taskRun())
	if err != nil {
		t.Fatalf("Task() = %v", err)
	}
	if diff := cmp.Diff(parse[v1.TaskSpec](t, everyFieldReplaced), got); diff != "" {
		t.Errorf("Task() (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, spec); diff != "" {
		t.Errorf("the spec was changed (-before +after):\n%s", diff)
	}
}

func TestTaskVariables(t *testing.T) {
	t.Parallel()
	spec := func(script string) *v1.TaskSpec {
		s := parse[v1.TaskSpec](t, `
results: [{name: r}, {name: r.s}]
workspaces:
- {name: src, mountPath: "/ws/$(context.task.name)"}
- {name: none, optional: true}
steps:
- {name: first, image: i}
- {image: i, results: [{name: mine}], workspaces: [{name: src, mountPath: /mine}]}
- {name: third, image: i}
sidecars:
- {name: s, image: i}
`)
		s.Steps[1].Script = script
		s.Steps[2].Script = script
		s.Sidecars[0].Script = script
		return s
	}
	const same = "\x00"
	for text, want := range map[string]struct{ step, third, sidecar string }{
		"$(context.taskRun.name).$(context.taskRun.namespace).$(context.taskRun.uid)": {"run.ns.uid-1", same, same},
		"$(context.task.name) $(context.task.retry-count)":                            {"build 2", same, same},
		"$(context.taskRun.other) $(context.pipelineRun.name)":                        {"$(context.taskRun.other) $(context.pipelineRun.name)", same, same},
		"$(params.ctx)": {"run", same, same},
		"$(results.r.path) $(results['r.s'].path)":        {"/tekton/results/r /tekton/results/r.s", same, same},
		`$(results["r"].path) $(results.no.path)`:         {"/tekton/results/r $(results.no.path)", same, same},
		"$(artifacts.path)":                               {"/tekton/artifacts/provenance.json", same, same},
		"$(credentials.path)":                             {"/tekton/creds", same, same},
		"$(steps.step-first.exitCode.path)":               {"/tekton/steps/step-first/exitCode", same, same},
		"$(steps.step-unnamed-1.exitCode.path)":           {"/tekton/steps/step-unnamed-1/exitCode", same, same},
		"$(steps.step-unnamed-0.exitCode.path)":           {"$(steps.step-unnamed-0.exitCode.path)", same, same},
		"$(step.results.mine.path)":                       {"/tekton/steps/step-unnamed-1/results/mine", "$(step.results.mine.path)", "$(step.results.mine.path)"},
		"$(step.results['mine'].path)":                    {"/tekton/steps/step-unnamed-1/results/mine", "$(step.results['mine'].path)", "$(step.results['mine'].path)"},
		"$(step.artifacts.path)":                          {"/tekton/steps/step-unnamed-1/artifacts/provenance.json", "/tekton/steps/step-third/artifacts/provenance.json", "$(step.artifacts.path)"},
		"$(workspaces.src.path)":                          {"/mine", "/ws/build", "/ws/build"},
		"$(workspaces.src.bound) $(workspaces.src.claim)": {"true claim", same, same},
		"$(workspaces.src.volume)":                        {names.WorkspaceVolume("src"), same, same},
		"<$(workspaces.none.path)> <$(workspaces.none.claim)> $(workspaces.none.bound)": {"<> <> false", same, same},
		"$(workspaces.other.path)":                                    {"$(workspaces.other.path)", same, same},
		"$(steps.first.results.r) $(steps.first.outputs.image)":       {"$(steps.first.results.r) $(steps.first.outputs.image)", same, same},
		"$(tasks.t.results.r) $(HOME) $(date +%s) ${X} $(( 1 + 2 ))$": {"$(tasks.t.results.r) $(HOME) $(date +%s) ${X} $(( 1 + 2 ))$", same, same},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			got, err := specvars.Task(spec(text), taskRun())
			if err != nil {
				t.Fatalf("Task() = %v", err)
			}
			if want.third == same {
				want.third, want.sidecar = want.step, want.step
			}
			scripts := []string{got.Steps[1].Script, got.Steps[2].Script, got.Sidecars[0].Script}
			if diff := cmp.Diff([]string{want.step, want.third, want.sidecar}, scripts); diff != "" {
				t.Errorf("scripts of step, other step and sidecar (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTaskTooLarge(t *testing.T) {
	t.Parallel()
	tr := taskRun()
	tr.Params = v1.Params{{Name: "s", Value: *v1.NewString(strings.Repeat("x", 1<<20))}}
	spec := &v1.TaskSpec{Steps: []v1.Step{{Script: strings.Repeat("$(params.s)", 100)}}}
	if _, err := specvars.Task(spec, tr); !errors.Is(err, substitution.ErrTooLarge) {
		t.Errorf("Task() = %v", err)
	}
}

func TestCheckTaskIndexes(t *testing.T) {
	t.Parallel()
	spec := parse[v1.TaskSpec](t, `
params:
- {name: list, type: array, default: [x]}
- {name: given, type: array, default: [x, y, z]}
steps:
- {image: "$(params.list[0])", args: ["$(params.list[1])", "$(params.given[1])"]}
sidecars:
- {name: s, image: i, script: "$(inputs.params.list[2])"}
`)
	p := specvars.CheckTaskIndexes(spec, v1.Params{{Name: "given", Value: *v1.NewArray("x")}})
	if p == nil {
		t.Fatal("no problem found")
	}
	want := "non-existent param references:[$(params.list[1]) $(params.given[1]) $(inputs.params.list[2])]"
	if p.Error() != want {
		t.Errorf("problem %q, want %q", p.Error(), want)
	}
	if p := specvars.CheckTaskIndexes(spec, v1.Params{{Name: "given", Value: *v1.NewArray("x", "y")}, {Name: "list", Value: *v1.NewArray("a", "b", "c")}}); p != nil {
		t.Errorf("problem %v, want none", p)
	}
}

// TestTaskFieldPaths checks what everyone else gets to know about the fields.
func TestTaskFieldPaths(t *testing.T) {
	t.Parallel()
	spec := parse[v1.TaskSpec](t, everyField)
	var paths []string
	specvars.VisitTaskFields(spec, func(f specvars.Field) {
		if strings.HasPrefix(f.Path.String(), "steps[0].") {
			paths = append(paths, strings.TrimPrefix(f.Path.String(), "steps[0]."))
		}
	})
	want := []string{
		"name", "image", "imagePullPolicy", "command", "args", "workingDir", "env[0].value", "env[1].value",
		"env[1].valueFrom.secretKeyRef.name", "env[1].valueFrom.secretKeyRef.key", "env[2].value",
		"env[2].valueFrom.configMapKeyRef.name", "env[2].valueFrom.configMapKeyRef.key",
		"envFrom[0].prefix", "envFrom[0].configMapRef.name", "envFrom[1].prefix", "envFrom[1].secretRef.name",
		"volumeMounts[0].name", "volumeMounts[0].mountPath", "volumeMounts[0].subPath", "script", "onError",
		"stdoutConfig.path", "stderrConfig.path", "when[0].input", "when[0].values", "when[0].cel", "when[1].input",
		"when[1].values", "when[1].cel", "params[p]", "params[q]", "params[o]",
	}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
}

// FuzzTask checks that whatever stands in a Task, replacing ends, and leaves no known parameter behind.
func FuzzTask(f *testing.F) {
	f.Add("$(params.s) $(params.list[*])", "$(params['s'])")
	f.Add("$(workspaces.src.path)", "$(params.$(params.s))")
	f.Fuzz(func(t *testing.T, script, arg string) {
		spec := &v1.TaskSpec{
			Workspaces: []v1.WorkspaceDeclaration{{Name: "src"}},
			Steps:      []v1.Step{{Script: script, Args: []string{arg, "$(params.list[*])"}}},
		}
		got, err := specvars.Task(spec, taskRun())
		if err != nil {
			t.Fatalf("Task() = %v", err)
		}
		if spec.Steps[0].Script != script || spec.Steps[0].Args[0] != arg {
			t.Error("the spec was changed")
		}
		if n := len(got.Steps[0].Args); n < 3 {
			t.Errorf("%d arguments", n)
		}
		if strings.Contains(got.Steps[0].Script, "$(params.s)") && !strings.Contains(script, "$($(") && !strings.Contains(script, "$(params.$(") {
			t.Errorf("a reference is left in %q, made of %q", got.Steps[0].Script, script)
		}
	})
}

func TestRetryCount(t *testing.T) {
	t.Parallel()
	facts := taskRun()
	facts.AnyAttempt = true
	stored, err := specvars.Task(&v1.TaskSpec{Steps: []v1.Step{{Image: "$(context.task.name)", Args: []string{"$(context.task.retry-count)"}}}}, facts)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("build $(context.task.retry-count)", stored.Steps[0].Image+" "+stored.Steps[0].Args[0]); diff != "" {
		t.Errorf("for any attempt (-want +got):\n%s", diff)
	}
	third, err := specvars.RetryCount(stored, 2)
	if err != nil || third.Steps[0].Args[0] != "2" {
		t.Errorf("third attempt %+v, %v", third, err)
	}
	if again, err := specvars.RetryCount(third, 3); err != nil || again != third {
		t.Errorf("a Task that does not ask became %+v, %v", again, err)
	}
}
