package image

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

func TestMatches(t *testing.T) {
	t.Parallel()
	tests := []struct {
		label, ref string
		want       bool
	}{
		{"library/busybox:latest", "busybox", true},
		{"library/busybox:latest", "docker.io/library/busybox:latest", true},
		{"library/busybox:latest", "quay.io/library/busybox", true},
		{"library/busybox:latest", "quay.io/busybox", false},
		{"library/busybox", "busybox", true},
		{"library/busybox:latest", "busybox:1.36", false},
		{"tools:latest", "tools", true},
		{"tools:latest", "quay.io/tools", true},
		{"tools:latest", "quay.io/library/tools", false},
		{"tools:latest", "localhost:5000/tools:latest", true},
		{"team/tools:v1", "gcr.io/team/tools:v1", true},
		{"team/tools:v1", "gcr.io/other/team/tools:v1", false},
		{"docker.io/library/busybox:latest", "busybox", true},
		{"docker.io/busybox", "busybox", true},
		{"index.docker.io/library/busybox:latest", "busybox", true},
		{"docker.io/library/busybox:latest", "quay.io/library/busybox", false},
		{"localhost/tools:v1", "localhost/tools:v1", true},
		{"localhost:5000/tools:v1", "localhost/tools:v1", false},
		{"latest", "latest", true},
		{"", "busybox", false},
		{":latest", "busybox", false},
	}
	for _, tt := range tests {
		ref, err := parse(tt.ref)
		if err != nil {
			t.Fatal(err)
		}
		if got := matches(tt.label, ref); got != tt.want {
			t.Errorf("label %q and reference %q: %v, want %v", tt.label, tt.ref, got, tt.want)
		}
	}
}

func FuzzMatches(f *testing.F) {
	f.Add("library/busybox:latest", "busybox")
	f.Add("localhost:5000/a", "localhost:5000/a:latest")
	f.Fuzz(func(t *testing.T, label, given string) {
		ref, err := parse(given)
		if err != nil {
			return
		}
		if !ref.pinned() && !matches(ref.String(), ref) {
			t.Errorf("%q does not match its own whole name %q", given, ref)
		}
		if matches(label, ref) && !strings.Contains(label, filepath.Base(ref.Context().RepositoryStr())) {
			t.Errorf("label %q matches %q", label, given)
		}
	})
}

// dockerSave makes what "docker save" writes, with layers as tarballs or compressed ones.
func dockerSave(t *testing.T, path, tag string, img v1.Image) {
	t.Helper()
	ref, err := name.NewTag(tag)
	if err != nil {
		t.Fatal(err)
	}
	if err := tarball.WriteToFile(path, ref, img); err != nil {
		t.Fatal(err)
	}
}

func TestLayouts(t *testing.T) {
	t.Parallel()
	app := imageOf(t, testPlatform, layerOf(t, file("which", "app")))
	other := imageOf(t, testPlatform, layerOf(t, file("which", "other")))
	single := t.TempDir()
	writeLayout(t, single, map[string]v1.Image{"library/app:latest": app, "quay.io/team/other:v2": other, "": imageOf(t, testPlatform)})
	several := t.TempDir()
	writeLayout(t, filepath.Join(several, "one"), map[string]v1.Image{"library/app:latest": app})
	dockerSave(t, filepath.Join(several, "two.tar"), "quay.io/team/other:v2", other)
	write(t, filepath.Join(several, "README"), []byte("hello"))
	if err := os.Mkdir(filepath.Join(several, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	files := t.TempDir()
	archiveFolder(t, single, files+"/a.tar", false)
	archiveFolder(t, single, files+"/a.tgz", true)
	dockerSave(t, files+"/app.tar", "app:latest", app)
	dockerSave(t, files+"/other.tar", "quay.io/team/other:v2", other)
	for title, paths := range map[string][]string{
		"layout": {single}, "folder": {several}, "archive": {files + "/a.tar"}, "compressed": {files + "/a.tgz"},
		"docker": {files + "/app.tar", files + "/other.tar"},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			s := open(t, Options{Layouts: paths})
			for ref, want := range map[string]string{"app": "app", "gcr.io/library/app": "app", "quay.io/team/other:v2": "other"} {
				if title == "docker" && strings.HasPrefix(ref, "gcr.io") {
					continue // the tag has a host
				}
				// Twice: what was unpacked, and what has to be.
				for _, policy := range []corev1.PullPolicy{corev1.PullAlways, corev1.PullNever} {
					got, err := s.Get(t.Context(), container.ImageRequest{Ref: ref, Policy: policy})
					if err != nil {
						t.Fatalf("%s: %v", ref, err)
					}
					if which := contents(t, got.Root)["which"]; which != want {
						t.Errorf("%s is %s, want %s", ref, which, want)
					}
					if _, err := s.Get(t.Context(), container.ImageRequest{Ref: got.ID, Policy: policy}); err != nil {
						t.Errorf("by digest: %v", err)
					}
				}
			}
			if names := s.cache.list("blobs", "sha256"); len(names) > 0 {
				t.Errorf("blobs were copied: %v", names)
			}
		})
	}
}

func TestLayoutsThatAreNone(t *testing.T) {
	t.Parallel()
	d := t.TempDir()
	write(t, d+"/text.tar", []byte("hello, this is no archive"))
	write(t, d+"/empty.tar", nil)
	write(t, d+"/files.tar", tarOf(t, file("a", "b")))
	broken := t.TempDir()
	write(t, broken+"/index.json", []byte("{"))
	for _, path := range []string{d + "/text.tar", d + "/empty.tar", d + "/files.tar", broken, t.TempDir()} {
		_, err := open(t, Options{Layouts: []string{path}}).Get(t.Context(), request("busybox"))
		if reasonOf(err) != reasonPull || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := Open(Options{Dir: d, Layouts: []string{d + "/none"}}); err == nil {
		t.Error("a layout that does not exist is none")
	}
}

func TestLayoutIncompleteOrForged(t *testing.T) {
	t.Parallel()
	layer := layerOf(t, file("a", "1"))
	digest, err := layer.Digest()
	if err != nil {
		t.Fatal(err)
	}
	for title, change := range map[string]func(path string) error{
		"missing": os.Remove,
		"forged":  func(path string) error { return os.WriteFile(path, tarOf(t, file("a", "2")), 0o600) },
		"cut":     func(path string) error { return os.Truncate(path, 20) },
		"a link out of it": func(path string) error {
			_ = os.Remove(path)
			return os.Symlink("/etc/passwd", path)
		},
	} {
		d := t.TempDir()
		writeLayout(t, d, map[string]v1.Image{"app:v1": imageOf(t, testPlatform, layer)})
		if err := change(filepath.Join(d, "blobs", "sha256", digest.Hex)); err != nil {
			t.Fatal(err)
		}
		s := open(t, Options{Layouts: []string{d}})
		if _, err := s.Get(t.Context(), request("app:v1")); reasonOf(err) != reasonPull {
			t.Errorf("%s: %v", title, err)
		}
		if names := s.cache.list("roots"); len(names) > 0 {
			t.Errorf("%s: roots are left: %v", title, names)
		}
	}
}

func TestArchive(t *testing.T) {
	t.Parallel()
	twice := layerOf(t, file("a", "1"))
	img := imageOf(t, testPlatform, twice, layerOf(t, file("b", "2")), twice)
	host, _ := serve(t, nil)
	push(t, host+"/app:v1", img)
	d := t.TempDir()
	writeLayout(t, d, map[string]v1.Image{"app:v1": img})
	saved := t.TempDir() + "/app.tar"
	dockerSave(t, saved, "app:v1", img)
	config, err := img.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	for title, s := range map[string]*Store{
		"registry": open(t, Options{}), "layout": open(t, Options{Layouts: []string{d}}), "docker": open(t, Options{Layouts: []string{saved}}),
	} {
		ref := "app:v1"
		if title == "registry" {
			ref = host + "/app:v1"
		}
		a, err := s.Archive(t.Context(), request(ref))
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := a.WriteTo(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		tag, err := name.NewTag(a.Tag)
		if err != nil {
			t.Fatal(err)
		}
		path := t.TempDir() + "/out.tar"
		write(t, path, b.Bytes())
		loaded, err := tarball.ImageFromPath(path, &tag)
		if err != nil {
			t.Fatalf("%s: %v", title, err)
		}
		if got, err := loaded.ConfigName(); err != nil || got != config || a.ConfigDigest != config.String() {
			t.Errorf("%s: configuration %s, want %s, %v", title, got, config, err)
		}
		if layers, err := loaded.Layers(); err != nil || len(layers) != 3 {
			t.Errorf("%s: %d layers, %v", title, len(layers), err)
		}
		if n := len(tarNames(t, b.Bytes())); n != 4 {
			t.Errorf("%s: %d files in the archive, want 4", title, n)
		}
		if a.Image.Root != "" || len(s.cache.list("roots")) > 0 {
			t.Errorf("%s: it was unpacked", title)
		}
	}
}

func tarNames(t *testing.T, raw []byte) []string {
	t.Helper()
	var names []string
	r := tar.NewReader(bytes.NewReader(raw))
	for h, err := r.Next(); err == nil; h, err = r.Next() {
		names = append(names, h.Name)
	}
	return names
}
