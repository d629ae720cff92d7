//go:build unix

package main

import (
	"os"
	"path"
	"path/filepath"
	"testing"

	"github.com/tenon-ci/tenon/pkg/entrypoint"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
	"github.com/tenon-ci/tenon/pkg/termination"
)

// TestGuards runs steps that have nothing to execute but a guard.
func TestGuards(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		expression string
		code       int
		reason     termination.Reason
	}{
		"true":        {`"a" in ["a", "b"]`, 0, ""},
		"false":       {`"a" == "b"`, 0, termination.Skipped},
		"no boolean":  {`"a"`, 1, ""},
		"no CEL":      {`"a" ==`, 1, ""},
		"has results": {`"$(steps.a.results.r)" == "x"`, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runner := newRunner()
			runner.Layout.Root = t.TempDir()
			write(t, runner.Layout.Path(protocol.PreparedFile), "")
			write(t, runner.Layout.Path(path.Join(protocol.StepStatusDir(0), "results", "r")), "x")
			write(t, runner.Layout.Path(protocol.StepDir("other")), "")
			if err := os.Symlink(runner.Layout.Path(protocol.StepStatusDir(0)), runner.Layout.Path(protocol.StepDir("step-a"))); err != nil {
				t.Fatal(err)
			}
			config, err := protocol.EncodeStep(protocol.Step{Container: "step-b", When: []protocol.When{{CEL: tc.expression}}})
			if err != nil {
				t.Fatal(err)
			}
			if code := runner.Main([]string{protocol.CommandStep, config, "--"}); code != tc.code {
				t.Errorf("exit code %d, want %d", code, tc.code)
			}
			if got := reason(t, runner.Layout); got != tc.reason {
				t.Errorf("reason %q, want %q", got, tc.reason)
			}
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func reason(t *testing.T, layout entrypoint.Layout) termination.Reason {
	t.Helper()
	message, err := os.ReadFile(layout.Path(protocol.TerminationFile))
	if err != nil {
		t.Fatal(err)
	}
	entries, err := termination.Decode(string(message))
	if err != nil {
		t.Fatal(err)
	}
	_, book, err := termination.Split(entries)
	if err != nil {
		t.Fatal(err)
	}
	return book.Reason
}
