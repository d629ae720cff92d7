package registry

import (
	"net/url"
	"os"
	"testing"

	"github.com/tenon-ci/tenon/pkg/failure"
)

// A TLS handshake that takes too long ends with an error that only says of itself that time was up.
func TestHandshakeThatTakesTooLong(t *testing.T) {
	t.Parallel()
	err := &url.Error{Op: "Get", URL: "https://h/v2/", Err: &requestError{"h", os.ErrDeadlineExceeded}}
	class, text := cause("h", err)
	if want := "registry h does not answer in time"; class != failure.Transient || text != want {
		t.Errorf("got %v %q, want %v %q", class, text, failure.Transient, want)
	}
}
