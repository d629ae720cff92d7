package git

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/things-go/go-socks5"
	"golang.org/x/net/http/httpproxy"

	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/reach"
)

// connectTimeout limits how long connecting to a host takes.
const connectTimeout = 15 * time.Second

// proxyUser is who git is to its proxy.
const proxyUser = "tenon"

// network is how git reaches hosts during one fetch: by a SOCKS5 proxy in this process, which checks each host by name and by
// address, and counts what comes in. Git resolves no names.
type network struct {
	dialer   reach.Dialer
	ctx      context.Context //nolint:containedctx // the network lives as long as the fetch
	cancel   context.CancelFunc
	listener net.Listener
	password string
	// outer is the operator's proxy, nil for none.
	outer *url.URL
	// target is the host and port that the user has named.
	target string
	limit  int64
	taken  atomic.Int64

	mu    sync.Mutex
	conns map[net.Conn]struct{}
	err   error
}

// connect opens the network for one fetch.
func (r *Resolver) connect(ctx context.Context, want wanted) (*network, error) {
	// A host that is refused needs no process. With an operator's proxy this is the only check.
	if err := r.policy().CheckHost(want.url.address()); err != nil {
		return nil, failure.Invalidf("", "clone error: %w", err)
	}
	outer, err := httpproxy.FromEnvironment().ProxyFunc()(&url.URL{Scheme: want.url.scheme, Host: want.url.host})
	if err != nil {
		return nil, errors.New("clone error: the proxy that the environment names cannot be used")
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("opening git's way to the network: %w", err)
	}
	n := &network{
		dialer: reach.Dialer{Policy: r.policy, Timeout: connectTimeout}, listener: listener, password: rand.Text(), outer: outer,
		target: want.url.address(), limit: want.maxFetch, conns: map[net.Conn]struct{}{},
	}
	n.ctx, n.cancel = context.WithCancel(ctx)
	server := socks5.NewServer(
		socks5.WithDial(n.dial), socks5.WithResolver(noNames{}), socks5.WithRule(&socks5.PermitCommand{EnableConnect: true}),
		socks5.WithCredential(socks5.StaticCredentials{proxyUser: n.password}),
	)
	// It ends with an error when the listener is closed.
	go func() { _ = server.Serve(listener) }()
	return n, nil
}

// noNames leaves names to the dialer, which checks what they stand for.
type noNames struct{}

// Resolve implements socks5.NameResolver.
func (noNames) Resolve(ctx context.Context, _ string) (context.Context, net.IP, error) {
	return ctx, nil, nil
}

// address is that of the proxy.
func (n *network) address() string { return n.listener.Addr().String() }

// settings tell git how to reach a repository.
func (n *network) settings(at location) []setting {
	proxy, redirects := withUser(n.address(), proxyUser, n.password), "initial"
	if n.outer != nil {
		// Nobody would check where it leads.
		proxy, redirects = n.outer, "false"
	}
	return []setting{{"http.proxy", proxy.String()}, {"http.followRedirects", redirects}, {"remote." + remote + ".url", at.text}}
}

// dial connects for git. The library has no context of the fetch.
func (n *network) dial(_ context.Context, kind, address string) (net.Conn, error) {
	conn, err := n.dialer.DialContext(n.ctx, kind, address)
	if err != nil {
		n.fail(n.dialError(address, err))
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ctx.Err() != nil {
		_ = conn.Close()
		return nil, n.ctx.Err()
	}
	n.conns[conn] = struct{}{}
	return &counted{Conn: conn, net: n}, nil
}

// dialError says why a host cannot be connected to. The names that a server redirects to are not shown.
func (n *network) dialError(address string, err error) error {
	host := "host " + address
	if address != n.target {
		host = "the host that " + n.target + " redirects to"
	}
	var refusal *reach.RefusedError
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &refusal):
		return failure.Invalidf("", "clone error: %s is refused: %s", host, refusal.Why)
	case errors.As(err, &dns):
		return fmt.Errorf("clone error: cannot resolve %s", host)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("clone error: %s does not accept connections", host)
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("clone error: connecting to %s took too long", host)
	default:
		return fmt.Errorf("clone error: cannot connect to %s", host)
	}
}

// fail keeps the first thing that went wrong; git knows only that something did.
func (n *network) fail(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.err == nil {
		n.err = err
	}
}

// failure returns what went wrong, nil if nothing did.
func (n *network) failure() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.err
}

// close ends all connections.
func (n *network) close() {
	n.cancel()
	_ = n.listener.Close()
	n.mu.Lock()
	defer n.mu.Unlock()
	for conn := range n.conns {
		_ = conn.Close()
	}
}

// tooMuch is the failure of a fetch that is larger than allowed.
func tooMuch(limit int64) error {
	return failure.Invalidf("", "clone error: the repository is too large: more than %d bytes would have to be fetched, which %s of the git resolver limits", limit, keyMaxFetchSize)
}

// counted counts what comes from a host.
type counted struct {
	net.Conn
	net *network
}

// Read implements io.Reader. It ends the connection when the fetch has taken too much.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.net.taken.Add(int64(n)) > c.net.limit {
		err := tooMuch(c.net.limit)
		c.net.fail(err)
		_ = c.Close()
		return 0, err
	}
	return n, err
}

// CloseWrite passes the end of what git says on.
func (c *counted) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// Close ends the connection.
func (c *counted) Close() error {
	c.net.mu.Lock()
	delete(c.net.conns, c.Conn)
	c.net.mu.Unlock()
	return c.Conn.Close()
}
