package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"syscall"
	"testing"

	"github.com/tenon-ci/tenon/hack/remotes/oddserver"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/reach"
)

func everywhere() reach.Policy {
	hosts, err := reach.ParseHosts("*")
	if err != nil {
		panic(err)
	}
	return reach.Policy{Allow: hosts}
}

// TestDowngrade is redirected from HTTPS to HTTP.
func TestDowngrade(t *testing.T) {
	t.Parallel()
	odd := oddserver.New(oddserver.Config{Files: map[string][]byte{"t": []byte("x")}})
	plain, secure := httptest.NewServer(odd), httptest.NewTLSServer(oddserver.New(oddserver.Config{}))
	defer plain.Close()
	defer secure.Close()
	client := Client{naming{reach.Guard{Next: secure.Client().Transport, Policy: everywhere}}}
	u, err := url.Parse(secure.URL + "/redirect?to=" + plain.URL + "/file/t")
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Get(t.Context(), Request{URL: u, Limit: 9, User: "u", Password: "p"})
	if want := "a host that " + u.Host + " refers to is not asked: it would not be encrypted"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if n := len(odd.Seen().Requests); n != 0 {
		t.Errorf("%d requests without encryption", n)
	}
}

func TestSameOrigin(t *testing.T) {
	t.Parallel()
	for other, want := range map[string]bool{
		"https://a.example/x": true, "https://A.example:443": true, "http://a.example": false, "https://a.example:444": false,
		"https://b.a.example": false, "https://example": false, "http://a.example:443": false,
	} {
		u, err := url.Parse(other)
		if err != nil {
			t.Fatal(err)
		}
		if got := sameOrigin(u, &url.URL{Scheme: "https", Host: "a.example"}); got != want {
			t.Errorf("%s: %t", other, got)
		}
	}
	if !sameOrigin(&url.URL{Scheme: "http", Host: "a:80"}, &url.URL{Scheme: "http", Host: "a"}) {
		t.Error("the port of HTTP is not known")
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		err   error
		class failure.Class
		text  string
	}{
		{&net.DNSError{IsNotFound: true}, failure.NotFound, "host h is not known by that name"},
		{&net.DNSError{IsTimeout: true}, failure.Transient, "host h does not answer in time"},
		{&net.DNSError{Err: "x"}, failure.Transient, "host h could not be found by its name"},
		{context.Canceled, failure.Transient, "host h was no longer waited for"},
		{context.DeadlineExceeded, failure.Transient, "host h does not answer in time"},
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, failure.Transient, "host h could not be reached: connection refused"},
		{&net.OpError{Op: "dial", Err: errors.New("secret")}, failure.Transient, "host h could not be reached"},
		{&net.OpError{Op: "remote error", Err: errors.New("tls: bad certificate")}, failure.Invalid, "host h gave an answer that cannot be used"},
		{io.ErrUnexpectedEOF, failure.Transient, "host h cut the connection"},
		{io.EOF, failure.Transient, "host h cut the connection"},
		{x509.UnknownAuthorityError{}, failure.Invalid, "host h has a certificate of an unknown authority"},
		{x509.HostnameError{}, failure.Invalid, "host h has a certificate for another name"},
		{x509.CertificateInvalidError{Reason: x509.Expired}, failure.Invalid, "host h has a certificate that has expired or is not valid yet"},
		{x509.CertificateInvalidError{}, failure.Invalid, "host h has a certificate that is not valid"},
		{&tls.CertificateVerificationError{Err: errors.New("x")}, failure.Invalid, "host h has a certificate that is not valid"},
		{http.ErrSchemeMismatch, failure.Invalid, "host h does not speak HTTPS"},
		{errors.New("secret"), failure.Invalid, "host h gave an answer that cannot be used"},
		{&hostError{"other", &reach.RefusedError{Host: "other", Why: "it is so"}}, failure.Invalid, "a host that h refers to is not asked: it is so"},
		{&url.Error{Op: "Get", Err: &hostError{"h", context.DeadlineExceeded}}, failure.Transient, "host h does not answer in time"},
		{&url.Error{Op: "Get", Err: &hostError{"h", &net.OpError{Op: "dial", Err: syscall.ETIMEDOUT}}}, failure.Transient, "host h does not answer in time"},
	} {
		class, text := Explain("h", fmt.Errorf("wrapped: %w", tc.err))
		if class != tc.class || text != tc.text {
			t.Errorf("%v: %v, %s", tc.err, class, text)
		}
	}
}
