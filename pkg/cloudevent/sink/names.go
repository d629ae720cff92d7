package sink

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
	"k8s.io/utils/clock"
)

// Every event has a connection of its own (contract 4 §5.1), and a look at DNS for each would cost more than the event: a name of a Service
// is asked for under every suffix of the search list. Hence addresses are remembered for a short time.
const (
	// remembered is how long an address may be out of date.
	remembered = 5 * time.Second
	// hostLimit bounds what redirects can have remembered.
	hostLimit = 64
	// addressTimeout is how long one of several addresses may take.
	addressTimeout = 3 * time.Second
)

// dialer connects to hosts whose addresses it remembers.
type dialer struct {
	lookUp func(ctx context.Context, host string) ([]string, error)
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
	clock  clock.PassiveClock

	asking singleflight.Group
	mu     sync.Mutex
	known  map[string]found
}

type found struct {
	addresses []string
	until     time.Time
}

func newDialer() *dialer {
	plain := &net.Dialer{Timeout: addressTimeout}
	return &dialer{lookUp: net.DefaultResolver.LookupHost, dial: plain.DialContext, clock: clock.RealClock{}, known: map[string]found{}}
}

// DialContext connects to the first of the host's addresses that answers. If none does, they are looked up anew the next time.
func (d *dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return d.dial(ctx, network, address)
	}
	addresses, err := d.addresses(ctx, host)
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, each := range addresses {
		conn, err := d.dial(ctx, network, net.JoinHostPort(each, port))
		if err == nil {
			return conn, nil
		}
		errs = append(errs, err)
	}
	d.forget(host)
	return nil, errors.Join(errs...)
}

func (d *dialer) addresses(ctx context.Context, host string) ([]string, error) {
	d.mu.Lock()
	known, ok := d.known[host]
	d.mu.Unlock()
	if ok && d.clock.Now().Before(known.until) {
		return known.addresses, nil
	}
	// It is for all that wait, and goes on if this one gives up.
	answers := d.asking.DoChan(host, func() (any, error) { return d.ask(context.WithoutCancel(ctx), host) })
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case answer := <-answers:
		if answer.Err != nil {
			return nil, answer.Err
		}
		return answer.Val.([]string), nil
	}
}

func (d *dialer) ask(ctx context.Context, host string) ([]string, error) {
	addresses, err := d.lookUp(ctx, host)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.known) >= hostLimit {
		clear(d.known)
	}
	d.known[host] = found{addresses, d.clock.Now().Add(remembered)}
	return addresses, nil
}

func (d *dialer) forget(host string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.known, host)
}
