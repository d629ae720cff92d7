package entrypoint

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tenon-ci/tenon/pkg/entrypoint/foreign"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
)

// prepare makes what all steps of a pod share (contract 2 §2.3, §2.6): this program, the directories with public data of
// the steps, scripts and working directories.
func (r *Runner) prepare(args []string) error {
	in, err := protocol.DecodeInit(args)
	if err != nil {
		return err
	}
	if err := r.Prepare(in); err != nil {
		return err
	}
	if in.Hold {
		r.hold()
	}
	return nil
}

// Prepare makes what all steps of a pod share, and the mark that says so. It does not wait for anything, whatever Hold says.
func (r *Runner) Prepare(in protocol.Init) error {
	if err := r.makeShared(in); err != nil {
		return err
	}
	return r.markPrepared()
}

func (r *Runner) makeShared(in protocol.Init) error {
	if err := makeDir(r.Layout.Path(protocol.BinDir), publicDir); err != nil {
		return fmt.Errorf("making the directory of the runner: %w", err)
	}
	if err := r.install(r.Layout.Path(protocol.Runner)); err != nil {
		return err
	}
	if in.SidecarRunner {
		if err := r.install(r.Layout.Path(protocol.SidecarRunner)); err != nil {
			return err
		}
	}
	for i, container := range in.Containers {
		// Every step's user can write to it, as far as it is mounted so.
		if err := makeDir(r.Layout.Path(protocol.StepRunDir(i)), sharedDir); err != nil {
			return fmt.Errorf("making the directory of step %s: %w", container, err)
		}
		if err := r.linkStep(i, container); err != nil {
			return err
		}
	}
	for _, script := range in.Scripts {
		if err := r.writeScript(script); err != nil {
			return err
		}
	}
	if err := r.makeWorkingDirs(in.WorkingDirs, in.Workspaces); err != nil {
		return err
	}
	if in.DebugOnFailure {
		if err := r.writeDebugScripts(onFailure); err != nil {
			return err
		}
	}
	if in.DebugBeforeStep {
		return r.writeDebugScripts(beforeStep)
	}
	return nil
}

// install puts the runner where steps start it.
func (r *Runner) install(to string) error {
	if r.Link {
		err := os.Link(r.Executable, to)
		if err == nil || errors.Is(err, os.ErrExist) {
			return nil
		}
	}
	return copyProgram(r.Executable, to)
}

// copyProgram copies this program to where steps start it. The kernel does the copying where it can.
func copyProgram(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("copying the runner: %w", err)
	}
	defer in.Close() //nolint:errcheck // nothing was written
	out, err := os.CreateTemp(filepath.Dir(to), ".new-*")
	if err != nil {
		return fmt.Errorf("copying the runner: %w", err)
	}
	_, err = io.Copy(out, in)
	err = errors.Join(err, out.Chmod(publicDir), out.Close())
	if err == nil {
		err = os.Rename(out.Name(), to)
	}
	if err != nil {
		_ = os.Remove(out.Name())
		return fmt.Errorf("copying the runner to %s: %w", to, err)
	}
	return nil
}

// linkStep makes the public directory of a step, by name and by number: a link to where the step itself can write.
func (r *Runner) linkStep(index int, container string) error {
	if !isName(container) {
		return fmt.Errorf("step %d has container name %q", index, container)
	}
	target := r.Layout.target(protocol.StepStatusDir(index))
	for _, name := range []string{container, strconv.Itoa(index)} {
		link := r.Layout.Path(protocol.StepDir(name))
		if old, err := os.Readlink(link); err == nil && old == target {
			continue
		}
		if err := os.Symlink(target, link); err != nil {
			return fmt.Errorf("making the directory of step %s: %w", container, err)
		}
	}
	return nil
}

func (r *Runner) writeScript(script protocol.Script) error {
	name, err := below(protocol.ScriptsDir, script.Path)
	if err != nil {
		return fmt.Errorf("script: %w", err)
	}
	file := r.Layout.Path(path.Join(protocol.ScriptsDir, name))
	if err := makeDir(filepath.Dir(file), publicDir); err != nil {
		return fmt.Errorf("script %s: %w", script.Path, err)
	}
	return writeFile(file, []byte(script.Content), publicDir)
}

// makeWorkingDirs makes directories below the workspaces, which every step's user can write to. What cannot be made is
// left to the container runtime, which does as it likes: a workspace may be somebody else's, or have links on the way,
// which only lead astray here.
func (r *Runner) makeWorkingDirs(dirs, workspaces []string) error {
	for _, dir := range dirs {
		root, name, err := workspaceOf(dir, workspaces)
		if err != nil {
			return fmt.Errorf("working directory: %w", err)
		}
		if name == "." {
			continue
		}
		if err := foreign.MakeDirs(r.Layout.Path(root), name); err != nil {
			r.logf("warning: working directory %s is not made: %v", dir, err)
		}
	}
	return nil
}

// workspaceOf returns the innermost of the workspaces that dir is in, and its name there.
func workspaceOf(dir string, workspaces []string) (root, name string, err error) {
	if !path.IsAbs(dir) {
		dir = path.Join(protocol.WorkspaceDir, dir)
	}
	for _, workspace := range workspaces {
		if rest, err := below(workspace, dir); err == nil && len(workspace) > len(root) {
			root, name = workspace, rest
		}
	}
	if root != "" {
		return root, name, nil
	}
	name, err = below(protocol.WorkspaceDir, dir)
	return protocol.WorkspaceDir, name, err
}

// below returns the path of p, which may be relative, seen from dir, where it must be.
func below(dir, p string) (string, error) {
	full := p
	if !path.IsAbs(p) {
		full = path.Join(dir, p)
	}
	full = path.Clean(full)
	if full == dir {
		return ".", nil
	}
	name, ok := strings.CutPrefix(full, dir+"/")
	if !ok || strings.ContainsRune(p, 0) {
		return "", fmt.Errorf("%s is not in %s", p, dir)
	}
	return name, nil
}

func (r *Runner) writeDebugScripts(b breakpoint) error {
	for _, name := range []string{b.goOn, b.fail} {
		file := r.Layout.Path(path.Join(protocol.DebugScriptsDir, name))
		if err := makeDir(filepath.Dir(file), publicDir); err != nil {
			return fmt.Errorf("debug script %s: %w", name, err)
		}
		if err := writeFile(file, []byte(b.script(name)), publicDir); err != nil {
			return err
		}
	}
	return nil
}
