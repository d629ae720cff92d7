//go:build unix

package entrypoint

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
)

const hidden = "hunter2"

// TestNothingIsReadThroughLinks leaves links to a secret of a later step wherever that step's runner reads.
func TestNothingIsReadThroughLinks(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	p.write("/secret/report", hidden)
	p.write("/secret/provenance.json", `{"outputs":[{"name":"`+hidden+`"}]}`)
	link := func(target, at string) error {
		return errors.Join(os.RemoveAll(p.path(at)), os.Symlink(target, p.path(at)))
	}
	if err := errors.Join(
		link(p.path("/secret/report"), protocol.ResultsDir+"/report"),
		link("/proc/self/environ", protocol.ResultsDir+"/environ"),
		os.Link(p.path("/secret/report"), p.path(protocol.ResultsDir+"/hard")),
		link(p.path("/secret/provenance.json"), protocol.TaskArtifactsFile()),
		os.MkdirAll(p.path(protocol.StepStatusDir(0)), 0o755),
		link(p.path("/secret"), protocol.StepStatusDir(0)+"/results"),
		link(p.path("/secret"), protocol.StepStatusDir(0)+"/artifacts"),
	); err != nil {
		t.Fatal(err)
	}
	p.write(protocol.DoneFile(0), "")
	config := protocol.Step{
		Index: 1, TaskResults: results("report", "environ", "hard"), Artifacts: true,
		When: []protocol.When{{Input: "$(steps.0.results.report)", Operator: "notin", Values: []string{hidden}}},
	}
	argv := self("$(steps.0.results.report)", "$(steps.0.outputs)")
	code, log := p.run(config, "print", argv, func(r *Runner) {
		r.Env = append(r.Env, "TOKEN="+hidden, "SHOW=$(steps.0.results.report)")
	})
	if code != 0 || strings.Contains(log, hidden) {
		t.Errorf("exit code %d: %s", code, log)
	}
	if got, _ := p.report(); len(got) > 0 {
		t.Errorf("reported %v", got)
	}
}

func TestOutputCopiesDoNotFollowLinks(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	p.write("/keys/file", "before")
	if err := errors.Join(
		os.Symlink(p.path("/keys/file"), p.path(protocol.WorkspaceDir+"/log")),
		os.Symlink(p.path("/keys"), p.path(protocol.WorkspaceDir+"/dir")),
	); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"/log", "/dir/file", "/dir/new"} {
		code, log := p.run(protocol.Step{Stdout: p.path(protocol.WorkspaceDir + file)}, "print", self("text"))
		if code != 1 || !strings.Contains(log, "copying output: ") || !strings.Contains(log, "is a link") {
			t.Errorf("%s: exit code %d: %s", file, code, log)
		}
	}
	if got := p.read("/keys/file"); got != "before" {
		t.Errorf("the file behind the link has %q", got)
	}
	if got := p.read("/keys/new"); got != "absent" {
		t.Errorf("a file was made behind the link, it has %q", got)
	}
}

// TestResultsAreForEverybody is about processes that leave results which only their own user may read: the results sidecar
// and the runners of later steps are other users.
func TestResultsAreForEverybody(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	files := []string{
		protocol.TaskResult("task").File(), protocol.StepResult(0, "step").File(), protocol.StepArtifacts(0).File(), protocol.TaskArtifactsFile(),
	}
	for _, file := range append(files, protocol.ResultsDir+"/undeclared") {
		p.write(file, "{}")
		if err := os.Chmod(p.path(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	config := protocol.Step{
		TaskResults: results("task"), StepResults: results("step"), Artifacts: true, ResultsFrom: protocol.ResultsFromSidecarLogs,
	}
	if code, log := p.run(config, "exit", self("0")); code != 0 {
		t.Fatalf("exit code %d: %s", code, log)
	}
	got := map[string]os.FileMode{}
	want := map[string]os.FileMode{protocol.ResultsDir + "/undeclared": 0o600}
	for _, file := range files {
		want[file] = 0o644
	}
	for file := range want {
		info, err := os.Stat(p.path(file))
		if err != nil {
			t.Fatal(err)
		}
		got[file] = info.Mode()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("modes (-want +got):\n%s", diff)
	}
	if entries, _ := p.report(); len(entries) > 0 {
		t.Errorf("reported %v", entries)
	}
}
