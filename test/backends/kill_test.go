//go:build e2e

package backends

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenon-ci/tenon/test/tenon"
)

// TestKilledProgramsLeaveNothing kills the program at several moments, and looks for processes, mounts and folders after "tenon clean".
func TestKilledProgramsLeaveNothing(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("it looks at the processes and mounts of all users")
	}
	for _, b := range backends {
		if b.env != nil {
			continue // the service of Podman would have to be shared with the other test
		}
		t.Run(b.name, func(t *testing.T) {
			dir := home(t, backend{name: "killed " + b.name})
			call := tenon.Call{Home: dir}
			if b.as != nil {
				call.As = b.as(t)
				give(t, dir, call.As)
			}
			for i, after := range []time.Duration{20, 80, 150, 300, 600, 1500} {
				killed(t, call, b.args, after*time.Millisecond, 7000000+os.Getpid()*10+i)
			}
		})
	}
}

// killed runs two tasks that sleep for a time that nobody else does, and kills the program.
func killed(t *testing.T, call tenon.Call, args []string, after time.Duration, seconds int) {
	t.Helper()
	call.Args = slices.Concat([]string{"run", "--mirror=" + mirror}, args, []string{"-"})
	call.Stdin = fmt.Sprintf(`
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: sleepy}
spec:
  pipelineSpec:
    workspaces: [{name: w}]
    tasks:
    - {name: a, workspaces: [{name: w}], taskSpec: {workspaces: [{name: w}], steps: [{name: s, image: busybox, command: [sleep, "%[1]d"]}]}}
    - {name: b, taskSpec: {steps: [{name: s, image: busybox, script: "sleep %[1]d"}], sidecars: [{name: c, image: busybox, command: [sleep, "%[1]d"]}]}}
  workspaces:
  - name: w
    volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}}
`, seconds)
	command := call.Command(context.Background(), t)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait() // it was killed
	clean := call
	clean.Args, clean.Stdin = []string{"clean"}, ""
	// The kernel kills what is in the program's namespaces in its own time.
	var left []string
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if outcome := tenon.Run(t, clean); outcome.Code != tenon.Succeeded {
			t.Errorf("killed after %s: tenon clean ended with %d\n%s", after, outcome.Code, outcome.Stderr)
		}
		if left = leftovers(t, call.Home, fmt.Sprint(seconds)); len(left) == 0 {
			return
		}
	}
	t.Errorf("killed after %s: there are still\n%s", after, strings.Join(left, "\n"))
}

func leftovers(t *testing.T, dir, word string) []string {
	t.Helper()
	var left []string
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range lines {
		// A process may have gone since.
		if text, err := os.ReadFile(file); err == nil && strings.Contains(string(text), word) {
			left = append(left, "process "+file+": "+strings.ReplaceAll(string(text), "\x00", " "))
		}
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mounts)) {
		if strings.Contains(line, dir) {
			left = append(left, "mount "+line)
		}
	}
	runs, err := filepath.Glob(filepath.Join(dir, "state", "tenon", "runs", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return append(left, runs...)
}
