package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/client"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// Start implements [container.Sandbox].
func (s *sandbox) Start(ctx context.Context, spec container.Spec) (container.Container, error) {
	done, err := s.begin()
	if err != nil {
		return nil, err
	}
	defer done()
	mounts, err := s.withVolumes(ctx, spec.Mounts)
	if err != nil {
		return nil, &container.StartError{Reason: "CreateContainerError", ExitCode: 128, Err: err}
	}
	options, err := s.createOptions(spec, mounts)
	if err != nil {
		return nil, &container.StartError{Reason: "CreateContainerError", ExitCode: 128, Err: err}
	}
	created, err := s.runtime.api.ContainerCreate(ctx, options)
	if err != nil {
		return nil, s.startError(ctx, "CreateContainerError", err)
	}
	s.add(created.ID)
	if <-s.ready; s.failed != nil {
		return nil, s.startError(ctx, "CreateContainerError", s.failed)
	}
	c := &running{
		api: s.runtime.api, id: created.ID, scheme: s.runtime.scheme(), done: make(chan struct{}),
		user: options.Config.User, limited: spec.Memory > 0,
	}
	attached, err := s.launch(ctx, c)
	if err != nil {
		return nil, err
	}
	output := spec.Output
	if output == nil {
		output = io.Discard
	}
	s.mu.Lock()
	s.running = append(s.running, c)
	s.mu.Unlock()
	go c.follow(attached, output, spec.TTY)
	return c, nil
}

// launch starts the process of a container. Attached before that, nothing of the output is lost; the stream lives longer than the
// caller's context.
func (s *sandbox) launch(ctx context.Context, c *running) (client.HijackedResponse, error) {
	attached, unattached := c.api.ContainerAttach(context.WithoutCancel(ctx), c.id, client.ContainerAttachOptions{
		Stream: true, Stdout: true, Stderr: true,
	})
	c.started = time.Now()
	_, err := c.api.ContainerStart(ctx, c.id, client.ContainerStartOptions{})
	switch {
	case err == nil && unattached == nil:
		return attached.HijackedResponse, nil
	case err == nil:
		// Without its output it is of no use. Podman prepares the process for whoever attaches, and says only at the start what was wrong.
		_, _ = c.api.ContainerKill(context.WithoutCancel(ctx), c.id, client.ContainerKillOptions{Signal: "KILL"})
		return client.HijackedResponse{}, s.startError(ctx, "RunContainerError", unattached)
	case unattached == nil:
		attached.Close()
	}
	return client.HijackedResponse{}, s.startError(ctx, "StartError", err)
}

// scheme is how the status of a pod begins the ID of a container.
func (r *Runtime) scheme() string {
	if r.podman {
		return "podman://"
	}
	return "docker://"
}

// startError puts what the engine says into the words of a kubelet.
func (s *sandbox) startError(ctx context.Context, reason string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	text := err.Error()
	found := &container.StartError{Reason: reason, ExitCode: 128, Err: err}
	switch {
	case notShared(text):
		found.Reason = "CreateContainerError"
		found.Err = fmt.Errorf("%w; %s", err, shareAdvice())
	case cerrdefs.IsNotFound(err) && strings.Contains(strings.ToLower(text), "no such image"):
		found.Reason = "CreateContainerError"
	case reason != "StartError":
	case strings.Contains(text, "executable file not found"), strings.Contains(text, "no such file or directory"):
		found.ExitCode = 127
	case strings.Contains(text, "permission denied"), strings.Contains(text, "exec format error"):
		found.ExitCode = 126
	}
	return found
}

// notShared says that the engine does not see a folder that is there.
func notShared(text string) bool {
	text = strings.ToLower(text)
	for _, part := range []string{"mounts denied", "bind source path does not exist", "is not shared from", "statfs "} {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

// shareAdvice says what to do when the engine, which may be in a virtual machine, does not see files of this one.
func shareAdvice() string {
	if runtime.GOOS == "linux" {
		return "the engine does not see this machine's files: does it run in a container or on another machine?"
	}
	return "the engine's virtual machine sees only the folders that it shares with this one: share the folder in its settings " +
		"(Docker Desktop: Resources, File sharing; colima start --mount; podman machine init --volume), or work below your home folder"
}

// errNoEnd says that the engine went away before the container ended.
var errNoEnd = errors.New("the engine does not say how the container ended")
