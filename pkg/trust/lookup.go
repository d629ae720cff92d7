package trust

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/util/cache"
	"k8s.io/utils/clock"
	"knative.dev/pkg/logging"

	"github.com/tenon-ci/tenon/pkg/failure"
)

const (
	// lookupTimeout limits one look-up.
	lookupTimeout = 30 * time.Second
	// lookupsOfScheme is the most look-ups under way at one kind of service.
	lookupsOfScheme = 4
	// keyTTL is how long a key is used without asking again.
	keyTTL = 5 * time.Minute
	// restTTL is how long nobody asks again after an error that can pass. One that cannot pass is remembered for refusalTTL, so that
	// runs whose pauses have got as long as a slow look-up took still learn of it.
	restTTL    = 5 * time.Second
	refusalTTL = time.Minute
)

// KMS talks to key management services.
type KMS interface {
	// Check tells what is wrong with the address of a key, in words for its author. It talks to nobody.
	Check(uri string) error
	// PublicKey asks for the public key behind an address that Check has accepted. Its errors are for the log only, apart from their
	// class: a failure of class Transient can pass, any other cannot.
	PublicKey(ctx context.Context, uri string) (crypto.PublicKey, error)
}

// lookups asks key management services beside the queue: they are far away, and no worker waits for them.
type lookups struct {
	kms   KMS
	known *cache.LRUExpireCache // by address, to found

	mu sync.Mutex
	// flights are the addresses asked for, underway how many look-ups there are by scheme. A look-up that does not obey its limit
	// keeps its place.
	flights  map[string]bool
	underway map[string]int
}

// found is what came of a look-up.
type found struct {
	key crypto.PublicKey
	err error
}

func newLookups(kms KMS, clock clock.PassiveClock) *lookups {
	return &lookups{
		kms: kms, known: cache.NewLRUExpireCacheWithClock(cachedLookups, clock), flights: map[string]bool{}, underway: map[string]int{},
	}
}

// get returns the key behind an address, if it is known. If not it is looked up, and get says that it is to be asked again.
func (l *lookups) get(ctx context.Context, uri string) (crypto.PublicKey, error) {
	if l.kms == nil {
		return nil, errors.New("key management services cannot be used here: give it data or secretRef")
	}
	if err := l.kms.Check(uri); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if known, ok := l.known.Get(uri); ok {
		f := known.(found)
		return f.key, f.err
	}
	scheme, _, _ := strings.Cut(uri, "://")
	if !l.flights[uri] && l.underway[scheme] < lookupsOfScheme {
		l.flights[uri] = true
		l.underway[scheme]++
		go l.fly(context.WithoutCancel(ctx), scheme, uri)
	}
	return nil, failure.Transientf("", "asking for the key at the %s service: %w", scheme, errPending)
}

// fly looks a key up. The outcome counts when the time is up, even if the look-up does not end then.
func (l *lookups) fly(ctx context.Context, scheme, uri string) {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	outcome := make(chan found, 1)
	go func() {
		key, err := l.safely(ctx, uri)
		outcome <- found{key, err}
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.underway[scheme]--; l.underway[scheme] == 0 {
			delete(l.underway, scheme)
		}
	}()
	var f found
	select {
	case f = <-outcome:
	case <-ctx.Done():
		f.err = failure.Transientf("", "no answer in %s: %w", lookupTimeout, ctx.Err())
	}
	ttl := keyTTL
	if f.err != nil {
		logging.FromContext(ctx).Warnw("Looking up a public key failed", "kms", uri, "error", f.err)
		f, ttl = refused(scheme, f.err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.known.Add(uri, f, ttl)
	delete(l.flights, uri)
}

// safely is PublicKey for clients that may panic when a service answers with what they do not expect.
func (l *lookups) safely(ctx context.Context, uri string) (key crypto.PublicKey, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the client of the service panicked: %v", p)
		}
	}()
	key, err = l.kms.PublicKey(ctx, uri)
	if err == nil && key == nil {
		err = errors.New("the service has no public key for it")
	}
	return key, err
}

// refused is the outcome that users see: what a service says may be about others than them.
func refused(scheme string, err error) (found, time.Duration) {
	text := fmt.Sprintf("the %s service did not give the key: check its address, and see the log of the controller, whose identity "+
		"needs the right to read public keys", scheme)
	if isPassing(err) {
		return found{err: failure.Transientf("", "%s", text)}, restTTL
	}
	return found{err: failure.Invalidf("", "%s", text)}, refusalTTL
}
