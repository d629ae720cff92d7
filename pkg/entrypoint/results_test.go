//go:build unix

package entrypoint

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
	"github.com/tenon-ci/tenon/pkg/termination"
)

func results(names ...string) []protocol.Result {
	var out []protocol.Result
	for _, name := range names {
		out = append(out, protocol.Result{Name: name})
	}
	return out
}

func TestResultsAreReported(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	p.write(protocol.ResultsDir+"/task", " verbatim\n")
	p.write(protocol.ResultsDir+"/empty", "")
	p.write(protocol.ResultsDir+"/both", "task's")
	p.write(protocol.ResultsDir+"/undeclared", "x")
	p.write(protocol.ResultsDir+"/folder/file", "x")
	p.write(protocol.TaskArtifactsFile(), `{"outputs":[{"name":"o"}]}`)
	if err := syscall.Mkfifo(p.path(protocol.ResultsDir+"/pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.write("/tekton/run/0/status/results/both", "step's")
	p.write("/tekton/run/0/status/artifacts/provenance.json", `{ "inputs": [ {"name": "i", "extra": 1} ] }`)
	config := protocol.Step{
		TaskResults: results("task", "empty", "both", "missing", "folder", "pipe", "../x"),
		StepResults: results("both"),
		Artifacts:   true,
	}
	if code, log := p.run(config, "exit", self("1")); code != 1 {
		t.Fatalf("exit code %d: %s", code, log)
	}
	want := []termination.Entry{
		{Key: "artifacts", Value: `{"inputs":[{"name":"i"}]}`, Type: termination.StepArtifacts},
		{Key: "artifacts", Value: `{"outputs":[{"name":"o"}]}`, Type: termination.TaskArtifacts},
		{Key: "both", Value: "task's", Type: termination.TaskResult},
		{Key: "both", Value: "step's", Type: termination.StepResult},
		{Key: "empty", Value: "", Type: termination.TaskResult},
		{Key: "task", Value: " verbatim\n", Type: termination.TaskResult},
	}
	got, _ := p.report()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

func TestMalformedArtifactsAreLeftOut(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	p.write(protocol.TaskArtifactsFile(), `{"outputs":`)
	code, log := p.run(protocol.Step{Artifacts: true}, "exit", self("0"))
	if got, _ := p.report(); code != 0 || len(got) != 0 || !strings.Contains(log, "artifacts are not of the expected form") {
		t.Errorf("exit code %d, entries %v: %s", code, got, log)
	}
}

func TestNothingIsReportedWithoutProcess(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]protocol.Step{
		"guard":   {When: []protocol.When{{Input: "a", Operator: "in"}}},
		"sidecar": {ResultsFrom: protocol.ResultsFromSidecarLogs},
	} {
		p := newPod(t)
		p.write(protocol.ResultsDir+"/task", strings.Repeat("x", 5000))
		config.TaskResults = results("task")
		code, log := p.run(config, "exit", self("0"))
		if got, _ := p.report(); code != 0 || len(got) != 0 {
			t.Errorf("%s: exit code %d, entries %v: %s", name, code, got, log)
		}
	}
}

func TestTooLargeResults(t *testing.T) {
	t.Parallel()
	const line = "Termination message is above max allowed size 4096, caused by large task result."
	for name, tc := range map[string]struct {
		config   protocol.Step
		size     int
		mode     string
		args     []string
		code     int
		log      string
		file     string
		overflow bool
	}{
		"fits":                    {size: 3900, mode: "exit", args: self("0"), file: "0"},
		"too large":               {size: 4100, mode: "exit", args: self("0"), code: 1, log: line, file: "0", overflow: true},
		"failed anyway":           {size: 4100, mode: "exit", args: self("3"), code: 1, log: line, file: "absent", overflow: true},
		"ignored failure":         {config: protocol.Step{OnErrorContinue: true}, size: 4100, mode: "exit", args: self("3"), code: 1, log: line, file: "3", overflow: true},
		"compressed":              {config: protocol.Step{Compress: true}, size: 100_000, mode: "exit", args: self("0"), file: "0"},
		"compressed, too large":   {config: protocol.Step{Compress: true}, size: 200_000, mode: "exit", args: self("0"), code: 1, log: line, file: "0", overflow: true},
		"smaller limit":           {config: protocol.Step{MessageLimit: 1024}, size: 1000, mode: "exit", args: self("0"), code: 1, log: "above max allowed size 1024", file: "0", overflow: true},
		"larger than can be read": {size: maxRead + 1, mode: "exit", args: self("0"), code: 1, log: line, file: "0", overflow: true},
		"no room for the cause":   {config: protocol.Step{MessageLimit: 50}, size: 1000, mode: "exit", args: self("0"), code: 1, log: "above max allowed size 50", file: "0"},
		"no room for anything":    {config: protocol.Step{MessageLimit: 5}, size: 1000, mode: "exit", args: self("0"), code: 1, log: "above max allowed size 5", file: "0"},
		"room without start time": {config: protocol.Step{MessageLimit: 100}, size: 1000, mode: "exit", args: self("0"), code: 1, log: "above max allowed size 100", file: "0", overflow: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPod(t)
			p.write(protocol.ResultsDir+"/r", strings.Repeat("x", tc.size))
			tc.config.TaskResults = results("r")
			code, log := p.run(tc.config, tc.mode, tc.args)
			if code != tc.code || !strings.Contains(log, tc.log) {
				t.Errorf("exit code %d: %s", code, log)
			}
			if got := p.read(protocol.StepExitCodeFile("step-0")); got != tc.file {
				t.Errorf("exit code file %q, want %q", got, tc.file)
			}
			want := "done"
			if tc.code != 0 {
				want = "failed"
			}
			if got := p.handOver(0); got != want {
				t.Errorf("hand-over %q", got)
			}
			entries, book := p.report()
			if (book.Overflow != nil) != tc.overflow || tc.code != 0 && len(entries) > 0 {
				t.Errorf("bookkeeping %+v, %d entries", book, len(entries))
			}
			if o := book.Overflow; o != nil && (o.Name != "r" || o.Bytes != tc.size) {
				t.Errorf("overflow %+v", o)
			}
		})
	}
}

func TestOutputCopies(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	out, errs := p.path("/deep/er/out"), p.path(protocol.ResultsDir+"/errors")
	p.write("/deep/er/out", "before\n")
	config := protocol.Step{Stdout: out, Stderr: errs, TaskResults: results("errors")}
	code, log := p.run(config, "print", self("to out"), func(r *Runner) { r.Env = append(r.Env, "SHOW=to err") })
	if code != 0 || !strings.Contains(log, "to out") || !strings.Contains(log, "to err") {
		t.Errorf("exit code %d: %q", code, log)
	}
	if got := p.read("/deep/er/out"); got != "before\nto out\n" {
		t.Errorf("copy of stdout %q", got)
	}
	want := []termination.Entry{{Key: "errors", Value: "to err\n", Type: termination.TaskResult}}
	got, _ := p.report()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

func TestOneFileForBothStreams(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	both := p.path("/both")
	p.run(protocol.Step{Stdout: both, Stderr: both}, "print", self("out"), func(r *Runner) { r.Env = append(r.Env, "SHOW=err") })
	if got := p.read("/both"); got != "out\nerr\n" && got != "err\nout\n" {
		t.Errorf("copy %q", got)
	}
}

// TestLeftProcessDoesNotHoldTheStep is about a process that keeps the output open after the step's own has ended.
func TestLeftProcessDoesNotHoldTheStep(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	pidFile := p.path("/pid")
	c := p.start(protocol.Step{Stdout: p.path("/out")}, "leak", self(pidFile))
	if code := <-c.code; code != 0 {
		t.Errorf("exit code %d", code)
	}
	pid, err := strconv.Atoi(p.read("/pid"))
	if err != nil {
		t.Fatal(err)
	}
	left, err := os.FindProcess(pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := left.Kill(); err != nil {
		t.Errorf("the process that was left is gone: %v", err)
	}
	if got := len(p.read("/out")); got != 40_000 {
		t.Errorf("copy has %d bytes, want all 40000", got)
	}
}

func TestFullDiskFailsTheStep(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	p := newPod(t)
	code, log := p.run(protocol.Step{Stdout: "/dev/full"}, "print", self("text"))
	if code != 1 || !strings.Contains(log, "text") || !strings.Contains(log, "no space left") {
		t.Errorf("exit code %d: %q", code, log)
	}
	if code, _ := p.run(protocol.Step{Stdout: "/dev/full"}, "suicide", self()); code != 255 {
		t.Errorf("exit code %d of a process that failed by itself", code)
	}
}
