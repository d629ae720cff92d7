package docker

import (
	"context"
	"sync"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// flights lets callers that want the same at the same time share the work, which goes on until nobody waits for it any more.
type flights struct {
	mu    sync.Mutex
	calls map[string]*flight
}

type flight struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int
	image   *container.Image
	err     error
}

// do returns what work does, done once for all that ask for key meanwhile.
func (f *flights) do(
	ctx context.Context, key string, work func(context.Context) (*container.Image, error),
) (*container.Image, error) {
	f.mu.Lock()
	call, ok := f.calls[key]
	if !ok {
		call = f.begin(context.WithoutCancel(ctx), key, work)
	}
	call.waiting++
	f.mu.Unlock()
	select {
	case <-call.done:
		return call.image, call.err
	case <-ctx.Done():
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if call.waiting--; call.waiting == 0 {
		call.cancel()
		// Whoever asks now must not get the error of what nobody waited for.
		if f.calls[key] == call {
			delete(f.calls, key)
		}
	}
	return nil, ctx.Err()
}

func (f *flights) begin(ctx context.Context, key string, work func(context.Context) (*container.Image, error)) *flight {
	ctx, cancel := context.WithCancel(ctx)
	call := &flight{done: make(chan struct{}), cancel: cancel}
	if f.calls == nil {
		f.calls = map[string]*flight{}
	}
	f.calls[key] = call
	go func() {
		defer cancel()
		call.image, call.err = work(ctx)
		f.mu.Lock()
		if f.calls[key] == call {
			delete(f.calls, key)
		}
		f.mu.Unlock()
		close(call.done)
	}()
	return call
}
