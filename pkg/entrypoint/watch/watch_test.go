package watch_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tenon-ci/tenon/pkg/entrypoint/watch"
)

// never is longer than any test: a wait that ends was woken by what the test looks at.
const never = time.Hour

func exists(path string) func() (bool, error) {
	return func() (bool, error) {
		_, err := os.Lstat(path)
		return err == nil, nil
	}
}

// start waits in the background. looked is closed after the wait has looked twice, so with its watch set up.
func start(ctx context.Context, w watch.Watcher, dirs []string, wake <-chan struct{}, check func() (bool, error)) (looked chan struct{}, done chan error) {
	looked, done = make(chan struct{}), make(chan error, 1)
	var times atomic.Int32
	go func() {
		done <- w.Until(ctx, dirs, wake, func() (bool, error) {
			ok, err := check()
			if times.Add(1) == 2 {
				close(looked)
			}
			return ok, err
		})
	}()
	return looked, done
}

func TestEveryWayOfAppearing(t *testing.T) {
	t.Parallel()
	must := func(t *testing.T, errs ...error) {
		t.Helper()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
	}
	for name, appear := range map[string]func(t *testing.T, path string){
		"created": func(t *testing.T, path string) { must(t, os.WriteFile(path, nil, 0o600)) },
		"renamed": func(t *testing.T, path string) {
			must(t, os.WriteFile(path+".new", nil, 0o600), os.Rename(path+".new", path))
		},
		"linked": func(t *testing.T, path string) {
			must(t, os.Symlink("elsewhere", path+".new"), os.Rename(path+".new", path))
		},
	} {
		for kind, w := range map[string]watch.Watcher{
			"notified":     {Recheck: never},
			"polled":       {NoNotify: true},
			"rechecked":    {Recheck: time.Millisecond},
			"fixed":        {NoNotify: true, Poll: time.Millisecond},
			"all defaults": {},
		} {
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				path := filepath.Join(dir, "out")
				looked, done := start(t.Context(), w, []string{dir}, nil, exists(path))
				<-looked
				appear(t, path)
				if err := <-done; err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestContentOfAFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "ready")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	looked, done := start(t.Context(), watch.Watcher{Recheck: never}, []string{dir}, nil, func() (bool, error) {
		info, err := os.Stat(path)
		return err == nil && info.Size() > 0, err
	})
	<-looked
	if err := os.WriteFile(path, []byte("READY"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestSeveralDirectories(t *testing.T) {
	t.Parallel()
	dirs := []string{t.TempDir(), t.TempDir()}
	path := filepath.Join(dirs[1], "out")
	looked, done := start(t.Context(), watch.Watcher{Recheck: never}, dirs, nil, exists(path))
	<-looked
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestMissingDirectoryIsPolled(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "late")
	looked, done := start(t.Context(), watch.Watcher{Recheck: never}, []string{dir}, nil, exists(filepath.Join(dir, "out")))
	<-looked
	if err := errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, "out"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestWake(t *testing.T) {
	t.Parallel()
	var open atomic.Bool
	wake := make(chan struct{})
	looked, done := start(t.Context(), watch.Watcher{Recheck: never}, []string{t.TempDir()}, wake, func() (bool, error) { return open.Load(), nil })
	<-looked
	open.Store(true)
	wake <- struct{}{}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestContextEndsTheWait(t *testing.T) {
	t.Parallel()
	for _, w := range []watch.Watcher{{Recheck: never}, {NoNotify: true, Poll: never}} {
		ctx, cancel := context.WithCancelCause(t.Context())
		looked, done := start(ctx, w, []string{t.TempDir()}, nil, func() (bool, error) { return false, nil })
		<-looked
		why := errors.New("stopped")
		cancel(why)
		if err := <-done; !errors.Is(err, why) {
			t.Errorf("error %v, want the cause", err)
		}
	}
}

func TestErrorEndsTheWait(t *testing.T) {
	t.Parallel()
	bad := errors.New("bad")
	err := watch.Watcher{}.Until(t.Context(), nil, nil, func() (bool, error) { return false, bad })
	if !errors.Is(err, bad) {
		t.Errorf("error %v, want that of the check", err)
	}
}
