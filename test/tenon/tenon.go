// Package tenon lets tests use the command line as people do: as a program, with files, and by its output.
package tenon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

// Patience is how long one call may take by default.
const Patience = 3 * time.Minute

// Exit codes of the program.
const (
	Succeeded = 0
	Failed    = 1
	Unusable  = 2
	Cancelled = 130
)

var build = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("TENON_PROGRAM"); path != "" {
		return path, nil
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		return "", err
	}
	if out, err := exec.Command(filepath.Join(root, "hack", "tenon.sh")).CombinedOutput(); err != nil {
		return "", fmt.Errorf("building tenon: %w\n%s", err, out)
	}
	return filepath.Join(root, "bin", "tenon"), nil
})

// Program builds the program, once, and returns its path. TENON_PROGRAM names one that is there already.
func Program(t testing.TB) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Call is one call of the program.
type Call struct {
	Args []string
	// Stdin is its input.
	Stdin string
	// Home is the folder in which the program keeps state and caches, but not claims; a folder of the test's own if it is empty.
	Home string
	// Env has more variables, NAME=value.
	Env []string
	// As is the user that the program runs as; root if it is nil.
	As *syscall.Credential
	// Patience is how long it may take; 0 means the package's.
	Patience time.Duration
}

// Outcome is what came of a call.
type Outcome struct {
	Code           int
	Stdout, Stderr string
}

// Command returns a command that has not been started, with the environment of the call.
func (c Call) Command(ctx context.Context, t testing.TB) *exec.Cmd {
	t.Helper()
	home := c.Home
	if home == "" {
		home = t.TempDir()
	}
	// What is in claims would be there in the next run.
	if err := os.MkdirAll(home, 0o755); err != nil { //nolint:gosec // another user may have to reach it
		t.Fatal(err)
	}
	data, err := os.MkdirTemp(home, "data-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(data) })
	if c.As != nil {
		if err := os.Chown(data, int(c.As.Uid), int(c.As.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.CommandContext(ctx, Program(t), c.Args...)
	command.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "LANG=C.UTF-8",
		"XDG_STATE_HOME=" + filepath.Join(home, "state"), "XDG_DATA_HOME=" + data, "XDG_CACHE_HOME=" + filepath.Join(home, "cache"),
		"XDG_RUNTIME_DIR=" + filepath.Join(home, "run"),
	}, c.Env...)
	if c.As != nil {
		command.SysProcAttr = &syscall.SysProcAttr{Credential: c.As}
	}
	command.Stdin = bytes.NewReader([]byte(c.Stdin))
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 20 * time.Second
	return command
}

// Run calls the program and waits for its end.
func Run(t testing.TB, c Call) Outcome {
	t.Helper()
	if c.Patience == 0 {
		c.Patience = Patience
	}
	ctx, cancel := context.WithTimeout(t.Context(), c.Patience)
	defer cancel()
	command := c.Command(ctx, t)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		t.Fatalf("tenon %v: %v (%v)\n%s", c.Args, err, context.Cause(ctx), stderr.Bytes())
	}
	return Outcome{Code: command.ProcessState.ExitCode(), Stdout: stdout.String(), Stderr: stderr.String()}
}

// Objects reads what "-o json" has printed: one object, or a List.
func (o Outcome) Objects(t testing.TB) []unstructured.Unstructured {
	t.Helper()
	var object unstructured.Unstructured
	if err := json.Unmarshal([]byte(o.Stdout), &object.Object); err != nil {
		t.Fatalf("reading the printed objects: %v\n%s\n%s", err, o.Stdout, o.Stderr)
	}
	if !object.IsList() {
		return []unstructured.Unstructured{object}
	}
	list, err := object.ToList()
	if err != nil {
		t.Fatalf("reading the printed list: %v", err)
	}
	return list.Items
}

// ConfigFile writes a ConfigMap of Tenon into a file and returns its path, for "--config".
func ConfigFile(t testing.TB, name string, data map[string]string) string {
	t.Helper()
	text, err := yaml.Marshal(map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name}, "data": data})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name+".yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
