//go:build !unix

package process

import (
	"errors"
	"fmt"
	"os"
)

// Child is a started process.
type Child struct {
	process *os.Process
	done    chan struct{}
	exit    Exit
}

// Start starts a process. Hermetic mode has no effect (contract 2 §2.12), nor has Reap.
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
	p, err := os.StartProcess(path, s.Argv, &os.ProcAttr{Env: s.Env, Files: []*os.File{null, s.Stdout, s.Stderr}})
	if err != nil {
		return nil, err
	}
	c := &Child{process: p, done: make(chan struct{})}
	go c.wait()
	return c, nil
}

// Become fails: a process cannot become another program here.
func Become(argv, _ []string) error {
	return fmt.Errorf("%v: %w", argv, errors.ErrUnsupported)
}

// Done is closed when the process has ended.
func (c *Child) Done() <-chan struct{} { return c.done }

// Exit returns how the process ended; only after Done.
func (c *Child) Exit() Exit { return c.exit }

// Signal does nothing: there is no way to forward signals here.
func (c *Child) Signal(os.Signal) error { return nil }

// Kill ends the process.
func (c *Child) Kill() error { return c.process.Kill() }

func (c *Child) wait() {
	state, err := c.process.Wait()
	c.exit = Exit{Code: 1}
	if err == nil {
		c.exit.Code = state.ExitCode()
	}
	close(c.done)
}

func isExecutable(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode().IsRegular()
}
