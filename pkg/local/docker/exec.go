package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/moby/moby/client"
)

// outputLimit is how much of what a command writes is kept, in bytes.
const outputLimit = 16 << 10

// Exec implements [container.Container].
func (c *running) Exec(ctx context.Context, args []string) (int, []byte, error) {
	created, err := c.api.ExecCreate(ctx, c.id, client.ExecCreateOptions{
		Cmd: args, User: c.user, AttachStdout: true, AttachStderr: true,
	})
	if err != nil {
		return 0, nil, fmt.Errorf("running %s in container %.12s: %w", args[0], c.id, err)
	}
	attached, err := c.api.ExecAttach(ctx, created.ID, client.ExecAttachOptions{})
	if err != nil {
		return 0, nil, fmt.Errorf("running %s in container %.12s: %w", args[0], c.id, err)
	}
	output := &limited{left: outputLimit}
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		_ = demultiplex(output, attached.Reader)
	}()
	select {
	case <-copied:
	case <-c.done:
	case <-ctx.Done():
		c.killExec(context.WithoutCancel(ctx), created.ID)
	}
	attached.Close()
	<-copied
	if ctx.Err() != nil {
		return 0, output.kept, ctx.Err()
	}
	code, err := c.execCode(ctx, created.ID)
	if err != nil {
		return 0, output.kept, fmt.Errorf("running %s in container %.12s: %w", args[0], c.id, err)
	}
	return code, output.kept, nil
}

// execCode asks for the exit code. The output can end shortly before the engine knows it.
func (c *running) execCode(ctx context.Context, id string) (int, error) {
	for wait := time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		found, err := c.api.ExecInspect(ctx, id, client.ExecInspectOptions{})
		if err != nil {
			return 0, err
		}
		if !found.Running {
			return found.ExitCode, nil
		}
		select {
		case <-time.After(wait):
		case <-c.done:
			return 0, errors.New("the container has ended")
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// killExec ends a command. Engines have no call for that: where its process can be seen from here it gets the signal, and elsewhere
// it goes on until its container ends.
func (c *running) killExec(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	found, err := c.api.ExecInspect(ctx, id, client.ExecInspectOptions{})
	if err == nil && found.Running && found.PID > 0 {
		killProcess(found.PID, c.id)
	}
}

// limited keeps the beginning of what is written.
type limited struct {
	kept []byte
	left int
}

var _ io.Writer = (*limited)(nil)

// Write implements [io.Writer].
func (l *limited) Write(p []byte) (int, error) {
	n := min(len(p), l.left)
	l.kept = append(l.kept, p[:n]...)
	l.left -= n
	return len(p), nil
}
