// Package process carries out containers as plain processes of this machine, for images that one does not have: the tools are those of
// the machine, and so is everything that they see and change. Only what the pod mounts is at its place, in a mount namespace of each
// container. Nothing is isolated.
//
// The processes are started by one server for all of them, which is this program again, with [Command] as its first argument: see
// [Main]. It is the first process of a PID namespace, so that the kernel ends everything in it when this program ends, however that is.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// Command is the first argument of the program that makes it call [Main] with those behind it, before it does anything else.
const Command = "host-processes"

// Options are the settings of a Runtime.
type Options struct {
	// Server is the command line of the program that calls [Main]; this program with [Command] if it is empty.
	Server []string
}

// imageID is what pods' statuses say about images.
const imageID = "host"

// Name implements [container.Runtime].
func (r *Runtime) Name() string { return "host" }

// Warning is what people have to know who use this runtime.
func (r *Runtime) Warning() string {
	return "steps run as plain processes of this machine: images are ignored, nothing is isolated, and a step can read, change and " +
		"delete whatever you can; limits, capabilities, host names and DNS settings of pods have no meaning here"
}

// Image implements [container.Runtime]. Every image is there, and has no command; its environment says where the tools of the machine
// and the files of the user are.
func (r *Runtime) Image(_ context.Context, req container.ImageRequest) (*container.Image, error) {
	image := &container.Image{Ref: req.Ref, ID: imageID}
	for _, name := range []string{"PATH", "HOME", "USER", "LOGNAME", "LANG"} {
		if value, ok := os.LookupEnv(name); ok {
			image.Env = append(image.Env, name+"="+value)
		}
	}
	return image, nil
}

// sandbox is the containers of a pod.
type sandbox struct {
	runtime *Runtime
	request container.SandboxRequest

	mu      sync.Mutex
	removed bool
	running []container.Container
	starts  sync.WaitGroup
}

// NewSandbox implements [container.Runtime].
func (r *Runtime) NewSandbox(_ context.Context, req container.SandboxRequest) (container.Sandbox, error) {
	return &sandbox{runtime: r, request: req}, nil
}

// IP implements [container.Sandbox]: containers have the machine's network.
func (s *sandbox) IP() string { return "127.0.0.1" }

// Start implements [container.Sandbox].
func (s *sandbox) Start(ctx context.Context, spec container.Spec) (container.Container, error) {
	if err := check(spec); err != nil {
		return nil, &container.StartError{Reason: "CreateContainerError", ExitCode: 128, Err: err}
	}
	s.mu.Lock()
	if s.removed {
		s.mu.Unlock()
		return nil, errors.New("the pod has been removed")
	}
	s.starts.Add(1)
	s.mu.Unlock()
	defer s.starts.Done()
	c, err := s.runtime.start(ctx, s.request, spec)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = append(s.running, c)
	return c, nil
}

// check refuses what cannot be done without images.
func check(spec container.Spec) error {
	if len(spec.Args) == 0 || spec.Args[0] == "" {
		return fmt.Errorf("container %q names no command, and the host backend has no image whose command it could take", spec.Name)
	}
	for _, m := range spec.Mounts {
		if m.Image != nil {
			return fmt.Errorf("image %q cannot be mounted on %s: the host backend has no images; use --backend oci or docker", m.Image.Ref, m.Target)
		}
	}
	return nil
}

// Remove implements [container.Sandbox].
func (s *sandbox) Remove(ctx context.Context) error {
	s.mu.Lock()
	s.removed = true
	s.mu.Unlock()
	s.starts.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.running {
		// The error says that the server is gone, and with it the container.
		_ = c.Signal(kill)
	}
	for _, c := range s.running {
		select {
		case <-c.Done():
		case <-ctx.Done():
			return fmt.Errorf("removing pod %s: %w", s.request.ID, ctx.Err())
		}
	}
	return nil
}

// exitOf is how a process ended.
func exitOf(code int32) container.Exit { return container.Exit{Code: code, At: time.Now()} }
