package framework

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/sync/singleflight"
	"k8s.io/utils/clock"

	"github.com/tenon-ci/tenon/pkg/reconciler/panics"
)

// Keys of the ConfigMap resolver-cache-config; ttl is one of the resolvers' own ConfigMaps too (contract 4 §2.7).
const (
	keyMaxSize = "max-size"
	keyTTL     = "ttl"
)

// keyCacheMode is the key of a resolver's ConfigMap for what paramCache says if it is not given.
const (
	keyCacheMode = "default-cache-mode"
	paramCache   = "cache"
)

// Modes of the cache.
const (
	cacheAlways = "always"
	cacheNever  = "never"
	cacheAuto   = "auto"
)

const (
	defaultMaxSize = 1000
	defaultTTL     = 5 * time.Minute
	// maxBytes bounds the documents in the cache; max-size bounds their number.
	maxBytes = 256 << 20
	// entryBytes is what an entry takes besides its document.
	entryBytes = 1 << 10
)

// Annotations of answers that come from the cache or have been put into it.
const (
	annotationCached    = "resolution.tekton.dev/cached"
	annotationTimestamp = "resolution.tekton.dev/cache-timestamp"
	annotationType      = "resolution.tekton.dev/cache-resolver-type"
	annotationOperation = "resolution.tekton.dev/cache-operation"
	operationStore      = "store"
	operationRetrieve   = "retrieve"
)

// Cache keeps the answers of all resolvers of a process, the most recently used ones. It merges equal requests that are under way.
type Cache struct {
	clock clock.PassiveClock
	// limit is the most bytes that are kept.
	limit int

	mu      sync.Mutex
	entries *simplelru.LRU[cacheKey, *entry]
	bytes   int
	ttl     time.Duration
	flights singleflight.Group
}

type cacheKey [sha256.Size]byte

type entry struct {
	answer *Answer
	stored time.Time
	// expires is zero for what never changes.
	expires time.Time
}

func (e *entry) bytes() int { return len(e.answer.Data) + entryBytes }

// NewCache returns an empty cache with the default settings.
func NewCache(clock clock.PassiveClock) *Cache {
	c := &Cache{clock: clock, limit: maxBytes}
	c.Configure(nil)
	return c
}

// Configure takes over the data of the ConfigMap resolver-cache-config, and empties the cache. A value that is wrong counts as not
// given.
func (c *Cache) Configure(data map[string]string) {
	size, err := strconv.Atoi(data[keyMaxSize])
	if err != nil || size < 1 {
		size = defaultMaxSize
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ttl = parseTTL(data[keyTTL], defaultTTL)
	c.bytes = 0
	// The only error is that of a size that is not positive.
	c.entries, _ = simplelru.NewLRU(size, func(_ cacheKey, e *entry) { c.bytes -= e.bytes() })
}

func parseTTL(text string, fallback time.Duration) time.Duration {
	if d, err := time.ParseDuration(strings.TrimSpace(text)); err == nil && d > 0 {
		return d
	}
	return fallback
}

// Outcome tells where an answer came from, for the metrics.
type Outcome string

// Outcomes: the answer was kept, was fetched, was that of a fetch under way for another request, or the cache was not asked.
const (
	OutcomeHit    Outcome = "hit"
	OutcomeMiss   Outcome = "miss"
	OutcomeMerged Outcome = "merged"
	OutcomeOff    Outcome = "off"
)

// do returns the answer to a request, from the cache where its mode allows that.
func (c *Cache) do(ctx context.Context, about About, req Request, fetch *Fetch, mode string) (*Answer, Outcome, error) {
	keep := about.Caches && (mode == cacheAlways || mode == cacheAuto && fetch.Pinned)
	if !keep && (mode == cacheNever || about.Alone) {
		answer, err := run(ctx, fetch)
		return answer, OutcomeOff, err
	}
	key := keyOf(about, req, fetch)
	if keep {
		if e, ok := c.get(key); ok {
			return e.annotated(about, operationRetrieve), OutcomeHit, nil
		}
	}
	return c.join(ctx, about, req, fetch, key, keep)
}

// join fetches, or waits for an equal fetch that is under way.
func (c *Cache) join(ctx context.Context, about About, req Request, fetch *Fetch, key cacheKey, keep bool) (*Answer, Outcome, error) {
	leads := false
	done := c.flights.DoChan(string(key[:]), func() (any, error) {
		leads = true
		// Others wait for it too, so it does not end with the request that it began for.
		answer, err := run(context.WithoutCancel(ctx), fetch)
		if err != nil {
			return nil, err
		}
		return c.put(key, answer, req, fetch, keep), nil
	})
	select {
	case <-ctx.Done():
		return nil, OutcomeMerged, ctx.Err()
	case result := <-done:
		operation, from := operationStore, OutcomeMiss
		if !leads {
			operation, from = operationRetrieve, OutcomeMerged
		}
		switch e, ok := result.Val.(*entry); {
		case result.Err != nil || !ok:
			return nil, from, result.Err
		case !keep:
			return e.answer, from, nil
		default:
			return e.annotated(about, operation), from, nil
		}
	}
}

// run fetches within the time that the fetch may take.
func run(ctx context.Context, fetch *Fetch) (answer *Answer, err error) {
	timeout := fetch.Timeout
	if timeout <= 0 {
		timeout = ResolutionTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err = panics.Catch(ctx, func() (err error) {
		answer, err = fetch.Do(ctx)
		return err
	})
	if err == nil {
		err = publishable(answer.Data)
	}
	if err != nil {
		return nil, err
	}
	return answer, nil
}

func (c *Cache) get(key cacheKey) (*entry, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries.Get(key)
	if ok && !e.expires.IsZero() && !c.clock.Now().Before(e.expires) {
		c.entries.Remove(key)
		return nil, false
	}
	return e, ok
}

func (c *Cache) put(key cacheKey, answer *Answer, req Request, fetch *Fetch, keep bool) *entry {
	e := &entry{answer: answer, stored: c.clock.Now()}
	if !keep {
		return e
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	// What never changes is kept as long as there is room, unless the resolver's own setting says how long.
	if own := parseTTL(req.Config[keyTTL], 0); own > 0 {
		e.expires = e.stored.Add(own)
	} else if !fetch.Pinned {
		e.expires = e.stored.Add(c.ttl)
	}
	c.entries.Remove(key)
	c.entries.Add(key, e)
	for c.bytes += e.bytes(); c.bytes > c.limit; {
		c.entries.RemoveOldest()
	}
	return e
}

// annotated returns the answer with what is said of cached ones.
func (e *entry) annotated(about About, operation string) *Answer {
	out := *e.answer
	out.Annotations = maps.Clone(out.Annotations)
	if out.Annotations == nil {
		out.Annotations = map[string]string{}
	}
	out.Annotations[annotationCached] = "true"
	out.Annotations[annotationTimestamp] = e.stored.UTC().Format(time.RFC3339)
	out.Annotations[annotationType] = about.Type
	out.Annotations[annotationOperation] = operation
	return &out
}

// cacheMode is what the param says, else the resolver's configuration.
func cacheMode(about About, req Request) (string, error) {
	if !about.Caches {
		return cacheAuto, nil
	}
	modes := []string{cacheAlways, cacheNever, cacheAuto}
	if mode := req.Params[paramCache]; mode != "" {
		if !slices.Contains(modes, mode) {
			return "", fmt.Errorf("invalid cache mode %q, it must be always, never or auto", mode)
		}
		return mode, nil
	}
	if mode := req.Config[keyCacheMode]; slices.Contains(modes, mode) {
		return mode, nil
	}
	return cacheAuto, nil
}

// keyOf identifies what a request asks for and who may read it: the namespace, the configuration and the credentials.
func keyOf(about About, req Request, fetch *Fetch) cacheKey {
	h := sha256.New()
	add(h, about.Type, req.Namespace, req.URL)
	params := maps.Clone(req.Params)
	delete(params, paramCache)
	for _, m := range []map[string]string{params, req.Config} {
		add(h, strconv.Itoa(len(m)))
		for _, k := range slices.Sorted(maps.Keys(m)) {
			add(h, k, m[k])
		}
	}
	add(h, fetch.Credentials...)
	return cacheKey(h.Sum(nil))
}

// add writes texts so that no others give the same bytes.
func add(h hash.Hash, texts ...string) {
	for _, text := range texts {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(text))))
		h.Write([]byte(text))
	}
}
