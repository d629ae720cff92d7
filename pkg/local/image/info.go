package image

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/tenon-ci/tenon/pkg/imageinfo"
	"github.com/tenon-ci/tenon/pkg/imageinfo/index"
	"github.com/tenon-ci/tenon/pkg/local/container"
)

const (
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
	got, err := s.flights.Do(ctx, flightOf("info", req), nil, func(ctx context.Context, _ func(string)) (any, error) {
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
	return imageinfo.Image{Ref: pin(ref, digest), Platforms: []imageinfo.Platform{index.PlatformOf(f.config)}}, true
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
	children, err := index.Children(doc.Manifests)
	if err != nil {
		return info, err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(jobs)
	for i, c := range children {
		group.Go(func() error {
			doc, err := readManifest(ctx, src, c.Digest)
			if err != nil {
				return err
			}
			children[i].Found, err = inspectImage(ctx, src, doc.Config.Digest)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return info, err
	}
	info.Platforms, err = index.Platforms(children)
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
	return index.PlatformOf(file), nil
}
