package registry

import (
	"context"
	"errors"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/imageinfo"
	"github.com/tenon-ci/tenon/pkg/pullsecrets"
)

// puller makes the client of one request; it logs in once per repository. Little is retried here, because a request that
// failed is tried again later.
func (r *Resolver) puller(keys authn.Keychain) (*remote.Puller, error) {
	return remote.NewPuller(
		remote.WithTransport(r.options.Transport),
		remote.WithAuthFromKeychain(keys),
		remote.WithRetryBackoff(remote.Backoff{Duration: 200 * time.Millisecond, Factor: 2, Jitter: 0.2, Steps: 2}),
		remote.WithUserAgent("tenon"),
	)
}

// cached returns what is known without asking.
func (r *Resolver) cached(scope string, ref reference) (imageinfo.Image, bool) {
	hit, ok := r.tags.Get(scope + "\x00" + ref.Name())
	if _, pinned := ref.Reference.(name.Digest); !ok && pinned {
		hit, ok = r.digests.Get(ref.Name())
	}
	if !ok {
		return imageinfo.Image{}, false
	}
	return hit.(imageinfo.Image), true
}

// inTurn looks one image up when there is a place for it. The time it waits for one does not count.
func (r *Resolver) inTurn(ctx context.Context, tenant string, ref reference, puller *remote.Puller) (imageinfo.Image, error) {
	leave, err := r.places.Take(ctx, tenant, ref.Context().RegistryStr())
	if err != nil {
		return imageinfo.Image{}, err
	}
	defer leave()
	ctx, cancel := context.WithTimeout(ctx, r.options.Timeout)
	defer cancel()
	return r.lookUp(ctx, puller, ref.Reference)
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
// body that says why, GET is asked. A registry that gives no answer is not asked again.
func digestOf(ctx context.Context, puller *remote.Puller, ref name.Reference) (name.Digest, error) {
	if digest, ok := ref.(name.Digest); ok {
		return digest, nil
	}
	head, err := puller.Head(ctx, ref)
	if err == nil {
		return ref.Context().Digest(head.Digest.String()), nil
	}
	var noAnswer *requestError
	var answered *transport.Error
	if errors.As(err, &noAnswer) && !errors.As(err, &answered) {
		return name.Digest{}, err
	}
	got, err := puller.Get(ctx, ref)
	if err != nil {
		return name.Digest{}, err
	}
	return ref.Context().Digest(got.Digest.String()), nil
}

// keychain puts the pull secrets before the ambient credentials.
func keychain(secrets []corev1.Secret, ambient authn.Keychain) (authn.Keychain, error) {
	fromSecrets, err := pullsecrets.New(secrets)
	if err != nil {
		return nil, invalidf("%w", err)
	}
	return authn.NewMultiKeychain(fromSecrets, ambient), nil
}
