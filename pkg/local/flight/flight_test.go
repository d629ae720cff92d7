package flight

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

func TestCallersShareTheWork(t *testing.T) {
	t.Parallel()
	var g Group[string, string]
	var works, heard atomic.Int32
	began, release := make(chan struct{}), make(chan struct{})
	work := func(_ context.Context, progress func(string)) (string, error) { //nolint:unparam // the signature is that of all work
		works.Add(1)
		progress("half")
		close(began)
		<-release
		return "one", nil
	}
	var all sync.WaitGroup
	ask := func() {
		got, err := g.Do(t.Context(), "key", func(text string) {
			if text == "half" {
				heard.Add(1)
			}
		}, work)
		if err != nil || got != "one" {
			t.Errorf("got %q, %v", got, err)
		}
	}
	all.Go(ask)
	<-began
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.Do(impatient, "key", nil, work); !errors.Is(err, context.Canceled) {
		t.Errorf("who does not wait gets %v", err)
	}
	all.Go(ask)
	for heard.Load() < 2 { // the second one hears what was said before it came
		runtime.Gosched()
	}
	close(release)
	all.Wait()
	if n := works.Load(); n != 1 {
		t.Errorf("the work was done %d times", n)
	}
}

func TestWorkNobodyWaitsForIsStopped(t *testing.T) {
	t.Parallel()
	var g Group[string, string]
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	_, err := g.Do(ctx, "key", nil, func(ctx context.Context, _ func(string)) (string, error) {
		cancel()
		<-ctx.Done()
		ended <- ctx.Err()
		return "", ctx.Err()
	})
	if !errors.Is(err, context.Canceled) || !errors.Is(<-ended, context.Canceled) {
		t.Errorf("got %v, want that the work was stopped", err)
	}
	got, err := g.Do(t.Context(), "key", nil, func(context.Context, func(string)) (string, error) { return "two", nil })
	if err != nil || got != "two" {
		t.Errorf("asked again: %q, %v", got, err)
	}
}
