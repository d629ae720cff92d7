package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	api "github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/client"
)

// Command is the first argument of the program that makes it call [Main], before it does anything else.
const Command = "empty-folder"

// folder is where Main finds the folder to empty.
const folder = "/folder"

// RemoveAll removes a folder with everything in it. Containers of an engine that runs as root leave files in it that its user cannot
// remove; a container does it then, which runs this program with [Command].
func (r *Runtime) RemoveAll(ctx context.Context, dir string) error {
	err := os.RemoveAll(dir)
	// Elsewhere the engine's virtual machine hides whose the files are.
	if !errors.Is(err, fs.ErrPermission) || runtime.GOOS != "linux" {
		return err
	}
	if err := r.empty(ctx, dir); err != nil {
		return fmt.Errorf("removing what containers have left in %s: %w", dir, err)
	}
	return os.RemoveAll(dir)
}

// empty runs the container that empties a folder.
func (r *Runtime) empty(ctx context.Context, dir string) error {
	program, err := os.Executable()
	if err == nil {
		program, err = filepath.EvalSymlinks(program)
	}
	if err != nil {
		return err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	image, err := r.loadPause(ctx)
	if err != nil {
		return err
	}
	created, err := r.api.ContainerCreate(ctx, client.ContainerCreateOptions{
		Config: &api.Config{
			Image: image, Entrypoint: []string{"/tenon", Command}, Cmd: []string{}, User: "0:0",
			Labels: r.labelled("", "", roleContainer),
		},
		HostConfig: &api.HostConfig{
			NetworkMode: "none", LogConfig: api.LogConfig{Type: "none"}, SecurityOpt: []string{"label=disable"},
			Mounts: []mount.Mount{
				{Type: mount.TypeBind, Source: program, Target: "/tenon", ReadOnly: true},
				{Type: mount.TypeBind, Source: dir, Target: folder},
			},
		},
	})
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeTimeout)
		defer cancel()
		_ = remove(ctx, r.api, created.ID)
	}()
	if _, err := r.api.ContainerStart(ctx, created.ID, client.ContainerStartOptions{}); err != nil {
		return err
	}
	waited := r.api.ContainerWait(ctx, created.ID, client.ContainerWaitOptions{Condition: api.WaitConditionNotRunning})
	select {
	case result := <-waited.Result:
		if result.StatusCode != 0 {
			return fmt.Errorf("the container that does it ended with %d", result.StatusCode)
		}
		return nil
	case err := <-waited.Error:
		return err
	}
}

// Main is what runs in that container: it removes all that is in one folder, which has the same name always. It returns the exit code
// of the program and tells errors to stderr.
func Main(args []string, stderr io.Writer) int {
	if len(args) != 0 || os.Getpid() != 1 {
		_, _ = fmt.Fprintln(stderr, Command+" is for the program itself only")
		return 2
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, err)
		return 1
	}
	code := 0
	for _, entry := range entries {
		if err := os.RemoveAll(filepath.Join(folder, entry.Name())); err != nil {
			_, _ = fmt.Fprintln(stderr, err)
			code = 1
		}
	}
	return code
}
