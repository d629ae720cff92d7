// Package trust checks who signed the Tasks and Pipelines that resolvers fetch (contract 4 §4). Matching policies and evaluating them is
// pure; getting keys is apart. Everything fails closed: what cannot be checked is not trusted.
//
// A document is looked at in many passes over a run, so what is costly is remembered: parsed keys, outcomes of signature checks, the
// contents of Secrets for half a minute, and keys of key management services for five. The entry point is Verifier.Verify.
package trust

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/cache"
	"k8s.io/utils/clock"
	"knative.dev/pkg/logging"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1alpha1"
	listers "github.com/tenon-ci/tenon/pkg/client/listers/pipeline/v1alpha1"
	"github.com/tenon-ci/tenon/pkg/decision"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/kubereader"
)

const (
	// cachedOutcomes is the number of signature checks remembered, cachedKeys that of parsed keys, cachedSecrets that of Secrets, and
	// cachedLookups that of keys of key management services.
	cachedOutcomes = 4096
	cachedKeys     = 512
	cachedSecrets  = 512
	cachedLookups  = 512
	// forever is how long is remembered what cannot change.
	forever = 365 * 24 * time.Hour
)

// Options are what a Verifier works with.
type Options struct {
	// Policies lists the VerificationPolicies of a namespace.
	Policies listers.VerificationPolicyLister
	// Kube reads Secrets with keys; it needs the right to get them.
	Kube kubereader.Secrets
	// KMS talks to key management services; nil means that keys there cannot be used.
	KMS KMS
	// Clock is the time of the caches; nil means the real one.
	Clock clock.PassiveClock
}

// Verifier checks signatures by the VerificationPolicies of a namespace. It is safe for concurrent use, and meant to live as long as
// the process.
type Verifier struct {
	policies listers.VerificationPolicyLister
	keys     *keys
	outcomes *cache.LRUExpireCache // by outcomeKey, to bool
}

// New returns a Verifier with empty caches.
func New(o Options) *Verifier {
	if o.Clock == nil {
		o.Clock = clock.RealClock{}
	}
	return &Verifier{policies: o.Policies, keys: newKeys(o), outcomes: cache.NewLRUExpireCacheWithClock(cachedOutcomes, o.Clock)}
}

// Shared returns a function that makes a Verifier at its first call, and returns that one at all others: controllers of a process, which
// have the same cache of policies, then get each key once.
func Shared(services KMS) func(listers.VerificationPolicyLister, kubereader.Secrets) *Verifier {
	var once sync.Once
	var v *Verifier
	return func(policies listers.VerificationPolicyLister, kube kubereader.Secrets) *Verifier {
		once.Do(func() { v = New(Options{Policies: policies, Kube: kube, KMS: services}) })
		return v
	}
}

// Verify tells whether a resource that a run in the namespace refers to may run. A nil answer means that no policy applies. Source is
// where the resource was found, nil if that is not known.
//
// An error that is a failure of class Transient means that it is not known yet, and that asking again can help; all others refuse the
// resource.
func (v *Verifier) Verify(ctx context.Context, namespace string, r *Resource, source *v1.RefSource) (*decision.Verification, error) {
	all, err := v.policies.VerificationPolicies(namespace).List(labels.Everything())
	if err != nil {
		return nil, classify(ctx, err, "failed to get matched policies: listing VerificationPolicies in namespace %s", namespace)
	}
	matched, err := matching(all, source)
	if err != nil {
		return nil, fmt.Errorf("failed to get matched policies: %w", err)
	}
	if len(matched) == 0 {
		return unmatched(ctx, r.GetName(), source)
	}
	subject := fmt.Sprintf("resource verification failed: resource %s in namespace %s fails verification", r.GetName(), namespace)
	sum, err := r.Sum()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", subject, err)
	}
	signature, unsigned := r.signature()
	signedBy := func(k *key) bool { return v.signedBy(k, sum, signature) }
	out, err := evaluate(subject, v.gather(ctx, matched), signedBy, unsigned)
	if out != nil && !out.Passed {
		logging.FromContext(ctx).Warnw(out.Message, "namespace", namespace)
	}
	return out, err
}

// gather gets the keys of policies, which may take requests to the API.
func (v *Verifier) gather(ctx context.Context, policies []*v1alpha1.VerificationPolicy) []applying {
	out := make([]applying, len(policies))
	for i, policy := range policies {
		out[i] = applying{name: policy.Name, warn: isWarning(policy)}
		out[i].keys, out[i].err = v.keys.of(ctx, policy)
	}
	return out
}

type outcomeKey struct{ key, sum, signature [sha256.Size]byte }

// signedBy is key.verifies with a memory.
func (v *Verifier) signedBy(k *key, sum [sha256.Size]byte, signature []byte) bool {
	id := outcomeKey{k.id, sum, sha256.Sum256(signature)}
	if known, ok := v.outcomes.Get(id); ok {
		return known.(bool)
	}
	outcome := k.verifies(sum, signature)
	v.outcomes.Add(id, outcome, forever)
	return outcome
}

// keysError is why a policy's keys cannot be had; the class of err is kept.
func keysError(policy *v1alpha1.VerificationPolicy, authority string, err error) error {
	class := failure.Invalid
	if f, ok := failure.As(err); ok {
		class = f.Class
	}
	return failure.New(class, "", "failed to get verifiers from policy: VerificationPolicy %s, authority %s: %w", policy.Name, authority, err)
}

// errNoAuthorities refuses policies that admission has not looked at.
var errNoAuthorities = errors.New("it has no authorities: add one with a key")
