package reach

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"syscall"
	"time"
)

// keepAlive is the time between probes of connections.
const keepAlive = 30 * time.Second

// ErrDowngrade is returned for a redirect that gives encryption up.
var ErrDowngrade = errors.New("redirected from HTTPS to HTTP")

// Dialer connects to hosts that a policy allows.
type Dialer struct {
	// Policy returns the policy of the moment.
	Policy func() Policy
	// Timeout limits how long connecting takes.
	Timeout time.Duration
}

// DialContext connects to a host, by name or address, with a port. It refuses with a RefusedError.
func (d Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	policy := d.Policy()
	if err := policy.CheckHost(address); err != nil {
		return nil, err
	}
	dialer := d.plain()
	if !policy.AllowsName(address) {
		dialer.Control = func(_, resolved string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(resolved)
			if err != nil {
				return &RefusedError{Host: address, Why: "its address cannot be read"}
			}
			return named(address, policy.CheckAddr(at.Addr()))
		}
	}
	return dialer.DialContext(ctx, network, address)
}

func (d Dialer) plain() *net.Dialer { return &net.Dialer{Timeout: d.Timeout, KeepAlive: keepAlive} }

// Transport returns a transport for HTTP that connects by the dialer. Proxies that the environment names are the operator's, and
// used wherever they are; what is asked of them is for Guard to check. Each host has at most perHost idle connections.
func (d Dialer) Transport(perHost int) *http.Transport {
	var proxies sync.Map
	return &http.Transport{
		Proxy: func(req *http.Request) (*url.URL, error) {
			proxy, err := http.ProxyFromEnvironment(req)
			if proxy != nil {
				proxies.Store(dialed(proxy), true)
			}
			return proxy, err
		},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if _, proxy := proxies.Load(address); proxy {
				return d.plain().DialContext(ctx, network, address)
			}
			return d.DialContext(ctx, network, address)
		},
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          100,
		MaxIdleConnsPerHost:   perHost,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   d.Timeout,
		ResponseHeaderTimeout: d.Timeout,
		ExpectContinueTimeout: time.Second,
	}
}

// dialed is the address that is connected to for a proxy.
func dialed(proxy *url.URL) string {
	if proxy.Port() != "" {
		return proxy.Host
	}
	port := map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[proxy.Scheme]
	return net.JoinHostPort(proxy.Hostname(), port)
}

// CheckRequest refuses requests, redirected ones too, by their host and for giving encryption up.
func (p Policy) CheckRequest(req *http.Request) error {
	// The client sets the answer that led to a redirected request.
	if from := req.Response; from != nil && from.Request != nil && from.Request.URL.Scheme == "https" && req.URL.Scheme != "https" {
		return ErrDowngrade
	}
	return p.CheckHost(req.URL.Host)
}

// Guard is a transport that checks every request before another transport makes it.
type Guard struct {
	Next   http.RoundTripper
	Policy func() Policy
}

// RoundTrip implements http.RoundTripper.
func (g Guard) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := g.Policy().CheckRequest(req); err != nil {
		return nil, err
	}
	return g.Next.RoundTrip(req)
}
