package lintcmd_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/pkg/cli/lintcmd"
)

const (
	good   = "{apiVersion: tekton.dev/v1, kind: Task, metadata: {name: a}, spec: {steps: [{image: 'i:1'}]}}"
	warned = "{apiVersion: tekton.dev/v1, kind: Task, metadata: {name: a}, spec: {steps: [{image: i}]}}"
	bad    = "{apiVersion: tekton.dev/v1, kind: Task, metadata: {name: a}, spec: {steps: [{}]}}"
	alpha  = "{apiVersion: tekton.dev/v1, kind: Pipeline, metadata: {name: a}, spec: {tasks: [{name: b, pipelineRef: {name: c}}]}}"
)

func TestCommand(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		input string
		args  []string
		code  int
		// out and err are parts of what is written and of the error.
		out, err string
	}{
		"clean":            {good, []string{"-"}, 0, "0 errors and 0 warnings in 1 file\n", ""},
		"warning":          {warned, []string{"-"}, 0, "-:1:78: warning:", ""},
		"strict":           {warned, []string{"--strict", "-"}, 1, "0 errors and 1 warning in 1 file", "exit code 1"},
		"disabled":         {warned, []string{"--strict", "--disable", "latest-image,unused-param", "-"}, 0, "0 errors and 0 warnings", ""},
		"error":            {bad, []string{"-"}, 1, "missing field(s): spec.steps[0].Image", "exit code 1"},
		"pinned":           {good, []string{"--pinned", "-"}, 0, "[unpinned-image]", ""},
		"flag":             {alpha, []string{"--feature", "enable-api-fields=alpha", "-"}, 0, "0 errors", ""},
		"without the flag": {alpha, []string{"-"}, 1, "[feature-flag]", "exit code 1"},
		"complete":         {alpha, []string{"--complete", "--feature", "enable-api-fields=alpha", "-"}, 1, "[missing-reference]", "exit code 1"},
		"JSON":             {good, []string{"-o", "json", "-"}, 0, "\"problems\": []", ""},
		"SARIF":            {bad, []string{"-o", "sarif", "-"}, 1, "\"version\": \"2.1.0\"", "exit code 1"},
		"colours":          {bad, []string{"--color", "always", "-"}, 1, "\x1b[1;31merror\x1b[0m", "exit code 1"},
		"terminal":         {bad, []string{"-"}, 1, "\x1b[1;31merror\x1b[0m", "exit code 1"},
		"rules":            {"", []string{"--rules"}, 0, "script-injection     warning  ", ""},
		"no YAML":          {"a: [", []string{"-"}, 2, "", "-:1:1: did not find expected node content"},
		"no file":          {"", []string{filepath.Join("no", "such")}, 2, "", "no such file or directory"},
		"nothing":          {"", nil, 2, "", "name the files or folders to check, or - for standard input"},
		"output":           {"", []string{"-o", "xml", "-"}, 2, "", `--output is "xml": choose text, json or sarif`},
		"colour":           {"", []string{"--color", "red", "-"}, 2, "", `--color is "red"`},
		"unknown rule":     {"", []string{"--disable", "x", "-"}, 2, "", `--disable: there is no rule "x"; --rules lists them`},
		"feature":          {"", []string{"--feature", "x", "-"}, 2, "", `--feature is "x": write NAME=VALUE`},
		"feature value":    {"", []string{"--feature", "enable-api-fields=x", "-"}, 2, "", "--feature: "},
		"unknown option":   {"", []string{"--x"}, 2, "", "unknown flag: --x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			cmd := lintcmd.New(lintcmd.Options{Version: "v1", Terminal: name == "terminal"})
			cmd.SetArgs(append([]string{}, tc.args...))
			cmd.SetIn(strings.NewReader(tc.input))
			cmd.SetOut(&out)
			cmd.SetErr(&out)
			err := cmd.ExecuteContext(t.Context())
			code, text := 0, ""
			var exit *lintcmd.ExitError
			if errors.As(err, &exit) {
				code, text = exit.ExitCode(), err.Error()
			} else if err != nil {
				t.Fatalf("error %v has no exit code", err)
			}
			if code != tc.code || !strings.Contains(text, tc.err) || !strings.Contains(out.String(), tc.out) {
				t.Errorf("code %d, error %q, output:\n%s", code, text, out.String())
			}
		})
	}
}

func TestFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"a.yaml": good, "b.yaml": warned} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	cmd := lintcmd.New(lintcmd.Options{})
	cmd.SetArgs([]string{dir})
	cmd.SetOut(&out)
	if err := cmd.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := strings.ReplaceAll(out.String(), dir, "DIR")
	want := "DIR/b.yaml:1:52: warning: there is another object of this kind and name at DIR/a.yaml:1: metadata.name [duplicate-object]\n" +
		"DIR/b.yaml:1:78: warning: image \"i\" can be another one tomorrow: name a version: spec.steps[0].image [latest-image]\n" +
		"0 errors and 2 warnings in 2 files\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}
