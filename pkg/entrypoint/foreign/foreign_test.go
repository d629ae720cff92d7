//go:build unix

package foreign_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/tenon-ci/tenon/pkg/entrypoint/foreign"
)

const secret = "marker"

// tree is a directory with everything in it that a process could leave.
func tree(t *testing.T) (dir, outside string) {
	t.Helper()
	root := t.TempDir()
	dir, outside = filepath.Join(root, "dir"), filepath.Join(root, "outside")
	in := func(name string) string { return filepath.Join(dir, name) }
	if err := errors.Join(
		os.MkdirAll(in("sub/deep"), 0o700),
		os.MkdirAll(outside, 0o700),
		os.WriteFile(in("file"), []byte("text"), 0o600),
		os.WriteFile(in("sub/deep/file"), []byte("deep"), 0o600),
		os.WriteFile(filepath.Join(outside, "file"), []byte(secret), 0o600),
		os.Link(filepath.Join(outside, "file"), in("hard")),
		os.Symlink(filepath.Join(outside, "file"), in("link")),
		os.Symlink("file", in("inside")),
		os.Symlink(outside, in("sub/away")),
		os.Symlink("/proc/self", in("self")),
		os.Symlink("/proc/self/environ", in("environ")),
		os.Symlink("nowhere", in("dangling")),
		syscall.Mkfifo(in("pipe"), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	return dir, outside
}

// bad are names of what nobody may be led to.
var bad = []string{
	"hard", "link", "inside", "sub/away/file", "self/environ", "environ", "dangling", "pipe", "sub", "../outside/file", "..", ".", "",
	"sub/../../outside/file", "file/below", "sub/../file", "/file",
}

func TestRead(t *testing.T) {
	t.Parallel()
	dir, _ := tree(t)
	for name, want := range map[string]string{"file": "text", "sub/deep/file": "deep"} {
		if got, err := foreign.Read(dir, name, 4); string(got) != want || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, name := range bad {
		if got, err := foreign.Read(dir, name, 1<<20); err == nil || errors.Is(err, fs.ErrNotExist) || len(got) > 0 {
			t.Errorf("%s: %q, %v, want a refusal", name, got, err)
		}
	}
	for _, name := range []string{"none", "sub/none", "none/none"} {
		if _, err := foreign.Read(dir, name, 1); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	var tooLarge *foreign.TooLargeError
	if got, err := foreign.Read(dir, "file", 3); string(got) != "tex" || !errors.As(err, &tooLarge) || tooLarge.Size != 4 {
		t.Errorf("%q, %v, want the beginning and an error about the size", got, err)
	}
}

func TestPublish(t *testing.T) {
	t.Parallel()
	dir, outside := tree(t)
	for _, name := range []string{"file", "none", "sub/deep/file"} {
		if err := foreign.Publish(dir, name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range bad {
		if err := foreign.Publish(dir, name); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for file, want := range map[string]os.FileMode{filepath.Join(dir, "file"): 0o644, filepath.Join(outside, "file"): 0o600} {
		if info, err := os.Stat(file); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v, want mode %v", file, info, err, want)
		}
	}
}

func TestAppend(t *testing.T) {
	t.Parallel()
	dir, outside := tree(t)
	for name, want := range map[string]string{"file": "text+", "new/er/file": "+", "sub/deep/file": "deep+"} {
		file := filepath.Join(dir, name)
		f, err := foreign.Append(file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := f.WriteString("+"); errors.Join(err, f.Close()) != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got, err := os.ReadFile(file); string(got) != want || err != nil {
			t.Errorf("%s: %q, %v, want %q", name, got, err, want)
		}
	}
	for _, name := range []string{"hard", "link", "inside", "sub/away/file", "sub/away/new", "self/new", "dangling", "pipe", "sub", "file/new"} {
		if f, err := foreign.Append(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s: opened %s", name, f.Name())
		}
	}
	left, err := os.ReadDir(outside)
	if err != nil || len(left) != 1 {
		t.Errorf("outside: %v, %v", left, err)
	}
	if got, err := os.ReadFile(filepath.Join(outside, "file")); string(got) != secret || err != nil {
		t.Errorf("outside: %q, %v", got, err)
	}
	null, err := foreign.Append(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if err := null.Close(); err != nil {
		t.Error(err)
	}
}

func TestMakeDirs(t *testing.T) {
	t.Parallel()
	dir, outside := tree(t)
	if err := os.Chmod(filepath.Join(dir, "sub"), os.ModeSetgid|0o750); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sub", "sub/new/er", "new"} {
		if err := foreign.MakeDirs(dir, name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, want := range map[string]os.FileMode{
		"sub": os.ModeDir | os.ModeSetgid | 0o750, "sub/new": os.ModeDir | os.ModeSetgid | 0o777, "sub/new/er": os.ModeDir | os.ModeSetgid | 0o777, "new": os.ModeDir | 0o777,
	} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v, want mode %v", name, info, err, want)
		}
	}
	for _, name := range []string{"file", "file/x", "sub/away", "sub/away/x", "self/x", "..", "../x", ""} {
		if err := foreign.MakeDirs(dir, name); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if left, err := os.ReadDir(outside); err != nil || len(left) != 1 {
		t.Errorf("outside: %v, %v", left, err)
	}
}

// TestExchange lets somebody exchange a directory for a link all the time.
func TestExchange(t *testing.T) {
	t.Parallel()
	dir, outside := tree(t)
	real, link, at := filepath.Join(dir, "real"), filepath.Join(dir, "other"), filepath.Join(dir, "at")
	if err := errors.Join(os.Mkdir(real, 0o700), os.WriteFile(filepath.Join(real, "file"), []byte("text"), 0o600), os.Symlink(outside, link)); err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
			}
			_ = os.Rename(real, at)
			_ = os.Rename(at, real)
			_ = os.Rename(link, at)
			_ = os.Rename(at, link)
		}
	}()
	for range 2000 {
		if got, err := foreign.Read(dir, "at/file", 100); err == nil && string(got) != "text" {
			t.Errorf("read %q", got)
			break
		}
	}
	close(stop)
	<-stopped
}
