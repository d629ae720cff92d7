// Package places limits how much is done at a time for foreign places that may be slow, so that neither one tenant nor one host takes
// the time of all others.
package places

import (
	"context"
	"sync"
)

// Bounds are the most that is under way: of all, for one tenant, and at one host. Fewer for a tenant than for all leave places for
// others when a tenant names many hosts that do not answer; fewer for a host, when many tenants name one.
type Bounds struct {
	All, Tenant, Host int
}

// Places hands out the right to do something. Whoever came first is first, but nobody waits behind somebody whose tenant or host
// has all its places taken.
type Places struct {
	bounds Bounds

	mu      sync.Mutex
	taken   int
	tenants map[string]int
	hosts   map[string]int
	queue   []*waiting
}

type waiting struct {
	tenant, host string
	// admitted is closed when the place is given.
	admitted chan struct{}
}

// New returns places within bounds.
func New(b Bounds) *Places {
	return &Places{bounds: b, tenants: map[string]int{}, hosts: map[string]int{}}
}

// Take waits for a place and returns the function that gives it back, or the error of ctx.
func (p *Places) Take(ctx context.Context, tenant, host string) (leave func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w := &waiting{tenant: tenant, host: host, admitted: make(chan struct{})}
	p.mu.Lock()
	p.queue = append(p.queue, w)
	p.admit()
	p.mu.Unlock()
	select {
	case <-w.admitted:
		return func() { p.leave(w) }, nil
	case <-ctx.Done():
		p.abandon(w)
		return nil, ctx.Err()
	}
}

// admit gives free places to those who wait. The caller holds the lock.
func (p *Places) admit() {
	rest := p.queue[:0]
	for _, w := range p.queue {
		if p.taken < p.bounds.All && p.tenants[w.tenant] < p.bounds.Tenant && p.hosts[w.host] < p.bounds.Host {
			p.taken++
			p.tenants[w.tenant]++
			p.hosts[w.host]++
			close(w.admitted)
			continue
		}
		rest = append(rest, w)
	}
	clear(p.queue[len(rest):])
	p.queue = rest
}

func (p *Places) leave(w *waiting) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken--
	decrease(p.tenants, w.tenant)
	decrease(p.hosts, w.host)
	p.admit()
}

// abandon takes back a wish for a place that may have been granted in the meantime.
func (p *Places) abandon(w *waiting) {
	p.mu.Lock()
	for i, other := range p.queue {
		if other == w {
			p.queue = append(p.queue[:i], p.queue[i+1:]...)
			p.mu.Unlock()
			return
		}
	}
	p.mu.Unlock()
	p.leave(w)
}

func decrease(counts map[string]int, key string) {
	if counts[key]--; counts[key] <= 0 {
		delete(counts, key)
	}
}
