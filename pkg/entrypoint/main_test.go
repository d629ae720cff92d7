//go:build unix

package entrypoint

import (
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
	"time"

	"golang.org/x/sys/unix"

	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
	"github.com/tenon-ci/tenon/pkg/entrypoint/watch"
	"github.com/tenon-ci/tenon/pkg/termination"
)

// childVar selects what this binary does when it is a step's process.
const childVar = "RUNNER_TEST_CHILD"

func TestMain(m *testing.M) {
	if mode := os.Getenv(childVar); mode != "" {
		os.Exit(child(mode, os.Args[1:]))
	}
	os.Exit(m.Run())
}

// child is a step's process. Its arguments depend on the mode.
func child(mode string, args []string) int {
	switch mode {
	case "exit":
		code, _ := strconv.Atoi(args[0])
		return code
	case "print":
		fmt.Println(strings.Join(args, "|"))
		fmt.Fprintln(os.Stderr, os.Getenv("SHOW"))
	case "append":
		f, err := os.OpenFile(args[0], os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
		if err != nil {
			return 1
		}
		_, err = io.WriteString(f, args[1])
		if errors.Join(err, f.Close()) != nil {
			return 1
		}
	case "suicide":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		hang()
	case "hang":
		fmt.Println("started")
		hang()
	case "on signal":
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGTERM, syscall.SIGUSR1)
		fmt.Println("started")
		s := <-signals
		fmt.Println(s)
		code, _ := strconv.Atoi(args[0])
		return code
	case "deaf":
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("started")
		hang()
	case "leak":
		// Leaves a process that keeps the output open.
		left := exec.Command(os.Args[0])
		left.Env = []string{childVar + "=block"}
		left.Stdout = os.Stdout
		left.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if left.Start() != nil {
			return 1
		}
		fmt.Print(strings.Repeat("x", 40_000))
		if os.WriteFile(args[0], []byte(strconv.Itoa(left.Process.Pid)), 0o600) != nil {
			return 1
		}
	case "block":
		hang()
	case "runner":
		// A whole runner as a process of its own.
		r := &Runner{Layout: Layout{Root: os.Getenv("ROOT")}, Env: []string{childVar + "=" + os.Getenv("NEXT")}, Stdout: os.Stdout, Stderr: os.Stderr, Signals: NotifySignals()}
		return r.Main(args)
	}
	return 0
}

// hang waits until nobody reads this process's output any more.
func hang() {
	_, _ = unix.Poll([]unix.PollFd{{Fd: 1}}, -1)
}

// pod is a pod's file system in a directory of the test.
type pod struct {
	t    *testing.T
	root string
}

// newPod prepares a pod with three steps, step-0 to step-2.
func newPod(t *testing.T) *pod {
	t.Helper()
	p := &pod{t: t, root: t.TempDir()}
	for _, dir := range []string{
		protocol.BinDir, protocol.StepsDir, protocol.ResultsDir, protocol.ArtifactsDir, protocol.ScriptsDir, protocol.DownwardDir,
		protocol.CredsDir, protocol.CredsSecretsDir, protocol.DebugScriptsDir, protocol.DebugInfoDir, protocol.HomeDir, protocol.WorkspaceDir,
		protocol.StepRunDir(0), protocol.StepRunDir(1), protocol.StepRunDir(2),
	} {
		if err := os.MkdirAll(p.path(dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	r := &Runner{Layout: p.layout(), Executable: os.DevNull, Stderr: os.Stderr}
	args, err := protocol.EncodeInit(protocol.Init{Containers: []string{"step-0", "step-1", "step-2"}})
	if err != nil {
		t.Fatal(err)
	}
	if code := r.Main(append([]string{protocol.CommandInit}, args...)); code != 0 {
		t.Fatalf("init ends with code %d", code)
	}
	return p
}

func (p *pod) layout() Layout { return Layout{Root: p.root} }

func (p *pod) path(file string) string { return p.layout().Path(file) }

func (p *pod) write(file, content string) {
	p.t.Helper()
	path := p.path(file)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
		p.t.Fatal(err)
	}
}

// put makes a file appear with its content, as the kubelet does.
func (p *pod) put(file, content string) {
	p.t.Helper()
	p.write(file+".new", content)
	if err := os.Rename(p.path(file)+".new", p.path(file)); err != nil {
		p.t.Fatal(err)
	}
}

// read returns a file's content, or "absent".
func (p *pod) read(file string) string {
	p.t.Helper()
	content, err := os.ReadFile(p.path(file))
	if errors.Is(err, os.ErrNotExist) {
		return "absent"
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return string(content)
}

// handOver says what step index left for its successors.
func (p *pod) handOver(index int) string {
	p.t.Helper()
	done, failed := p.read(protocol.DoneFile(index)) != "absent", p.read(protocol.FailedFile(index)) != "absent"
	switch {
	case done && failed:
		return "both"
	case done:
		return "done"
	case failed:
		return "failed"
	default:
		return "none"
	}
}

// report decodes the termination message.
func (p *pod) report() ([]termination.Entry, termination.Bookkeeping) {
	p.t.Helper()
	entries, err := termination.Decode(p.read(protocol.TerminationFile))
	if err != nil {
		p.t.Fatal(err)
	}
	rest, book, err := termination.Split(entries)
	if err != nil {
		p.t.Fatal(err)
	}
	return rest, book
}

// call is one run of a step's runner.
type call struct {
	runner *Runner
	// out is what the process and the runner write, line by line.
	out    *lines
	code   chan int
	stdout *os.File
}

// start runs a step in the background. change may adapt the runner.
func (p *pod) start(config protocol.Step, mode string, args []string, change ...func(*Runner)) *call {
	p.t.Helper()
	if config.Container == "" {
		config.Container = "step-" + strconv.Itoa(config.Index)
	}
	read, write, err := os.Pipe()
	if err != nil {
		p.t.Fatal(err)
	}
	out := collectLines(read)
	r := &Runner{
		Layout: p.layout(),
		Env:    []string{childVar + "=" + mode, "HOME=" + p.path(protocol.HomeDir)},
		Stdout: write,
		Stderr: write,
		// Whatever ends a wait in a test was told, not found by looking.
		Watch: watch.Watcher{Recheck: time.Hour},
	}
	for _, f := range change {
		f(r)
	}
	text, err := protocol.EncodeStep(config)
	if err != nil {
		p.t.Fatal(err)
	}
	argv := append([]string{protocol.CommandStep, text, "--"}, args...)
	c := &call{runner: r, out: out, code: make(chan int, 1), stdout: write}
	go func() {
		code := r.Main(argv)
		_ = write.Close()
		c.code <- code
	}()
	return c
}

// run runs a step to its end and returns the exit code and all output.
func (p *pod) run(config protocol.Step, mode string, args []string, change ...func(*Runner)) (int, string) {
	p.t.Helper()
	return p.start(config, mode, args, change...).wait()
}

func (c *call) wait() (int, string) {
	code := <-c.code
	return code, c.out.all()
}

// self is a command line that starts this binary.
func self(args ...string) []string { return append([]string{os.Args[0]}, args...) }
