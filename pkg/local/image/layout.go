package image

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Names of files and annotations of the OCI's image layout, and of containerd.
const (
	indexFile       = "index.json"
	dockerFile      = "manifest.json"
	refAnnotation   = "org.opencontainers.image.ref.name"
	imageAnnotation = "io.containerd.image.name"
)

// files is where a layout is: a folder or an archive. Names have slashes. What is not there is fs.ErrNotExist.
type files interface {
	open(name string) (io.ReadCloser, int64, error)
	Close() error
}

// layout is a source: an OCI layout, or what "docker save" writes, which is read as if it were one.
type layout struct {
	path  string
	files files
	named []named
	// made are the manifests of an archive of docker's, which has none, and blobs its files by digest.
	made  map[v1.Hash][]byte
	blobs map[v1.Hash]string
	// plain says that layers are named by the digest of what is in them.
	plain bool
}

// named is an image with the names that it has in a layout.
type named struct {
	labels   []string
	digest   v1.Hash
	platform *v1.Platform
}

func (l *layout) String() string { return l.path }

// openLayouts opens everything that the paths lead to.
func openLayouts(paths []string, c *cache) ([]*layout, error) {
	var all []*layout
	for _, path := range paths {
		found, err := openPath(path, c)
		if err != nil {
			return nil, fmt.Errorf("opening the images in %s: %w", path, err)
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("opening the images in %s: there is no OCI layout and no archive of images", path)
		}
		all = append(all, found...)
	}
	return all, nil
}

func openPath(path string, c *cache) ([]*layout, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		l, err := openArchive(path, c)
		if err != nil {
			return nil, err
		}
		return []*layout{l}, nil
	}
	l, err := openFolder(path)
	if err == nil {
		return []*layout{l}, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return openWithin(path, c)
}

// openWithin opens the layouts and archives of a folder; other things in it do not matter.
func openWithin(path string, c *cache) ([]*layout, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var all []*layout
	for _, e := range entries {
		inside := filepath.Join(path, e.Name())
		info, err := os.Stat(inside)
		if err != nil {
			continue
		}
		var l *layout
		switch {
		case info.IsDir():
			l, err = openFolder(inside)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
		case isArchive(e.Name()):
			l, err = openArchive(inside, c)
		default:
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
		all = append(all, l)
	}
	return all, nil
}

func isArchive(name string) bool {
	return slices.ContainsFunc([]string{".tar", ".tar.gz", ".tgz", ".oci"}, func(end string) bool { return strings.HasSuffix(name, end) })
}

// folder is a layout's folder.
type folder struct{ root *os.Root }

func (f folder) open(name string) (io.ReadCloser, int64, error) {
	file, err := f.root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, info.Size(), nil
}

// Close implements files.
func (f folder) Close() error { return f.root.Close() }

func openFolder(path string) (*layout, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	l, err := newLayout(path, folder{root})
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return l, nil
}

// newLayout reads what there is. An archive of new versions of docker is both; what the OCI says is better then.
func newLayout(path string, f files) (*layout, error) {
	l := &layout{path: path, files: f}
	raw, err := l.small(indexFile)
	if errors.Is(err, fs.ErrNotExist) {
		raw, err = l.small(dockerFile)
		if err != nil {
			return nil, err
		}
		return l, l.readDocker(raw)
	}
	if err != nil {
		return nil, err
	}
	if err := l.readIndex(raw); err != nil {
		return nil, err
	}
	if raw, err := l.small(dockerFile); err == nil {
		l.readTags(raw)
	}
	return l, nil
}

func (l *layout) small(name string) ([]byte, error) {
	body, _, err := l.files.open(name)
	if err != nil {
		return nil, err
	}
	defer body.Close() //nolint:errcheck // nothing was written
	raw, err := io.ReadAll(io.LimitReader(body, maxDocument+1))
	if err == nil && len(raw) > maxDocument {
		err = fmt.Errorf("it is larger than %d MiB", maxDocument>>20)
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return raw, nil
}

func (l *layout) readIndex(raw []byte) error {
	var index v1.IndexManifest
	if err := json.Unmarshal(raw, &index); err != nil {
		return fmt.Errorf("reading %s: %w", indexFile, err)
	}
	for _, m := range index.Manifests {
		n := named{digest: m.Digest, platform: m.Platform}
		for _, key := range []string{imageAnnotation, refAnnotation} {
			if label := m.Annotations[key]; label != "" {
				n.labels = append(n.labels, label)
			}
		}
		l.named = append(l.named, n)
	}
	return nil
}

// dockerImage is an entry of manifest.json.
type dockerImage struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// readTags takes the names from manifest.json for the one image of an index that has none.
func (l *layout) readTags(raw []byte) {
	var images []dockerImage
	if json.Unmarshal(raw, &images) != nil || len(images) != 1 || len(l.named) != 1 {
		return
	}
	l.named[0].labels = append(l.named[0].labels, images[0].RepoTags...)
}

// readDocker makes manifests for the images of an archive of docker's.
func (l *layout) readDocker(raw []byte) error {
	var images []dockerImage
	if err := json.Unmarshal(raw, &images); err != nil {
		return fmt.Errorf("reading %s: %w", dockerFile, err)
	}
	l.plain, l.made, l.blobs = true, map[v1.Hash][]byte{}, map[v1.Hash]string{}
	for _, image := range images {
		raw, err := l.small(image.Config)
		if err != nil {
			return err
		}
		var config v1.ConfigFile
		if err := json.Unmarshal(raw, &config); err != nil {
			return fmt.Errorf("reading %s: %w", image.Config, err)
		}
		if len(config.RootFS.DiffIDs) != len(image.Layers) {
			return fmt.Errorf("reading %s: it has %d layers and %s lists %d",
				image.Config, len(config.RootFS.DiffIDs), dockerFile, len(image.Layers))
		}
		if err := l.makeManifest(image, raw, &config); err != nil {
			return err
		}
	}
	return nil
}

func (l *layout) makeManifest(image dockerImage, raw []byte, config *v1.ConfigFile) error {
	hash, size, err := v1.SHA256(strings.NewReader(string(raw)))
	if err != nil {
		return err
	}
	l.blobs[hash] = image.Config
	manifest := v1.Manifest{
		SchemaVersion: 2,
		MediaType:     types.DockerManifestSchema2,
		Config:        v1.Descriptor{MediaType: types.DockerConfigJSON, Size: size, Digest: hash},
		Layers:        []v1.Descriptor{},
	}
	for i, id := range config.RootFS.DiffIDs {
		l.blobs[id] = image.Layers[i]
		body, size, err := l.files.open(image.Layers[i])
		if err != nil {
			return err
		}
		_ = body.Close()
		manifest.Layers = append(manifest.Layers, v1.Descriptor{MediaType: types.DockerUncompressedLayer, Size: size, Digest: id})
	}
	made, err := json.Marshal(manifest)
	if err != nil {
		return err
	}
	digest, _, err := v1.SHA256(strings.NewReader(string(made)))
	if err != nil {
		return err
	}
	l.made[digest] = made
	l.named = append(l.named, named{labels: image.RepoTags, digest: digest})
	return nil
}

// lookUp finds an image by its digest or by a name. Of several with the same name, one for the platform comes first.
func (l *layout) lookUp(ref reference, platform v1.Platform) (v1.Hash, bool) {
	if h, ok := ref.digest(); ok {
		body, _, err := l.open(context.Background(), h)
		if err != nil {
			return v1.Hash{}, false
		}
		return h, body.Close() == nil
	}
	var all []named
	for _, n := range l.named {
		if slices.ContainsFunc(n.labels, func(label string) bool { return matches(label, ref) }) {
			all = append(all, n)
		}
	}
	if len(all) == 0 {
		return v1.Hash{}, false
	}
	rank := func(n named) int {
		switch {
		case n.platform == nil:
			return 1
		case fits(*n.platform, platform):
			return 0
		}
		return 2
	}
	return slices.MinFunc(all, func(a, b named) int { return cmp.Compare(rank(a), rank(b)) }).digest, true
}

func (l *layout) document(ctx context.Context, h v1.Hash, _ bool) ([]byte, error) {
	body, _, err := l.open(ctx, h)
	if errors.Is(err, errNotHere) {
		return nil, fmt.Errorf("%s is incomplete: it has no %s", l.path, h)
	}
	if err != nil {
		return nil, err
	}
	defer body.Close() //nolint:errcheck // nothing was written
	return readDocument(body, h)
}

func (l *layout) open(_ context.Context, h v1.Hash) (io.ReadCloser, int64, error) {
	if raw, ok := l.made[h]; ok {
		return io.NopCloser(strings.NewReader(string(raw))), int64(len(raw)), nil
	}
	name := "blobs/" + h.Algorithm + "/" + h.Hex
	if l.plain {
		var ok bool
		if name, ok = l.blobs[h]; !ok {
			return nil, 0, errNotHere
		}
	}
	body, size, err := l.files.open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, errNotHere
	}
	if err != nil {
		return nil, 0, fmt.Errorf("reading %s: %w", l.path, err)
	}
	return body, size, nil
}
