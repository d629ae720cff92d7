package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const (
	imagePath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	imageUser = "65532:65532"
)

// baseOptions say what a base image is made of.
type baseOptions struct {
	registry, name string
	// from is an image whose parts for the platforms are taken; without it, roots has NAME-ARCHITECTURE.tar for each platform.
	from, roots string
	platforms   []v1.Platform
	// windows is an image for windows/amd64, "empty" for one without files, or nothing.
	windows string
}

// runBase puts a base image for several platforms into the registry, for ko, and prints its digest.
func runBase(ctx context.Context, args []string) error {
	var o baseOptions
	flags := flag.NewFlagSet("base", flag.ContinueOnError)
	flags.StringVar(&o.registry, "registry", "", "`HOST:PORT` of the registry")
	flags.StringVar(&o.name, "name", "", "`NAME` of the image, and of the archives in -roots")
	flags.StringVar(&o.from, "from", "", "`IMAGE` to take")
	flags.StringVar(&o.roots, "roots", "", "`FOLDER` with NAME-ARCHITECTURE.tar")
	flags.StringVar(&o.windows, "windows", "", "`IMAGE` for windows/amd64, or \"empty\"")
	platforms := flags.String("platforms", "linux/amd64", "platforms, separated by commas")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var err error
	if o.platforms, err = parsePlatforms(*platforms); err != nil {
		return err
	}
	if o.registry == "" || o.name == "" || (o.from == "") == (o.roots == "") {
		return errors.New("-registry, -name and one of -from and -roots are needed")
	}
	index, err := o.index(ctx)
	if err != nil {
		return err
	}
	return o.publish(ctx, index)
}

func (o baseOptions) publish(ctx context.Context, index v1.ImageIndex) error {
	digest, err := index.Digest()
	if err != nil {
		return err
	}
	ref, err := name.NewTag(o.registry+"/base/"+o.name+":latest", name.Insecure)
	if err != nil {
		return err
	}
	if err := remote.WriteIndex(ref, index, remote.WithContext(ctx)); err != nil {
		return fmt.Errorf("pushing base image %s: %w", o.name, err)
	}
	fmt.Println(digest)
	return nil
}

func (o baseOptions) index(ctx context.Context) (v1.ImageIndex, error) {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, platform := range o.platforms {
		image, err := o.image(ctx, platform)
		if err != nil {
			return nil, fmt.Errorf("base image %s for %s: %w", o.name, short(&platform), err)
		}
		index = appendTo(index, image, platform)
	}
	if o.windows == "" {
		return index, nil
	}
	image, platform, err := windowsImage(ctx, o.windows)
	if err != nil {
		return nil, fmt.Errorf("base image %s for windows/amd64: %w", o.name, err)
	}
	return appendTo(index, image, platform), nil
}

func appendTo(index v1.ImageIndex, image v1.Image, platform v1.Platform) v1.ImageIndex {
	return mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: &platform}})
}

func (o baseOptions) image(ctx context.Context, platform v1.Platform) (v1.Image, error) {
	if o.from != "" {
		image, _, err := pull(ctx, o.from, platform)
		return image, err
	}
	return fromRoot(filepath.Join(o.roots, o.name+"-"+platform.Architecture+".tar"), platform)
}

// pull takes the part of an image that is for a platform, in the OCI form: ko refuses base images that mix forms.
func pull(ctx context.Context, from string, platform v1.Platform) (v1.Image, v1.Platform, error) {
	ref, err := name.ParseReference(from)
	if err != nil {
		return nil, platform, err
	}
	image, err := remote.Image(ref, remote.WithContext(ctx), remote.WithPlatform(platform), remote.WithAuthFromKeychain(authn.DefaultKeychain))
	if err != nil {
		return nil, platform, fmt.Errorf("pulling %s: %w", from, err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, platform, fmt.Errorf("reading %s: %w", from, err)
	}
	if found := config.Platform(); short(found) != short(&platform) {
		return nil, platform, fmt.Errorf("%s is for %s only", from, short(found))
	}
	platform.OSVersion = config.OSVersion
	return image, platform, nil
}

// fromRoot makes an image of one layer.
func fromRoot(tar string, platform v1.Platform) (v1.Image, error) {
	layer, err := tarball.LayerFromFile(tar, tarball.WithMediaType(types.OCILayer))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", tar, err)
	}
	image, err := mutate.Append(ociImage(), mutate.Addendum{Layer: layer, MediaType: types.OCILayer})
	if err != nil {
		return nil, err
	}
	return configure(image, platform, v1.Config{Env: []string{imagePath}, User: imageUser})
}

func windowsImage(ctx context.Context, from string) (v1.Image, v1.Platform, error) {
	platform := v1.Platform{OS: "windows", Architecture: "amd64"}
	if from != "empty" {
		return pull(ctx, from, platform)
	}
	image, err := configure(ociImage(), platform, v1.Config{})
	return image, platform, err
}

func ociImage() v1.Image {
	return mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
}

func configure(image v1.Image, platform v1.Platform, config v1.Config) (v1.Image, error) {
	file, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	file = file.DeepCopy()
	file.OS, file.Architecture, file.Config = platform.OS, platform.Architecture, config
	file.Created = v1.Time{Time: time.Unix(0, 0).UTC()}
	return mutate.ConfigFile(image, file)
}
