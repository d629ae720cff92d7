//go:build !linux

package process

import (
	"context"
	"errors"
	"runtime"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// Runtime carries out containers as processes, which needs Linux.
type Runtime struct{}

var _ container.Runtime = (*Runtime)(nil)

// Available says why there are no containers of this kind: only Linux can mount folders for one process.
func Available() error {
	return errors.New("plain processes need the mount namespaces of Linux, and this is " + runtime.GOOS +
		": use --backend docker with Docker, Podman or Colima")
}

// New fails with what [Available] says.
func New(Options) (*Runtime, error) { return nil, Available() }

// Close implements [container.Runtime].
func (r *Runtime) Close() error { return nil }

// Main does nothing here.
func Main([]string) int { return 2 }

func (r *Runtime) start(context.Context, container.SandboxRequest, container.Spec) (container.Container, error) {
	return nil, Available()
}
