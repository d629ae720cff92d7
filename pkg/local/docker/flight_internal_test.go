package docker

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

func TestFlights(t *testing.T) {
	t.Parallel()
	var f flights
	var works atomic.Int32
	began, release := make(chan struct{}), make(chan struct{})
	work := func(context.Context) (*container.Image, error) { //nolint:unparam // the signature is that of all work
		works.Add(1)
		close(began)
		<-release
		return &container.Image{ID: "one"}, nil
	}
	var all sync.WaitGroup
	ask := func() {
		if image, err := f.do(t.Context(), "key", work); err != nil || image.ID != "one" {
			t.Errorf("got %+v, %v", image, err)
		}
	}
	all.Go(ask)
	<-began
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.do(impatient, "key", work); !errors.Is(err, context.Canceled) {
		t.Errorf("who does not wait gets %v", err)
	}
	all.Go(ask)
	for waiting := 0; waiting < 2; {
		f.mu.Lock()
		waiting = f.calls["key"].waiting
		f.mu.Unlock()
	}
	close(release)
	all.Wait()
	if n := works.Load(); n != 1 {
		t.Errorf("the work was done %d times", n)
	}
}

func TestFlightNobodyWaitsFor(t *testing.T) {
	t.Parallel()
	var f flights
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	_, err := f.do(ctx, "key", func(ctx context.Context) (*container.Image, error) {
		cancel()
		<-ctx.Done()
		ended <- ctx.Err()
		return nil, ctx.Err()
	})
	if !errors.Is(err, context.Canceled) || !errors.Is(<-ended, context.Canceled) {
		t.Errorf("got %v, want that the work was stopped", err)
	}
	if image, err := f.do(t.Context(), "key", func(context.Context) (*container.Image, error) {
		return &container.Image{ID: "two"}, nil
	}); err != nil || image.ID != "two" {
		t.Errorf("asked again: %+v, %v", image, err)
	}
}
