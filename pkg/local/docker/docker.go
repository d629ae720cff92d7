// Package docker carries out containers with the Engine API of Docker or Podman, by its socket. What the containers of a pod share
// is held by a container that does nothing, as the kubelet does it.
package docker

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/moby/moby/client"

	"github.com/tenon-ci/tenon/pkg/local/container"
	"github.com/tenon-ci/tenon/pkg/local/flight"
)

// Options are the settings of a Runtime.
type Options struct {
	// Run marks what belongs to this run, in the label tenon.dev/run. It may be empty.
	Run string
	// Host is the engine's address, such as unix:///var/run/docker.sock; the usual places are tried if it is empty.
	Host string
	// Keychain has the credentials of the user; nil means those of the usual files of Docker and Podman.
	Keychain authn.Keychain
	// Loader, which may be nil, has images that the engine does not need to pull.
	Loader Loader
	// HostNetwork lets all pods use the network of the engine's machine. It saves the container that holds the network, and so
	// most of the time that a pod needs to begin.
	HostNetwork bool
}

// Loader has images of its own, such as those of an OCI layout.
type Loader interface {
	// Load returns an image as an archive that engines load. ref is the name that the archive gives to the image; it must be one that
	// no other content ever gets, since what the engine has under it is not loaded again. id is what a pod's status reports as imageID.
	// The archive is closed without being read if it is not needed, so that making it should wait for the first byte to be asked for.
	// If the loader does not have the image, all results are empty.
	Load(ctx context.Context, req container.ImageRequest) (tar io.ReadCloser, ref, id string, err error)
}

// Runtime carries out containers with an engine.
type Runtime struct {
	options Options
	api     *client.Client
	podman  bool // rather than Docker: some things have to be asked for differently
	labels  map[string]string

	flights  flight.Group[string, *container.Image]
	pause    sync.Mutex // held while the image of pauses is loaded
	pauseRef string

	mu        sync.Mutex
	images    map[string]string // what the engine calls an image, by key
	sandboxes map[string]*sandbox
}

var _ container.Runtime = (*Runtime)(nil)

// removeTimeout is how long the end of one pod's containers may take.
const removeTimeout = 30 * time.Second

// New connects to the engine. The error is that of [Available] if there is none.
func New(ctx context.Context, o Options) (*Runtime, error) {
	found, err := find(ctx, o.Host)
	if err != nil {
		return nil, err
	}
	if o.Keychain == nil {
		o.Keychain = authn.DefaultKeychain
	}
	return &Runtime{
		options: o, api: found.api, podman: found.podman.Load(), labels: ownLabels(o.Run),
		images: map[string]string{}, sandboxes: map[string]*sandbox{},
	}, nil
}

// Name implements [container.Runtime].
func (r *Runtime) Name() string { return "docker" }

// Close implements [container.Runtime].
func (r *Runtime) Close() error {
	r.mu.Lock()
	left := make([]*sandbox, 0, len(r.sandboxes))
	for _, s := range r.sandboxes {
		left = append(left, s)
	}
	r.mu.Unlock()
	errs := make([]error, len(left))
	var all sync.WaitGroup
	for i, s := range left {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), removeTimeout)
			defer cancel()
			errs[i] = s.Remove(ctx)
		})
	}
	all.Wait()
	return errors.Join(append(errs, r.api.Close())...)
}
