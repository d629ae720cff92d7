//go:build unix

package process_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tenon-ci/tenon/pkg/entrypoint/process"
)

// childVar selects what this binary does when a test starts it as a child.
const childVar = "PROCESS_TEST_CHILD"

func TestMain(m *testing.M) {
	if mode := os.Getenv(childVar); mode != "" {
		os.Exit(child(mode, os.Args[1:]))
	}
	os.Exit(m.Run())
}

func child(mode string, args []string) int {
	switch mode {
	case "exit":
		code, _ := strconv.Atoi(args[0])
		return code
	case "env":
		fmt.Println(os.Getenv(args[0]))
	case "stdin":
		n, err := os.Stdin.Read(make([]byte, 1))
		fmt.Println(n, err)
	case "suicide":
		_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
		hang()
	case "hang":
		fmt.Println("ready")
		hang()
	case "echo signal":
		signals := make(chan os.Signal, 1)
		signal.Notify(signals)
		fmt.Println("ready")
		for s := range signals {
			if s != syscall.SIGURG {
				fmt.Println(s)
				return 0
			}
		}
	case "group":
		// A child of the child in the same group, which the end of the pipe tells about.
		grand := exec.Command(os.Args[0])
		grand.Env = []string{childVar + "=hang"}
		grand.Stdout = os.Stdout
		_ = grand.Start()
		hang()
	case "network":
		links, _ := os.ReadDir("/sys/class/net")
		text, _ := os.ReadFile("/proc/self/net/dev")
		fmt.Println(os.Getpid(), os.Getuid(), len(links), strings.Count(string(text), ":"))
	case "reaper":
		return reaper()
	case "orphan":
		// Ends at once and leaves a child, which ends when its input does.
		grand := exec.Command(os.Args[0])
		grand.Env = []string{childVar + "=read"}
		gate, _ := strconv.Atoi(args[0])
		grand.ExtraFiles = []*os.File{os.NewFile(uintptr(gate), "gate")}
		_ = grand.Start()
		fmt.Println(grand.Process.Pid)
	case "read":
		_, _ = os.NewFile(3, "gate").Read(make([]byte, 1))
	}
	return 0
}

// hang waits until nobody reads this process's output any more.
func hang() {
	_, _ = unix.Poll([]unix.PollFd{{Fd: 1}}, -1)
}

func self(mode string, args ...string) process.Spec {
	return process.Spec{
		Argv:   append([]string{os.Args[0]}, args...),
		Env:    []string{childVar + "=" + mode},
		Stdout: os.Stdout,
		Stderr: os.Stderr,
	}
}

func start(t *testing.T, s process.Spec) *process.Child {
	t.Helper()
	c, err := process.Start(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Kill() })
	return c
}

// output starts s and returns its lines.
func output(t *testing.T, s process.Spec) (*process.Child, *bufio.Reader) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	s.Stdout = w
	c := start(t, s)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return c, bufio.NewReader(r)
}

func line(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	text, err := r.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(text)
}

func TestExit(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		spec process.Spec
		want process.Exit
	}{
		"success": {self("exit", "0"), process.Exit{}},
		"code":    {self("exit", "42"), process.Exit{Code: 42}},
		"signal":  {self("suicide"), process.Exit{Code: -1, Signaled: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, tc.spec)
			<-c.Done()
			if got := c.Exit(); got != tc.want {
				t.Errorf("exit %+v, want %+v", got, tc.want)
			}
			if err := c.Signal(syscall.SIGTERM); err != nil {
				t.Errorf("signal after the end: %v", err)
			}
		})
	}
}

func TestStandardInputIsEmpty(t *testing.T) {
	t.Parallel()
	_, out := output(t, self("stdin"))
	if got := line(t, out); got != "0 EOF" {
		t.Errorf("read %q", got)
	}
}

func TestSignalsReachTheGroup(t *testing.T) {
	t.Parallel()
	c, out := output(t, self("group"))
	if got := line(t, out); got != "ready" {
		t.Fatalf("line %q", got)
	}
	if err := c.Kill(); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(out); err != nil || len(rest) > 0 {
		t.Errorf("rest %q, %v: the pipe ends when all of the group have", rest, err)
	}
	<-c.Done()
	if !c.Exit().Signaled {
		t.Errorf("exit %+v", c.Exit())
	}
}

func TestSignalCanBeCaught(t *testing.T) {
	t.Parallel()
	c, out := output(t, self("echo signal"))
	line(t, out)
	if err := c.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	if got := line(t, out); got != syscall.SIGUSR1.String() {
		t.Errorf("signal %q", got)
	}
	<-c.Done()
	if got := c.Exit(); got != (process.Exit{}) {
		t.Errorf("exit %+v", got)
	}
}

func TestLookPath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(own, filepath.Join(dir, "tool")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "text"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	spec := self("exit", "7")
	spec.Argv[0] = "tool"
	spec.Env = append(spec.Env, "PATH=/nowhere", "PATH=/nowhere:"+dir)
	c := start(t, spec)
	<-c.Done()
	if c.Exit().Code != 7 {
		t.Errorf("exit %+v", c.Exit())
	}
	for _, name := range []string{"folder", "text", "nothing", ""} {
		spec.Argv[0] = name
		if _, err := process.Start(spec); err == nil {
			t.Errorf("%q was started", name)
		}
	}
}

func TestWhatCannotBeStarted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, tc := range map[string]struct {
		argv []string
		is   error
		text string
	}{
		"no words":    {nil, nil, "command line is empty"},
		"missing":     {[]string{filepath.Join(dir, "none")}, os.ErrNotExist, "no such file"},
		"interpreter": {[]string{file("script", "#!/no/such/shell -e\n", 0o755)}, os.ErrNotExist, "interpreter /no/such/shell is not in this image"},
		"CR LF":       {[]string{file("crlf", "#!/bin/sh\r\necho\r\n", 0o755)}, os.ErrNotExist, "interpreter /bin/sh with a carriage return after it"},
		"permission":  {[]string{file("plain", "", 0o644)}, os.ErrPermission, "permission denied"},
		"format":      {[]string{file("text", "hello", 0o755)}, syscall.ENOEXEC, "another platform"},
		"size":        {[]string{os.Args[0], strings.Repeat("x", 1<<18)}, syscall.E2BIG, "too large"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := process.Start(process.Spec{Argv: tc.argv, Stdout: os.Stdout, Stderr: os.Stderr})
			if err == nil || !strings.Contains(err.Error(), tc.text) || tc.is != nil && !errors.Is(err, tc.is) {
				t.Errorf("error %v, want %v with %q", err, tc.is, tc.text)
			}
		})
	}
}
