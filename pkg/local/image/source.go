package image

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

const (
	// maxDocument is more than any manifest or configuration that registries accept.
	maxDocument = 8 << 20
	// maxDepth bounds how many indexes may be in each other.
	maxDepth = 4
)

// errNotHere says that a source does not have a blob or a name.
var errNotHere = errors.New("it is not here")

// source has the blobs of images. Errors of open for what is not there are errNotHere.
type source interface {
	fmt.Stringer
	// document returns a manifest, an index or a configuration, whose digest it has checked.
	document(ctx context.Context, h v1.Hash, manifest bool) ([]byte, error)
	// open returns the bytes of a layer, not yet checked, and their number, -1 if that is not known.
	open(ctx context.Context, h v1.Hash) (io.ReadCloser, int64, error)
}

// found is an image that was found.
type found struct {
	ref reference
	// digest is what ref stands for: the digest of an index, or of the manifest.
	digest v1.Hash
	// manifest and config are those of the platform.
	manifest     *v1.Manifest
	manifestHash v1.Hash
	config       *v1.ConfigFile
	src          source
	// plain says that layers are named by the digest of what is in them, not by that of their compressed form.
	plain bool
}

// manifestOrIndex is what both may have.
type manifestOrIndex struct {
	v1.Manifest
	Manifests []v1.Descriptor `json:"manifests"`
}

// platformError says that there is no image for the platform.
type platformError struct {
	want string
	have []string
}

func (e *platformError) Error() string {
	return fmt.Sprintf("there is no image for %s; those that there are: %s", e.want, strings.Join(e.have, ", "))
}

// load reads the manifest and the configuration of an image for a platform.
func load(ctx context.Context, src source, ref reference, digest v1.Hash, platform v1.Platform) (*found, error) {
	f := &found{ref: ref, digest: digest, src: src}
	if l, ok := src.(*layout); ok {
		f.plain = l.plain
	}
	next := digest
	for range maxDepth {
		doc, err := readManifest(ctx, src, next)
		if err != nil {
			return nil, err
		}
		if doc.Manifests == nil {
			f.manifest, f.manifestHash = &doc.Manifest, next
			return f, f.readConfig(ctx, platform)
		}
		child, err := choose(doc.Manifests, platform)
		if err != nil {
			return nil, err
		}
		next = child.Digest
	}
	return nil, fmt.Errorf("%s has indexes more than %d deep", digest, maxDepth)
}

func readManifest(ctx context.Context, src source, h v1.Hash) (*manifestOrIndex, error) {
	raw, err := src.document(ctx, h, true)
	if err != nil {
		return nil, fmt.Errorf("reading manifest %s: %w", h, err)
	}
	doc := &manifestOrIndex{}
	if err := json.Unmarshal(raw, doc); err != nil {
		return nil, fmt.Errorf("reading manifest %s: %w", h, err)
	}
	if doc.Manifests == nil && (doc.Config.Digest.Hex == "" || doc.SchemaVersion != 2) {
		return nil, fmt.Errorf("%s is no manifest of a container image", h)
	}
	return doc, nil
}

func (f *found) readConfig(ctx context.Context, platform v1.Platform) error {
	raw, err := f.src.document(ctx, f.manifest.Config.Digest, false)
	if err != nil {
		return fmt.Errorf("reading configuration %s: %w", f.manifest.Config.Digest, err)
	}
	f.config, err = v1.ParseConfigFile(bytes.NewReader(raw))
	if err != nil {
		return fmt.Errorf("reading configuration %s: %w", f.manifest.Config.Digest, err)
	}
	if len(f.config.RootFS.DiffIDs) != len(f.manifest.Layers) {
		return fmt.Errorf("%s is no container image: it has %d layers, and its configuration %d",
			f.manifestHash, len(f.manifest.Layers), len(f.config.RootFS.DiffIDs))
	}
	has := v1.Platform{OS: f.config.OS, Architecture: f.config.Architecture, Variant: f.config.Variant}
	if has.OS != "" && has.Architecture != "" && !fits(has, platform) {
		return &platformError{want: platform.String(), have: []string{has.String()}}
	}
	return nil
}

// choose takes the image of an index that fits best. One whose platform is not named fits if there is no other.
func choose(manifests []v1.Descriptor, want v1.Platform) (v1.Descriptor, error) {
	var have []string
	best := -1
	for i, m := range manifests {
		if m.Platform == nil {
			continue
		}
		if m.Platform.OS != "unknown" {
			have = append(have, m.Platform.String())
		}
		if fits(*m.Platform, want) && (best < 0 || better(*m.Platform, *manifests[best].Platform, want)) {
			best = i
		}
	}
	if best >= 0 {
		return manifests[best], nil
	}
	if len(manifests) == 1 && manifests[0].Platform == nil {
		return manifests[0], nil
	}
	slices.Sort(have)
	return v1.Descriptor{}, &platformError{want: want.String(), have: slices.Compact(have)}
}

// fits reports whether machines of platform want run images for has. Of 32-bit ARM they run older variants too.
func fits(has, want v1.Platform) bool {
	if has.OS != want.OS || has.Architecture != want.Architecture {
		return false
	}
	return has.Variant == "" || want.Variant == "" || has.Variant == want.Variant || want.Architecture == "arm" && has.Variant < want.Variant
}

func better(a, b, want v1.Platform) bool {
	if a.Variant == b.Variant || b.Variant == want.Variant {
		return false
	}
	if want.Variant == "" {
		return a.Variant == "" || b.Variant != "" && a.Variant < b.Variant
	}
	return a.Variant == want.Variant || a.Variant > b.Variant
}

// image is what backends have to know.
func (f *found) image(given string) *container.Image {
	c := f.config.Config
	return &container.Image{
		Ref:        given,
		ID:         f.ref.repository() + "@" + f.digest.String(),
		Entrypoint: c.Entrypoint,
		Cmd:        c.Cmd,
		Env:        c.Env,
		WorkingDir: c.WorkingDir,
		User:       c.User,
	}
}

// fallback reads from the cache, and from the next source what is not there, which that puts into the cache.
type fallback struct {
	cache *cache
	next  source
}

func (f *fallback) String() string { return f.next.String() }

func (f *fallback) document(ctx context.Context, h v1.Hash, manifest bool) ([]byte, error) {
	raw, err := f.cache.document(ctx, h, manifest)
	if err == nil || !errors.Is(err, errNotHere) {
		return raw, err
	}
	return f.next.document(ctx, h, manifest)
}

func (f *fallback) open(ctx context.Context, h v1.Hash) (io.ReadCloser, int64, error) {
	body, size, err := f.cache.open(ctx, h)
	if err == nil || !errors.Is(err, errNotHere) {
		return body, size, err
	}
	return f.next.open(ctx, h)
}

// readDocument reads a document to its end and checks its digest.
func readDocument(r io.Reader, h v1.Hash) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxDocument+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxDocument {
		return nil, fmt.Errorf("it is larger than %d MiB", maxDocument>>20)
	}
	if got, _, err := v1.SHA256(bytes.NewReader(raw)); err != nil || got != h {
		return nil, fmt.Errorf("its digest is %s, not %s", got, h)
	}
	return raw, nil
}

// report tells people who watch.
func report(progress func(string), format string, args ...any) {
	if progress != nil {
		progress(fmt.Sprintf(format, args...))
	}
}
