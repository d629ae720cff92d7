//go:build unix

package entrypoint

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/pkg/entrypoint/handover"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
	"github.com/tenon-ci/tenon/pkg/entrypoint/watch"
	"github.com/tenon-ci/tenon/pkg/termination"
	"github.com/tenon-ci/tenon/pkg/when"
)

// TestExitHandling is the table of contract 2 §3.3, as far as one step alone shows it.
func TestExitHandling(t *testing.T) {
	t.Parallel()
	number := func(n int) *int { return &n }
	for name, tc := range map[string]struct {
		config   protocol.Step
		mode     string
		args     []string
		before   func(p *pod)
		code     int
		reason   termination.Reason
		exitCode *int
		file     string
		handOver string
		log      string
		unstared bool
	}{
		"exits 0":                       {mode: "exit", args: self("0"), file: "0", handOver: "done"},
		"exits 3":                       {mode: "exit", args: self("3"), code: 3, file: "absent", handOver: "failed"},
		"exits 3, ignored":              {config: protocol.Step{OnErrorContinue: true}, mode: "exit", args: self("3"), reason: termination.Continued, exitCode: number(3), file: "3", handOver: "done"},
		"exits 0, onError continue":     {config: protocol.Step{OnErrorContinue: true}, mode: "exit", args: self("0"), file: "0", handOver: "done"},
		"killed":                        {mode: "suicide", args: self(), code: 255, file: "absent", handOver: "failed"},
		"killed, ignored":               {config: protocol.Step{OnErrorContinue: true}, mode: "suicide", args: self(), reason: termination.Continued, exitCode: number(-1), file: "-1", handOver: "done"},
		"earlier step failed":           {config: protocol.Step{Index: 1}, mode: "exit", args: self("0"), before: func(p *pod) { p.write(protocol.FailedFile(0), "") }, code: 1, reason: termination.Skipped, file: "absent", handOver: "failed", log: "Skipping step because a previous step failed", unstared: true},
		"guard false":                   {config: protocol.Step{When: []protocol.When{{Input: "a", Operator: "in", Values: []string{"b"}}}}, mode: "exit", args: self("3"), reason: termination.Skipped, file: "0", handOver: "done", log: "Step was skipped due to when expressions were evaluated to false."},
		"guard true":                    {config: protocol.Step{When: []protocol.When{{Input: "a", Operator: "in", Values: []string{"a"}}}}, mode: "exit", args: self("3"), code: 3, file: "absent", handOver: "failed"},
		"guard in CEL without CEL":      {config: protocol.Step{When: []protocol.When{{CEL: "true"}}}, mode: "exit", args: self("0"), code: 1, file: "absent", handOver: "failed", log: "CEL expressions are not supported here"},
		"timeout":                       {config: protocol.Step{Timeout: time.Millisecond}, mode: "hang", args: self(), code: 1, reason: termination.TimeoutExceeded, file: "absent", handOver: "failed", log: "exceeded its timeout of 1ms"},
		"timeout, onError continue":     {config: protocol.Step{Timeout: time.Millisecond, OnErrorContinue: true}, mode: "hang", args: self(), code: 1, reason: termination.TimeoutExceeded, file: "absent", handOver: "failed", log: "onError: continue has no effect"},
		"no such file":                  {args: []string{"/no/such/file"}, code: 1, file: "absent", handOver: "failed", log: "Error executing command: /no/such/file: no such file"},
		"no such file, ignored":         {config: protocol.Step{OnErrorContinue: true}, args: []string{"/no/such/file"}, code: 1, file: "absent", handOver: "failed", log: "onError: continue is for commands that were started"},
		"not executable":                {args: []string{"/dev/null"}, code: 1, file: "absent", handOver: "failed", log: "permission denied"},
		"no command for platform":       {config: protocol.Step{Commands: []protocol.Command{{Platform: "plan9/mips", Argv: []string{"a"}}}}, code: 1, file: "absent", handOver: "failed", log: "the image has no command for platform"},
		"nothing to execute":            {file: "0", handOver: "done"},
		"cancelled while waiting":       {config: protocol.Step{Index: 1, WatchCancel: true}, mode: "exit", args: self("0"), before: func(p *pod) { p.write(protocol.CancelFile, "CANCEL") }, code: 1, reason: termination.Skipped, file: "absent", handOver: "failed", log: "Skipping step", unstared: true},
		"other words are no cancel":     {config: protocol.Step{WatchCancel: true}, mode: "exit", args: self("0"), before: func(p *pod) { p.write(protocol.CancelFile, "") }, file: "0", handOver: "done"},
		"output can't be copied":        {config: protocol.Step{Stdout: "/dev/null/x"}, mode: "exit", args: self("0"), code: 1, file: "absent", handOver: "failed", log: "copying output"},
		"credentials contradict":        {config: protocol.Step{Credentials: []protocol.Credential{{Kind: protocol.CredentialGitBasic, URL: "https://x"}, {Kind: protocol.CredentialGitBasic, URL: "https://x"}}}, mode: "exit", args: self("0"), code: 2, file: "absent", handOver: "failed", log: "multiple entries for url: https://x", unstared: true},
		"wrong container name":          {config: protocol.Step{Container: "../x"}, mode: "exit", args: self("0"), code: 2, file: "absent", handOver: "failed", log: "container name", unstared: true},
		"onFailure, earlier one failed": {config: protocol.Step{Index: 1, PauseOnFailure: true}, mode: "exit", args: self("0"), before: func(p *pod) { p.write(protocol.FailedFile(0), "") }, file: "0", handOver: "done"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPod(t)
			if tc.before != nil {
				tc.before(p)
			}
			code, log := p.run(tc.config, tc.mode, tc.args)
			if code != tc.code {
				t.Errorf("exit code %d, want %d", code, tc.code)
			}
			_, book := p.report()
			if book.StartedAt.IsZero() != tc.unstared {
				t.Errorf("started at %v", book.StartedAt)
			}
			book.StartedAt = time.Time{}
			if diff := cmp.Diff(termination.Bookkeeping{ExitCode: tc.exitCode, Reason: tc.reason}, book); diff != "" {
				t.Errorf("bookkeeping (-want +got):\n%s", diff)
			}
			container := "step-0"
			if tc.config.Index == 1 {
				container = "step-1"
			}
			if got := p.read(protocol.StepExitCodeFile(container)); got != tc.file {
				t.Errorf("exit code file %q, want %q", got, tc.file)
			}
			if got := p.handOver(tc.config.Index); got != tc.handOver {
				t.Errorf("hand-over %q, want %q", got, tc.handOver)
			}
			if !strings.Contains(log, tc.log) {
				t.Errorf("log %q, want %q", log, tc.log)
			}
		})
	}
}

func TestStepsRunInOrder(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]watch.Watcher{"notified": {Recheck: time.Hour}, "polled": {NoNotify: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPod(t)
			file := p.path(protocol.WorkspaceDir + "/order")
			var calls []*call
			for _, index := range []int{2, 1, 0} {
				calls = append(calls, p.start(protocol.Step{Index: index, WaitReady: true}, "append", self(file, string(rune('a'+index))), func(r *Runner) { r.Watch = w }))
			}
			p.put(protocol.ReadyFile, "")
			p.put(protocol.ReadyFile, "READY")
			for _, c := range calls {
				if code, log := c.wait(); code != 0 {
					t.Errorf("exit code %d: %s", code, log)
				}
			}
			if got := p.read(protocol.WorkspaceDir + "/order"); got != "abc" {
				t.Errorf("order %q", got)
			}
		})
	}
}

func TestFailureSkipsAllLaterSteps(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	second := p.start(protocol.Step{Index: 1}, "exit", self("0"))
	third := p.start(protocol.Step{Index: 2}, "exit", self("0"))
	p.run(protocol.Step{}, "exit", self("5"))
	for _, c := range []*call{second, third} {
		if code, log := c.wait(); code != 1 || !strings.Contains(log, "Skipping step because a previous step failed") {
			t.Errorf("exit code %d: %s", code, log)
		}
	}
}

// TestDeadPredecessor kills a whole runner, as the kernel does when memory is short: there is no hand-over then.
func TestDeadPredecessor(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]watch.Watcher{"notified": {Recheck: time.Hour}, "polled": {NoNotify: true, Poll: time.Hour}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPod(t)
			text, err := protocol.EncodeStep(protocol.Step{Container: "step-0"})
			if err != nil {
				t.Fatal(err)
			}
			read, write, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			first, err := os.StartProcess(os.Args[0], self(protocol.CommandStep, text, "--", os.Args[0]), &os.ProcAttr{
				Env:   []string{childVar + "=runner", "NEXT=hang", "ROOT=" + p.root},
				Files: []*os.File{nil, write, write},
			})
			if err != nil {
				t.Fatal(err)
			}
			out := collectLines(read)
			if err := write.Close(); err != nil {
				t.Fatal(err)
			}
			out.waitFor("started")
			second := p.start(protocol.Step{Index: 1}, "exit", self("0"), func(r *Runner) { r.Watch = w })
			p.awaitWaiter(protocol.StepRunDir(0) + "/alive")
			if err := first.Kill(); err != nil {
				t.Fatal(err)
			}
			if code, log := second.wait(); code != 1 || !strings.Contains(log, "Skipping step") {
				t.Errorf("exit code %d: %s", code, log)
			}
			_, _ = first.Wait()
			// In a container the kernel ends the rest together with process 1; here that ends when nobody reads its output.
			_ = read.Close()
		})
	}
}

// awaitWaiter returns when somebody waits for the lock of a file.
func (p *pod) awaitWaiter(file string) {
	p.t.Helper()
	info, err := os.Stat(p.path(file))
	if err != nil {
		p.t.Fatal(err)
	}
	inode := fmt.Sprintf(":%d ", info.Sys().(*syscall.Stat_t).Ino)
	err = watch.Watcher{NoNotify: true}.Until(p.t.Context(), nil, nil, func() (bool, error) {
		locks, err := os.ReadFile("/proc/locks")
		return slices.ContainsFunc(strings.Split(string(locks), "\n"), func(line string) bool {
			return strings.Contains(line, "->") && strings.Contains(line, inode)
		}), err
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// TestLockOfNobody is about runtimes in which containers do not see each other's locks: the step before is not taken for
// dead, and its hand-over is waited for.
func TestLockOfNobody(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	lock, err := handover.Hold(0, p.layout().Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	second := p.start(protocol.Step{Index: 1}, "exit", self("0"), func(r *Runner) { r.Watch = watch.Watcher{NoNotify: true} })
	if err := handover.Give(0, false, p.layout().Path); err != nil {
		t.Fatal(err)
	}
	if code, log := second.wait(); code != 0 {
		t.Errorf("exit code %d: %s", code, log)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]string{"ends when asked": "on signal", "has to be killed": "deaf"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPod(t)
			p.put(protocol.CancelFile, "")
			c := p.start(protocol.Step{WatchCancel: true, OnErrorContinue: true, PauseOnFailure: true}, mode, self("0"), func(r *Runner) { r.CancelGrace = time.Millisecond })
			c.out.waitFor("started")
			p.put(protocol.CancelFile, "CANCEL")
			code, log := c.wait()
			if code != 9 || !strings.Contains(log, "Step was cancelled") {
				t.Errorf("exit code %d: %s", code, log)
			}
			if _, book := p.report(); book.Reason != termination.Cancelled {
				t.Errorf("reason %q", book.Reason)
			}
			if got := p.read(protocol.StepExitCodeFile("step-0")); got != "killed" {
				t.Errorf("exit code file %q", got)
			}
			if got := p.handOver(0); got != "failed" {
				t.Errorf("hand-over %q", got)
			}
		})
	}
}

func TestSignalsAreForwarded(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	signals := make(chan os.Signal, 1)
	c := p.start(protocol.Step{}, "on signal", self("4"), func(r *Runner) { r.Signals = signals })
	c.out.waitFor("started")
	signals <- syscall.SIGUSR1
	if code, log := c.wait(); code != 4 || !strings.Contains(log, syscall.SIGUSR1.String()) {
		t.Errorf("exit code %d: %s", code, log)
	}
}

func TestSignalEndsTheWait(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	signals := make(chan os.Signal, 2)
	signals <- syscall.SIGUSR1
	signals <- syscall.SIGTERM
	code, log := p.run(protocol.Step{Index: 1}, "exit", self("0"), func(r *Runner) { r.Signals = signals })
	if code != 143 || !strings.Contains(log, "the container is told to end: signal terminated") {
		t.Errorf("exit code %d: %s", code, log)
	}
	if got := p.handOver(1); got != "failed" {
		t.Errorf("hand-over %q", got)
	}
}

func TestSignalledStepDoesNotPause(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	signals := make(chan os.Signal, 1)
	c := p.start(protocol.Step{PauseOnFailure: true}, "on signal", self("7"), func(r *Runner) { r.Signals = signals })
	c.out.waitFor("started")
	signals <- syscall.SIGTERM
	if code, log := c.wait(); code != 7 {
		t.Errorf("exit code %d: %s", code, log)
	}
}

func TestBadCalls(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		args     []string
		handOver string
	}{
		"nothing":             {nil, "none"},
		"unknown subcommand":  {[]string{"stop"}, "none"},
		"no configuration":    {[]string{"step"}, "none"},
		"no JSON":             {[]string{"step", "x"}, "none"},
		"no dashes":           {[]string{"step", `{"index":1,"container":"step-1"}`, "x"}, "failed"},
		"unknown member":      {[]string{"step", `{"index":1,"container":"step-1","new":{"index":2}}`, "--"}, "failed"},
		"wrong type":          {[]string{"step", `{"timeout":"1h","index":1}`, "--"}, "failed"},
		"cut":                 {[]string{"step", `{"index":1,"container":"st`, "--"}, "failed"},
		"index of wrong type": {[]string{"step", `{"index":"1"}`, "--"}, "none"},
		"negative index":      {[]string{"step", `{"index":-3,"x":1}`, "--"}, "none"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPod(t)
			null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer null.Close() //nolint:errcheck // nothing of interest
			r := &Runner{Layout: p.layout(), Stdout: null, Stderr: null}
			if code := r.Main(tc.args); code != 2 {
				t.Errorf("exit code %d", code)
			}
			if got := p.handOver(1); got != tc.handOver {
				t.Errorf("hand-over %q, want %q", got, tc.handOver)
			}
		})
	}
}

func TestPanicHandsOver(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	code, log := p.run(protocol.Step{When: []protocol.When{{CEL: "true"}}}, "exit", self("0"), func(r *Runner) {
		r.CEL = func() (when.Evaluator, error) { panic("oh no") }
	})
	if code != 1 || !strings.Contains(log, "oh no") {
		t.Errorf("exit code %d: %s", code, log)
	}
	if got := p.handOver(0); got != "failed" {
		t.Errorf("hand-over %q", got)
	}
}

func TestReferencesReachTheProcess(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	p.write("/tekton/run/0/status/results/r", "val")
	p.write("/tekton/run/0/status/results/list", `["a","b c"]`)
	p.write(protocol.DoneFile(0), "")
	step := protocol.Step{Index: 1, When: []protocol.When{{Input: "a", Operator: "in", Values: []string{"$(steps.0.results.list[*])"}}}}
	code, log := p.run(step, "print", self("$(steps.0.results.r)-x", "$(steps.0.results.list[*])", "$(steps.0.results.list[1])"), func(r *Runner) {
		r.Env = append(r.Env, "SHOW=<$(steps.0.results.r)>")
	})
	if want := "val-x|a|b c|b c\n<val>"; code != 0 || log != want {
		t.Errorf("exit code %d, output %q, want %q", code, log, want)
	}
}

func TestIndexOutOfRangeFailsTheStep(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	p.write("/tekton/run/0/status/results/list", `["a"]`)
	p.write(protocol.DoneFile(0), "")
	code, log := p.run(protocol.Step{Index: 1}, "print", self("$(steps.0.results.list[1])"))
	if code != 1 || !strings.Contains(log, "index is out of range") {
		t.Errorf("exit code %d: %s", code, log)
	}
	if got := p.handOver(1); got != "failed" {
		t.Errorf("hand-over %q", got)
	}
	guarded := protocol.Step{Index: 1, When: []protocol.When{{Input: "a", Operator: "notin", Values: []string{"a"}}}}
	if code, log := p.run(guarded, "print", self("$(steps.0.results.list[1])")); code != 0 {
		t.Errorf("guarded: exit code %d: %s", code, log)
	}
}

func TestScriptWithArtifacts(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	p.write("/tekton/run/0/status/artifacts/provenance.json", `{"outputs":[{"name":"image","values":[{"uri":"u","digest":{"sha256":"d"}}]}]}`)
	p.write(protocol.DoneFile(0), "")
	script := p.path(protocol.ScriptsDir + "/script-1")
	text := "#!" + os.Args[0] + "\n$(steps.0.outputs.image) $(steps.0.results.r)\n"
	if err := os.WriteFile(script, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	code, log := p.run(protocol.Step{Index: 1, Artifacts: true, Script: true}, "print", []string{script, "arg"})
	copied := p.path("/tekton/run/1/script")
	if want := copied + "|arg"; code != 0 || !strings.Contains(log, want) {
		t.Errorf("exit code %d, output %q, want %q", code, log, want)
	}
	if got, want := p.read("/tekton/run/1/script"), "#!"+os.Args[0]+"\n"+`[{"digest":{"sha256":"d"},"uri":"u"}] $(steps.0.results.r)`+"\n"; got != want {
		t.Errorf("script %q, want %q", got, want)
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	p.write(protocol.CredsSecretsDir+"/s/username", "me")
	p.write(protocol.CredsSecretsDir+"/s/password", "TOPSECRET")
	p.write(protocol.HomeDir+"/.git-credentials/in-the-way", "")
	config := protocol.Step{Credentials: []protocol.Credential{
		{Kind: protocol.CredentialGitBasic, Secret: "s", URL: "https://github.com"},
		{Kind: protocol.CredentialGitBasic, Secret: "s", URL: "not a URL"},
	}}
	code, log := p.run(config, "exit", self("0"))
	if code != 0 || strings.Contains(log, "TOPSECRET") {
		t.Errorf("exit code %d: %s", code, log)
	}
	for _, want := range []string{
		`warning: unsuccessful cred copy: ".git-credentials" from "/tekton/creds" to "` + p.path(protocol.HomeDir) + `": `,
		`Error initializing credentials: git annotation of secret s`,
	} {
		if !strings.Contains(log, want) {
			t.Errorf("log %q lacks %q", log, want)
		}
	}
	want := "[credential]\n\thelper = store\n[credential \"https://github.com\"]\n\tusername = me\n"
	for _, dir := range []string{protocol.CredsDir, protocol.HomeDir} {
		if got := p.read(dir + "/.gitconfig"); got != want {
			t.Errorf("%s: %q", dir, got)
		}
	}
	if got := p.read(protocol.CredsDir + "/.git-credentials"); got != "https://me:TOPSECRET@github.com\n" {
		t.Errorf("credentials %q", got)
	}
}

func TestHomeOf(t *testing.T) {
	t.Parallel()
	passwd := filepath.Join(t.TempDir(), "passwd")
	if err := os.WriteFile(passwd, []byte("root:x:0:0:root:/root:/bin/sh\nbroken\nme:x:1000:1000::/home/me:\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for uid, want := range map[int]string{0: "/root", 1000: "/home/me", 5: ""} {
		if got := homeOf(passwd, uid); got != want {
			t.Errorf("home of %d: %q, want %q", uid, got, want)
		}
	}
	if got := homeOf(passwd+"x", 0); got != "" {
		t.Errorf("without a list: %q", got)
	}
}
