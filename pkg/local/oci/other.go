//go:build !linux

package oci

import (
	"context"
	"errors"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

var errSystem = errors.New("the backend oci needs Linux; use --backend docker")

// Runtime is a [container.Runtime] that does not work on this system.
type Runtime struct{}

var _ container.Runtime = (*Runtime)(nil)

// New returns an error on this system.
func New(Options) (*Runtime, error) { return nil, errSystem }

// Available says why OCI runtimes can't be used on this system.
func Available() error { return errSystem }

// EnterUserNamespace has nothing to do on this system.
func EnterUserNamespace() (exitCode int, parent bool, err error) { return 0, false, errSystem }

// Main has no hidden commands on this system.
func Main([]string) (exitCode int, done bool) { return 0, false }

// Clean has nothing to do on this system.
func Clean(string) error { return nil }

// Name implements [container.Runtime].
func (*Runtime) Name() string { return "oci" }

// Image implements [container.Runtime].
func (*Runtime) Image(context.Context, container.ImageRequest) (*container.Image, error) {
	return nil, errSystem
}

// NewSandbox implements [container.Runtime].
func (*Runtime) NewSandbox(context.Context, container.SandboxRequest) (container.Sandbox, error) {
	return nil, errSystem
}

// Close implements [container.Runtime].
func (*Runtime) Close() error { return nil }
