//go:build unix

package process

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
)

// Child is a started process, which leads a process group.
type Child struct {
	pid  int
	done chan struct{}
	exit Exit

	mu    sync.Mutex
	ended bool
}

// Start starts a process. The error says what the user can do where that is known.
func Start(s Spec) (*Child, error) {
	if len(s.Argv) == 0 {
		return nil, errors.New("the command line is empty")
	}
	path, err := lookPath(s.Argv[0], s.Env)
	if err != nil {
		return nil, err
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, fmt.Errorf("opening standard input: %w", err)
	}
	defer null.Close() //nolint:errcheck // nothing was written
	sys := &syscall.SysProcAttr{Setpgid: true}
	if s.Hermetic {
		if err := isolate(sys); err != nil {
			return nil, fmt.Errorf("hermetic mode: %w", err)
		}
	}
	pid, err := syscall.ForkExec(path, s.Argv, &syscall.ProcAttr{
		Env:   s.Env,
		Files: []uintptr{null.Fd(), s.Stdout.Fd(), s.Stderr.Fd()},
		Sys:   sys,
	})
	if err != nil {
		return nil, explain(path, err, s.Hermetic)
	}
	c := &Child{pid: pid, done: make(chan struct{})}
	go c.wait(s.Reap)
	return c, nil
}

// Become replaces this program by another one, which keeps the number of the process and its open files. It returns only if
// that is not possible; the error says what the user can do where that is known.
func Become(argv, env []string) error {
	if len(argv) == 0 {
		return errors.New("the command line is empty")
	}
	path, err := lookPath(argv[0], env)
	if err != nil {
		return err
	}
	return explain(path, syscall.Exec(path, argv, env), false)
}

// Done is closed when the process has ended.
func (c *Child) Done() <-chan struct{} { return c.done }

// Exit returns how the process ended; only after Done.
func (c *Child) Exit() Exit { return c.exit }

// Signal sends a signal to the process group. After the process's end it does nothing: the number may belong to others.
func (c *Child) Signal(sig os.Signal) error {
	number, ok := sig.(syscall.Signal)
	if !ok {
		return fmt.Errorf("signal %v is unknown", sig)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return nil
	}
	if err := syscall.Kill(-c.pid, number); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("sending signal %v: %w", sig, err)
	}
	return nil
}

// Kill ends the process group at once.
func (c *Child) Kill() error { return c.Signal(syscall.SIGKILL) }

// wait collects the process, and with reap also every other one that was left to this process.
func (c *Child) wait(reap bool) {
	target := c.pid
	if reap {
		target = -1
	}
	var status syscall.WaitStatus
	for {
		pid, err := syscall.Wait4(target, &status, 0, nil)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil || pid == c.pid {
			break
		}
	}
	c.mu.Lock()
	c.ended = true
	c.mu.Unlock()
	c.exit = Exit{Code: status.ExitStatus(), Signaled: status.Signaled()}
	close(c.done)
}

func isExecutable(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// explain adds what usually is behind an error of execve.
func explain(path string, err error, hermetic bool) error {
	hint := ""
	switch {
	case errors.Is(err, syscall.ENOENT):
		hint = missing(path)
	case errors.Is(err, syscall.ENOEXEC):
		hint = " (it is made for another platform, or a script without a first line that names its interpreter)"
	case errors.Is(err, syscall.E2BIG):
		hint = " (arguments and environment are too large)"
	case hermetic && errors.Is(err, syscall.EPERM):
		hint = " (hermetic mode needs user namespaces, which this node or the container's security settings forbid)"
	}
	return fmt.Errorf("%s: %w%s", path, err, hint)
}

// missing says what is not there if a script itself is.
func missing(path string) string {
	name, ok := interpreter(path)
	if !ok {
		return ""
	}
	if plain, ok := strings.CutSuffix(name, "\r"); ok {
		return fmt.Sprintf(" (the first line names the interpreter %s with a carriage return after it: line ends must be LF, not CR LF)", plain)
	}
	return fmt.Sprintf(" (its interpreter %s is not in this image)", name)
}

// interpreter returns the program that the first line of an existing script names, as the kernel reads it: a carriage
// return belongs to the name.
func interpreter(path string) (string, bool) {
	f, err := os.Open(path)
	if err != nil {
		return "", false
	}
	defer f.Close() //nolint:errcheck // nothing was written
	line, _ := bufio.NewReaderSize(f, 256).ReadSlice('\n')
	text, ok := strings.CutPrefix(string(line), "#!")
	name, _, _ := strings.Cut(strings.TrimLeft(strings.TrimSuffix(text, "\n"), " \t"), " ")
	name, _, _ = strings.Cut(name, "\t")
	return name, ok && name != ""
}
