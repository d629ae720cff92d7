package scmapi

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// gate is the transport of one fetch. The token is added behind it, so that it lets nothing through that is for another host than the
// one the token is for. What is no success becomes an error here, before a library reads it: they put what the host says into errors and logs.
type gate struct {
	next http.RoundTripper
	// base is the address of the API.
	base *url.URL
	// plusIsSpace tells that spaces in paths are escaped like those in queries.
	plusIsSpace bool
	// tap gets a copy of the answers while it is not nil.
	tap *bytes.Buffer
}

// newHTTPClient returns a client that asks base alone.
func newHTTPClient(g *gate) *http.Client {
	return &http.Client{Transport: g, CheckRedirect: func(_ *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return errRedirects
		}
		return nil
	}}
}

// RoundTrip implements http.RoundTripper.
func (g *gate) RoundTrip(req *http.Request) (*http.Response, error) {
	if !g.covers(req.URL) {
		return nil, errElsewhere
	}
	resp, err := g.next.RoundTrip(g.straightened(req))
	if err != nil {
		return nil, err
	}
	switch resp.StatusCode {
	case http.StatusOK:
		resp.Body = &watched{resp.Body, g.tap}
		return resp, nil
	case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		to, err := req.URL.Parse(resp.Header.Get("Location"))
		if err == nil && resp.Header.Get("Location") != "" && g.covers(to) {
			return resp, nil
		}
		_ = resp.Body.Close()
		return nil, errElsewhere
	default:
		_ = resp.Body.Close()
		return nil, newStatusError(resp)
	}
}

// covers reports whether an address is at the host that the token is for.
func (g *gate) covers(u *url.URL) bool {
	return u.User == nil && u.Scheme == g.base.Scheme && strings.EqualFold(u.Host, g.base.Host)
}

// straightened returns a request with an address that everybody understands. go-scm escapes spaces in GitLab's paths like those in
// queries, and pluses as %2B. It also sends escaped slashes as an opaque address, for which there is no need, and which is not
// complete for a proxy.
func (g *gate) straightened(req *http.Request) *http.Request {
	out := req.Clone(req.Context())
	out.URL.Opaque = ""
	if !g.plusIsSpace {
		return out
	}
	escaped := strings.ReplaceAll(out.URL.EscapedPath(), "+", "%20")
	if plain, err := url.PathUnescape(escaped); err == nil {
		out.URL.Path, out.URL.RawPath = plain, escaped
	}
	return out
}

// watched is a body whose errors can be told from those of decoding it.
type watched struct {
	io.ReadCloser
	tap *bytes.Buffer
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	if w.tap != nil {
		w.tap.Write(p[:n])
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = &readError{err}
	}
	return n, err
}

// readError is an answer that ended early.
type readError struct{ err error }

func (e *readError) Error() string { return "reading the answer: " + e.err.Error() }
func (e *readError) Unwrap() error { return e.err }

// statusError is an answer that is no success.
type statusError struct {
	code int
	// limited tells that the host wants to be asked less often.
	limited bool
}

func newStatusError(resp *http.Response) *statusError {
	// GitHub says so with 403, and what is left in a header.
	limited := resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusForbidden &&
		(resp.Header.Get("Retry-After") != "" || resp.Header.Get("X-RateLimit-Remaining") == "0")
	return &statusError{resp.StatusCode, limited}
}

// Error names the code alone.
func (e *statusError) Error() string {
	return strings.TrimSpace("status " + strconv.Itoa(e.code) + " " + http.StatusText(e.code))
}
