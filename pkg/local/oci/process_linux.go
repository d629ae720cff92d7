package oci

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// process is a container.
type process struct {
	sandbox          *sandbox
	id, name, bundle string
	spec             *specs.Process
	cmd              *exec.Cmd
	group            *group
	release          func()
	started          time.Time
	// output is closed when all output was written.
	output <-chan struct{}
	exit   container.Exit
	// opening is the output from its beginning. ran says that the command has surely been executed.
	opening *opening
	ran     bool
	// said is the last error of the runtime, if there is one.
	said string
	// ended is closed when the runtime has ended, done when the output was written too, gone when nothing is left of the container.
	ended, done, gone chan struct{}

	mu sync.Mutex
	// pidfd is of the container's first process, mounts its mount namespace.
	pidfd  *os.File
	mounts string
}

// Start implements [container.Sandbox].
func (s *sandbox) Start(ctx context.Context, spec container.Spec) (container.Container, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	if s.removed {
		s.mu.Unlock()
		return nil, &container.StartError{Reason: "CreateContainerError", ExitCode: 128, Err: errors.New("the pod is being removed")}
	}
	s.starting.Add(1)
	s.mu.Unlock()
	defer s.starting.Done()

	p := &process{
		sandbox: s, id: randomID(16), name: spec.Name, release: func() {},
		ended: make(chan struct{}), done: make(chan struct{}), gone: make(chan struct{}),
	}
	p.bundle = filepath.Join(s.dir, "c", p.id)
	if err := p.prepare(&spec); err != nil {
		p.clear()
		return nil, &container.StartError{Reason: "CreateContainerError", ExitCode: 128, Err: err}
	}
	if err := p.start(ctx, &spec); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.containers[p] = true
	s.mu.Unlock()
	go p.forget()
	return p, nil
}

// prepare makes everything up to the run of the runtime.
func (p *process) prepare(spec *container.Spec) error {
	if err := os.Mkdir(p.bundle, 0o700); err != nil {
		return err
	}
	root, release, err := p.sandbox.runtime.root(p.bundle, spec.Image.Root)
	if err != nil {
		return err
	}
	p.release = release
	if p.spec, err = p.sandbox.configure(p.bundle, root, spec); err != nil {
		return err
	}
	p.group, err = p.sandbox.runtime.limit(p.id, spec)
	return err
}

// start runs the runtime until the process of the container is the user's.
func (p *process) start(ctx context.Context, spec *container.Spec) error {
	r := p.sandbox.runtime
	pidFile := filepath.Join(r.folder.path, "pids", p.id)
	written, forget := r.pids.expect(p.id)
	defer forget()
	defer os.Remove(pidFile) //nolint:errcheck // it may not be there
	args := []string{"run", "--bundle", p.bundle, "--pid-file", pidFile}
	p.cmd = r.program.command(p.logFile(), append(args, p.id)...)
	if err := p.launch(spec); err != nil {
		p.clear()
		return &container.StartError{Reason: "CreateContainerError", ExitCode: 128, Err: fmt.Errorf("starting %s: %w", r.program.name, err)}
	}
	go p.wait()
	select {
	case <-written:
	case <-p.ended:
	case <-ctx.Done():
		p.abandon(written, pidFile)
		return ctx.Err()
	}
	p.started = time.Now()
	p.found(pidFile)
	if err := p.failure(); err != nil {
		<-p.gone
		return err
	}
	return nil
}

// launch starts the runtime, with its output going where the container's goes.
func (p *process) launch(spec *container.Spec) error {
	p.opening = &opening{output: spec.Output, command: spec.Args[0]}
	if spec.Output == nil {
		p.opening.output = io.Discard
	}
	copied := make(chan struct{})
	p.output = copied
	var read, write *os.File
	var err error
	if spec.TTY {
		read, write, err = terminal()
		p.cmd.Stdin = write
	} else {
		read, write, err = os.Pipe()
	}
	if err != nil {
		return err
	}
	p.cmd.Stdout, p.cmd.Stderr = write, write
	p.group.use(p.cmd.SysProcAttr)
	err = p.sandbox.runtime.place.do(p.cmd.Start)
	_ = write.Close()
	if err != nil {
		_ = read.Close()
		return err
	}
	go func() {
		defer close(copied)
		_, _ = io.Copy(p.opening, read) // the end of a terminal is an error
		_ = read.Close()
	}()
	return nil
}

// abandon ends a container that is being started: it has a process soon, or ends by itself.
func (p *process) abandon(written <-chan struct{}, pidFile string) {
	select {
	case <-written:
		p.open(pidFile)
		_ = p.Signal(unix.SIGKILL)
	case <-p.ended:
	case <-time.After(10 * time.Second):
		_ = p.cmd.Process.Kill() // what is left is for Clean
	}
	<-p.gone
}

// open finds the first process of the container, and returns its number; it returns 0 if it has ended.
func (p *process) open(pidFile string) int {
	data, err := os.ReadFile(pidFile) //nolint:gosec // of this package
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		return 0
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return 0
	}
	mounts, _ := os.Readlink(fmt.Sprintf("/proc/%d/ns/mnt", pid)) // it may have ended
	// Only while the runtime has not ended is the number surely that of its child.
	select {
	case <-p.ended:
		_ = unix.Close(fd)
		return 0
	default:
		p.mu.Lock()
		defer p.mu.Unlock()
		p.pidfd, p.mounts = os.NewFile(uintptr(fd), "process"), mounts
		return pid
	}
}

// found waits until the first process of the container is the user's and the runtime's no more, which may be a copy in memory.
func (p *process) found(pidFile string) {
	pid := p.open(pidFile)
	if pid == 0 {
		return
	}
	before, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", p.cmd.Process.Pid))
	if err != nil {
		return
	}
	for {
		if now, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); err == nil && now != before && !strings.HasPrefix(now, "/memfd:") {
			p.ran = true
			return
		}
		select {
		case <-p.ended:
			return
		case <-time.After(time.Millisecond):
		}
	}
}

// failure returns an error if the runtime has ended without having run the command.
func (p *process) failure() error {
	select {
	case <-p.ended:
	default:
		return nil
	}
	<-p.done
	if p.said == "" && !p.ran && p.exit.Code == 1 {
		p.said = p.opening.said
	}
	if p.said == "" {
		return nil
	}
	code := int32(128)
	if strings.Contains(p.said, "not found") || strings.Contains(p.said, "no such file") || strings.Contains(p.said, "No such file") {
		code = 127
	}
	return &container.StartError{Reason: "StartError", ExitCode: code, Err: errors.New(p.said)}
}

func (p *process) logFile() string { return filepath.Join(p.sandbox.dir, p.id+".log") }

// lastError is the last error that a runtime has written into its log.
func lastError(log string) string {
	data, err := os.ReadFile(log) //nolint:gosec // a file of this package
	if err != nil {
		return ""
	}
	text := ""
	for line := range bytes.Lines(data) {
		var entry struct{ Level, Msg string }
		if json.Unmarshal(line, &entry) == nil && (entry.Level == "error" || entry.Level == "fatal") {
			text = entry.Msg
		}
	}
	return strings.ToValidUTF8(text, "?")
}

// wait waits for the end of the container and takes away what it has needed.
func (p *process) wait() {
	_ = p.cmd.Wait() // what it returns is in the state of the process
	p.said = lastError(p.logFile())
	p.exit = container.Exit{Code: exitCode(p.cmd.ProcessState), At: time.Now()}
	close(p.ended)
	if p.sandbox.hostPID || p.sandbox.joined["pid"] != "" {
		// Its other processes do not end with the first one.
		p.mu.Lock()
		mounts := p.mounts
		p.mu.Unlock()
		killMembers(mounts)
	}
	<-p.output
	p.exit.OOMKilled = p.group.outOfMemory()
	close(p.done)
	p.clear()
}

// clear takes everything away that is left of a container without processes.
func (p *process) clear() {
	p.mu.Lock()
	if p.pidfd != nil {
		_ = p.pidfd.Close()
		p.pidfd = nil
	}
	p.mu.Unlock()
	p.release()
	p.group.remove()
	_ = os.RemoveAll(p.bundle)
	_ = os.Remove(p.logFile())
	_ = os.RemoveAll(filepath.Join(p.sandbox.runtime.folder.path, "state", p.id))
	close(p.gone)
}

// forget takes the container out of its sandbox in the end.
func (p *process) forget() {
	<-p.gone
	p.sandbox.mu.Lock()
	delete(p.sandbox.containers, p)
	p.sandbox.mu.Unlock()
}

func exitCode(state *os.ProcessState) int32 {
	if state == nil {
		return 255
	}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int32(status.Signal())
	}
	return int32(state.ExitCode()) //nolint:gosec // between 0 and 255
}

// ID implements [container.Container].
func (p *process) ID() string { return "oci://" + p.id }

// Started implements [container.Container].
func (p *process) Started() time.Time { return p.started }

// Done implements [container.Container].
func (p *process) Done() <-chan struct{} { return p.done }

// Exit implements [container.Container].
func (p *process) Exit() container.Exit { return p.exit }

// Signal implements [container.Container].
func (p *process) Signal(sig syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pidfd == nil {
		return nil
	}
	err := unix.PidfdSendSignal(int(p.pidfd.Fd()), sig, nil, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	return err
}
