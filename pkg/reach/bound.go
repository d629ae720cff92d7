package reach

import (
	"io"
	"net/http"
)

// Bound is a transport that ends every answer of another one after Limit bytes with an error.
type Bound struct {
	Next  http.RoundTripper
	Limit int64
	// TooLarge is the error.
	TooLarge error
}

// RoundTrip implements http.RoundTripper.
func (t Bound) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.Next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	resp.Body = &boundedBody{body: resp.Body, left: t.Limit, tooLarge: t.TooLarge}
	return resp, nil
}

type boundedBody struct {
	body     io.ReadCloser
	left     int64
	tooLarge error
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, b.tooLarge
	}
	// One byte more than allowed is asked for, to tell the end of the body from the limit.
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.body.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return n, b.tooLarge
	}
	return n, err
}

func (b *boundedBody) Close() error { return b.body.Close() }
