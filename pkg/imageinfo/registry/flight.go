package registry

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"golang.org/x/sync/errgroup"

	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/imageinfo"
)

// A request that failed and may be tried again rests first: a second, then twice as long each time, up to a minute.
// Failures are remembered for longer than that, to know which time it was.
const (
	shortestRest = time.Second
	longestRest  = time.Minute
	remembered   = 10 * time.Minute
)

// reference is an image as the user wrote it, and what that means.
type reference struct {
	given string
	name.Reference
}

// parse returns the images, each once, and refuses those that nobody may ask for.
func (r *Resolver) parse(images []string) ([]reference, error) {
	var refs []reference
	for _, image := range slices.Compact(slices.Sorted(slices.Values(images))) {
		ref, err := name.ParseReference(image)
		if err != nil {
			return nil, invalidf("parsing image reference %q: %v", image, err)
		}
		if err := r.options.Reach.CheckHost(ref.Context().RegistryStr()); err != nil {
			return nil, explain(image, ref.Context().RegistryStr(), err)
		}
		refs = append(refs, reference{given: image, Reference: ref})
	}
	return refs, nil
}

// flight is a look-up under way. All but wake is read only; wake is guarded by the Resolver's lock.
type flight struct {
	key, scope string
	refs       []reference
	req        Request
	wake       func()
}

// failed is a request that failed lately.
type failed struct {
	err  error
	rest time.Duration
	// until is when it may be tried again, if it may be.
	until time.Time
}

// failed returns the answer for a request that has failed and need not be tried now. The caller holds the lock.
func (r *Resolver) failed(key string) (Answer, bool) {
	hit, ok := r.failures.Get(key)
	if !ok {
		return Answer{}, false
	}
	f := hit.(failed)
	if failure.ClassOf(f.err) != failure.Transient {
		return Answer{Err: f.err}, true
	}
	left := f.until.Sub(r.options.Clock.Now())
	return Answer{Err: f.err, RetryAfter: left}, left > 0
}

// fly looks the images of a flight up and tells that it has.
func (r *Resolver) fly(ctx context.Context, f *flight) {
	found, err := r.lookUpAll(ctx, f)
	r.land(f, found, err)
}

// land stores the outcome of a flight before anybody is told of its end.
func (r *Resolver) land(f *flight, found []imageinfo.Image, err error) {
	r.mu.Lock()
	delete(r.flights, f.key)
	if err == nil {
		r.failures.Remove(f.key)
		for i, ref := range f.refs {
			r.tags.Add(f.scope+"\x00"+ref.Name(), found[i], r.options.TagTTL)
		}
	} else {
		r.fail(f.key, err)
	}
	wake := f.wake
	r.mu.Unlock()
	if wake != nil {
		wake()
	}
}

func (r *Resolver) fail(key string, err error) {
	next := failed{err: err, rest: shortestRest}
	if hit, ok := r.failures.Get(key); ok {
		next.rest = min(2*hit.(failed).rest, longestRest)
	}
	next.until = r.options.Clock.Now().Add(next.rest)
	r.failures.Add(key, next, remembered)
}

// lookUpAll returns an image for each reference. After the first error nothing more is started.
func (r *Resolver) lookUpAll(ctx context.Context, f *flight) ([]imageinfo.Image, error) {
	keys, err := keychain(f.req.PullSecrets, r.options.Ambient)
	if err != nil {
		return nil, err
	}
	puller, err := r.puller(keys)
	if err != nil {
		return nil, fmt.Errorf("setting up the registry client: %w", err)
	}
	found := make([]imageinfo.Image, len(f.refs))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for i, ref := range f.refs {
		group.Go(func() error {
			if image, ok := r.cached(f.scope, ref); ok {
				found[i] = image
				return nil
			}
			image, err := r.inTurn(ctx, f.req.Tenant, ref, puller)
			if err != nil {
				return explain(ref.given, ref.Context().RegistryStr(), err)
			}
			found[i] = image
			return nil
		})
	}
	return found, group.Wait()
}
