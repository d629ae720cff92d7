package runspec

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

func read[T any](t *testing.T, text string) *T {
	t.Helper()
	out := new(T)
	if err := yaml.UnmarshalStrict([]byte(text), out); err != nil {
		t.Fatal(err)
	}
	return out
}

func readFile(name string) ([]byte, error) {
	content := map[string]string{"token.txt": "secret\n", "some.env": "# none\nexport A=1\nB = 'two'\n\n", "bad.env": "A"}
	if text, ok := content[name]; ok {
		return []byte(text), nil
	}
	return nil, fs.ErrNotExist
}

func objects(t *testing.T) []runtime.Object {
	t.Helper()
	return []runtime.Object{
		read[v1.Task](t, `{metadata: {name: build}, spec: {params: [{name: who}]}}`),
		read[v1.Pipeline](t, `{metadata: {name: inner}}`),
		read[v1.Pipeline](t, `
metadata: {name: ci}
spec:
  params:
  - {name: revision, description: "Commit\n to build", enum: [a, b]}
  - {name: flags, type: array}
  - {name: image, properties: {tag: {type: string}, host: {type: string}}}
  - {name: level, default: "1"}
  workspaces: [{name: source, description: The sources}, {name: cache, optional: true}]
  tasks: [{name: a, pipelineRef: {name: inner}}]
`),
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	run := read[v1.TaskRun](t, `{metadata: {generateName: again-}}`)
	tests := map[string]struct {
		objects []runtime.Object
		choice  Choice
		want    []string
		err     string
	}{
		"the pipeline that is no child": {objects: objects(t), want: []string{"ci-"}},
		"a pipeline":                    {objects: objects(t), choice: Choice{Pipeline: "inner"}, want: []string{"inner-"}},
		"a task":                        {objects: objects(t), choice: Choice{Task: "build"}, want: []string{"build-"}},
		"by name":                       {objects: objects(t), choice: Choice{Name: "build"}, want: []string{"build-"}},
		"runs first":                    {objects: append(objects(t), run), want: []string{"again-"}},
		"a run by name":                 {objects: append(objects(t), run), choice: Choice{Name: "again"}, want: []string{"again-"}},
		"the only task":                 {objects: objects(t)[:1], want: []string{"build-"}},
		"nothing":                       {err: "there is nothing to run: no PipelineRun, TaskRun, Pipeline or Task"},
		"no such name":                  {objects: objects(t), choice: Choice{Task: "x"}, err: `there is no Task "x" in the files; there is build`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runs, err := Choose(test.objects, test.choice)
			if got := message(err); got != test.err {
				t.Errorf("the error is %q, want %q", got, test.err)
			}
			var got []string
			for _, r := range runs {
				got = append(got, nameOf(r))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestMissing(t *testing.T) {
	t.Parallel()
	all := objects(t)
	runs, err := Choose(all, Choice{})
	if err != nil {
		t.Fatal(err)
	}
	err = Apply(runs[0], all, Settings{})
	var missing *MissingError
	if !errors.As(err, &missing) {
		t.Fatalf("the error is %v", err)
	}
	want := `Pipeline ci needs what was not given:

  --param revision=TEXT               string, one of a, b: Commit to build
  --param flags=A,B                   array
  --param image=host:VALUE,tag:VALUE  object
  --workspace source=DIR              The sources`
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestParams(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		params []string
		want   string
		err    string
	}{
		"all kinds": {
			params: []string{"revision=@token.txt", "flags=a,b", `flags=["c,d"]`, "image=tag:1", `image={"host":"h:1"}`, "level=@@x"},
			want:   `[{"name":"revision","value":"secret"},{"name":"flags","value":["a","b","c,d"]},{"name":"image","value":{"host":"h:1","tag":"1"}},{"name":"level","value":"@x"}]`,
		},
		"no value":     {params: []string{"revision"}, err: `--param "revision": it has to be NAME=VALUE`},
		"unknown":      {params: []string{"rev=1"}, err: `Pipeline ci has no parameter "rev"; it has revision, flags, image, level`},
		"no object":    {params: []string{"image=1"}, err: "--param image: it is an object: give it as KEY:VALUE,KEY:VALUE or in JSON"},
		"no such file": {params: []string{"level=@none"}, err: "--param level: reading the value: file does not exist"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := objects(t)
			runs, err := Choose(all, Choice{})
			if err != nil {
				t.Fatal(err)
			}
			binding, _, err := ParseWorkspace("source=.")
			if err != nil {
				t.Fatal(err)
			}
			err = Apply(runs[0], all, Settings{Params: test.params, Workspaces: []v1.WorkspaceBinding{binding}, ReadFile: readFile})
			if got := message(err); got != test.err || err != nil {
				if got != test.err {
					t.Errorf("the error is %q, want %q", got, test.err)
				}
				return
			}
			run, _ := runs[0].(*v1.PipelineRun)
			if diff := cmp.Diff(test.want, jsonOf(t, run.Spec.Params)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func jsonOf(t *testing.T, value any) string {
	t.Helper()
	data, err := yaml.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	if data, err = yaml.YAMLToJSON(data); err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestParamsOfARunWin(t *testing.T) {
	t.Parallel()
	run := read[v1.TaskRun](t, `{spec: {params: [{name: who, value: a}, {name: other, value: b}], taskSpec: {params: [{name: who}]}}}`)
	values, err := ParseValues([]byte("who: 1\nlist: [a]\n"))
	if err != nil {
		t.Fatal(err)
	}
	var o metav1.Object = run
	if err := Apply(o, nil, Settings{Values: values, Params: []string{"other=c"}}); err != nil {
		t.Fatal(err)
	}
	want := `[{"name":"who","value":"1"},{"name":"other","value":"c"},{"name":"list","value":["a"]}]`
	if diff := cmp.Diff(want, jsonOf(t, run.Spec.Params)); diff != "" {
		t.Error(diff)
	}
}

func TestParseWorkspace(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		binding string
		folder  *Folder
	}{
		"a=.":                  {`{"name":"a","persistentVolumeClaim":{"claimName":"workspace-a"}}`, &Folder{Claim: "workspace-a", Dir: "."}},
		"My_A=/x:rw":           {`{"name":"My_A","persistentVolumeClaim":{"claimName":"workspace-my-a"}}`, &Folder{Claim: "workspace-my-a", Dir: "/x", IsWritable: true}},
		"a=emptyDir":           {`{"emptyDir":{},"name":"a"}`, nil},
		"a=secret:s":           {`{"name":"a","secret":{"secretName":"s"}}`, nil},
		"a=config:c":           {`{"configMap":{"name":"c"},"name":"a"}`, nil},
		"a=claim:data:sub=x/y": {`{"name":"a","persistentVolumeClaim":{"claimName":"data"},"subPath":"x/y"}`, nil},
	}
	for text, test := range tests {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			binding, folder, err := ParseWorkspace(text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.binding, jsonOf(t, binding)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.folder, folder); diff != "" {
				t.Error(diff)
			}
		})
	}
	if _, _, err := ParseWorkspace("a"); err == nil {
		t.Error("a workspace without a volume is taken")
	}
}

func TestParseData(t *testing.T) {
	t.Parallel()
	got, err := ParseData("--secret", []string{"s=k=v=w", "s=x=@token.txt", "t=token.txt", "e=some.env"}, readFile)
	if err != nil {
		t.Fatal(err)
	}
	want := []Data{
		{Name: "s", Items: map[string][]byte{"k": []byte("v=w"), "x": []byte("secret\n")}},
		{Name: "t", Items: map[string][]byte{"token.txt": []byte("secret\n")}},
		{Name: "e", Items: map[string][]byte{"A": []byte("1"), "B": []byte("two")}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, text := range []string{"s", "s=", "S_=k=v", "s=none", "e=bad.env"} {
		if _, err := ParseData("--secret", []string{text}, readFile); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
