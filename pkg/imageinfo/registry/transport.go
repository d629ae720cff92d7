package registry

import (
	"errors"
	"io"
	"net/http"
)

// maxResponse is more than any manifest or image configuration that registries accept (4 MiB by the OCI specification).
const maxResponse = 8 << 20

// errTooLarge is returned by a response body that goes on past maxResponse.
var errTooLarge = errors.New("the registry's answer is larger than 8 MiB")

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
