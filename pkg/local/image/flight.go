package image

import (
	"context"
	"reflect"
	"sync"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// flightKey tells which calls want the same: those with other credentials do not.
type flightKey struct {
	what, ref string
	policy    corev1.PullPolicy
	keychain  any
}

func flightOf(what string, req container.ImageRequest) flightKey {
	key := flightKey{what: what, ref: req.Ref, policy: req.Policy}
	switch {
	case req.Keychain == nil:
	case reflect.TypeOf(req.Keychain).Kind() == reflect.Pointer:
		key.keychain = req.Keychain
	default:
		key.keychain = new(byte)
	}
	return key
}

// flights lets calls share work. The zero value is usable.
type flights struct {
	mu  sync.Mutex
	all map[flightKey]*flight
}

type flight struct {
	cancel context.CancelFunc
	done   chan struct{}
	got    any
	err    error

	mu      sync.Mutex
	waiting int
	next    int
	hear    map[int]func(string)
	last    string
}

// do carries out work, or waits for that of another call with the same key. The work ends early when nobody waits for it any more.
func (f *flights) do(ctx context.Context, key flightKey, progress func(string),
	work func(context.Context, func(string)) (any, error)) (any, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	one, leave := f.join(ctx, key, progress, work)
	defer leave()
	select {
	case <-one.done:
		return one.got, one.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (f *flights) join(ctx context.Context, key flightKey, progress func(string),
	work func(context.Context, func(string)) (any, error)) (*flight, func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	one, ok := f.all[key]
	if !ok {
		if f.all == nil {
			f.all = map[flightKey]*flight{}
		}
		shared, cancel := context.WithCancel(context.WithoutCancel(ctx))
		one = &flight{cancel: cancel, done: make(chan struct{}), hear: map[int]func(string){}}
		f.all[key] = one
		go func() {
			one.got, one.err = work(shared, one.tell)
			f.forget(key, one)
			cancel()
			close(one.done)
		}()
	}
	id := one.enter(progress)
	return one, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if one.exit(id) && f.all[key] == one {
			delete(f.all, key)
			one.cancel()
		}
	}
}

func (f *flights) forget(key flightKey, one *flight) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.all[key] == one {
		delete(f.all, key)
	}
}

func (f *flight) enter(progress func(string)) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting++
	f.next++
	if progress != nil {
		f.hear[f.next] = progress
		if f.last != "" {
			progress(f.last)
		}
	}
	return f.next
}

// exit reports whether nobody is left.
func (f *flight) exit(id int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.hear, id)
	f.waiting--
	return f.waiting == 0
}

func (f *flight) tell(text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = text
	for _, hear := range f.hear {
		hear(text)
	}
}
