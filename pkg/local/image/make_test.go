package image

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

const testPlatform = "linux/amd64"

// file is a regular file of a layer.
func file(name, content string) tarEntry {
	return tarEntry{Header: tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644}, content: content}
}

func dir(name string, mode int64) tarEntry {
	return tarEntry{Header: tar.Header{Name: name, Typeflag: tar.TypeDir, Mode: mode}}
}

func symlink(name, to string) tarEntry {
	return tarEntry{Header: tar.Header{Name: name, Typeflag: tar.TypeSymlink, Linkname: to, Mode: 0o777}}
}

func hardlink(name, to string) tarEntry {
	return tarEntry{Header: tar.Header{Name: name, Typeflag: tar.TypeLink, Linkname: to, Mode: 0o644}}
}

type tarEntry struct {
	tar.Header
	content string
}

func tarOf(tb testing.TB, entries ...tarEntry) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h := e.Header
		h.Size = int64(len(e.content))
		if err := w.WriteHeader(&h); err != nil {
			tb.Fatal(err)
		}
		if _, err := io.WriteString(w, e.content); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func layerOf(tb testing.TB, entries ...tarEntry) v1.Layer {
	tb.Helper()
	raw := tarOf(tb, entries...)
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil },
		tarball.WithMediaType(types.OCILayer))
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

// imageOf is an image for a platform; its command line is "run" with the platform.
func imageOf(tb testing.TB, platform string, layers ...v1.Layer) v1.Image {
	tb.Helper()
	img, err := mutate.AppendLayers(mutate.MediaType(empty.Image, types.OCIManifestSchema1), layers...)
	if err != nil {
		tb.Fatal(err)
	}
	p, err := v1.ParsePlatform(platform)
	if err != nil {
		tb.Fatal(err)
	}
	config, err := img.ConfigFile()
	if err != nil {
		tb.Fatal(err)
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Variant = p.OS, p.Architecture, p.Variant
	config.Config = v1.Config{Entrypoint: []string{"run"}, Cmd: []string{platform}, Env: []string{"A=b"}, User: "7", WorkingDir: "/w"}
	img, err = mutate.ConfigFile(img, config)
	if err != nil {
		tb.Fatal(err)
	}
	return img
}

func indexOf(tb testing.TB, images map[string]v1.Image) v1.ImageIndex {
	tb.Helper()
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for platform, img := range images {
		p, err := v1.ParsePlatform(platform)
		if err != nil {
			tb.Fatal(err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: p}})
	}
	return index
}

// serve starts a registry; around, if it is not nil, is put around it.
func serve(tb testing.TB, around func(http.Handler) http.Handler) (host string, server *httptest.Server) {
	tb.Helper()
	handler := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	if around != nil {
		handler = around(handler)
	}
	server = httptest.NewServer(handler)
	tb.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://"), server
}

func push(tb testing.TB, ref string, what any, options ...remote.Option) {
	tb.Helper()
	r, err := name.ParseReference(ref)
	if err != nil {
		tb.Fatal(err)
	}
	switch w := what.(type) {
	case v1.Image:
		err = remote.Write(r, w, options...)
	case v1.ImageIndex:
		err = remote.WriteIndex(r, w, options...)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// nobody has no credentials, so that tests do not read the files of who runs them.
type nobody struct{}

func (*nobody) Resolve(authn.Resource) (authn.Authenticator, error) { return authn.Anonymous, nil }

func open(tb testing.TB, o Options) *Store {
	tb.Helper()
	if o.Dir == "" {
		o.Dir = tb.TempDir()
	}
	if o.Platform == "" {
		o.Platform = testPlatform
	}
	if o.Keychain == nil {
		o.Keychain = &nobody{}
	}
	s, err := Open(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

func request(ref string) container.ImageRequest {
	return container.ImageRequest{Ref: ref, Policy: corev1.PullIfNotPresent}
}

// writeLayout makes an OCI layout with images by name.
func writeLayout(tb testing.TB, dir string, images map[string]v1.Image) {
	tb.Helper()
	blobs := filepath.Join(dir, "blobs", "sha256")
	if err := os.MkdirAll(blobs, 0o755); err != nil {
		tb.Fatal(err)
	}
	index := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex}
	for label, img := range images {
		d := writeBlobs(tb, blobs, img)
		if label != "" {
			d.Annotations = map[string]string{refAnnotation: label}
		}
		index.Manifests = append(index.Manifests, d)
	}
	raw, err := json.Marshal(index)
	if err != nil {
		tb.Fatal(err)
	}
	write(tb, filepath.Join(dir, indexFile), raw)
	write(tb, filepath.Join(dir, "oci-layout"), []byte(`{"imageLayoutVersion":"1.0.0"}`))
}

func writeBlobs(tb testing.TB, blobs string, img v1.Image) v1.Descriptor {
	tb.Helper()
	layers, err := img.Layers()
	if err != nil {
		tb.Fatal(err)
	}
	for _, l := range layers {
		h, err := l.Digest()
		if err != nil {
			tb.Fatal(err)
		}
		body, err := l.Compressed()
		if err != nil {
			tb.Fatal(err)
		}
		raw, err := io.ReadAll(body)
		if err != nil {
			tb.Fatal(err)
		}
		write(tb, filepath.Join(blobs, h.Hex), raw)
	}
	config, err := img.RawConfigFile()
	if err != nil {
		tb.Fatal(err)
	}
	manifest, err := img.RawManifest()
	if err != nil {
		tb.Fatal(err)
	}
	var last v1.Descriptor
	for _, raw := range [][]byte{config, manifest} {
		h, size, err := v1.SHA256(bytes.NewReader(raw))
		if err != nil {
			tb.Fatal(err)
		}
		write(tb, filepath.Join(blobs, h.Hex), raw)
		last = v1.Descriptor{MediaType: types.OCIManifestSchema1, Digest: h, Size: size}
	}
	return last
}

func write(tb testing.TB, path string, content []byte) {
	tb.Helper()
	if err := os.WriteFile(path, content, 0o644); err != nil {
		tb.Fatal(err)
	}
}

// archiveFolder makes a tarball of a folder.
func archiveFolder(tb testing.TB, dir, to string, zip bool) {
	tb.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.AddFS(os.DirFS(dir)); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	raw := b.Bytes()
	if zip {
		var z bytes.Buffer
		g := gzip.NewWriter(&z)
		if _, err := g.Write(raw); err != nil {
			tb.Fatal(err)
		}
		if err := g.Close(); err != nil {
			tb.Fatal(err)
		}
		raw = z.Bytes()
	}
	write(tb, to, raw)
}

// contents has the regular files below a folder, and links as "-> target".
func contents(tb testing.TB, dir string) map[string]string {
	tb.Helper()
	got := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		switch d.Type() {
		case 0:
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			got[rel] = string(raw)
		case os.ModeSymlink:
			to, err := os.Readlink(path)
			if err != nil {
				return err
			}
			got[rel] = "-> " + to
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return got
}
