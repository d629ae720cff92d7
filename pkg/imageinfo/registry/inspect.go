package registry

import (
	"context"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"golang.org/x/sync/errgroup"

	"github.com/tenon-ci/tenon/pkg/imageinfo"
	"github.com/tenon-ci/tenon/pkg/imageinfo/index"
)

// inspect reads the configuration of an image, or of every platform of an index.
func inspect(ctx context.Context, puller *remote.Puller, digest name.Digest) (imageinfo.Image, error) {
	desc, err := puller.Get(ctx, digest)
	if err != nil {
		return imageinfo.Image{}, err
	}
	found := imageinfo.Image{Ref: digest.Name()}
	switch {
	case desc.MediaType.IsIndex():
		list, err := desc.ImageIndex()
		if err != nil {
			return imageinfo.Image{}, fmt.Errorf("reading index: %w", err)
		}
		found.Platforms, err = inspectIndex(list)
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

func inspectIndex(list v1.ImageIndex) ([]imageinfo.Platform, error) {
	manifest, err := list.IndexManifest()
	if err != nil {
		return nil, fmt.Errorf("reading index: %w", err)
	}
	children, err := index.Children(manifest.Manifests)
	if err != nil {
		return nil, invalidf("%w", err)
	}
	var group errgroup.Group
	group.SetLimit(parallel)
	for i := range children {
		group.Go(func() error {
			image, err := list.Image(children[i].Digest)
			if err != nil {
				return fmt.Errorf("reading image for platform %s: %w", children[i].Platform, err)
			}
			children[i].Found, err = inspectImage(image)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	platforms, err := index.Platforms(children)
	if err != nil {
		return nil, invalidf("%w", err)
	}
	return platforms, nil
}

func inspectImage(image v1.Image) (imageinfo.Platform, error) {
	file, err := image.ConfigFile()
	if err != nil {
		return imageinfo.Platform{}, fmt.Errorf("reading image configuration: %w", err)
	}
	return index.PlatformOf(file), nil
}
