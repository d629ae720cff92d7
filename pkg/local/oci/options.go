package oci

import (
	"context"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// Images makes images present on this machine, unpacked.
type Images interface {
	// Get returns an image whose Root is set. An error that says why there is none is a [*container.ImageError].
	Get(ctx context.Context, req container.ImageRequest) (*container.Image, error)
}

// Network is what containers have as a network.
type Network string

const (
	// NetworkHost is this machine's own network: services on localhost and ports work in both directions.
	NetworkHost Network = "host"
	// NetworkPrivate gives each pod a network of its own, with a way out through slirp4netns or pasta.
	NetworkPrivate Network = "private"
	// NetworkNone leaves pods nothing but their own localhost.
	NetworkNone Network = "none"
)

// Options say how containers are carried out.
type Options struct {
	// Images has the images; it is needed.
	Images Images
	// Dir is where the state of runs is kept, in a folder for each; [Clean] takes the same one. It is made if it is not there. It should
	// be on a disk, not in memory, and not on an overlay: the roots of containers are in it.
	Dir string
	// Program is the runtime, a path or a name; if it is empty, crun is looked for, then runc.
	Program string
	// Network is what pods have as a network; empty means NetworkHost.
	Network Network
	// Warn, which may be nil, hears once what can't be done on this machine, such as limits of memory.
	Warn func(string)
}
