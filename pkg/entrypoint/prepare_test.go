//go:build unix

package entrypoint

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
)

// prepared runs the init container in a new directory and returns its error.
func prepared(t *testing.T, in protocol.Init) (*pod, error) {
	t.Helper()
	p := &pod{t: t, root: t.TempDir()}
	for _, dir := range []string{protocol.BinDir, protocol.StepsDir, protocol.ScriptsDir, protocol.DebugScriptsDir, protocol.WorkspaceDir} {
		if err := os.MkdirAll(p.path(dir), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	args, err := protocol.EncodeInit(in)
	if err != nil {
		t.Fatal(err)
	}
	r := &Runner{Layout: p.layout(), Executable: os.Args[0], Stderr: os.Stderr}
	return p, r.prepare(args)
}

func (p *pod) mode(file string) os.FileMode {
	p.t.Helper()
	info, err := os.Lstat(p.path(file))
	if err != nil {
		p.t.Fatal(err)
	}
	return info.Mode()
}

func TestPrepare(t *testing.T) {
	t.Parallel()
	const script = "#!/bin/sh\necho \"$(params.x)\" $$ `a`\r\n"
	p, err := prepared(t, protocol.Init{
		Containers:     []string{"step-build", "step-unnamed-1"},
		Scripts:        []protocol.Script{{Path: protocol.ScriptsDir + "/script-0-abc", Content: script}, {Path: "sub/script-1", Content: ""}},
		WorkingDirs:    []string{"/workspace/a/b", "rel/../c", "/workspace", "."},
		DebugOnFailure: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if p.read(protocol.Runner) != string(own) || p.mode(protocol.Runner) != 0o755 {
		t.Errorf("the runner's copy differs, or has mode %v", p.mode(protocol.Runner))
	}
	for link, target := range map[string]string{
		"step-build": "/tekton/run/0/status", "0": "/tekton/run/0/status", "step-unnamed-1": "/tekton/run/1/status", "1": "/tekton/run/1/status",
	} {
		if got, err := os.Readlink(p.path(protocol.StepDir(link))); err != nil || got != p.path(target) {
			t.Errorf("link %s leads to %q, %v", link, got, err)
		}
	}
	if got := p.read(protocol.ScriptsDir + "/script-0-abc"); got != script {
		t.Errorf("script %q", got)
	}
	for _, file := range []string{protocol.ScriptsDir + "/script-0-abc", protocol.ScriptsDir + "/sub/script-1", protocol.DebugScriptsDir + "/debug-continue", protocol.DebugScriptsDir + "/debug-fail-continue"} {
		if got := p.mode(file); got != 0o755 {
			t.Errorf("%s has mode %v", file, got)
		}
	}
	if got := p.read(protocol.DebugScriptsDir + "/debug-beforestep-continue"); got != "absent" {
		t.Errorf("script of a breakpoint that is not set: %q", got)
	}
	for _, dir := range []string{"/workspace/a", "/workspace/a/b", "/workspace/c"} {
		if got := p.mode(dir); got != os.ModeDir|0o777 {
			t.Errorf("%s has mode %v", dir, got)
		}
	}
}

func TestPrepareDebugBeforeStep(t *testing.T) {
	t.Parallel()
	p, err := prepared(t, protocol.Init{DebugBeforeStep: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := p.read(protocol.DebugScriptsDir + "/debug-beforestep-fail-continue"); !strings.HasPrefix(got, "#!/bin/sh\n") {
		t.Errorf("script %q", got)
	}
	if got := p.read(protocol.DebugScriptsDir + "/debug-continue"); got != "absent" {
		t.Errorf("script of a breakpoint that is not set: %q", got)
	}
}

func TestPrepareManyScripts(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("echo $HOME\n", 20_000)
	p, err := prepared(t, protocol.Init{Scripts: []protocol.Script{{Path: protocol.ScriptsDir + "/a", Content: large}}})
	if err != nil {
		t.Fatal(err)
	}
	if p.read(protocol.ScriptsDir+"/a") != large {
		t.Error("a large script differs")
	}
}

func TestPrepareRefusesToEscape(t *testing.T) {
	t.Parallel()
	script := func(path string) protocol.Init {
		return protocol.Init{Scripts: []protocol.Script{{Path: path}}}
	}
	for name, in := range map[string]protocol.Init{
		"container":            {Containers: []string{"../x"}},
		"container, parent":    {Containers: []string{".."}},
		"no container name":    {Containers: []string{""}},
		"script elsewhere":     script("/tekton/run/bin/entrypoint"),
		"script above":         script(protocol.ScriptsDir + "/../bin/x"),
		"script beside":        script(protocol.ScriptsDir + "-x/a"),
		"working directory":    {WorkingDirs: []string{"/tekton/run"}},
		"above the workspace":  {WorkingDirs: []string{"../x"}},
		"beside the workspace": {WorkingDirs: []string{"/workspace2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := prepared(t, in)
			if err == nil {
				t.Error("no error")
			}
			var found []string
			if err := filepath.WalkDir(p.root, func(path string, d os.DirEntry, err error) error {
				if err == nil && !d.IsDir() && path != p.path(protocol.Runner) {
					found = append(found, path)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if len(found) > 0 {
				t.Errorf("left %v", found)
			}
		})
	}
}

func TestWorkingDirsInWorkspaces(t *testing.T) {
	t.Parallel()
	workspaces := []string{"/workspace/a", "/workspace/a/b", "/src"}
	for dir, want := range map[string]string{
		"/workspace/x": "/workspace:x", "x": "/workspace:x", "a/x": "/workspace/a:x", "../x": "", "/workspace/a/x/y": "/workspace/a:x/y", "/workspace/a/b/x": "/workspace/a/b:x",
		"/workspace/a": "/workspace/a:.", "/workspace/ab": "/workspace:ab", "/src/x": "/src:x", "/src2": "",
	} {
		root, name, err := workspaceOf(dir, workspaces)
		if got := root + ":" + name; (err == nil) != (want != "") || err == nil && got != want {
			t.Errorf("%s: %s, %v, want %s", dir, got, err, want)
		}
	}
}

func TestWorkingDirsDoNotFollowLinks(t *testing.T) {
	t.Parallel()
	outside := t.TempDir()
	root := t.TempDir()
	r := &Runner{Layout: Layout{Root: root}, Stderr: os.Stderr}
	if err := errors.Join(os.Mkdir(filepath.Join(root, "workspace"), 0o755), os.Symlink(outside, filepath.Join(root, "workspace", "link"))); err != nil {
		t.Fatal(err)
	}
	// The runtime may do with it what it likes; the others are made.
	if err := r.makeWorkingDirs([]string{"link/dir", "link", "other"}, nil); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(root, "workspace", "other")); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(outside); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

func TestPrepareReportsErrors(t *testing.T) {
	t.Parallel()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	log := collectLines(read)
	root := t.TempDir()
	// A file is where the volume should be.
	if err := os.WriteFile(filepath.Join(root, "tekton"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r := &Runner{Layout: Layout{Root: root}, Executable: os.Args[0], Stderr: write}
	if code := r.Main([]string{protocol.CommandInit, `{"containers":null}`}); code != 1 {
		t.Errorf("exit code %d", code)
	}
	if code := r.Main([]string{protocol.CommandInit}); code != 1 {
		t.Errorf("exit code %d", code)
	}
	_ = write.Close()
	if text := log.all(); !strings.Contains(text, "preparing the pod: making the directory of the runner") || !strings.Contains(text, "init configuration: it is empty") {
		t.Errorf("log %q", text)
	}
}

// TestPrepareFromOutside prepares a pod whose volumes lie wherever they like: links must lead where they do in the containers.
func TestPrepareFromOutside(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	place := func(p string) string {
		for target, source := range map[string]string{protocol.RunDir: "run", protocol.StepsDir: "steps", protocol.ScriptsDir: "scripts", protocol.WorkspaceDir: "ws"} {
			if p == target || strings.HasPrefix(p, target+"/") {
				return filepath.Join(dir, source, strings.TrimPrefix(p, target))
			}
		}
		return filepath.Join(dir, "elsewhere", p)
	}
	for _, name := range []string{"run", "steps", "scripts", "ws"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	var log strings.Builder
	r := &Runner{Layout: Layout{Place: place}, Executable: os.Args[0], Log: &log}
	err := r.Prepare(protocol.Init{
		Containers: []string{"step-a"}, Scripts: []protocol.Script{{Path: protocol.ScriptsDir + "/script-0", Content: "x"}},
		WorkingDirs: []string{"/workspace/a", "/data/b"}, Workspaces: []string{"/data"}, Hold: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.Readlink(filepath.Join(dir, "steps", "step-a")); got != "/tekton/run/0/status" || err != nil {
		t.Errorf("the link leads to %s, %v", got, err)
	}
	for _, name := range []string{"run/bin/entrypoint", "run/bin/.prepared", "run/0", "scripts/script-0", "ws/a"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	if !strings.Contains(log.String(), "working directory /data/b is not made") {
		t.Errorf("log %q", log.String())
	}
}
