//go:build unix

package entrypoint

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
)

func TestSidecar(t *testing.T) {
	t.Parallel()
	type end struct {
		Code   int
		Stdout string
		Stderr string
	}
	script := path.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("#!/no/such/sh\n"), 0o755); err != nil { //nolint:gosec // it is to be executed
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		stopped bool
		args    []string
		want    end
	}{
		"becomes the script":             {false, []string{os.Args[0], "a", "b"}, end{Stdout: "a|b\n", Stderr: "\n"}},
		"lacks the interpreter":          {false, []string{script}, end{127, "", "starting the sidecar's script: " + script + ": no such file or directory (its interpreter /no/such/sh is not in this image)\n"}},
		"has nothing to run":             {false, nil, end{127, "", "starting the sidecar's script: the command line is empty\n"}},
		"is stopped":                     {true, []string{script}, end{}},
		"is stopped, could run a script": {true, []string{os.Args[0], "a"}, end{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &pod{t: t, root: t.TempDir()}
			if tc.stopped {
				p.write(protocol.NopProgram, "")
			}
			runner := exec.CommandContext(t.Context(), os.Args[0], append([]string{protocol.CommandSidecar}, tc.args...)...)
			runner.Env = []string{childVar + "=runner", "NEXT=print", "ROOT=" + p.root}
			var out, log bytes.Buffer
			runner.Stdout, runner.Stderr = &out, &log
			err := runner.Run()
			if ended := (*exec.ExitError)(nil); err != nil && !errors.As(err, &ended) {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, end{runner.ProcessState.ExitCode(), out.String(), log.String()}); diff != "" {
				t.Errorf("end (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPrepareCopiesTheRunnerForSidecars(t *testing.T) {
	t.Parallel()
	p, err := prepared(t, protocol.Init{SidecarRunner: true})
	if err != nil {
		t.Fatal(err)
	}
	if p.read(protocol.SidecarRunner) != p.read(protocol.Runner) || p.mode(protocol.SidecarRunner) != 0o755 {
		t.Errorf("the sidecars' copy differs, or has mode %v", p.mode(protocol.SidecarRunner))
	}
	p, err = prepared(t, protocol.Init{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(p.path(protocol.SidecarRunner)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without sidecars: %v", err)
	}
}
