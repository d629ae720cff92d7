package image

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"slices"
	"time"
)

// errPlain says that a host would be asked without TLS, errNotPlain that a mirror is not to be asked with it.
var (
	errPlain    = errors.New("it would be asked without TLS, which is done only on this machine, and for mirrors that are given as http://")
	errNotPlain = errors.New("the mirror was given as http://")
)

// guard lets only those requests through without TLS that the user wanted so, and checks certificates of all hosts but the named ones.
type guard struct {
	plain, insecure []string
	checked, lax    *http.Transport
}

func newGuard(o Options) *guard {
	g := &guard{insecure: o.Insecure}
	for _, m := range o.Mirrors {
		if m.Plain {
			g.plain = append(g.plain, m.To)
		}
	}
	g.checked = &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: o.Timeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   o.Timeout,
		ResponseHeaderTimeout: o.Timeout,
		IdleConnTimeout:       30 * time.Second,
		MaxIdleConnsPerHost:   2 * jobs,
		ForceAttemptHTTP2:     true,
	}
	if len(o.Insecure) > 0 {
		g.lax = g.checked.Clone()
		g.lax.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} //nolint:gosec // only for hosts of which the user asked for it
	}
	return g
}

// RoundTrip implements http.RoundTripper.
func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	host := req.URL.Host
	plain := slices.Contains(g.plain, host)
	switch {
	case req.URL.Scheme == "http" && !plain && !isLoopback(req.URL.Hostname()):
		return nil, errPlain
	case req.URL.Scheme == "https" && plain:
		return nil, errNotPlain
	case slices.Contains(g.insecure, host):
		return g.lax.RoundTrip(req)
	}
	return g.checked.RoundTrip(req)
}

func (g *guard) close() {
	g.checked.CloseIdleConnections()
	if g.lax != nil {
		g.lax.CloseIdleConnections()
	}
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// isNoAnswer reports whether a host gave no answer at all.
func isNoAnswer(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	var timeout net.Error
	return errors.As(err, &op) || errors.As(err, &dns) || errors.As(err, &timeout) && timeout.Timeout()
}
