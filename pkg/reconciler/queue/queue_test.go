package queue

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"knative.dev/pkg/controller"
)

type reconciler struct{}

func (*reconciler) Reconcile(context.Context, string) error { return nil }

// However much fails beside it, an object that fails for the first time is tried again at once.
func TestObjectsDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	limiter := RateLimiter()
	for range 10_000 {
		limiter.When("noisy")
	}
	for i := range 10_000 {
		limiter.When(i)
	}
	var waits []time.Duration
	for range 12 {
		waits = append(waits, limiter.When("quiet"))
	}
	want := []time.Duration{
		50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond, 1600 * time.Millisecond,
		3200 * time.Millisecond, 6400 * time.Millisecond, 12800 * time.Millisecond, 25600 * time.Millisecond, 51200 * time.Millisecond, time.Minute,
	}
	if diff := cmp.Diff(want, waits); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	impl := New(t.Context(), &reconciler{}, "group.Kind", func(*zap.SugaredLogger) controller.Reconciler { return &reconciler{} })
	if want := "github.com.tenon-ci.tenon.pkg.reconciler.queue.reconciler"; impl.Name != want {
		t.Errorf("the queue is called %q, want %q", impl.Name, want)
	}
	impl.WorkQueue().ShutDown()
}

// The constructors of the framework give all objects of a queue one common rate.
func TestEveryControllerIsMadeHere(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..", "..")
	for _, dir := range []string{"cmd", "pkg"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && path == filepath.Join(root, "pkg", "client"):
				return fs.SkipDir
			case entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			source, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if strings.Contains(string(source), "reconciler.NewImpl(") || strings.Contains(string(source), "ControllerOptions{") &&
				!strings.Contains(string(source), "RateLimiter:") {
				t.Errorf("%s makes a controller whose objects share a rate limit", path)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
