package registry

import (
	"errors"
	"net"
	"net/http"
	"time"

	"k8s.io/apimachinery/pkg/util/cache"

	"github.com/tenon-ci/tenon/pkg/reach"
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
	next   http.RoundTripper
	policy reach.Policy
	down   *cache.LRUExpireCache // scheme and host of those that did not answer
}

// RoundTrip implements http.RoundTripper.
func (t *checkedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	host := req.URL.Host
	if err := t.policy.CheckRequest(req); err != nil {
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
	var refused *reach.RefusedError
	if errors.As(err, &refused) {
		refused.Host = host
	}
	return &requestError{host, err}
}

// noAnswer reports whether the next request would probably wait in vain as well.
func noAnswer(err error) bool {
	var refused *reach.RefusedError
	var dns *net.DNSError
	if errors.As(err, &refused) || errors.As(err, &dns) && dns.IsNotFound {
		return false
	}
	var timeout net.Error
	var op *net.OpError
	return errors.As(err, &timeout) && timeout.Timeout() || errors.As(err, &op) && op.Op == "dial"
}
