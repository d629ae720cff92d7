package registry

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"golang.org/x/sync/errgroup"

	"github.com/tenon-ci/tenon/pkg/imageinfo"
)

// maxPlatforms bounds how many images of one index are read.
const maxPlatforms = 64

// inspect reads the configuration of an image, or of every platform of an index.
func inspect(ctx context.Context, puller *remote.Puller, digest name.Digest) (imageinfo.Image, error) {
	desc, err := puller.Get(ctx, digest)
	if err != nil {
		return imageinfo.Image{}, err
	}
	found := imageinfo.Image{Ref: digest.Name()}
	switch {
	case desc.MediaType.IsIndex():
		index, err := desc.ImageIndex()
		if err != nil {
			return imageinfo.Image{}, fmt.Errorf("reading index: %w", err)
		}
		found.Platforms, err = inspectIndex(index)
		return found, err
	case desc.MediaType.IsImage():
		image, err := desc.Image()
		if err != nil {
			return imageinfo.Image{}, fmt.Errorf("reading image: %w", err)
		}
		platform, err := inspectImage(image)
		if err != nil {
			return imageinfo.Image{}, err
		}
		found.Platforms = []imageinfo.Platform{platform}
		return found, nil
	default:
		return imageinfo.Image{}, invalidf("it is no container image")
	}
}

// child is one image of an index.
type child struct {
	platform string
	digest   v1.Hash
	found    imageinfo.Platform
}

func (c child) same(other child) bool {
	return c.platform == other.platform && c.digest == other.digest
}

func inspectIndex(index v1.ImageIndex) ([]imageinfo.Platform, error) {
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, fmt.Errorf("reading index: %w", err)
	}
	children, err := childrenOf(manifest)
	if err != nil {
		return nil, err
	}
	var group errgroup.Group
	group.SetLimit(parallel)
	for i := range children {
		group.Go(func() error {
			image, err := index.Image(children[i].digest)
			if err != nil {
				return fmt.Errorf("reading image for platform %s: %w", children[i].platform, err)
			}
			children[i].found, err = inspectImage(image)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return platformsOf(children)
}

// childrenOf lists the images of an index; attestations and the like have the platform unknown/unknown.
func childrenOf(manifest *v1.IndexManifest) ([]child, error) {
	var children []child
	for _, m := range manifest.Manifests {
		if !m.MediaType.IsImage() || m.Platform == nil {
			continue
		}
		if m.Platform.OS == "unknown" && m.Platform.Architecture == "unknown" {
			continue
		}
		if !isWord(m.Platform.OS) || !isWord(m.Platform.Architecture) || !isWord(m.Platform.Variant) {
			return nil, invalidf("its index lists an image for a platform whose name is none")
		}
		c := child{platform: platformName(m.Platform.OS, m.Platform.Architecture, m.Platform.Variant), digest: m.Digest}
		if !slices.ContainsFunc(children, c.same) {
			children = append(children, c)
		}
	}
	switch {
	case len(children) == 0:
		return nil, invalidf("its index lists no image with a platform")
	case len(children) > maxPlatforms:
		return nil, invalidf("its index lists %d images, more than %d", len(children), maxPlatforms)
	}
	return children, nil
}

// platformsOf sorts by platform and refuses two different images for one, because the step could not know which one it
// runs in. Windows images for several versions of the system are fine as long as their commands are the same.
func platformsOf(children []child) ([]imageinfo.Platform, error) {
	slices.SortStableFunc(children, func(a, b child) int { return cmp.Compare(a.platform, b.platform) })
	var platforms []imageinfo.Platform
	for i, c := range children {
		c.found.Name = c.platform
		if i == 0 || children[i-1].platform != c.platform {
			platforms = append(platforms, c.found)
			continue
		}
		if !strings.HasPrefix(c.platform, "windows/") || !sameCommand(children[i-1].found, c.found) {
			return nil, invalidf("duplicate unique image found for platform: %s: found %s and %s",
				c.platform, children[i-1].digest, c.digest)
		}
	}
	return platforms, nil
}

func sameCommand(a, b imageinfo.Platform) bool {
	return slices.Equal(a.Entrypoint, b.Entrypoint) && slices.Equal(a.Cmd, b.Cmd)
}

func inspectImage(image v1.Image) (imageinfo.Platform, error) {
	file, err := image.ConfigFile()
	if err != nil {
		return imageinfo.Platform{}, fmt.Errorf("reading image configuration: %w", err)
	}
	return imageinfo.Platform{
		Name:       platformName(file.OS, file.Architecture, file.Variant),
		Entrypoint: file.Config.Entrypoint,
		Cmd:        file.Config.Cmd,
	}, nil
}

// platformName keeps the variant even where every machine of the architecture has it: an index may list an image with it
// and another one without.
func platformName(os, arch, variant string) string {
	if variant == "" {
		return os + "/" + arch
	}
	return os + "/" + arch + "/" + variant
}

// isWord reports whether part of a platform's name is one, and not a text that somebody wants to be shown.
func isWord(part string) bool {
	return len(part) <= 32 && !strings.ContainsFunc(part, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' && r != '.' && r != '-'
	})
}
