//go:build unix

package entrypoint

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/tenon-ci/tenon/pkg/entrypoint/foreign"
)

// mostInPipe is the most bytes that a pipe can hold for an ordinary user.
const mostInPipe = 1 << 20

// copyFile reads a pipe and writes what it reads to the log and to a file.
type copyFile struct {
	out, in, log, target *os.File
	// failed is the first error of the file. The process is not disturbed by it.
	failed error
	done   chan struct{}
}

func openCopy(log *os.File, path string) (*copyFile, error) {
	target, err := foreign.Append(path)
	if err != nil {
		return nil, err
	}
	out, in, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, target.Close())
	}
	c := &copyFile{out: out, in: in, log: log, target: target, done: make(chan struct{})}
	go c.run()
	return c, nil
}

// run copies until the pipe ends, or finish sets the deadline.
func (c *copyFile) run() {
	defer close(c.done)
	buffer := make([]byte, 32<<10)
	for {
		n, err := c.out.Read(buffer)
		c.write(buffer[:n])
		if err != nil {
			return
		}
	}
}

func (c *copyFile) write(text []byte) {
	if len(text) == 0 {
		return
	}
	// Without a log there is nobody to tell.
	_, _ = c.log.Write(text)
	if _, err := c.target.Write(text); err != nil && c.failed == nil {
		c.failed = fmt.Errorf("copying output: %w", err)
	}
}

// finish copies what the process left in the pipe, and does not wait for others that still have it open.
func (c *copyFile) finish() error {
	_ = c.in.Close()
	// The process has ended, so all it wrote is in the pipe, and an end of what is there is the end.
	_ = c.out.SetReadDeadline(time.Unix(1, 0))
	<-c.done
	_ = c.out.SetReadDeadline(time.Time{})
	c.drain()
	return errors.Join(c.failed, c.target.Close(), c.out.Close())
}

// drain reads without waiting.
func (c *copyFile) drain() {
	raw, err := c.out.SyscallConn()
	if err != nil {
		return
	}
	buffer := make([]byte, 32<<10)
	for total := 0; total < mostInPipe; {
		n := 0
		err := raw.Read(func(fd uintptr) bool {
			for {
				var err error
				n, err = syscall.Read(int(fd), buffer)
				if !errors.Is(err, syscall.EINTR) {
					return true
				}
			}
		})
		if err != nil || n <= 0 {
			return
		}
		c.write(buffer[:n])
		total += n
	}
}
