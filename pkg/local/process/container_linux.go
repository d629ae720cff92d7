package process

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// outputLimit is how much of what a command writes is kept, in bytes.
const outputLimit = 16 << 10

// running is a container whose process was started.
type running struct {
	runtime *Runtime
	id      int
	started time.Time
	request request

	sending sync.Mutex
	conn    *net.UnixConn

	done chan struct{}
	exit container.Exit
}

// start begins the process of a container.
func (r *Runtime) start(ctx context.Context, pod container.SandboxRequest, spec container.Spec) (container.Container, error) {
	id := int(r.ids.Add(1))
	req := request{
		ID: id, Dir: pod.Dir, Args: spec.Args, Env: lastWins(spec.Env), WorkingDir: spec.WorkingDir, UID: spec.UID, GID: spec.GID,
		Groups: spec.Groups, User: spec.User, NoNewPrivileges: spec.NoNewPrivileges, TTY: spec.TTY, Hosts: pod.Hosts,
	}
	for _, m := range spec.Mounts {
		req.Mounts = append(req.Mounts, bind{Source: m.Source, Target: m.Target, ReadOnly: m.ReadOnly, Recursive: m.Recursive})
	}
	mine, its, err := outputs(spec.TTY)
	if err != nil {
		return nil, err
	}
	defer func() { _ = its.Close() }()
	c := &running{runtime: r, id: id, request: req, started: time.Now(), done: make(chan struct{})}
	conn, decoder, err := r.session(ctx, req, its)
	if err != nil {
		_ = mine.Close()
		return nil, err
	}
	c.conn = conn
	to := spec.Output
	if to == nil {
		to = io.Discard
	}
	go c.follow(decoder, mine, to)
	return c, nil
}

// lastWins leaves the last of the variables of each name; programs differ in which they take.
func lastWins(env []string) []string {
	seen := make(map[string]bool, len(env))
	kept := make([]string, 0, len(env))
	for _, variable := range slices.Backward(env) {
		name, _, _ := strings.Cut(variable, "=")
		if !seen[name] {
			seen[name] = true
			kept = append(kept, variable)
		}
	}
	slices.Reverse(kept)
	return kept
}

// follow copies the output and waits for the end.
func (c *running) follow(decoder *json.Decoder, from *os.File, to io.Writer) {
	defer close(c.done)
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		// A terminal answers with an error when everybody has closed it.
		_, _ = io.Copy(to, from)
	}()
	last := ended{Code: 128 + int32(kill)}
	// An error says that the server is gone, and then everything was killed.
	_ = decoder.Decode(&last)
	c.exit = exitOf(last.Code)
	_ = c.conn.Close()
	<-copied
	_ = from.Close()
}

// ID implements [container.Container].
func (c *running) ID() string {
	return "host://" + strconv.Itoa(os.Getpid()) + "-" + strconv.Itoa(c.id)
}

// Started implements [container.Container].
func (c *running) Started() time.Time { return c.started }

// Done implements [container.Container].
func (c *running) Done() <-chan struct{} { return c.done }

// Exit implements [container.Container].
func (c *running) Exit() container.Exit { return c.exit }

// Signal implements [container.Container].
func (c *running) Signal(sig syscall.Signal) error {
	c.sending.Lock()
	defer c.sending.Unlock()
	err := json.NewEncoder(c.conn).Encode(signal{Number: int(sig)})
	if errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) {
		return nil // it has ended
	}
	return err
}

// Exec implements [container.Container].
func (c *running) Exec(ctx context.Context, args []string) (int, []byte, error) {
	mine, its, err := outputs(false)
	if err != nil {
		return 0, nil, err
	}
	req := c.request
	req.Exec, req.Args, req.TTY, req.Mounts = true, args, false, nil
	conn, decoder, err := c.runtime.session(ctx, req, its)
	_ = its.Close()
	if err != nil {
		_ = mine.Close()
		return 0, nil, err
	}
	output := &tail{max: outputLimit}
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		_, _ = io.Copy(output, mine)
		_ = mine.Close()
	}()
	// Closing the connection kills the command.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	var last ended
	err = decoder.Decode(&last)
	_ = conn.Close()
	<-copied
	if ctx.Err() != nil {
		return 0, []byte(output.String()), ctx.Err()
	}
	if err != nil {
		return 0, []byte(output.String()), errors.New("the container has ended")
	}
	return int(last.Code), []byte(output.String()), nil
}
