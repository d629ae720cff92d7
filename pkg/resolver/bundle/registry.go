package bundle

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	containers "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/reach"
	"github.com/tenon-ci/tenon/pkg/resolver/web/fetch"
)

// maxAnswer bounds every answer of a registry, in bytes: 4 MiB is the largest manifest that registries accept, and more than any
// compressed layer with a document that is not too large.
const maxAnswer = 4 << 20

// errTooLarge is returned by an answer that goes on past maxAnswer.
var errTooLarge = errors.New("the registry's answer is larger than 4 MiB")

// registry talks to registries.
type registry struct {
	transport http.RoundTripper
	ambient   authn.Keychain
}

func newRegistry(policy func() reach.Policy, ambient authn.Keychain) *registry {
	return &registry{
		transport: reach.Bound{Next: fetch.Transport(policy), Limit: maxAnswer, TooLarge: errTooLarge},
		ambient:   ambient,
	}
}

// puller reads with the credentials of one request.
type puller struct{ *remote.Puller }

// pull makes a puller. It logs in once, and tries nothing again: the caller does.
func (r *registry) pull(keys authn.Keychain) (puller, error) {
	if r.ambient != nil {
		keys = authn.NewMultiKeychain(keys, r.ambient)
	}
	p, err := remote.NewPuller(
		remote.WithTransport(r.transport),
		remote.WithAuthFromKeychain(keys),
		remote.WithRetryBackoff(remote.Backoff{Steps: 1}),
		remote.WithUserAgent("tenon"),
	)
	return puller{p}, err
}

// image is what a reference stands for.
type image struct {
	digest   containers.Hash
	manifest *containers.Manifest
}

// platform is the one whose image is taken from an index.
var platform = containers.Platform{OS: "linux", Architecture: "amd64"}

// image reads the manifest of an image, or that for the default platform of an index. What comes for a digest has that digest; the
// library checks it.
func (p puller) image(ctx context.Context, ref name.Reference) (image, error) {
	desc, err := p.Get(ctx, ref)
	if err != nil {
		return image{}, err
	}
	if kindOf(desc).IsIndex() {
		child, err := childOf(desc.Manifest)
		if err != nil {
			return image{}, err
		}
		if desc, err = p.Get(ctx, ref.Context().Digest(child.String())); err != nil {
			return image{}, fmt.Errorf("reading the image for %s: %w", platform, err)
		}
	}
	if !kindOf(desc).IsImage() {
		return image{}, failure.Invalidf("", "it is no container image")
	}
	manifest, err := containers.ParseManifest(bytes.NewReader(desc.Manifest))
	if err != nil {
		return image{}, failure.Invalidf("", "its manifest cannot be read")
	}
	return image{digest: desc.Digest, manifest: manifest}, nil
}

// kindOf is the media type of what a registry gave. Some registries add parameters to it; servers of plain files do not know it, then it
// is what the manifest says itself.
func kindOf(desc *remote.Descriptor) types.MediaType {
	said, _, _ := strings.Cut(string(desc.MediaType), ";")
	if kind := types.MediaType(strings.TrimSpace(said)); kind.IsIndex() || kind.IsImage() || kind.IsSchema1() {
		return kind
	}
	var own struct {
		MediaType types.MediaType `json:"mediaType"`
	}
	if err := json.Unmarshal(desc.Manifest, &own); err != nil {
		return ""
	}
	return own.MediaType
}

// childOf returns the first image of an index that is for the default platform, or for none in particular.
func childOf(raw []byte) (containers.Hash, error) {
	index, err := containers.ParseIndexManifest(bytes.NewReader(raw))
	if err != nil {
		return containers.Hash{}, failure.Invalidf("", "its index cannot be read")
	}
	for _, m := range index.Manifests {
		if m.MediaType.IsImage() && (m.Platform == nil || m.Platform.OS == platform.OS && m.Platform.Architecture == platform.Architecture) {
			return m.Digest, nil
		}
	}
	return containers.Hash{}, failure.NotFoundf("", "its index has no image for %s", platform)
}

// document reads a layer and takes the document out of it. Nothing of a layer is used before its digest has been checked.
func (p puller) document(ctx context.Context, repo name.Repository, layer containers.Descriptor) ([]byte, error) {
	if err := checkLayer(layer); err != nil {
		return nil, err
	}
	blob, err := p.Layer(ctx, repo.Digest(layer.Digest.String()))
	if err != nil {
		return nil, err
	}
	body, err := blob.Compressed()
	if err != nil {
		return nil, err
	}
	defer body.Close() //nolint:errcheck // nothing is written
	data, err := io.ReadAll(body)
	if err != nil {
		return nil, fmt.Errorf("reading a layer: %w", err)
	}
	return unpack(data)
}
