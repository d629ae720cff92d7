package manifest_test

import (
	"strings"
	"testing"

	"github.com/tenon-ci/tenon/pkg/manifest"
)

// FuzzRead expects an error or objects with places in the file, whatever the text.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		"kind: Task\napiVersion: tekton.dev/v1\nspec: {steps: [{image: i, script: |\n a}]}", "a: &a [*a]", "kind: List\nitems: [{kind: X}]", "? a\n: b",
		"{\"kind\": \"Secret\", \"apiVersion\": \"v1\", \"data\": {\"a\": \"b\"}}", "<<: {kind: Task}\n<<: [*a]", "--- !!binary a\n---\n- b", "kind: !!int x", "\xff", "{",
		"apiVersion: tekton.dev/v1beta1\nkind: PipelineRun\nspec: {timeout: 1x, params: {a: b}}", "1: 2\ntrue: 3\n1.5: .inf",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		docs, err := manifest.Read("f", strings.NewReader(text))
		if err != nil {
			return
		}
		lines := strings.Count(text, "\n") + 1
		for _, d := range docs {
			if d.Object == nil || d.Line < 1 || d.Line > lines+1 {
				t.Errorf("document %+v in %d lines", d, lines)
			}
			d.Texts("", func(v manifest.Text) {
				if line, column := d.Position(v.Field); line < 1 || column < 1 || line > lines+1 {
					t.Errorf("%q is at %d:%d of %d lines", v.Field, line, column, lines)
				}
			})
		}
		manifest.Admit(t.Context(), docs)
	})
}

// FuzzPosition expects a place within the object, whatever the field.
func FuzzPosition(f *testing.F) {
	docs, err := manifest.Read("f", strings.NewReader(`apiVersion: tekton.dev/v1
kind: Task
metadata: {name: a, annotations: {a.b/c: d}}
spec:
  params: [{name: x, default: [a, b]}]
  steps:
  - &a {image: i, env: [{name: E, value: v}]}
  - {<<: *a, script: "x\ny"}
`))
	if err != nil {
		f.Fatal(err)
	}
	for _, field := range []string{"", "spec.steps[1].env[E].value", "metadata.annotations[a.b/c]", "[[]].x", "spec.params[name=x]", "key[0].x", "spec.steps[99999999999999999999]", "...", "]"} {
		f.Add(field, "x")
	}
	f.Fuzz(func(t *testing.T, field, part string) {
		line, column := docs[0].Position(field)
		if line < 1 || line > 8 || column < 1 {
			t.Errorf("%q is at %d:%d", field, line, column)
		}
		if line, column := docs[0].Find(field, part); line < 1 || line > 9 || column < 1 {
			t.Errorf("%q in %q is at %d:%d", part, field, line, column)
		}
		docs[0].Has(field)
		docs[0].Text(line)
	})
}
