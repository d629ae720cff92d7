package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// runPush copies all images of a layout to repositories of their names.
func runPush(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("push", flag.ContinueOnError)
	dir := flags.String("layout", "", "`FOLDER` of the layout")
	to := flags.String("to", "", "`REPOSITORY` above those of the images")
	insecure := flags.Bool("insecure", false, "talk to the registry without encryption")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var naming []name.Option
	if *insecure {
		naming = append(naming, name.Insecure)
	}
	if *dir == "" || *to == "" {
		return errors.New("-layout and -to are needed")
	}
	manifests, err := layoutManifests(*dir)
	if err != nil {
		return err
	}
	for _, m := range manifests {
		if err := pushOne(ctx, layout.Path(*dir), m, *to, naming); err != nil {
			return fmt.Errorf("pushing %s: %w", m.Annotations[nameAnnotation], err)
		}
	}
	return nil
}

func pushOne(ctx context.Context, path layout.Path, m v1.Descriptor, to string, naming []name.Option) error {
	ref, err := name.NewTag(to+"/"+m.Annotations[nameAnnotation], naming...)
	if err != nil {
		return err
	}
	options := []remote.Option{remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain)}
	if !m.MediaType.IsIndex() {
		image, err := path.Image(m.Digest)
		if err != nil {
			return err
		}
		return remote.Write(ref, image, options...)
	}
	index, err := path.ImageIndex()
	if err != nil {
		return err
	}
	if index, err = index.ImageIndex(m.Digest); err != nil {
		return err
	}
	return remote.WriteIndex(ref, index, options...)
}

func layoutManifests(dir string) ([]v1.Descriptor, error) {
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		return nil, fmt.Errorf("reading layout %s: %w", dir, err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, fmt.Errorf("reading layout %s: %w", dir, err)
	}
	return manifest.Manifests, nil
}
