package registry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/reach"
)

func invalidf(format string, args ...any) *failure.Failure {
	return failure.Invalidf("", format, args...)
}

// explain turns an error of a look-up into a failure. Its text is the project's own, and it has no cause: whoever names
// an image chooses who is asked, and would read here what services answer that only the controller can reach.
func explain(image, host string, err error) error {
	class, text := cause(host, err)
	return failure.New(class, "", "looking up the command of image %q: %s", image, text)
}

// cause decides whether trying again can help, and says what went wrong. What is not known to pass is final, so that
// mistakes show at once.
func cause(host string, err error) (failure.Class, string) {
	if f, ok := failure.As(err); ok {
		return f.Class, f.Text
	}
	var answer *transport.Error
	if errors.As(err, &answer) {
		return classOfAnswer(answer), fmt.Sprintf("%s answered %s", who(host, answer.Request), status(answer))
	}
	var refused *reach.RefusedError
	if errors.As(err, &refused) {
		return failure.Invalid, named(host, refused.Host) + " is not asked: " + refused.Why
	}
	asked := ""
	var request *requestError
	if errors.As(err, &request) {
		asked = request.host
	}
	class, text := causeOfNoAnswer(err)
	return class, named(host, asked) + " " + text
}

// who is the registry, or a host it referred to, whose name is not told: the registry chose it.
func who(host string, req *http.Request) string {
	if req == nil || req.URL == nil {
		return named(host, "")
	}
	return named(host, req.URL.Host)
}

func named(host, asked string) string {
	if asked != "" && asked != host {
		return "a host that registry " + host + " refers to"
	}
	return "registry " + host
}

func classOfAnswer(answer *transport.Error) failure.Class {
	switch {
	case answer.StatusCode == http.StatusTooManyRequests, answer.StatusCode == http.StatusRequestTimeout,
		answer.StatusCode >= http.StatusInternalServerError:
		return failure.Transient
	case answer.StatusCode == http.StatusNotFound:
		return failure.NotFound
	case len(answer.Errors) > 0 && answer.Temporary():
		return failure.Transient
	}
	return failure.Invalid
}

// status is a status code with its meaning, and with the first of the protocol's error codes that is there.
func status(answer *transport.Error) string {
	text := fmt.Sprintf("%d %s", answer.StatusCode, http.StatusText(answer.StatusCode))
	for _, e := range answer.Errors {
		switch e.Code {
		case transport.ManifestUnknownErrorCode, transport.NameUnknownErrorCode, transport.UnauthorizedErrorCode,
			transport.DeniedErrorCode, transport.TooManyRequestsErrorCode, transport.UnavailableErrorCode, transport.UnsupportedErrorCode:
			return text + " (" + string(e.Code) + ")"
		}
	}
	return text
}

// causeOfNoAnswer is about requests that got no answer, or one that could not be used.
func causeOfNoAnswer(err error) (failure.Class, string) {
	var dns *net.DNSError
	var timeout net.Error
	var errno syscall.Errno
	var network *net.OpError
	switch {
	case errors.Is(err, reach.ErrDowngrade):
		return failure.Invalid, "is not asked: it would not be encrypted"
	case errors.As(err, &dns) && dns.IsNotFound:
		return failure.NotFound, "is not known by that name"
	case errors.As(err, &dns):
		return failure.Transient, "could not be found by its name"
	case errors.Is(err, errTooLarge):
		return failure.Invalid, "gave an answer of more than 8 MiB"
	case errors.Is(err, context.Canceled):
		return failure.Transient, "was no longer waited for"
	case errors.Is(err, errDown), errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return failure.Transient, "does not answer in time"
	case errors.As(err, &errno):
		return failure.Transient, "could not be reached: " + errno.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return failure.Transient, "cut the connection"
	case errors.As(err, &network):
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
	switch {
	case errors.As(err, &authority):
		return "has a certificate of an unknown authority"
	case errors.As(err, &hostname):
		return "has a certificate for another name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "has a certificate that has expired or is not valid yet"
	case errors.As(err, &certificate), errors.As(err, &invalid):
		return "has a certificate that is not valid"
	case errors.Is(err, http.ErrSchemeMismatch):
		return "does not speak HTTPS"
	}
	return "gave an answer that cannot be used"
}
