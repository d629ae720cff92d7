//go:build unix

package entrypoint

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/tenon-ci/tenon/pkg/entrypoint/handover"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
	"github.com/tenon-ci/tenon/pkg/entrypoint/watch"
)

// unpreparedPod is a pod that nothing was prepared in.
func unpreparedPod(t *testing.T) *pod {
	t.Helper()
	p := &pod{t: t, root: t.TempDir()}
	for _, dir := range []string{protocol.BinDir, protocol.StepsDir, protocol.StepRunDir(0)} {
		if err := os.MkdirAll(p.path(dir), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// hold prepares the pod in the background and returns when all is there.
func (p *pod) hold(signals <-chan os.Signal) <-chan error {
	p.t.Helper()
	args, err := protocol.EncodeInit(protocol.Init{Containers: []string{"step-0"}, Hold: true})
	if err != nil {
		p.t.Fatal(err)
	}
	// Whatever ends the wait was told, not found by looking.
	told := watch.Watcher{Recheck: time.Hour}
	hook := &Runner{Layout: p.layout(), Stderr: os.Stderr, Watch: told}
	hooked := make(chan error, 1)
	go func() { hooked <- hook.await() }()
	r := &Runner{Layout: p.layout(), Executable: os.Args[0], Stderr: os.Stderr, Signals: signals, Watch: told}
	done := make(chan error, 1)
	go func() { done <- r.prepare(args) }()
	if err := <-hooked; err != nil {
		p.t.Fatal(err)
	}
	if p.mode(protocol.Runner) != 0o755 {
		p.t.Error("the hook ended before the runner was there")
	}
	return done
}

func TestPrepareStaysUntilTheFirstStepIsOver(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*pod) error{
		"done":   func(p *pod) error { return handover.Give(0, false, p.path) },
		"failed": func(p *pod) error { return handover.Give(0, true, p.path) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := unpreparedPod(t)
			done := p.hold(nil)
			select {
			case err := <-done:
				t.Fatalf("the container ended before the first step: %v", err)
			default:
			}
			if err := end(p); err != nil {
				t.Fatal(err)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

// TestPrepareEndsWithAKilledStep has the first step's runner killed, as for memory: it hands over nothing.
func TestPrepareEndsWithAKilledStep(t *testing.T) {
	t.Parallel()
	p := unpreparedPod(t)
	done := p.hold(nil)
	config, err := protocol.EncodeStep(protocol.Step{Container: "step-0"})
	if err != nil {
		t.Fatal(err)
	}
	runner := exec.Command(os.Args[0], append([]string{protocol.CommandStep, config, "--"}, self()...)...)
	runner.Env = []string{childVar + "=runner", "NEXT=hang", "ROOT=" + p.root}
	out, err := runner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := runner.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, len("started"))); err != nil {
		t.Fatal("the step has not started")
	}
	if err := runner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = runner.Wait()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestPrepareEndsAtTheSignal(t *testing.T) {
	t.Parallel()
	p := unpreparedPod(t)
	signals := make(chan os.Signal, 1)
	done := p.hold(signals)
	signals <- syscall.SIGTERM
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestHookEndsAtTheSignal(t *testing.T) {
	t.Parallel()
	signals := make(chan os.Signal, 1)
	signals <- syscall.SIGTERM
	hook := &Runner{Layout: Layout{Root: t.TempDir()}, Stderr: os.Stderr, Signals: signals}
	if err := hook.await(); !errors.Is(err, errStopped) {
		t.Errorf("the hook returned %v at the signal", err)
	}
}

// TestStepBeforeThePodIsPrepared starts a runner that is there already, before the rest is.
func TestStepBeforeThePodIsPrepared(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	if err := os.Remove(p.path(protocol.PreparedFile)); err != nil {
		t.Fatal(err)
	}
	code, out := p.run(protocol.Step{}, "print", self("x"))
	if _, book := p.report(); code != codeFailed || book.Reason != "NotPrepared" {
		t.Errorf("code %d, reason %q, output %q", code, book.Reason, out)
	}
	if got := p.handOver(0); got != "failed" {
		t.Errorf("handed over %q", got)
	}
}
