package folders

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func claim(name string) *corev1.PersistentVolumeClaim {
	return &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name}}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
}

func TestViewIsACopy(t *testing.T) {
	t.Parallel()
	src := t.TempDir()
	run := filepath.Join(src, "state")
	write(t, filepath.Join(src, "a"), "one")
	if err := os.MkdirAll(filepath.Join(src, ".git"), 0o750); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(src, ".git", "HEAD"), "ref")
	if err := os.Symlink("a", filepath.Join(src, "link")); err != nil {
		t.Fatal(err)
	}
	f := New(Options{Claims: filepath.Join(src, "claims"), Run: run})
	if err := f.Bind("source", src, false); err != nil {
		t.Fatal(err)
	}
	dir, err := f.Claim(claim("source"), false)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "a"), "two")
	if data, _ := os.ReadFile(filepath.Join(src, "a")); string(data) != "one" {
		t.Errorf("the file became %q", data)
	}
	if target, _ := os.Readlink(filepath.Join(dir, "link")); target != "a" {
		t.Errorf("the link leads to %q", target)
	}
	if data, _ := os.ReadFile(filepath.Join(dir, ".git", "HEAD")); string(data) != "ref" {
		t.Errorf("the hidden file is %q", data)
	}
	if info, err := os.Stat(filepath.Join(dir, ".git", "HEAD")); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the mode is %v, %v", info.Mode(), err)
	}
}

func TestClaims(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	f := New(Options{Claims: filepath.Join(base, "claims"), Run: filepath.Join(base, "run")})
	owned, err := f.Claim(claim("pvc-1"), true)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := f.Claim(claim("data"), false)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Remove("default", "pvc-1"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(owned); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
	if _, err := os.Stat(kept); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"", "..", "a/b", "/x"} {
		if _, err := f.Claim(claim(name), false); err == nil {
			t.Errorf("claim %q has a folder", name)
		}
	}
}

func TestState(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	going, err := NewState(base)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := NewState(base)
	if err != nil {
		t.Fatal(err)
	}
	if err := kept.Close(true); err != nil {
		t.Fatal(err)
	}
	killed, err := NewState(base)
	if err != nil {
		t.Fatal(err)
	}
	_ = killed.lock.Close()
	for _, all := range []bool{false, true} {
		got, err := Abandoned(base, all)
		if err != nil {
			t.Fatal(err)
		}
		want := 1
		if all {
			want = 2
		}
		if len(got) != want {
			t.Errorf("abandoned are %v", got)
		}
	}
	if err := going.Close(false); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(going.Dir); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
}

// A run may be over before its folders are copied; its own folder is removed then.
func TestCloseEndsCopying(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	src, run := filepath.Join(base, "src"), filepath.Join(base, "run")
	for i := range 200 {
		dir := filepath.Join(src, strconv.Itoa(i))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "file"), "text")
	}
	f := New(Options{Claims: filepath.Join(base, "claims"), Run: run})
	if err := f.Bind("source", src, false); err != nil {
		t.Fatal(err)
	}
	f.Prepare()
	f.Close()
	if err := RemoveAll(run); err != nil {
		t.Fatalf("something was still written: %v", err)
	}
	if _, err := os.Lstat(run); !os.IsNotExist(err) {
		t.Errorf("the folder of the run has come back: %v", err)
	}
	late := New(Options{Claims: filepath.Join(base, "claims"), Run: run})
	if err := late.Bind("source", src, false); err != nil {
		t.Fatal(err)
	}
	late.Close()
	if _, err := late.Claim(claim("source"), false); !errors.Is(err, context.Canceled) {
		t.Errorf("a folder was copied after the end: %v", err)
	}
}
