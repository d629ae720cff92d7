package image

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/tenon-ci/tenon/pkg/imageinfo"
	"github.com/tenon-ci/tenon/pkg/local/container"
)

const (
	// maxPlatforms bounds how many images of one index are read, as in a cluster.
	maxPlatforms = 64
	// tagTTL is how long a tag is taken to mean the same if its image was not pulled.
	tagTTL = time.Minute
	// refreshTimeout is how long a registry is waited for if it could only complete what is known.
	refreshTimeout = 5 * time.Second
)

// Info tells the command lines of an image without its layers, in the same form as package imageinfo/registry does for clusters. What is
// in layouts or present is told without asking a registry. If an image was pulled and its registry can't be reached, this machine's
// platform is all that is told. Errors are [*container.ImageError], except that of ctx.
func (s *Store) Info(ctx context.Context, ref string, keychain authn.Keychain) (imageinfo.Image, error) {
	req := container.ImageRequest{Ref: ref, Keychain: keychain}
	got, err := s.flights.do(ctx, flightOf("info", req), nil, func(ctx context.Context, _ func(string)) (any, error) {
		return s.info(ctx, req)
	})
	if err != nil {
		return imageinfo.Image{}, s.explain(ctx, "looking up the command of image", req, err)
	}
	return got.(imageinfo.Image), nil
}

func (s *Store) info(ctx context.Context, req container.ImageRequest) (imageinfo.Image, error) {
	ref, err := parse(req.Ref)
	if err != nil {
		return imageinfo.Image{}, err
	}
	f, err := s.inLayouts(ctx, ref)
	if err != nil {
		return imageinfo.Image{}, err
	}
	if f != nil {
		return inspect(ctx, f.src, ref, f.digest)
	}
	repository := s.client.repository(ref, req.Keychain, s.cache)
	src := &fallback{cache: s.cache, next: repository}
	digest, err := s.cache.resolve(ref)
	if err == nil && (!s.options.Fresh || ref.pinned()) {
		if info, ok := s.knownInfo(ctx, src, ref, digest); ok {
			return info, nil
		}
	}
	digest, err = repository.resolve(ctx, ref)
	if err != nil {
		return imageinfo.Image{}, err
	}
	info, err := s.inspectAndKeep(ctx, src, ref, digest)
	if err != nil {
		return imageinfo.Image{}, err
	}
	return info, s.cache.remember(ref, digest)
}

// knownInfo answers from the cache if the image is there, or was looked up a moment ago.
func (s *Store) knownInfo(ctx context.Context, src source, ref reference, digest v1.Hash) (imageinfo.Image, bool) {
	f, err := load(ctx, s.cache, ref, digest, s.platform)
	here := err == nil && s.present(f, true)
	if info, ok := s.cache.info(ref, digest); ok {
		e, err := s.cache.entry(ref)
		if here || ref.pinned() || err == nil && time.Since(e.Time) < tagTTL {
			return info, true
		}
	}
	if !here {
		return imageinfo.Image{}, false
	}
	ctx, cancel := context.WithTimeout(ctx, refreshTimeout)
	defer cancel()
	if info, err := s.inspectAndKeep(ctx, src, ref, digest); err == nil {
		return info, true
	}
	only := imageinfo.Platform{
		Name:       platformName(f.config.OS, f.config.Architecture, f.config.Variant),
		Entrypoint: f.config.Config.Entrypoint,
		Cmd:        f.config.Config.Cmd,
	}
	return imageinfo.Image{Ref: pin(ref, digest), Platforms: []imageinfo.Platform{only}}, true
}

func pin(ref reference, digest v1.Hash) string { return ref.Context().Digest(digest.String()).Name() }

// info returns what was kept of an image. The repository is that of the reference.
func (c *cache) info(ref reference, digest v1.Hash) (imageinfo.Image, bool) {
	raw, err := os.ReadFile(c.path("info", digest.Hex))
	if err != nil {
		return imageinfo.Image{}, false
	}
	var platforms []imageinfo.Platform
	if json.Unmarshal(raw, &platforms) != nil || len(platforms) == 0 {
		return imageinfo.Image{}, false
	}
	return imageinfo.Image{Ref: pin(ref, digest), Platforms: platforms}, true
}

func (s *Store) inspectAndKeep(ctx context.Context, src source, ref reference, digest v1.Hash) (imageinfo.Image, error) {
	info, err := inspect(ctx, src, ref, digest)
	if err != nil {
		return imageinfo.Image{}, err
	}
	raw, err := json.Marshal(info.Platforms)
	if err != nil {
		return imageinfo.Image{}, err
	}
	return info, s.cache.write(s.cache.path("info", digest.Hex), raw)
}

// inspect reads the configurations of all platforms.
func inspect(ctx context.Context, src source, ref reference, digest v1.Hash) (imageinfo.Image, error) {
	info := imageinfo.Image{Ref: pin(ref, digest)}
	doc, err := readManifest(ctx, src, digest)
	if err != nil {
		return info, err
	}
	if doc.Manifests == nil {
		platform, err := inspectImage(ctx, src, doc.Config.Digest)
		if err != nil {
			return info, err
		}
		info.Platforms = []imageinfo.Platform{platform}
		return info, nil
	}
	children, err := childrenOf(doc.Manifests)
	if err != nil {
		return info, err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(jobs)
	for i, c := range children {
		group.Go(func() error {
			doc, err := readManifest(ctx, src, c.digest)
			if err != nil {
				return err
			}
			children[i].found, err = inspectImage(ctx, src, doc.Config.Digest)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return info, err
	}
	info.Platforms, err = platformsOf(children)
	return info, err
}

func inspectImage(ctx context.Context, src source, config v1.Hash) (imageinfo.Platform, error) {
	raw, err := src.document(ctx, config, false)
	if err != nil {
		return imageinfo.Platform{}, fmt.Errorf("reading configuration %s: %w", config, err)
	}
	file, err := v1.ParseConfigFile(bytes.NewReader(raw))
	if err != nil {
		return imageinfo.Platform{}, fmt.Errorf("reading configuration %s: %w", config, err)
	}
	return imageinfo.Platform{
		Name:       platformName(file.OS, file.Architecture, file.Variant),
		Entrypoint: file.Config.Entrypoint,
		Cmd:        file.Config.Cmd,
	}, nil
}

// child is one image of an index.
type child struct {
	platform string
	digest   v1.Hash
	found    imageinfo.Platform
}

// childrenOf lists the images of an index, each once; attestations and the like have the platform unknown/unknown.
func childrenOf(manifests []v1.Descriptor) ([]child, error) {
	var children []child
	for _, m := range manifests {
		if !m.MediaType.IsImage() || m.Platform == nil || m.Platform.OS == "unknown" && m.Platform.Architecture == "unknown" {
			continue
		}
		c := child{platform: platformName(m.Platform.OS, m.Platform.Architecture, m.Platform.Variant), digest: m.Digest}
		if !slices.ContainsFunc(children, func(o child) bool { return o.platform == c.platform && o.digest == c.digest }) {
			children = append(children, c)
		}
	}
	switch {
	case len(children) == 0:
		return nil, errors.New("its index lists no image with a platform")
	case len(children) > maxPlatforms:
		return nil, fmt.Errorf("its index lists %d images, more than %d", len(children), maxPlatforms)
	}
	return children, nil
}

// platformsOf sorts by platform. Two images for one platform are refused, unless they are for several versions of Windows and say the same.
func platformsOf(children []child) ([]imageinfo.Platform, error) {
	slices.SortStableFunc(children, func(a, b child) int { return cmp.Compare(a.platform, b.platform) })
	var platforms []imageinfo.Platform
	for i, c := range children {
		c.found.Name = c.platform
		if i == 0 || children[i-1].platform != c.platform {
			platforms = append(platforms, c.found)
			continue
		}
		before := children[i-1]
		same := slices.Equal(before.found.Entrypoint, c.found.Entrypoint) && slices.Equal(before.found.Cmd, c.found.Cmd)
		if !strings.HasPrefix(c.platform, "windows/") || !same {
			return nil, fmt.Errorf("duplicate unique image found for platform: %s: found %s and %s", c.platform, before.digest, c.digest)
		}
	}
	return platforms, nil
}

func platformName(os, arch, variant string) string {
	if variant == "" {
		return os + "/" + arch
	}
	return os + "/" + arch + "/" + variant
}
