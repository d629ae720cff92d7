// Package flight lets callers that want the same at the same time share the work. Unlike those of golang.org/x/sync/singleflight, a caller
// can go away, work that nobody waits for any more is stopped, and all who wait hear how it goes.
package flight

import (
	"context"
	"sync"
)

// Work does what is asked for; it tells progress how it goes.
type Work[V any] func(ctx context.Context, progress func(string)) (V, error)

// Group knows what is being done. The zero value is usable.
type Group[K comparable, V any] struct {
	mu  sync.Mutex
	all map[K]*call[V]
}

type call[V any] struct {
	cancel context.CancelFunc
	done   chan struct{}
	got    V
	err    error

	mu      sync.Mutex
	waiting int
	next    int
	hear    map[int]func(string)
	last    string
}

// Do carries out work, or waits for that of another caller with the same key. progress, which may be nil, hears how it goes.
func (g *Group[K, V]) Do(ctx context.Context, key K, progress func(string), work Work[V]) (V, error) {
	var none V
	if err := ctx.Err(); err != nil {
		return none, err
	}
	one, leave := g.join(ctx, key, progress, work)
	defer leave()
	select {
	case <-one.done:
		return one.got, one.err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

func (g *Group[K, V]) join(ctx context.Context, key K, progress func(string), work Work[V]) (*call[V], func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	one, ok := g.all[key]
	if !ok {
		if g.all == nil {
			g.all = map[K]*call[V]{}
		}
		shared, cancel := context.WithCancel(context.WithoutCancel(ctx))
		one = &call[V]{cancel: cancel, done: make(chan struct{}), hear: map[int]func(string){}}
		g.all[key] = one
		go func() {
			one.got, one.err = work(shared, one.tell)
			g.forget(key, one)
			cancel()
			close(one.done)
		}()
	}
	id := one.enter(progress)
	return one, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		// Whoever asks now must not get the error of what nobody waited for.
		if one.exit(id) && g.all[key] == one {
			delete(g.all, key)
			one.cancel()
		}
	}
}

func (g *Group[K, V]) forget(key K, one *call[V]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.all[key] == one {
		delete(g.all, key)
	}
}

func (c *call[V]) enter(progress func(string)) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting++
	c.next++
	if progress != nil {
		c.hear[c.next] = progress
		if c.last != "" {
			progress(c.last)
		}
	}
	return c.next
}

// exit reports whether nobody is left.
func (c *call[V]) exit(id int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.hear, id)
	c.waiting--
	return c.waiting == 0
}

func (c *call[V]) tell(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = text
	for _, hear := range c.hear {
		hear(text)
	}
}
