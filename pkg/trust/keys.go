package trust

import (
	"context"
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/cache"

	"github.com/tenon-ci/tenon/pkg/apierror"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1alpha1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/kubereader"
)

// secretTTL is how long the content of a Secret is used without reading it again.
const secretTTL = 30 * time.Second

// keys gets the keys of policies.
type keys struct {
	kube    kubereader.Secrets
	secrets *cache.LRUExpireCache // by secretName, to []byte
	parsed  *cache.LRUExpireCache // by parsedKey, to *key
	lookups *lookups
}

type secretName struct{ namespace, name string }

// parsedKey is the digest of a PEM text, with the hash function of the authority.
type parsedKey struct {
	material [sha256.Size]byte
	hash     crypto.Hash
}

func newKeys(o Options) *keys {
	return &keys{
		kube:    o.Kube,
		secrets: cache.NewLRUExpireCacheWithClock(cachedSecrets, o.Clock),
		parsed:  cache.NewLRUExpireCacheWithClock(cachedKeys, o.Clock),
		lookups: newLookups(o.KMS, o.Clock),
	}
}

// of returns the keys of all authorities of a policy. A failure that is final goes before one that passes.
func (k *keys) of(ctx context.Context, policy *v1alpha1.VerificationPolicy) ([]*key, error) {
	if len(policy.Spec.Authorities) == 0 {
		return nil, fmt.Errorf("failed to get verifiers from policy: VerificationPolicy %s: %w", policy.Name, errNoAuthorities)
	}
	out := make([]*key, 0, len(policy.Spec.Authorities))
	var later error
	for _, authority := range policy.Spec.Authorities {
		found, err := k.get(ctx, policy.Namespace, authority.Key)
		if err == nil {
			out = append(out, found)
			continue
		}
		err = keysError(policy, authority.Name, err)
		if !isPassing(err) {
			return nil, err
		}
		later = err
	}
	return out, later
}

// get returns the key that an authority refers to.
func (k *keys) get(ctx context.Context, namespace string, ref *v1alpha1.KeyRef) (*key, error) {
	if ref == nil {
		return nil, errors.New("it has no key: give it data, secretRef or kms")
	}
	hash, err := Hash(ref.HashAlgorithm)
	if err != nil {
		return nil, err
	}
	switch {
	case ref.Data != "":
		return k.parse([]byte(ref.Data), hash, "its data")
	case ref.SecretRef != nil:
		name := secretName{ref.SecretRef.Namespace, ref.SecretRef.Name}
		if name.namespace == "" {
			name.namespace = namespace
		}
		text, err := k.secret(ctx, name)
		if err != nil {
			return nil, err
		}
		return k.parse(text, hash, fmt.Sprintf("the only entry of Secret %s/%s", name.namespace, name.name))
	case ref.KMS != "":
		return k.remote(ctx, ref.KMS, ref.HashAlgorithm, hash)
	default:
		return nil, errors.New("its key is empty: give it data, secretRef or kms")
	}
}

// parse reads a key in PEM form, which its errors call what.
func (k *keys) parse(text []byte, hash crypto.Hash, what string) (*key, error) {
	id := parsedKey{sha256.Sum256(text), hash}
	if known, ok := k.parsed.Get(id); ok {
		return known.(*key), nil
	}
	public, err := parsePEM(text)
	if err != nil {
		return nil, fmt.Errorf("%s is no usable key: %w", what, err)
	}
	parsed, err := newKey(public, hash)
	if err != nil {
		return nil, fmt.Errorf("%s is no usable key: %w", what, err)
	}
	k.parsed.Add(id, parsed, forever)
	return parsed, nil
}

// secret returns the only entry of a Secret. Secrets are read one by one: the controller may not list or watch them.
func (k *keys) secret(ctx context.Context, name secretName) ([]byte, error) {
	if known, ok := k.secrets.Get(name); ok {
		return known.([]byte), nil
	}
	found, err := k.kube.Secret(ctx, name.namespace, name.name)
	if err != nil {
		return nil, classify(ctx, err, "reading Secret %s/%s", name.namespace, name.name)
	}
	text, err := onlyEntry(found)
	if err != nil {
		return nil, err
	}
	k.secrets.Add(name, text, secretTTL)
	return text, nil
}

func onlyEntry(secret *corev1.Secret) ([]byte, error) {
	if len(secret.Data) == 1 {
		for _, text := range secret.Data {
			return text, nil
		}
	}
	return nil, fmt.Errorf("secret %s/%s has to have exactly one entry, the public key in PEM form", secret.Namespace, secret.Name)
}

// remote returns a key of a key management service. Such a key has a hash function of its own, which the authority need not repeat:
// without a word about it all those are taken that the services sign with.
func (k *keys) remote(ctx context.Context, uri string, given v1alpha1.HashAlgorithm, hash crypto.Hash) (*key, error) {
	public, err := k.lookups.get(ctx, uri)
	if err != nil {
		return nil, err
	}
	accepted := []crypto.Hash{hash}
	if given == "" {
		accepted = []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512}
	}
	found, err := newKey(public, accepted...)
	if err != nil {
		return nil, fmt.Errorf("the key behind its kms address is not usable: %w", err)
	}
	return found, nil
}

// classify makes an error of the API one that passes if it does: an API server that is away for a moment, or a controller that is
// being stopped, must not end a run for good. The text is that of format, and then the error.
func classify(ctx context.Context, err error, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	if apierror.Passes(err) || ctx.Err() != nil {
		return failure.Transientf("", "%s: %w", text, err)
	}
	return failure.Invalidf("", "%s: %w", text, err)
}
