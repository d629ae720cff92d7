// Package image has the images that containers on this machine are made of: it finds them in OCI layouts and archives, in a cache, and in
// registries, and unpacks them. The cache may be used by several processes at the same time, and a process that is killed leaves nothing in
// it that another would take for whole.
package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/local/container"
	"github.com/tenon-ci/tenon/pkg/local/flight"
)

// Options are the settings of a Store. Only Dir is needed.
type Options struct {
	// Dir is the folder of the cache, made when it is needed.
	Dir string
	// Layouts are folders and archives that have images: OCI layouts, folders of such, tarballs of OCI layouts and those of "docker save".
	// They are asked before anything else.
	Layouts []string
	// Mirrors are asked in the place of registries, in this order, and the registries after them.
	Mirrors []Mirror
	// Insecure are hosts (with their port) whose certificates are not checked.
	Insecure []string
	// Platform is os/architecture or os/architecture/variant of the images to run; "" means linux on this machine's architecture.
	Platform string
	// Keychain has the user's credentials; nil means those of the usual files of docker and podman.
	Keychain authn.Keychain
	// Owners says whom unpacked files belong to.
	Owners Owners
	// Fresh lets Info ask registries what a tag stands for even if its image is present, as PullAlways does for Get.
	Fresh bool
	// Timeout limits each of connecting, the TLS handshake and the wait for an answer's header; 0 means 15 seconds.
	Timeout time.Duration
}

// Owners says whom the files of a root belong to.
type Owners string

// The ways of unpacking.
const (
	// OwnersAuto is OwnersKeep for root, also for that of a user namespace, and OwnersMine for others.
	OwnersAuto Owners = ""
	// OwnersKeep gives files the owners that the image names, as far as the user namespace has them.
	OwnersKeep Owners = "keep"
	// OwnersMine gives all files to who unpacks them.
	OwnersMine Owners = "mine"
)

const defaultTimeout = 15 * time.Second

// Store makes images present. It is safe for concurrent use.
type Store struct {
	options  Options
	platform v1.Platform
	cache    *cache
	client   *client
	layouts  func() ([]*layout, error)
	flights  flight.Group[flightKey, any]
	owners   ownership

	mu   sync.Mutex
	held map[string]io.Closer // locks on roots that are in use, by root
}

// Open returns a Store. It reads nothing yet; an error says which option is wrong.
func Open(o Options) (*Store, error) {
	if o.Dir == "" {
		return nil, errors.New("opening the image store: there is no folder for the cache")
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("opening the image store: %w", err)
	}
	platform, err := platformOf(o.Platform)
	if err != nil {
		return nil, err
	}
	for _, path := range o.Layouts {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("opening the images in %s: %w", path, err)
		}
	}
	if o.Keychain == nil {
		o.Keychain = authn.DefaultKeychain
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	owners, err := ownershipOf(o.Owners)
	if err != nil {
		return nil, err
	}
	s := &Store{
		options:  o,
		platform: platform,
		cache:    &cache{dir: dir},
		client:   newClient(o),
		owners:   owners,
		held:     map[string]io.Closer{},
	}
	s.layouts = sync.OnceValues(func() ([]*layout, error) { return openLayouts(o.Layouts, s.cache) })
	return s, nil
}

// Close gives up the roots that Get returned: from now on Prune may remove them.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for root, lock := range s.held {
		errs = append(errs, lock.Close())
		delete(s.held, root)
	}
	if len(s.options.Layouts) > 0 {
		layouts, _ := s.layouts()
		for _, l := range layouts {
			errs = append(errs, l.files.Close())
		}
	}
	s.client.close()
	return errors.Join(errs...)
}

func platformOf(text string) (v1.Platform, error) {
	if text == "" {
		p := v1.Platform{OS: "linux", Architecture: runtime.GOARCH}
		if p.Architecture == "arm" {
			p.Variant = "v7"
		}
		return p, nil
	}
	p, err := v1.ParsePlatform(text)
	if err != nil || p.OS == "" || p.Architecture == "" {
		return v1.Platform{}, fmt.Errorf("%q is no platform; write one like linux/amd64", text)
	}
	return *p, nil
}

// Get makes an image present and unpacked. Its Root must not be changed, and stays until Close. Errors are [*container.ImageError], except
// that of ctx.
func (s *Store) Get(ctx context.Context, req container.ImageRequest) (*container.Image, error) {
	got, err := s.flights.Do(ctx, flightOf("get", req), req.Progress, func(ctx context.Context, progress func(string)) (any, error) {
		req := req
		req.Progress = progress
		return s.get(ctx, req)
	})
	if err != nil {
		return nil, s.explain(ctx, "pulling image", req, err)
	}
	img := *got.(*container.Image)
	return &img, nil
}

func (s *Store) get(ctx context.Context, req container.ImageRequest) (*container.Image, error) {
	found, err := s.find(ctx, req, true)
	if err != nil {
		return nil, err
	}
	root, err := s.root(ctx, found, req.Progress)
	if err != nil {
		return nil, err
	}
	s.cache.touchRef(found.ref)
	img := found.image(req.Ref)
	img.Root = root
	return img, nil
}

// find resolves a reference: layouts, then what is present, then registries, as the policy says. With unpacked, only an image whose root or
// layers are here is present.
func (s *Store) find(ctx context.Context, req container.ImageRequest, unpacked bool) (*found, error) {
	ref, err := parse(req.Ref)
	if err != nil {
		return nil, err
	}
	f, err := s.inLayouts(ctx, ref)
	if err != nil || f != nil {
		return f, err
	}
	if req.Policy != corev1.PullAlways || ref.pinned() {
		f, err = s.inCache(ctx, ref, req)
		switch {
		case err == nil && (s.present(f, unpacked) || ref.pinned() && req.Policy != corev1.PullNever):
			return f, nil
		case err != nil && !errors.Is(err, errNotHere):
			return nil, err
		}
	}
	if req.Policy == corev1.PullNever {
		return nil, errNeverPull
	}
	return s.inRegistries(ctx, ref, req)
}

// inLayouts returns nil if no layout has the image.
func (s *Store) inLayouts(ctx context.Context, ref reference) (*found, error) {
	if len(s.options.Layouts) == 0 {
		return nil, nil
	}
	layouts, err := s.layouts()
	if err != nil {
		return nil, err
	}
	for _, l := range layouts {
		digest, ok := l.lookUp(ref, s.platform)
		if !ok {
			continue
		}
		f, err := load(ctx, l, ref, digest, s.platform)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", l, err)
		}
		return f, nil
	}
	return nil, nil
}

// inCache finds what is known here of an image. Layers that are missing are fetched when they are read.
func (s *Store) inCache(ctx context.Context, ref reference, req container.ImageRequest) (*found, error) {
	digest, err := s.cache.resolve(ref)
	if err != nil {
		return nil, err
	}
	f, err := load(ctx, s.cache, ref, digest, s.platform)
	if err != nil {
		return nil, err
	}
	f.src = &fallback{cache: s.cache, next: s.client.repository(ref, req.Keychain, s.cache)}
	return f, nil
}

// inRegistries asks mirrors and registries, and keeps what they said.
func (s *Store) inRegistries(ctx context.Context, ref reference, req container.ImageRequest) (*found, error) {
	report(req.Progress, "asking for %s", ref)
	r := s.client.repository(ref, req.Keychain, s.cache)
	digest, err := r.resolve(ctx, ref)
	if err != nil {
		return nil, err
	}
	f, err := load(ctx, &fallback{cache: s.cache, next: r}, ref, digest, s.platform)
	if err != nil {
		return nil, err
	}
	return f, s.cache.remember(ref, digest)
}
