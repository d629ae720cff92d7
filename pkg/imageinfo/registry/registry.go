// Package registry finds out about images in their registries, with caches that keep within rate limits: what a digest
// stands for is kept for good, what a tag stands for is kept for one run and a short time. It is an edge: it talks to
// registries and to nothing else. The entry point is Resolver.Resolve.
package registry

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/authn/kubernetes"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/singleflight"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/cache"

	"github.com/tenon-ci/tenon/pkg/imageinfo"
)

const (
	// cachedDigests is the number of digests kept (contract 2 §2.7), cachedTags that of tags.
	cachedDigests = 1024
	cachedTags    = 4096
	// forever is the age up to which a digest's content is kept; it cannot change.
	forever = 365 * 24 * time.Hour
	// defaultTimeout limits the look-up of one image.
	defaultTimeout = 30 * time.Second
	// defaultTagTTL is how long a tag is taken to mean the same within one run.
	defaultTagTTL = time.Minute
	// parallel is the number of images, and of platforms of one image, that are asked for at a time.
	parallel = 4
)

// Options are the settings of a Resolver. The zero value is usable.
type Options struct {
	// Transport talks to registries; nil means the registry library's default.
	Transport http.RoundTripper
	// Ambient gives credentials when no pull secret fits; nil means the process's Docker configuration.
	Ambient authn.Keychain
	// Timeout limits the look-up of one image; 0 means 30 seconds.
	Timeout time.Duration
	// TagTTL is how long the digest of a tag is reused within one scope; 0 means a minute.
	TagTTL time.Duration
}

// Resolver looks images up. It is safe for concurrent use and meant to live as long as the process.
type Resolver struct {
	options Options
	digests *cache.LRUExpireCache // "<repository>@<digest>" to imageinfo.Image
	tags    *cache.LRUExpireCache // scope and reference to imageinfo.Image
	flights singleflight.Group
}

// New returns a Resolver with empty caches.
func New(o Options) *Resolver {
	if o.Transport == nil {
		o.Transport = remote.DefaultTransport
	}
	o.Transport = boundedTransport{next: o.Transport, limit: maxResponse}
	if o.Ambient == nil {
		o.Ambient = authn.DefaultKeychain
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.TagTTL == 0 {
		o.TagTTL = defaultTagTTL
	}
	return &Resolver{
		options: o,
		digests: cache.NewLRUExpireCache(cachedDigests),
		tags:    cache.NewLRUExpireCache(cachedTags),
	}
}

// Request asks for the images of one run.
type Request struct {
	// Scope names who asks, such as namespace and run. Only requests of one scope with the same pull secrets share what a
	// tag stands for.
	Scope string
	// Images are references as users write them.
	Images []string
	// PullSecrets are tried before the ambient credentials; secrets of other than the two Docker types are ignored.
	PullSecrets []corev1.Secret
}

// Resolve returns what it found out, by reference as given. An error is a failure of class Transient if trying again can
// help, and of class Invalid or NotFound if not; it carries no reason.
func (r *Resolver) Resolve(ctx context.Context, req Request) (map[string]imageinfo.Image, error) {
	images := slices.Compact(slices.Sorted(slices.Values(req.Images)))
	if len(images) == 0 {
		return nil, nil
	}
	keys, err := keychain(ctx, req.PullSecrets, r.options.Ambient)
	if err != nil {
		return nil, err
	}
	puller, err := r.puller(keys)
	if err != nil {
		return nil, fmt.Errorf("setting up the registry client: %w", err)
	}
	scope := scopeOf(req)
	found := make([]imageinfo.Image, len(images))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for i, image := range images {
		group.Go(func() error {
			var err error
			found[i], err = r.resolve(ctx, puller, scope, image)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	result := make(map[string]imageinfo.Image, len(images))
	for i, image := range images {
		result[image] = found[i]
	}
	return result, nil
}

// puller makes the client of one request; it logs in once per repository. Little is retried here, because the caller
// retries with back-off and without blocking a worker.
func (r *Resolver) puller(keys authn.Keychain) (*remote.Puller, error) {
	return remote.NewPuller(
		remote.WithTransport(r.options.Transport),
		remote.WithAuthFromKeychain(keys),
		remote.WithRetryBackoff(remote.Backoff{Duration: 200 * time.Millisecond, Factor: 2, Jitter: 0.2, Steps: 2}),
		remote.WithUserAgent("tenon"),
	)
}

// resolve looks one image up, from a cache if possible. Concurrent calls for the same thing share one look-up, which
// goes on when the caller who started it goes away.
func (r *Resolver) resolve(ctx context.Context, puller *remote.Puller, scope, image string) (imageinfo.Image, error) {
	ref, err := name.ParseReference(image)
	if err != nil {
		return imageinfo.Image{}, classify(fmt.Errorf("parsing image reference %q: %w", image, err))
	}
	key := scope + "\x00" + ref.Name()
	if hit, ok := r.tags.Get(key); ok {
		return hit.(imageinfo.Image), nil
	}
	flight := r.flights.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.options.Timeout)
		defer cancel()
		found, err := r.lookUp(ctx, puller, ref)
		if err != nil {
			return nil, classify(fmt.Errorf("looking up the command of image %q: %w", image, err))
		}
		r.tags.Add(key, found, r.options.TagTTL)
		return found, nil
	})
	select {
	case <-ctx.Done():
		return imageinfo.Image{}, classify(fmt.Errorf("looking up the command of image %q: %w", image, ctx.Err()))
	case done := <-flight:
		if done.Err != nil {
			return imageinfo.Image{}, done.Err
		}
		return done.Val.(imageinfo.Image), nil
	}
}

// lookUp asks the registry.
func (r *Resolver) lookUp(ctx context.Context, puller *remote.Puller, ref name.Reference) (imageinfo.Image, error) {
	digest, err := digestOf(ctx, puller, ref)
	if err != nil {
		return imageinfo.Image{}, err
	}
	if hit, ok := r.digests.Get(digest.Name()); ok {
		return hit.(imageinfo.Image), nil
	}
	found, err := inspect(ctx, puller, digest)
	if err != nil {
		return imageinfo.Image{}, err
	}
	r.digests.Add(digest.Name(), found, forever)
	return found, nil
}

// digestOf pins ref. Registries that count pulls do not count HEAD; where it is not supported, or is refused without a
// body that says why, GET is asked.
func digestOf(ctx context.Context, puller *remote.Puller, ref name.Reference) (name.Digest, error) {
	if digest, ok := ref.(name.Digest); ok {
		return digest, nil
	}
	if head, err := puller.Head(ctx, ref); err == nil {
		return ref.Context().Digest(head.Digest.String()), nil
	}
	got, err := puller.Get(ctx, ref)
	if err != nil {
		return name.Digest{}, err
	}
	return ref.Context().Digest(got.Digest.String()), nil
}

// keychain puts the pull secrets before the ambient credentials.
func keychain(ctx context.Context, secrets []corev1.Secret, ambient authn.Keychain) (authn.Keychain, error) {
	fromSecrets, err := kubernetes.NewFromPullSecrets(ctx, secrets)
	if err != nil {
		return nil, classify(fmt.Errorf("reading image pull secrets: %w", err))
	}
	return authn.NewMultiKeychain(fromSecrets, ambient), nil
}
