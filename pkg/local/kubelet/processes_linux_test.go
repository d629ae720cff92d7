package kubelet_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tenon-ci/tenon/pkg/entrypoint"
	"github.com/tenon-ci/tenon/pkg/local/container"
)

// rootVar makes this program a container with the root that its value describes.
const rootVar = "KUBELET_TEST_ROOT"

// root is a container of a processRuntime.
type root struct {
	Mounts    []container.Mount
	Args, Env []string
	Dir       string
}

func TestMain(m *testing.M) {
	switch {
	case filepath.Base(os.Args[0]) == "entrypoint":
		r := &entrypoint.Runner{Env: os.Environ(), Stdout: os.Stdout, Stderr: os.Stderr, Signals: entrypoint.NotifySignals()}
		os.Exit(r.Main(os.Args[1:]))
	case os.Getenv(rootVar) != "":
		fmt.Fprintln(os.Stderr, enter(os.Getenv(rootVar)))
		os.Exit(128)
	}
	os.Exit(m.Run())
}

// enter makes the root, in a mount namespace of its own, and becomes the process in it. It returns only if it cannot.
func enter(text string) error {
	var r root
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return err
	}
	const at = "/mnt"
	err := errors.Join(unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""), unix.Mount("tmpfs", at, "tmpfs", 0, "mode=755"))
	if err != nil {
		return err
	}
	for _, dir := range []string{"/usr", "/bin", "/lib", "/lib64", "/dev", "/proc"} {
		if to, err := os.Readlink(dir); err == nil {
			if err := os.Symlink(to, at+dir); err != nil {
				return err
			}
			continue
		}
		r.Mounts = append([]container.Mount{{Source: dir, Target: dir}}, r.Mounts...)
	}
	for _, m := range r.Mounts {
		if err := bind(m, at+m.Target); err != nil {
			return fmt.Errorf("%s: %w", m.Target, err)
		}
	}
	if err := errors.Join(os.MkdirAll(at+"/tmp", 0o777), os.MkdirAll(at+r.Dir, 0o755), unix.Chroot(at), os.Chdir(r.Dir)); err != nil {
		return err
	}
	return unix.Exec(r.Args[0], r.Args, r.Env)
}

func bind(m container.Mount, target string) error {
	info, err := os.Stat(m.Source)
	if err != nil {
		return err
	}
	if info.IsDir() {
		err = os.MkdirAll(target, 0o755)
	} else if _, statErr := os.Stat(target); statErr != nil {
		err = errors.Join(os.MkdirAll(filepath.Dir(target), 0o755), os.WriteFile(target, nil, 0o600))
	}
	if err == nil {
		err = unix.Mount(m.Source, target, "", unix.MS_BIND|unix.MS_REC, "")
	}
	if err == nil && m.ReadOnly {
		err = unix.Mount("", target, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, "")
	}
	return err
}

// processRuntime runs containers as processes with a root of their own.
type processRuntime struct{ *fakeRuntime }

func (r processRuntime) NewSandbox(ctx context.Context, req container.SandboxRequest) (container.Sandbox, error) {
	if _, err := r.fakeRuntime.NewSandbox(ctx, req); err != nil {
		return nil, err
	}
	return processSandbox{&fakeSandbox{r.fakeRuntime}}, nil
}

type processSandbox struct{ *fakeSandbox }

func (s processSandbox) Start(_ context.Context, spec container.Spec) (container.Container, error) {
	text, err := json.Marshal(root{spec.Mounts, spec.Args, spec.Env, spec.WorkingDir})
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = []string{rootVar + "=" + string(text)}
	cmd.Stdout, cmd.Stderr = spec.Output, spec.Output
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	c := &processContainer{cmd: cmd, started: time.Now(), done: make(chan struct{})}
	started := make(chan error)
	go func() {
		// The process gets its signal when the thread that has started it ends, which those of Go may do.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		s.note("start %s", spec.Name)
		close(started)
		_ = cmd.Wait()
		status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
		code := status.ExitStatus()
		if status.Signaled() {
			code = 128 + int(status.Signal())
		}
		c.exit = container.Exit{Code: int32(code), At: time.Now()}
		s.note("end %s %d", spec.Name, code)
		close(c.done)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return c, nil
}

type processContainer struct {
	cmd     *exec.Cmd
	started time.Time
	done    chan struct{}
	exit    container.Exit
}

func (c *processContainer) ID() string            { return "process://" + strconv.Itoa(c.cmd.Process.Pid) }
func (c *processContainer) Started() time.Time    { return c.started }
func (c *processContainer) Done() <-chan struct{} { return c.done }
func (c *processContainer) Exit() container.Exit  { return c.exit }

func (c *processContainer) Signal(sig syscall.Signal) error {
	if err := c.cmd.Process.Signal(sig); !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

func (*processContainer) Exec(context.Context, []string) (int, []byte, error) {
	return 0, nil, errors.New("not supported")
}
