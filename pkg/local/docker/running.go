package docker

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	api "github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

const (
	// drainTimeout is how long the output of a container that has ended may still come.
	drainTimeout = 5 * time.Second
	// askTimeout is how long the engine may take for an answer about a container.
	askTimeout = 10 * time.Second
	// killed is the exit code of a process that got SIGKILL.
	killed = 128 + int32(syscall.SIGKILL)
)

// running is a container that was started.
type running struct {
	api     *client.Client
	id      string
	scheme  string
	started time.Time
	user    string
	limited bool        // in its memory
	gone    atomic.Bool // it is being removed: engines do not agree on the exit code of what is not there any more

	done chan struct{}
	exit container.Exit
}

// ID implements [container.Container].
func (c *running) ID() string { return c.scheme + c.id }

// Started implements [container.Container].
func (c *running) Started() time.Time { return c.started }

// Done implements [container.Container].
func (c *running) Done() <-chan struct{} { return c.done }

// Exit implements [container.Container].
func (c *running) Exit() container.Exit { return c.exit }

// follow copies the output and waits for the end.
func (c *running) follow(attached client.HijackedResponse, output io.Writer, tty bool) {
	defer close(c.done)
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		if tty {
			_, _ = io.Copy(output, attached.Reader)
		} else {
			_ = demultiplex(output, attached.Reader)
		}
	}()
	code, err := c.wait()
	c.exit = container.Exit{Code: code, At: time.Now()}
	if err != nil || (c.gone.Load() && code == 0) {
		c.exit.Code = killed
	} else if code == killed || c.limited {
		c.exit.OOMKilled = c.outOfMemory()
	}
	select {
	case <-copied:
	case <-time.After(drainTimeout):
	}
	attached.Close()
	<-copied
}

// wait returns the exit code. It asks after the start, for a container that does not run: what has ended already is no other case
// then, since containers stay until they are removed.
func (c *running) wait() (int32, error) {
	for try := range 5 {
		time.Sleep(time.Duration(try) * 200 * time.Millisecond)
		waited := c.api.ContainerWait(context.Background(), c.id, client.ContainerWaitOptions{Condition: api.WaitConditionNotRunning})
		select {
		case result := <-waited.Result:
			return int32(result.StatusCode), nil
		case err := <-waited.Error:
			if isGone(err) {
				return killed, nil // removed, by whom ever
			}
		}
	}
	return 0, errNoEnd
}

// outOfMemory says whether the kernel has killed the container for want of memory.
func (c *running) outOfMemory() bool {
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	found, err := c.api.ContainerInspect(ctx, c.id, client.ContainerInspectOptions{})
	return err == nil && found.Container.State != nil && found.Container.State.OOMKilled
}

// Signal implements [container.Container].
func (c *running) Signal(sig syscall.Signal) error {
	select {
	case <-c.done:
		return nil
	default:
	}
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	_, err := c.api.ContainerKill(ctx, c.id, client.ContainerKillOptions{Signal: strconv.Itoa(int(sig))})
	if err != nil && !isGone(err) {
		return fmt.Errorf("sending signal %d to container %.12s: %w", sig, c.id, err)
	}
	return nil
}

// demultiplex copies both streams of a container, which come in frames with a header of eight bytes: the stream, and the length.
func demultiplex(to io.Writer, from io.Reader) error {
	header := make([]byte, 8)
	for {
		if _, err := io.ReadFull(from, header); err != nil {
			return err
		}
		if _, err := io.CopyN(to, from, int64(binary.BigEndian.Uint32(header[4:]))); err != nil {
			return err
		}
	}
}
