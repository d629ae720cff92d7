// Package index has the rules about images for several platforms, for whoever reads them: from registries, or from this machine.
package index

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/tenon-ci/tenon/pkg/imageinfo"
)

// maxImages bounds how many images of one index are read.
const maxImages = 64

// Child is one image of an index.
type Child struct {
	Platform string
	Digest   v1.Hash
	// Found is what its configuration says, for Platforms; its name may be empty.
	Found imageinfo.Platform
}

func (c Child) same(other Child) bool {
	return c.Platform == other.Platform && c.Digest == other.Digest
}

// Children lists the images of an index, each once; attestations and the like have the platform unknown/unknown. An error says what is
// wrong with the index.
func Children(manifests []v1.Descriptor) ([]Child, error) {
	var children []Child
	for _, m := range manifests {
		if !m.MediaType.IsImage() || m.Platform == nil {
			continue
		}
		if m.Platform.OS == "unknown" && m.Platform.Architecture == "unknown" {
			continue
		}
		if !isWord(m.Platform.OS) || !isWord(m.Platform.Architecture) || !isWord(m.Platform.Variant) {
			return nil, errors.New("its index lists an image for a platform whose name is none")
		}
		c := Child{Platform: PlatformName(m.Platform.OS, m.Platform.Architecture, m.Platform.Variant), Digest: m.Digest}
		if !slices.ContainsFunc(children, c.same) {
			children = append(children, c)
		}
	}
	switch {
	case len(children) == 0:
		return nil, errors.New("its index lists no image with a platform")
	case len(children) > maxImages:
		return nil, fmt.Errorf("its index lists %d images, more than %d", len(children), maxImages)
	}
	return children, nil
}

// Platforms sorts what was found by platform and refuses two different images for one, because the step could not know which one it
// runs in. Windows images for several versions of the system are fine as long as their commands are the same.
func Platforms(children []Child) ([]imageinfo.Platform, error) {
	slices.SortStableFunc(children, func(a, b Child) int { return cmp.Compare(a.Platform, b.Platform) })
	var platforms []imageinfo.Platform
	for i, c := range children {
		c.Found.Name = c.Platform
		if i == 0 || children[i-1].Platform != c.Platform {
			platforms = append(platforms, c.Found)
			continue
		}
		if !strings.HasPrefix(c.Platform, "windows/") || !sameCommand(children[i-1].Found, c.Found) {
			return nil, fmt.Errorf("duplicate unique image found for platform: %s: found %s and %s",
				c.Platform, children[i-1].Digest, c.Digest)
		}
	}
	return platforms, nil
}

func sameCommand(a, b imageinfo.Platform) bool {
	return slices.Equal(a.Entrypoint, b.Entrypoint) && slices.Equal(a.Cmd, b.Cmd)
}

// PlatformOf is what the configuration of an image says.
func PlatformOf(file *v1.ConfigFile) imageinfo.Platform {
	return imageinfo.Platform{
		Name:       PlatformName(file.OS, file.Architecture, file.Variant),
		Entrypoint: file.Config.Entrypoint,
		Cmd:        file.Config.Cmd,
	}
}

// PlatformName keeps the variant even where every machine of the architecture has it: an index may list an image with it
// and another one without.
func PlatformName(os, arch, variant string) string {
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
