// Package fetch gets documents over HTTP from hosts that users choose, and says what went wrong in words of its own: whoever names a
// host would read otherwise what services answer that only this program can reach. Client.Get is the entry point.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/reach"
)

const (
	// maxRedirects is the number of redirects that are followed.
	maxRedirects = 10
	// maxHeader bounds the header of an answer, in bytes.
	maxHeader = 256 << 10
	// connectTimeout limits connecting and the TLS handshake, each.
	connectTimeout = 10 * time.Second
	// idlePerHost is the number of connections to a host that are kept for the next request.
	idlePerHost = 4
)

// errRedirects ends a request that is redirected on and on.
var errRedirects = errors.New("redirected too often")

// errTooLarge stands for the error that the caller has for answers that are too large.
var errTooLarge = errors.New("the answer is too large")

// Request is a document that is wanted.
type Request struct {
	// URL is an absolute address with HTTP or HTTPS.
	URL *url.URL
	// User and Password are sent to the host of URL and to no other; neither if User is empty.
	User, Password string
	// Limit is the size up to which the body is read, in bytes, and TooLarge the error of larger ones.
	Limit    int64
	TooLarge error
}

// Response is an answer.
type Response struct {
	// Status is the status code.
	Status int
	// Body is empty unless Status is 200.
	Body []byte
}

// Client asks hosts that a policy allows. It is safe for concurrent use and meant to live as long as the process.
type Client struct{ transport http.RoundTripper }

// New returns a client.
func New(policy func() reach.Policy) *Client { return &Client{Transport(policy)} }

// Transport returns a transport that talks to hosts that the policy allows, and whose errors Explain understands. How long an answer
// takes is for the context of the request to limit.
func Transport(policy func() reach.Policy) http.RoundTripper {
	next := reach.Dialer{Policy: policy, Timeout: connectTimeout}.Transport(idlePerHost)
	next.ResponseHeaderTimeout = 0
	next.MaxResponseHeaderBytes = maxHeader
	return naming{reach.Guard{Next: next, Policy: policy}}
}

// Get asks for a document. Every status is an answer; an error is a failure, with a text that is about the host, or TooLarge.
func (c *Client) Get(ctx context.Context, req Request) (Response, error) {
	hr, err := http.NewRequestWithContext(ctx, http.MethodGet, req.URL.String(), nil)
	if err != nil {
		return Response{}, failure.Invalidf("", "its address cannot be used")
	}
	hr.Header.Set("User-Agent", "tenon")
	req.logIn(hr)
	bounded := reach.Bound{Next: c.transport, Limit: req.Limit, TooLarge: errTooLarge}
	client := http.Client{Transport: bounded, CheckRedirect: req.redirect}
	resp, err := client.Do(hr)
	if err != nil {
		return Response{}, req.explain(err)
	}
	defer resp.Body.Close() //nolint:errcheck // nothing is written
	if resp.StatusCode != http.StatusOK {
		return Response{Status: resp.StatusCode}, nil
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return Response{}, req.explain(err)
	}
	return Response{Status: resp.StatusCode, Body: body}, nil
}

func (r Request) logIn(hr *http.Request) {
	if r.User != "" {
		hr.SetBasicAuth(r.User, r.Password)
	}
}

// redirect prepares the next request of a chain. The HTTP client would keep the login for hosts below the first one, at every
// port; would take one that is part of the new address; and would tell the new host the old address, which may have a token in it.
// A request that has left the host once gets no login any more, because somebody else chose what it asks for.
func (r Request) redirect(next *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return errRedirects
	}
	next.Header.Del("Authorization")
	next.Header.Del("Referer")
	next.URL.User = nil
	for _, past := range append(via[1:len(via):len(via)], next) {
		if !sameOrigin(past.URL, r.URL) {
			return nil
		}
	}
	r.logIn(next)
	return nil
}

// sameOrigin tells whether two addresses are of the same program.
func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	default:
		return "80"
	}
}

func (r Request) explain(err error) error {
	if errors.Is(err, errTooLarge) {
		return r.TooLarge
	}
	class, text := Explain(r.URL.Host, err)
	return failure.New(class, "", "%s", text)
}

// Status is a status code with its meaning.
func Status(code int) string {
	if text := http.StatusText(code); text != "" {
		return fmt.Sprintf("%d %s", code, text)
	}
	return fmt.Sprint(code)
}

// hostError is a request that got no answer, with the host that was asked.
type hostError struct {
	host string
	err  error
}

func (e *hostError) Error() string { return e.host + ": " + e.err.Error() }
func (e *hostError) Unwrap() error { return e.err }

// Timeout lets the HTTP client's own error, which asks only the error right below it, tell that time was up.
func (e *hostError) Timeout() bool {
	var timeout net.Error
	return errors.As(e.err, &timeout) && timeout.Timeout()
}

// naming is a transport that notes in errors which host was asked.
type naming struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t naming) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, &hostError{req.URL.Host, err}
	}
	return resp, nil
}
