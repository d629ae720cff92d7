// Package registry finds out about images in their registries, with caches that keep within rate limits: what a digest
// stands for is kept for good, what a tag stands for is kept for one run and a short time. It is an edge: it talks to
// registries and to nothing else. The entry point is Resolver.Ask, which never waits: hosts are named by users, and none
// of them may hold up the work for others.
package registry

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/cache"
	"k8s.io/utils/clock"

	"github.com/tenon-ci/tenon/pkg/imageinfo"
	"github.com/tenon-ci/tenon/pkg/places"
	"github.com/tenon-ci/tenon/pkg/reach"
)

const (
	// cachedDigests is the number of digests kept (contract 2 §2.7), cachedTags that of tags, cachedFailures that of
	// requests that failed.
	cachedDigests  = 1024
	cachedTags     = 4096
	cachedFailures = 4096
	// forever is the age up to which a digest's content is kept; it cannot change.
	forever = 365 * 24 * time.Hour
	// defaultTimeout limits the look-up of one image, defaultAnswerTimeout each of connecting, the TLS handshake and the
	// wait for an answer's header.
	defaultTimeout       = 30 * time.Second
	defaultAnswerTimeout = 5 * time.Second
	// defaultTagTTL is how long a tag is taken to mean the same within one run.
	defaultTagTTL = time.Minute
	// parallel is the number of images, and of platforms of one image, that are asked for at a time.
	parallel = 4
)

// bounds are the most look-ups under way: of all, for one tenant, and at one registry.
var bounds = places.Bounds{All: 32, Tenant: 16, Host: 8}

// Options are the settings of a Resolver. The zero value is usable.
type Options struct {
	// Transport talks to registries; nil means one that checks addresses and proxies, and obeys AnswerTimeout. A given one
	// has to do that itself.
	Transport http.RoundTripper
	// Ambient gives credentials when no pull secret fits; nil means the process's Docker configuration.
	Ambient authn.Keychain
	// Reach says which hosts are asked.
	Reach reach.Policy
	// Timeout limits the look-up of one image; 0 means 30 seconds.
	Timeout time.Duration
	// AnswerTimeout limits connecting, the TLS handshake and the wait for an answer, each; 0 means 5 seconds.
	AnswerTimeout time.Duration
	// TagTTL is how long the digest of a tag is reused within one scope; 0 means a minute.
	TagTTL time.Duration
	// Clock is the time of pauses and caches; nil means the real one.
	Clock clock.PassiveClock
}

func (o Options) withDefaults() Options {
	if o.Ambient == nil {
		o.Ambient = authn.DefaultKeychain
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.AnswerTimeout == 0 {
		o.AnswerTimeout = defaultAnswerTimeout
	}
	if o.TagTTL == 0 {
		o.TagTTL = defaultTagTTL
	}
	if o.Clock == nil {
		o.Clock = clock.RealClock{}
	}
	return o
}

// Resolver looks images up. It is safe for concurrent use and meant to live as long as the process.
type Resolver struct {
	options  Options
	digests  *cache.LRUExpireCache // "<repository>@<digest>" to imageinfo.Image
	tags     *cache.LRUExpireCache // scope and reference to imageinfo.Image
	failures *cache.LRUExpireCache // scope and references to failed
	places   *places.Places

	mu      sync.Mutex
	flights map[string]*flight // by scope and references
}

// New returns a Resolver with empty caches.
func New(o Options) *Resolver {
	o = o.withDefaults()
	checked := &checkedTransport{policy: o.Reach, next: o.Transport, down: cache.NewLRUExpireCacheWithClock(cachedHosts, o.Clock)}
	if checked.next == nil {
		dialer := reach.Dialer{Policy: func() reach.Policy { return o.Reach }, Timeout: o.AnswerTimeout}
		checked.next = dialer.Transport(bounds.Host)
	}
	o.Transport = reach.Bound{Next: checked, Limit: maxResponse, TooLarge: errTooLarge}
	return &Resolver{
		options:  o,
		digests:  cache.NewLRUExpireCacheWithClock(cachedDigests, o.Clock),
		tags:     cache.NewLRUExpireCacheWithClock(cachedTags, o.Clock),
		failures: cache.NewLRUExpireCacheWithClock(cachedFailures, o.Clock),
		places:   places.New(bounds),
		flights:  map[string]*flight{},
	}
}

// Request asks for the images of one run.
type Request struct {
	// Scope names who asks, such as namespace and run. Only requests of one scope with the same pull secrets share what a
	// tag stands for.
	Scope string
	// Tenant is whom the work is done for, such as the namespace: no tenant gets all places at registries.
	Tenant string
	// Images are references as users write them.
	Images []string
	// PullSecrets are tried before the ambient credentials; secrets of other than the two Docker types are ignored.
	PullSecrets []corev1.Secret
}

// Answer is what is known of the images of a request. Of Images, Pending and Err one is set, and none if the request
// names no image.
type Answer struct {
	// Images has every image of the request, by reference as given.
	Images map[string]imageinfo.Image
	// Pending says that images are being looked up, or wait for their turn.
	Pending bool
	// Err is a failure without reason: of class Transient if asking again can help, and of class Invalid or NotFound if
	// not. Its words are the project's own; of what a foreign host said it has status codes at most.
	Err error
	// RetryAfter, beside an Err that is Transient, is how long Ask goes on giving this answer.
	RetryAfter time.Duration
}

// Ask tells what is known and, if that is not all, has the rest looked up. It does not wait for that: when the look-up
// has ended, wake is called once, from another goroutine; asking again gives the outcome. If the same request is asked
// more than once meanwhile, the last wake is the one that is called. It may be nil.
func (r *Resolver) Ask(ctx context.Context, req Request, wake func()) Answer {
	refs, err := r.parse(req.Images)
	if err != nil {
		return Answer{Err: err}
	}
	if len(refs) == 0 {
		return Answer{}
	}
	scope := scopeOf(req)
	key := flightKey(scope, refs)

	r.mu.Lock()
	defer r.mu.Unlock()
	if found, ok := r.known(scope, refs); ok {
		return Answer{Images: found}
	}
	if f, ok := r.flights[key]; ok {
		f.wake = wake
		return Answer{Pending: true}
	}
	if answer, ok := r.failed(key); ok {
		return answer
	}
	f := &flight{key: key, scope: scope, refs: refs, wake: wake, req: req}
	r.flights[key] = f
	go r.fly(context.WithoutCancel(ctx), f)
	return Answer{Pending: true}
}

func flightKey(scope string, refs []reference) string {
	var b strings.Builder
	b.WriteString(scope)
	for _, ref := range refs {
		b.WriteString("\x00" + ref.given)
	}
	return b.String()
}

// known returns all of the images if none has to be looked up.
func (r *Resolver) known(scope string, refs []reference) (map[string]imageinfo.Image, bool) {
	found := make(map[string]imageinfo.Image, len(refs))
	for _, ref := range refs {
		image, ok := r.cached(scope, ref)
		if !ok {
			return nil, false
		}
		found[ref.given] = image
	}
	return found, true
}
