package runner

import (
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
)

func packed(t *testing.T, text string) *fstest.MapFile {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return &fstest.MapFile{Data: b.Bytes()}
}

func TestPrograms(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := fstest.MapFS{
		"programs/amd64/entrypoint.gz":     packed(t, "plain"),
		"programs/amd64/entrypoint-cel.gz": packed(t, "with CEL"),
	}
	var paths []string
	for range 2 {
		p := newPrograms(files, Options{Dir: dir, Arch: "amd64"})
		for cel, want := range map[bool]string{false: "plain", true: "with CEL"} {
			path, err := p.Path(cel)
			if err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(path)
			if err != nil || string(got) != want {
				t.Errorf("%q, %v; want %q", got, err, want)
			}
			if info, err := os.Stat(path); err != nil || info.Mode() != 0o755 {
				t.Errorf("mode %v, %v", info.Mode(), err)
			}
			if !cel {
				paths = append(paths, path)
			}
		}
	}
	if paths[0] != paths[1] || filepath.Dir(filepath.Dir(paths[0])) != dir {
		t.Errorf("paths %v", paths)
	}
	left, err := filepath.Glob(dir + "/*/*")
	if err != nil || len(left) != 2 {
		t.Errorf("files %v, %v", left, err)
	}
}

func TestSelf(t *testing.T) {
	t.Parallel()
	errSelf := errors.New("no file")
	p := newPrograms(fstest.MapFS{}, Options{Dir: t.TempDir(), Arch: "amd64", Self: func() (string, error) { return "/me", nil }})
	for _, cel := range []bool{false, true} {
		if got, err := p.Path(cel); got != "/me" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
	p = newPrograms(fstest.MapFS{}, Options{Self: func() (string, error) { return "", errSelf }})
	if _, err := p.Path(false); !errors.Is(err, errSelf) {
		t.Errorf("error %v", err)
	}
	p = newPrograms(fstest.MapFS{"programs/amd64/entrypoint.gz": {Data: []byte("no gzip")}}, Options{Dir: t.TempDir(), Arch: "amd64"})
	if _, err := p.Path(false); err == nil {
		t.Error("what is not compressed was unpacked")
	}
}
