//go:build unix

package entrypoint

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
	"github.com/tenon-ci/tenon/pkg/termination"
)

// debugScript writes one of the scripts, made for the test's directories, and returns its path.
func (p *pod) debugScript(b breakpoint, name string) string {
	p.t.Helper()
	text := strings.ReplaceAll(b.script(name), protocol.DebugInfoDir, p.path(protocol.DebugInfoDir))
	p.write("/scripts/"+name, text)
	return p.path("/scripts/" + name)
}

func sh(t *testing.T, script string) (string, error) {
	t.Helper()
	out, err := exec.Command("/bin/sh", script).CombinedOutput()
	return string(out), err
}

func TestBreakpoints(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("no shell here")
	}
	failing, continuing, missing := self("5"), self("0"), []string{"/no/such/file"}
	for name, tc := range map[string]struct {
		config   protocol.Step
		args     []string
		point    breakpoint
		script   string
		code     int
		file     string
		handOver string
	}{
		"failure, continue":          {protocol.Step{PauseOnFailure: true}, failing, onFailure, "debug-continue", 0, "0", "done"},
		"failure, fail":              {protocol.Step{PauseOnFailure: true}, failing, onFailure, "debug-fail-continue", 1, "absent", "failed"},
		"ignored failure, fail":      {protocol.Step{PauseOnFailure: true, OnErrorContinue: true}, failing, onFailure, "debug-fail-continue", 1, "absent", "failed"},
		"cannot start, continue":     {protocol.Step{PauseOnFailure: true}, missing, onFailure, "debug-continue", 0, "0", "done"},
		"before, continue":           {protocol.Step{PauseBefore: true}, continuing, beforeStep, "debug-beforestep-continue", 0, "0", "done"},
		"before, fail":               {protocol.Step{PauseBefore: true}, continuing, beforeStep, "debug-beforestep-fail-continue", 1, "absent", "failed"},
		"before, fail, with failure": {protocol.Step{PauseBefore: true, PauseOnFailure: true}, continuing, beforeStep, "debug-beforestep-fail-continue", 1, "absent", "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPod(t)
			script := p.debugScript(tc.point, tc.script)
			if err := os.Mkdir(p.path(protocol.DebugInfoDir+"/0"), 0o755); err != nil {
				t.Fatal(err)
			}
			if out, err := sh(t, script); err == nil || !strings.Contains(out, "step 0 is not paused") {
				t.Errorf("script before the pause: %q, %v", out, err)
			}
			// A decision from before the pause does not count.
			p.write(protocol.DebugInfoDir+"/0/0-"+tc.script, "")
			c := p.start(tc.config, "exit", tc.args)
			if !c.out.waitFor("2) " + protocol.DebugScriptsDir + "/" + tc.point.fail) {
				t.Fatal("the step does not pause")
			}
			if got := p.handOver(0); got != "none" {
				t.Errorf("hand-over %q during the pause", got)
			}
			if out, err := sh(t, script); err != nil {
				t.Errorf("script: %q, %v", out, err)
			}
			code, log := c.wait()
			if code != tc.code || !strings.Contains(log, tc.point.notice) {
				t.Errorf("exit code %d: %s", code, log)
			}
			if got := p.read(protocol.StepExitCodeFile("step-0")); got != tc.file {
				t.Errorf("exit code file %q, want %q", got, tc.file)
			}
			if got := p.handOver(0); got != tc.handOver {
				t.Errorf("hand-over %q, want %q", got, tc.handOver)
			}
		})
	}
}

func TestPauseCanBeCancelled(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]protocol.Step{
		"before":     {PauseBefore: true, WatchCancel: true},
		"on failure": {PauseOnFailure: true, WatchCancel: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPod(t)
			c := p.start(config, "exit", self("5"))
			c.out.waitFor("2) ")
			p.put(protocol.CancelFile, "CANCEL")
			code, log := c.wait()
			if _, book := p.report(); code != 9 || book.Reason != termination.Cancelled {
				t.Errorf("exit code %d, reason %q: %s", code, book.Reason, log)
			}
		})
	}
}

func TestPauseEndsWithTheContainer(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		config protocol.Step
		code   int
	}{
		"before":     {protocol.Step{PauseBefore: true}, 143},
		"on failure": {protocol.Step{PauseOnFailure: true, OnErrorContinue: true}, 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPod(t)
			signals := make(chan os.Signal, 1)
			c := p.start(tc.config, "exit", self("5"), func(r *Runner) { r.Signals = signals })
			c.out.waitFor("2) ")
			signals <- syscall.SIGTERM
			if code, log := c.wait(); code != tc.code {
				t.Errorf("exit code %d: %s", code, log)
			}
			if got := p.handOver(0); got != "failed" {
				t.Errorf("hand-over %q", got)
			}
		})
	}
}

func TestTimeoutDoesNotPause(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	if code, log := p.run(protocol.Step{PauseOnFailure: true, Timeout: 1}, "hang", self()); code != 1 {
		t.Errorf("exit code %d: %s", code, log)
	}
}
