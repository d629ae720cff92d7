package lint_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/tenon-ci/tenon/pkg/lint"
	"github.com/tenon-ci/tenon/pkg/manifest"
)

// found lints texts and returns line: rule of each problem.
func found(t *testing.T, o lint.Options, text string) []string {
	t.Helper()
	docs, err := manifest.Read("f.yaml", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, p := range lint.Lint(t.Context(), docs, o) {
		lines = append(lines, fmt.Sprintf("%d:%d %s", p.Line, p.Column, p.Rule))
	}
	return lines
}

const head = "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: a}\nspec:\n"

func TestTaskRules(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text string
		want []string
	}{
		"clean": {head + "  params: [{name: a}]\n  steps: [{image: i:1, env: [{name: A, value: $(params.a)}], script: 'echo $A'}]", nil},
		"shell with -c": {
			head + "  params: [{name: a}]\n  steps:\n  - image: i:1\n    command: [/bin/sh, -ec]\n    args: ['x $(params.a)']\n  - image: i:1\n    command: [make]\n    args: [-c, $(params.a)]",
			[]string{"9:15 script-injection"},
		},
		"command of the image": {
			head + "  params: [{name: a}]\n  steps:\n  - image: i:1\n    args: [-c, $(params.a)]", []string{"8:16 script-injection"},
		},
		"each variable once": {
			head + "  params: [{name: a}, {name: b}]\n  steps:\n  - image: i:1\n    script: |\n      $(params.a) $(params.a)\n      $(params.b) $(results.r.path) $(context.taskRun.name)\n  results: [{name: r}]",
			[]string{"9:7 script-injection", "10:7 script-injection"},
		},
		"enum": {
			head + "  params: [{name: a, enum: [x]}]\n  steps: [{image: i:1, script: $(params.a)}]", []string{"5:12 feature-flag"},
		},
		"names with dots": {
			head + "  params: [{name: a.b}, {name: o, properties: {k: {}}}]\n  steps: [{image: i:1, args: [\"$(params['a.b'])\", $(params.o.k)]}]", nil,
		},
		"paths count": {
			head + "  workspaces: [{name: w}, {name: x, mountPath: /x}]\n  results: [{name: r}]\n  steps: [{image: i:1, script: 'cat /workspace/w >/tekton/results/r'}]", nil,
		},
		"isolated workspaces": {
			head + "  workspaces: [{name: w}]\n  steps: [{image: i:1, workspaces: [{name: w}]}]", nil,
		},
		"digest and variable": {
			head + "  params: [{name: a}]\n  steps: [{image: i@sha256:" + strings.Repeat("a", 64) + "}, {image: $(params.a)}, {image: 'r:5000/i'}]",
			[]string{"6:118 latest-image"},
		},
		"quoted values": {
			head + "  params: [{name: a, default: '1.10'}, {name: b, default: 1}, {name: c, default: 010}]\n  steps: [{image: i:1, args: [$(params.a), $(params.b), $(params.c)]}]",
			[]string{"5:73 ambiguous-value"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, found(t, lint.Options{}, tc.text)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

const parts = `apiVersion: tekton.dev/v1
kind: Task
metadata: {name: t}
spec:
  params: [{name: a}, {name: l, type: array, default: []}]
  workspaces: [{name: w, optional: true}]
  results: [{name: r}]
  steps: [{image: i:1, workingDir: $(workspaces.w.path), args: [$(params.a), "$(params.l[*])", $(results.r.path)]}]
---
`

func TestReferenceRules(t *testing.T) {
	t.Parallel()
	const run = parts + "apiVersion: tekton.dev/v1\nkind: TaskRun\nmetadata: {name: r}\nspec:\n"
	const pipeline = parts + "apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {name: p}\nspec:\n"
	for name, tc := range map[string]struct {
		text string
		want []string
	}{
		"fits":          {run + "  taskRef: {name: t}\n  params: [{name: a, value: x}]", nil},
		"missing param": {run + "  taskRef: {name: t}", []string{"13:1 missing-param"}},
		"no default needed": {
			pipeline + "  params: [{name: x, type: array}]\n  tasks: [{name: b, taskRef: {name: t}, params: [{name: a, value: v}, {name: l, value: \"$(params.x[*])\"}]}]", nil,
		},
		"matrix": {pipeline + "  tasks: [{name: b, taskRef: {name: t}, matrix: {params: [{name: a, value: [x, z]}]}}]", nil},
		"unknown task": {
			pipeline + "  tasks: [{name: b, taskRef: {name: elsewhere}}, {name: c, taskRef: {name: d, apiVersion: x/v1, kind: X}}]", []string{"14:31 missing-reference"},
		},
		"other namespace": {
			strings.Replace(run, "metadata: {name: r}", "metadata: {name: r, namespace: other}", 1) + "  taskRef: {name: t}", []string{"14:13 missing-reference"},
		},
		"bindings": {
			run + "  taskRef: {name: t}\n  params: [{name: a, value: x}]\n  workspaces:\n  - {name: w, secret: {secretName: s}}\n  - {name: v, configMap: {name: c, optional: true}}",
			[]string{"17:24 missing-reference", "18:5 unknown-workspace"},
		},
		"results": {
			pipeline + "  tasks:\n  - {name: b, taskRef: {name: t}, params: [{name: a, value: x}]}\n  - name: c\n    taskRef: {name: t}\n    params: [{name: a, value: '$(tasks.b.results.r)$(tasks.b.results.s)'}]\n    runAfter: [b]",
			[]string{"18:52 missing-result", "19:16 redundant-run-after"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, found(t, lint.Options{Complete: true}, tc.text)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestIgnored(t *testing.T) {
	t.Parallel()
	const steps = "  steps:\n  - image: one\n  - image: two # tenon-lint: ignore unused-param,latest-image\n  # tenon-lint: ignore latest-image\n  - image: three\n  - image: four\n"
	if diff := cmp.Diff([]string{"6:5 latest-image", "10:5 latest-image"}, found(t, lint.Options{}, head+steps)); diff != "" {
		t.Errorf("comments: problems (-want +got):\n%s", diff)
	}
	text := strings.Replace(head, "{name: a}", `{name: a, annotations: {tenon.dev/lint-ignore: "x, latest-image"}}`, 1) + steps
	if diff := cmp.Diff([]string(nil), found(t, lint.Options{}, text)); diff != "" {
		t.Errorf("annotation: problems (-want +got):\n%s", diff)
	}
}

func TestReports(t *testing.T) {
	t.Parallel()
	docs, err := manifest.Read("a b/f.yaml", strings.NewReader(head+"  steps: [{image: i, script: a, command: [b]}]"))
	if err != nil {
		t.Fatal(err)
	}
	problems := lint.Lint(t.Context(), docs, lint.Options{})
	for name, tc := range map[string]struct {
		colours bool
		want    string
	}{
		"plain": {false, "a b/f.yaml:5:12: warning: image \"i\" can be another one tomorrow: name a version: spec.steps[0].image [latest-image]\n" +
			"a b/f.yaml:5:22: error: script cannot be used with command: spec.steps[0].script [invalid]\n1 error and 1 warning in 1 file\n"},
		"colours": {true, "a b/f.yaml:5:12: \x1b[33mwarning\x1b[0m: image \"i\" can be another one tomorrow: name a version: spec.steps[0].image \x1b[2m[latest-image]\x1b[0m\n" +
			"a b/f.yaml:5:22: \x1b[1;31merror\x1b[0m: script cannot be used with command: spec.steps[0].script \x1b[2m[invalid]\x1b[0m\n1 error and 1 warning in 1 file\n"},
	} {
		var out bytes.Buffer
		if err := lint.WriteText(&out, problems, 1, tc.colours); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tc.want, out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	var out bytes.Buffer
	if err := lint.WriteJSON(&out, problems); err != nil {
		t.Fatal(err)
	}
	var report struct {
		Problems         []map[string]any
		Errors, Warnings int
	}
	if err := json.Unmarshal(out.Bytes(), &report); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"file": "a b/f.yaml", "line": 5.0, "column": 22.0, "severity": "error", "rule": "invalid", "object": "Task/a",
		"field": "spec.steps[0].script", "message": "script cannot be used with command",
	}
	if diff := cmp.Diff(want, report.Problems[1]); diff != "" || report.Errors != 1 || report.Warnings != 1 {
		t.Errorf("JSON: %d errors, %d warnings (-want +got):\n%s", report.Errors, report.Warnings, diff)
	}
}

func TestSARIF(t *testing.T) {
	t.Parallel()
	docs, err := manifest.Read("a b/f.yaml", strings.NewReader(head+"  steps: [{image: i, script: a, command: [b]}]"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := lint.WriteSARIF(&out, lint.Lint(t.Context(), docs, lint.Options{}), "v1.2.3"); err != nil {
		t.Fatal(err)
	}
	report, err := sarif.FromBytes(out.Bytes(), sarif.WithStrictValidation())
	if err != nil {
		t.Fatalf("the report does not have the form of the standard: %v", err)
	}
	run := report.Runs[0]
	if len(run.Results) != 2 || len(run.Tool.Driver.Rules) != len(lint.Rules()) || report.Version != "2.1.0" {
		t.Fatalf("%d results, %d rules, version %s", len(run.Results), len(run.Tool.Driver.Rules), report.Version)
	}
	r := run.Results[1]
	place := r.Locations[0].PhysicalLocation
	if *r.RuleID != "invalid" || r.Level != "error" || *place.Region.StartLine != 5 || *place.ArtifactLocation.URI != "a%20b/f.yaml" ||
		*run.Tool.Driver.Rules[r.RuleIndex].ID != "invalid" {
		t.Errorf("result is %s", out.String())
	}
}

// FuzzLint expects no panic, and places within the file, whatever the file.
func FuzzLint(f *testing.F) {
	for _, text := range []string{head + "  steps: [{image: i}]", parts, "kind: List\nitems: [{}]", "{\"kind\":\"Task\",\"apiVersion\":\"tekton.dev/v1beta1\",\"spec\":{\"steps\":[{}]}}", "a: &a\n  <<: *a"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		docs, err := manifest.Read("f", strings.NewReader(text))
		if err != nil {
			return
		}
		lines := strings.Count(text, "\n") + 1
		for _, p := range lint.Lint(t.Context(), docs, lint.Options{Complete: true, Pinned: true}) {
			if p.Line < 1 || p.Line > lines+1 || p.Column < 1 || p.Rule == "" || p.Message == "" {
				t.Errorf("problem %+v in a file of %d lines", p, lines)
			}
		}
	})
}
