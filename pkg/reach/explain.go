package reach

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"

	"github.com/tenon-ci/tenon/pkg/failure"
)

// Explain says of an error of a request that got no answer, or one that could not be used, what the host did, and whether asking again can
// help. The text goes behind the host, and has no word of the host in it.
func Explain(err error) (failure.Class, string) {
	var dns *net.DNSError
	var timeout net.Error
	var errno syscall.Errno
	var network *net.OpError
	switch {
	case errors.Is(err, ErrDowngrade):
		return failure.Invalid, "is not asked: it would not be encrypted"
	case errors.As(err, &dns) && dns.IsNotFound:
		return failure.NotFound, "is not known by that name"
	case errors.Is(err, context.Canceled):
		return failure.Transient, "was no longer waited for"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return failure.Transient, "does not answer in time"
	case errors.As(err, &dns):
		return failure.Transient, "could not be found by its name"
	case errors.As(err, &errno):
		return failure.Transient, "could not be reached: " + errno.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return failure.Transient, "cut the connection"
	case errors.As(err, &network) && network.Op != "remote error":
		return failure.Transient, "could not be reached"
	}
	return failure.Invalid, unusable(err)
}

// unusable is about answers that will be the same next time.
func unusable(err error) string {
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var invalid x509.CertificateInvalidError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &authority):
		return "has a certificate of an unknown authority"
	case errors.As(err, &hostname):
		return "has a certificate for another name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "has a certificate that has expired or is not valid yet"
	case errors.As(err, &certificate), errors.As(err, &invalid):
		return "has a certificate that is not valid"
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		return "does not speak HTTPS"
	}
	return "gave an answer that cannot be used"
}
