//go:build unix

package sidecarlogs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/pkg/entrypoint/handover"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
	"github.com/tenon-ci/tenon/pkg/entrypoint/watch"
	"github.com/tenon-ci/tenon/pkg/sidecarlogs"
)

// pod is the part of a pod's file system that the sidecar sees.
type pod struct {
	t    *testing.T
	root string
	log  bytes.Buffer
	warn bytes.Buffer
}

func newPod(t *testing.T) *pod {
	t.Helper()
	p := &pod{t: t, root: t.TempDir()}
	for _, dir := range []string{protocol.ResultsDir, protocol.ArtifactsDir, protocol.StepRunDir(0), protocol.StepRunDir(1)} {
		if err := os.MkdirAll(p.place(dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func (p *pod) place(path string) string { return filepath.Join(p.root, path) }

func (p *pod) write(file, content string) {
	p.t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(p.place(file)), 0o755), os.WriteFile(p.place(file), []byte(content), 0o600)); err != nil {
		p.t.Fatal(err)
	}
}

func (p *pod) reporter(config protocol.ResultsSidecar) *sidecarlogs.Reporter {
	config.Containers = []string{"step-a", "step-b"}
	return &sidecarlogs.Reporter{
		Config: config,
		Root:   p.root,
		Log:    &p.log,
		Warn:   func(format string, args ...any) { fmt.Fprintf(&p.warn, format+"\n", args...) },
		// A wait that ends was told.
		Watch: watch.Watcher{Recheck: time.Hour},
	}
}

type line struct{ Name, Value, Type string }

func (p *pod) lines() []line {
	p.t.Helper()
	var out []line
	for _, text := range strings.Split(strings.TrimSuffix(p.log.String(), "\n"), "\n") {
		if text == "" {
			continue
		}
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			p.t.Fatalf("line %q: %v", text, err)
		}
		out = append(out, l)
	}
	return out
}

func results(names ...string) []protocol.Result {
	var out []protocol.Result
	for _, name := range names {
		out = append(out, protocol.Result{Name: name})
	}
	return out
}

func TestReport(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	p.write(protocol.ResultsDir+"/text", "two\nlines <&>\n")
	p.write(protocol.ResultsDir+"/empty", "")
	p.write(protocol.ResultsDir+"/undeclared", "x")
	p.write(protocol.ResultsDir+"/folder/x", "x")
	p.write(protocol.StepStatusDir(1)+"/results/r", `["a"]`)
	p.write(protocol.StepStatusDir(1)+"/artifacts/provenance.json", `{ "outputs": [] }`)
	p.write(protocol.StepStatusDir(0)+"/artifacts/provenance.json", `{ "outputs": [`)
	p.write(protocol.TaskArtifactsFile(), "{\n}")
	outside := filepath.Join(t.TempDir(), "token")
	if err := errors.Join(
		os.WriteFile(outside, []byte("TOPSECRET"), 0o600),
		os.Symlink(outside, p.place(protocol.ResultsDir+"/link")),
		os.Symlink("../../../../etc/passwd", p.place(protocol.ResultsDir+"/relative")),
		os.Symlink("text", p.place(protocol.ResultsDir+"/inside")),
		syscall.Mkfifo(p.place(protocol.ResultsDir+"/pipe"), 0o600),
		handover.Give(1, false, p.place),
	); err != nil {
		t.Fatal(err)
	}
	config := protocol.ResultsSidecar{
		TaskResults: results("text", "empty", "missing", "folder", "pipe", "link", "relative", "inside", "../run/1/out"),
		StepResults: map[string][]protocol.Result{"step-b": results("r", "missing"), "step-x": results("r")},
		Artifacts:   true,
	}
	if err := p.reporter(config).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []line{
		{"text", "two\nlines <&>\n", "task"},
		{"empty", "", "task"},
		{"step-b.r", `["a"]`, "step"},
		{"step-b", `{"outputs":[]}`, "stepArtifact"},
		{"artifacts", "{}", "taskArtifact"},
	}
	if diff := cmp.Diff(want, p.lines()); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if strings.Contains(p.log.String(), `\u003c`) {
		t.Errorf("log is escaped for HTML: %s", &p.log)
	}
	for _, word := range []string{"folder", "pipe", "link", "relative", "inside", "../run/1/out", "step-x", "/tekton/run/0/status/artifacts"} {
		if !strings.Contains(p.warn.String(), word) {
			t.Errorf("no warning of %s in %q", word, &p.warn)
		}
	}
}

func TestArtifactsAreOff(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	p.write(protocol.TaskArtifactsFile(), "{}")
	if err := handover.Give(1, false, p.place); err != nil {
		t.Fatal(err)
	}
	if err := p.reporter(protocol.ResultsSidecar{}).Run(t.Context()); err != nil || p.log.Len() > 0 {
		t.Errorf("error %v, log %q", err, &p.log)
	}
}

func TestLargeResultsAreCut(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	p.write(protocol.ResultsDir+"/r", strings.Repeat("x", 3<<20))
	if err := handover.Give(1, false, p.place); err != nil {
		t.Fatal(err)
	}
	if err := p.reporter(protocol.ResultsSidecar{TaskResults: results("r")}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if size := p.log.Len(); size < 1572863 || size > 3<<20 {
		t.Errorf("log has %d bytes", size)
	}
}

func TestWhenItReports(t *testing.T) {
	t.Parallel()
	type end struct {
		index  int
		failed bool
	}
	for name, tc := range map[string]struct {
		pause bool
		// before happens first and is no reason to report; then is.
		before []end
		then   end
	}{
		"last step over":               {before: []end{{0, false}}, then: end{1, false}},
		"last step failed":             {before: []end{{0, false}}, then: end{1, true}},
		"earlier step failed":          {then: end{0, true}},
		"failed, but steps go on":      {pause: true, before: []end{{0, true}}, then: end{1, false}},
		"failed, steps go on and fail": {pause: true, before: []end{{0, true}}, then: end{1, true}},
	} {
		for kind, w := range map[string]watch.Watcher{"notified": {Recheck: time.Hour}, "polled": {NoNotify: true, Poll: time.Millisecond}} {
			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()
				p := newPod(t)
				p.write(protocol.ResultsDir+"/r", "x")
				for _, e := range tc.before {
					if err := handover.Give(e.index, e.failed, p.place); err != nil {
						t.Fatal(err)
					}
				}
				r := p.reporter(protocol.ResultsSidecar{TaskResults: results("r"), PauseOnFailure: tc.pause})
				r.Watch = w
				done := make(chan error)
				go func() { done <- r.Run(t.Context()) }()
				select {
				case err := <-done:
					t.Fatalf("it reports too early, with error %v", err)
				default:
				}
				if err := handover.Give(tc.then.index, tc.then.failed, p.place); err != nil {
					t.Fatal(err)
				}
				if err := <-done; err != nil || len(p.lines()) != 1 {
					t.Errorf("error %v, log %q", err, &p.log)
				}
			})
		}
	}
}

// waitedFor is a context that tells when somebody waits for its end, and so has looked around before.
type waitedFor struct {
	context.Context
	once  sync.Once
	waits chan struct{}
}

func (c *waitedFor) Done() <-chan struct{} {
	c.once.Do(func() { close(c.waits) })
	return c.Context.Done()
}

// TestLockOfNobody is about runtimes in which containers do not see each other's locks: a step is not taken for dead.
func TestLockOfNobody(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	p.write(protocol.ResultsDir+"/r", "x")
	for i := range 2 {
		lock, err := handover.Hold(i, p.place)
		if err != nil {
			t.Fatal(err)
		}
		if err := lock.Close(); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan error, 1)
	r := p.reporter(protocol.ResultsSidecar{TaskResults: results("r")})
	ctx := &waitedFor{Context: t.Context(), waits: make(chan struct{})}
	go func() { done <- r.Run(ctx) }()
	select {
	case <-ctx.waits:
	case err := <-done:
		t.Fatalf("it does not wait, error %v", err)
	}
	if err := errors.Join(handover.Give(0, false, p.place), handover.Give(1, false, p.place), <-done); err != nil {
		t.Error(err)
	}
	if len(p.lines()) != 1 {
		t.Errorf("log %q", &p.log)
	}
}

func TestDeadStep(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	lock, err := handover.Hold(1, p.place)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	r := p.reporter(protocol.ResultsSidecar{})
	ctx := &waitedFor{Context: t.Context(), waits: make(chan struct{})}
	go func() { done <- r.Run(ctx) }()
	<-ctx.waits
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestReportsAtTheEndOfTheContext(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	p.write(protocol.ResultsDir+"/r", "x")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.reporter(protocol.ResultsSidecar{TaskResults: results("r")}).Run(ctx); err != nil || !slices.Equal(p.lines(), []line{{"r", "x", "task"}}) {
		t.Errorf("error %v, log %q", err, &p.log)
	}
}

func TestBrokenLog(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	p.write(protocol.ResultsDir+"/r", "x")
	if err := handover.Give(1, false, p.place); err != nil {
		t.Fatal(err)
	}
	r := p.reporter(protocol.ResultsSidecar{TaskResults: results("r")})
	read, write := io.Pipe()
	if err := read.Close(); err != nil {
		t.Fatal(err)
	}
	r.Log = write
	if err := r.Run(t.Context()); err == nil {
		t.Error("no error")
	}
}

// TestFromOutside reports from folders that lie elsewhere than in the container.
func TestFromOutside(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	p.write(protocol.TaskResult("r").File(), "v")
	r := p.reporter(protocol.ResultsSidecar{TaskResults: []protocol.Result{{Name: "r"}}})
	r.Root, r.Place = "/nowhere", p.place
	if err := handover.Give(1, false, p.place); err != nil {
		t.Fatal(err)
	}
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]line{{"r", "v", "task"}}, p.lines()); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}
