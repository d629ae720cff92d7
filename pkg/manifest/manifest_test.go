package manifest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/manifest"
)

func read(t testing.TB, text string) []manifest.Document {
	t.Helper()
	docs, err := manifest.Read("f.yaml", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

// told writes problems as line:column: field: rule: message.
func told(problems []manifest.Problem) []string {
	var lines []string
	for _, p := range problems {
		lines = append(lines, fmt.Sprintf("%d:%d %s %s %s: %s", p.Line, p.Column, p.Severity, p.Rule, p.Field, p.Message))
	}
	return lines
}

func TestReadKinds(t *testing.T) {
	t.Parallel()
	docs := read(t, `# comment
---
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: a}
---
---
# nothing but a comment
---
apiVersion: v1
kind: List
items:
- apiVersion: tekton.dev/v1beta1
  kind: Pipeline
  metadata: {generateName: b-}
- apiVersion: v1
  kind: Secret
  metadata: {name: s}
  stringData: {a: b}
- {apiVersion: apps/v1, kind: Deployment, metadata: {name: d}}
`)
	type doc struct {
		Line int
		Name string
		Type string
	}
	var got []doc
	for _, d := range docs {
		got = append(got, doc{d.Line, d.Name(), fmt.Sprintf("%T", d.Object)})
	}
	want := []doc{
		{3, "Task/a", "*v1.Task"}, {13, "Pipeline/b-*", "*v1beta1.Pipeline"}, {16, "Secret/s", "*v1.Secret"},
		{20, "Deployment/d", "*unstructured.Unstructured"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
}

func TestReadErrors(t *testing.T) {
	t.Parallel()
	bomb := "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
	for i := 1; i < 9; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 10), ","))
	}
	merges := "x0: &x0 {a: b}\n"
	for i := 1; i < 60; i++ {
		merges += fmt.Sprintf("x%d: &x%d {<<: [*x%d, *x%d]}\n", i, i, i-1, i-1)
	}
	for name, tc := range map[string]struct{ file, text, want string }{
		"no mapping":    {"f", "- a", "f:1:1: an object is expected: a mapping with apiVersion and kind"},
		"syntax":        {"f", "kind: Task\nspec: [", "f:2:1: did not find expected node content"},
		"JSON":          {"f.json", "{\"kind\": \"Task\",\n  x}", "f.json:2:3: invalid character 'x' looking for beginning of object key string"},
		"JSON cut off":  {"f.json", "{\"kind\": [\n", "f.json:2:1: unexpected EOF"},
		"depth":         {"f", "kind: " + strings.Repeat("[", 200) + strings.Repeat("]", 200), "f:1:107: its values lie more than 100 deep in each other"},
		"itself":        {"f", "a: &a [*a]", "f:1:4: its values lie more than 100 deep in each other"},
		"list of lists": {"f", "&x {kind: List, items: [*x, *x]}", "f:1:1: there are more than 100000 objects"},
		"bomb":          {"f", bomb, "f:1:26: it has more than 100000 values, each alias counted as what it stands for"},
		"merges":        {"f", merges, "f:4:14: it has more than 100000 values, each alias counted as what it stands for"},
		"long aliases": {
			"f", "a: &a " + strings.Repeat("x", 1<<20) + "\nb: [*a,*a,*a,*a,*a,*a]", "f:2:14: it has more than 4194304 bytes, each alias counted as what it stands for",
		},
		"infinity":  {"f", "a: .inf", "f:1:4: .inf is no number of JSON"},
		"base64":    {"f", "a: !!binary '!'", "f:1:4: !!binary value contains invalid base64 data"},
		"key":       {"f", "? [a]\n: b", "f:1:3: a key must be a text"},
		"null key":  {"f", "~: b", "f:1:1: a key must not be null"},
		"bad merge": {"f", "<<: b", "f:1:5: only mappings can be merged"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := manifest.Read(tc.file, strings.NewReader(tc.text))
			var parse *manifest.ParseError
			if !errors.As(err, &parse) {
				t.Fatalf("error %v is no ParseError", err)
			}
			if got := err.Error(); got != tc.want {
				t.Errorf("error %q, want %q", got, tc.want)
			}
		})
	}
}

// TestSameValuesAsOtherClients compares values with what the library has that other clients of Kubernetes read YAML with.
func TestSameValuesAsOtherClients(t *testing.T) {
	t.Parallel()
	for _, value := range []string{
		"1", "-1", "+1", "0x1f", "010", "0b11", "0o14", "1_000", "1.0", "1.10", "1e3", "-.5", "18446744073709551616",
		"yes", "No", "on", "OFF", "y", "n", "true", "False", "~", "null", "", "2001-12-14", "2001-12-14t21:59:43.10-05:00", "1:30", "a b",
		"'1'", `"yes"`, "!!str 1", "!!int '1'", "!!binary aGFsbG8=", "[a, 1, {b: no}]", "{1: a, yes: b, 1.5: c}", "|\n  x\n  y", ">-\n  x\n  y", "<<", ".5.5", "1e400",
		"0.1", "123456789012", "1e21", "0x", "-0", "!foo bar", "&a x", "{<<: {a: 1}, a: 2, b: 3}", "{<<: [{a: 1}, {a: 2, c: 4}]}", "0777", "08", "1__0", "_1", "=",
	} {
		text := "apiVersion: x/v1\nkind: X\na: " + value + "\n"
		want, wantErr := yaml.YAMLToJSON([]byte(text))
		docs, err := manifest.Read("f", strings.NewReader(text))
		if wantErr != nil || err != nil {
			if (wantErr == nil) != (err == nil) {
				t.Errorf("%q: error %v, others have %v", value, err, wantErr)
			}
			continue
		}
		free, ok := docs[0].Object.(*unstructured.Unstructured)
		if !ok {
			t.Fatalf("%q is a %T", value, docs[0].Object)
		}
		got, err := json.Marshal(free.Object)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(bytes.TrimSpace(want)) {
			t.Errorf("%q is %s, for others it is %s", value, got, want)
		}
	}
}

func TestReadJSON(t *testing.T) {
	t.Parallel()
	docs := read(t, "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\",\n  \"metadata\": {\"name\": \"a\"},\n\t\"data\": {\"x\": \"\\ud83d\\ude00\\/\", \"y\": 1}}\n{\"kind\":\"X\",\"apiVersion\":\"y/v1\"}")
	if len(docs) != 2 || docs[1].Line != 4 {
		t.Fatalf("got %d documents: %v", len(docs), docs)
	}
	want := []string{"3:39 error wrong-type data[y]: cannot decode incoming new object: json: cannot unmarshal number into Go struct field ConfigMap.data of type string"}
	_, problems := manifest.Admit(t.Context(), docs)
	if diff := cmp.Diff(want, told(problems)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestPosition(t *testing.T) {
	t.Parallel()
	d := read(t, `apiVersion: tekton.dev/v1
kind: Pipeline
metadata:
  name: p
  annotations:
    tekton.dev/a.b: c
spec:
  params:
  - name: x
    default: &d
      k: v
  - {name: "y.z", type: string}
  tasks:
  - name: one
    onError: continue
    params:
      - {name: u, value: 1}
      - name: v
        value: *d
    taskSpec:
      steps:
      - image: i
        script: |
          #!/bin/sh
          echo $(params.x)
`)[0]
	for field, want := range map[string][2]int{
		"":                                       {1, 1},
		"spec":                                   {7, 1},
		"spec.nothing.here":                      {7, 1},
		"metadata.annotations.tekton.dev/a.b":    {6, 5},
		"metadata.annotations[tekton.dev/a.b]":   {6, 5},
		"metadata.annotations['tekton.dev/a.b']": {6, 5},
		"spec.params[1].type":                    {12, 19},
		"spec.params[y.z].type":                  {12, 19},
		"spec.params[name=x].default":            {10, 5},
		"spec.params.x.default.type":             {10, 5},
		"spec.x.properties":                      {9, 5},
		"spec.tasks[0].OnError":                  {15, 5},
		"spec.tasks[0].params[v].value.k":        {11, 7},
		"spec.tasks[7].name":                     {13, 3},
		"spec.tasks[0].taskSpec.steps[0].script": {23, 9},
		"tasks[0].name":                          {14, 5},
		"spec.tasks[-1]":                         {13, 3},
		"spec..tasks[0]":                         {14, 5},
		"[":                                      {1, 1},
		"spec.tasks[0":                           {14, 5},
	} {
		line, column := d.Position(field)
		if got := [2]int{line, column}; got != want {
			t.Errorf("%q is at %v, want %v", field, got, want)
		}
	}
	line, column := d.Find("spec.tasks[0].taskSpec.steps[0].script", "$(params.x)")
	if line != 25 || column != 16 {
		t.Errorf("part of the script found at %d:%d, want 25:16", line, column)
	}
}

func TestProblemsOfReading(t *testing.T) {
	t.Parallel()
	_, problems := manifest.Admit(t.Context(), read(t, `apiVersion: tekton.dev/v1
kind: Task
metadata: {name: a, nam: b}
spec:
  description: 1
  description: x
  steps:
  - image: i
    imagee: j
    timeout: 1x
---
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: a}
spec:
  taskSpec:
    steps: [{Image: i, imagee: j}]
---
{kind: Task}
---
{apiVersion: tekton.dev/v1beta1, kind: ClusterTask, metadata: {name: t}}
`))
	want := []string{
		`6:3 error duplicate-key : key "description" is set more than once`,
		`3:21 warning unknown-field metadata.nam: unknown field "metadata.nam" is ignored`,
		`9:5 warning unknown-field spec.steps[0].imagee: unknown field "spec.steps[0].imagee" is ignored`,
		`10:14 error wrong-type spec.steps[0].timeout: cannot decode incoming new object: time: unknown unit "x" in duration "1x"`,
		`17:24 error unknown-field spec.taskSpec.steps[0].imagee: cannot decode incoming new object: json: unknown field "imagee"`,
		`19:1 error unknown-kind : apiVersion and kind must be set`,
		`21:2 error unknown-kind apiVersion: no matches for kind "ClusterTask" in version "tekton.dev/v1beta1"`,
	}
	if diff := cmp.Diff(want, told(problems)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestAdmit(t *testing.T) {
	t.Parallel()
	objects, problems := manifest.Admit(t.Context(), read(t, `
apiVersion: tekton.dev/v1beta1
kind: TaskRun
metadata: {name: r}
spec:
  serviceAccountName: robot
  taskSpec:
    steps: [{image: i, resources: {requests: {cpu: 1}}}]
status: {podName: forged}
---
apiVersion: v1
kind: Secret
metadata: {name: s}
data: {a: YQ==, b: Yg==}
stringData: {b: c}
---
apiVersion: tekton.dev/v1alpha1
kind: StepAction
metadata: {name: s}
spec: {image: i}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: config-defaults}
data: {default-timeout-minutes: "5"}
`))
	if len(problems) > 0 || len(objects) != 4 {
		t.Fatalf("%d objects, problems %v", len(objects), told(problems))
	}
	run, ok := objects[0].(*v1.TaskRun)
	if !ok || run.APIVersion != "tekton.dev/v1" || run.Status.PodName != "" || run.Spec.ServiceAccountName != "robot" ||
		run.Spec.TaskSpec.Steps[0].ComputeResources.Requests.Cpu().Value() != 1 || run.Spec.Timeout.Minutes() != 5 {
		t.Errorf("run is %+v", objects[0])
	}
	secret, ok := objects[1].(*corev1.Secret)
	if diff := cmp.Diff(map[string][]byte{"a": []byte("a"), "b": []byte("c")}, secret.Data); !ok || diff != "" {
		t.Errorf("secret (-want +got):\n%s", diff)
	}
	if action, ok := objects[2].(*v1beta1.StepAction); !ok || action.APIVersion != "tekton.dev/v1beta1" {
		t.Errorf("step action is %+v", objects[2])
	}
}

func TestAdmitTakesFlagsFromTheDocuments(t *testing.T) {
	t.Parallel()
	const pipeline = "apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {name: p}\nspec: {tasks: [{name: a, pipelineRef: {name: q}}]}\n"
	flags := func(level string) string {
		return "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: feature-flags}\ndata: {enable-api-fields: " + level + "}\n"
	}
	for name, tc := range map[string]struct {
		text string
		want []string
	}{
		"compiled in": {pipeline, []string{
			`4:26 error feature-flag spec.tasks[0].pipelineRef: pipelineRef requires "enable-api-fields" feature gate to be "alpha" but it is "beta"`,
		}},
		"alpha": {pipeline + flags("alpha"), nil},
		"wrong": {flags("gamma"), []string{`5:1 error invalid-config data: invalid value for feature flag "enable-api-fields": "gamma"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, problems := manifest.Admit(context.Background(), read(t, tc.text))
			if diff := cmp.Diff(tc.want, told(problems)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"b.yaml": "{apiVersion: v1, kind: Secret, metadata: {name: b}}", "a/c.yml": "{apiVersion: v1, kind: Secret, metadata: {name: c}}",
		"d.json": `{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "d"}}`, "e.txt": "]", ".git/f.yaml": "]",
		"values.yaml": "replicas: 1", "list.yaml": "- a",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	docs, err := manifest.ReadFiles([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range docs {
		got = append(got, d.Name())
	}
	if diff := cmp.Diff([]string{"Secret/c", "Secret/b", "Secret/d"}, got); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
	if _, err := manifest.ReadFiles([]string{filepath.Join(dir, "none")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want that there is no such file", err)
	}
}
