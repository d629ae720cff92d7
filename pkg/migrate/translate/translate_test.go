package translate_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/pkg/lint"
	"github.com/tenon-ci/tenon/pkg/manifest"
	"github.com/tenon-ci/tenon/pkg/migrate/translate"
)

var update = flag.Bool("update", false, "write the golden files anew")

func sourcesOf(t *testing.T, dir string) []translate.Source {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files in %s: %v", dir, err)
	}
	var sources []translate.Source
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, translate.Source{Name: filepath.Base(path), Text: text})
	}
	return sources
}

func cases(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		if entry.Name() != "fuzz" {
			names = append(names, entry.Name())
		}
	}
	return names
}

// TestGolden translates the files of each folder, and compares texts and notes with those in its folder golden.
func TestGolden(t *testing.T) {
	t.Parallel()
	for _, name := range cases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			outputs, err := translate.Translate(sourcesOf(t, filepath.Join("testdata", name)), translate.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var notes strings.Builder
			for _, out := range outputs {
				compare(t, filepath.Join("testdata", name, "golden", out.Name), string(out.Text))
				for _, n := range out.Notes {
					fmt.Fprintf(&notes, "%s:%d: %s: %s\n", n.File, n.Line, n.Object, n.Message)
				}
			}
			compare(t, filepath.Join("testdata", name, "golden", "notes.txt"), notes.String())
		})
	}
}

func compare(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// TestOutputIsAdmitted expects that the webhook would accept all that comes out.
func TestOutputIsAdmitted(t *testing.T) {
	t.Parallel()
	for _, name := range cases(t) {
		for _, out := range translated(t, name) {
			docs, err := manifest.Read(out.Name, strings.NewReader(string(out.Text)))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, p := range lint.Lint(t.Context(), docs, lint.Options{}) {
				if p.Severity == manifest.Error || p.Rule == manifest.RuleUnknownField {
					t.Errorf("%s/%s:%d: %s: %s: %s [%s]", name, p.File, p.Line, p.Object, p.Field, p.Message, p.Rule)
				}
			}
		}
	}
}

func translated(t *testing.T, name string) []translate.Output {
	t.Helper()
	outputs, err := translate.Translate(sourcesOf(t, filepath.Join("testdata", name)), translate.Options{})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return outputs
}

// TestTwice expects a second translation to change nothing.
func TestTwice(t *testing.T) {
	t.Parallel()
	for _, name := range cases(t) {
		var sources []translate.Source
		for _, out := range translated(t, name) {
			sources = append(sources, translate.Source{Name: out.Name, Text: out.Text})
		}
		again, err := translate.Translate(sources, translate.Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i, out := range again {
			if out.Changed || len(out.Notes) > 0 {
				t.Errorf("%s/%s changes again, notes %v:\n%s", name, out.Name, out.Notes, cmp.Diff(string(sources[i].Text), string(out.Text)))
			}
		}
	}
}

// TestUntouched expects what needs no translation to keep its text.
func TestUntouched(t *testing.T) {
	t.Parallel()
	sources := sourcesOf(t, filepath.Join("testdata", "untouched"))
	for i, out := range translated(t, "untouched") {
		if out.Changed || string(out.Text) != string(sources[i].Text) {
			t.Errorf("%s is changed:\n%s", out.Name, cmp.Diff(string(sources[i].Text), string(out.Text)))
		}
	}
}

// TestErrors expects errors to say where.
func TestErrors(t *testing.T) {
	t.Parallel()
	bomb := "a: &a [x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c <= 'h'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c, ", c-1), 9), ", "))
	}
	for name, test := range map[string]struct{ file, text, want string }{
		"no YAML":       {"a.yaml", "a: b\n---\nx: 1\ny: [\n", "a.yaml:4:1: did not find expected node content"},
		"JSON":          {"a.json", `{"apiVersion": "tekton.dev/v1beta1", "kind": "Task", "spec": {"steps": []}}`, "a.json:1:1: there is no room for comments in JSON"},
		"JSON in YAML":  {"a.yaml", `{"apiVersion": "tekton.dev/v1beta1", "kind": "Task", "spec": {"steps": []}}`, "a.yaml:1:1: there is no room"},
		"aliases":       {"a.yaml", "---\napiVersion: tekton.dev/v1\n" + bomb, "a.yaml:2:1: the document is too large or too deep"},
		"endless alias": {"a.yaml", "apiVersion: tekton.dev/v1\nx: &x [*x]\n", "a.yaml:1:1: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := translate.Translate([]translate.Source{{Name: test.file, Text: []byte(test.text)}}, translate.Options{})
			var parse *manifest.ParseError
			if !errors.As(err, &parse) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error = %v, want a *ParseError with %q", err, test.want)
			}
		})
	}
}

// FuzzTranslate expects that any text is translated or refused, that the result can be read, and that it needs no second translation.
func FuzzTranslate(f *testing.F) {
	paths, err := filepath.Glob(filepath.Join("testdata", "*", "*.yaml"))
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		out, err := translate.Translate([]translate.Source{{Name: "f.yaml", Text: text}}, translate.Options{})
		if err != nil || !out[0].Changed {
			return
		}
		if _, err := translate.Translate([]translate.Source{{Name: "f.yaml", Text: out[0].Text}}, translate.Options{}); err != nil {
			t.Errorf("the result cannot be read: %v\n%s", err, out[0].Text)
		}
	})
}
