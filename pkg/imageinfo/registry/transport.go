package registry

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/util/cache"
)

const (
	// maxResponse is more than any manifest or image configuration that registries accept (4 MiB by the OCI specification).
	maxResponse = 8 << 20
	// cachedHosts is the number of hosts of which it is known that they do not answer, downFor how long that is believed.
	cachedHosts = 1024
	downFor     = 10 * time.Second
)

// errTooLarge is returned by a response body that goes on past maxResponse.
var errTooLarge = errors.New("the registry's answer is larger than 8 MiB")

// errDown stands for asking a host that did not answer a moment ago.
var errDown = errors.New("the host did not answer a moment ago")

// errDowngrade is returned for a redirect that gives encryption up.
var errDowngrade = errors.New("redirected from HTTPS to HTTP")

// requestError is a request that got no answer.
type requestError struct {
	host string
	err  error
}

func (e *requestError) Error() string { return e.host + ": " + e.err.Error() }
func (e *requestError) Unwrap() error { return e.err }

// Timeout lets the HTTP client's own error, which asks only the error right below it, tell that time was up.
func (e *requestError) Timeout() bool {
	var timeout net.Error
	return errors.As(e.err, &timeout) && timeout.Timeout()
}

// checkedTransport lets requests through, redirected ones too, whose host may be asked and is not known to be down.
type checkedTransport struct {
	next        http.RoundTripper
	allow, deny Hosts
	down        *cache.LRUExpireCache // scheme and host of those that did not answer
}

// RoundTrip implements http.RoundTripper.
func (t *checkedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	host := req.URL.Host
	if err := t.check(req); err != nil {
		return nil, unanswered(host, err)
	}
	key := req.URL.Scheme + "://" + host
	if _, down := t.down.Get(key); down {
		return nil, &requestError{host, errDown}
	}
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		if req.Context().Err() == nil && noAnswer(err) {
			t.down.Add(key, struct{}{}, downFor)
		}
		return nil, unanswered(host, err)
	}
	return resp, nil
}

func unanswered(host string, err error) error {
	var refused *refusedError
	if errors.As(err, &refused) {
		refused.host = host
	}
	return &requestError{host, err}
}

func (t *checkedTransport) check(req *http.Request) error {
	// The client sets the answer that led to a redirected request.
	if from := req.Response; from != nil && from.Request != nil && from.Request.URL.Scheme == "https" && req.URL.Scheme != "https" {
		return errDowngrade
	}
	return checkHost(req.URL.Host, t.allow, t.deny)
}

// noAnswer reports whether the next request would probably wait in vain as well.
func noAnswer(err error) bool {
	var refused *refusedError
	var dns *net.DNSError
	if errors.As(err, &refused) || errors.As(err, &dns) && dns.IsNotFound {
		return false
	}
	var timeout net.Error
	var op *net.OpError
	return errors.As(err, &timeout) && timeout.Timeout() || errors.As(err, &op) && op.Op == "dial"
}

// newTransport returns the transport for registries: it checks the addresses that names turn out to have at the moment
// it connects, so that no name can change its meaning in between.
func newTransport(o Options) *http.Transport {
	plain := &net.Dialer{Timeout: o.AnswerTimeout, KeepAlive: defaultTimeout}
	checking := &net.Dialer{Timeout: o.AnswerTimeout, KeepAlive: defaultTimeout}
	checking.Control = func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return &refusedError{why: "its address cannot be read"}
		}
		return checkAddr(at.Addr(), o.Allow, o.Deny)
	}
	// Proxies are the operator's, wherever they are.
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
			if _, proxy := proxies.Load(address); proxy || o.Allow.hasName(address) {
				return plain.DialContext(ctx, network, address)
			}
			return checking.DialContext(ctx, network, address)
		},
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          100,
		MaxIdleConnsPerHost:   defaultBounds.host,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   o.AnswerTimeout,
		ResponseHeaderTimeout: o.AnswerTimeout,
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

// boundedTransport ends every response after limit bytes with an error.
type boundedTransport struct {
	next  http.RoundTripper
	limit int64
}

// RoundTrip implements http.RoundTripper.
func (t boundedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	resp.Body = &boundedBody{body: resp.Body, left: t.limit}
	return resp, nil
}

type boundedBody struct {
	body io.ReadCloser
	left int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errTooLarge
	}
	// One byte more than allowed is asked for, to tell the end of the body from the limit.
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.body.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return n, errTooLarge
	}
	return n, err
}

func (b *boundedBody) Close() error { return b.body.Close() }
