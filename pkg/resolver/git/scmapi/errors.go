package scmapi

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"

	"github.com/jenkins-x/go-scm/scm"

	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/reach"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
)

var (
	errTooLarge  = errors.New("answer too large")
	errElsewhere = errors.New("sent to another host")
	errRedirects = errors.New("redirected too often")
	errUnusable  = errors.New("answer cannot be used")
)

// notFileError says what is at a path where a file should be.
type notFileError string

func (e notFileError) Error() string { return string(e) }

// The half sentences that tell what to do.
const (
	hintToken   = "check the token in the Secret that params token and tokenKey, or keys api-token-secret-name, -key and -namespace, name, and what it may read"
	hintNoToken = "no token was sent: name a Secret with one in params token and tokenKey, or in keys api-token-secret-name, -key and -namespace"
	hintServer  = "check param serverURL or key server-url, and param scmType or key scm-type"
)

// explain turns an error of a call into a failure. Its text is the project's own, and it has no cause: a user may have chosen who is
// asked, and would read here what hosts answer that only the resolver can reach.
func explain(src Source, doing string, err error) *failure.Failure {
	var none notFileError
	if errors.As(err, &none) {
		return failure.NotFoundf("", "no content for resource in %s/%s %s: %s", src.Org, src.Repo, src.Path, string(none))
	}
	class, text := cause(src, err)
	return failure.New(class, "", "couldn't fetch resource content: %s: %s", doing, text)
}

// cause decides whether trying again can help, and says what went wrong.
func cause(src Source, err error) (failure.Class, string) {
	server := "server " + hostOf(src.ServerURL)
	var status *statusError
	var refused *reach.RefusedError
	switch {
	case errors.As(err, &status):
		return causeOfStatus(src, server, status)
	case errors.Is(err, scm.ErrNotFound):
		return causeOfStatus(src, server, &statusError{code: http.StatusNotFound})
	case errors.As(err, &refused):
		return failure.Invalid, server + " is not asked: " + refused.Why
	case errors.Is(err, reach.ErrDowngrade), errors.Is(err, errElsewhere):
		return failure.Invalid, server + " redirects to another address, which is not followed: name that address in param serverURL or key server-url"
	case errors.Is(err, errRedirects):
		return failure.Invalid, fmt.Sprintf("%s redirects more than %d times", server, maxRedirects)
	case errors.Is(err, errTooLarge):
		return failure.Invalid, fmt.Sprintf("the answer exceeds maximum allowed size of %d bytes", framework.MaxDocument)
	}
	return causeOfNoAnswer(server, err)
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

func causeOfStatus(src Source, server string, status *statusError) (failure.Class, string) {
	text := fmt.Sprintf("%s answered with %s", server, status)
	hint := hintToken
	if src.Token == "" {
		hint = hintNoToken
	}
	switch code := status.code; {
	case status.limited:
		return failure.Transient, text + ": it has been asked too often"
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code >= http.StatusInternalServerError:
		return failure.Transient, text
	// Azure answers with 203 and a page to log in.
	case code == http.StatusUnauthorized, code == http.StatusForbidden, code == http.StatusNonAuthoritativeInfo:
		return failure.Invalid, text + ": " + hint
	// GitHub answers with 422 for a revision that is not there, and with 409 for a repository without commits.
	case code == http.StatusNotFound, code == http.StatusUnprocessableEntity, code == http.StatusConflict:
		return failure.NotFound, text + ": check params org, repo, revision and pathInRepo; if the repository is private, " + hint
	default:
		return failure.Invalid, text + ": " + hintServer
	}
}

// causeOfNoAnswer is about requests that got no answer, or one that could not be used.
func causeOfNoAnswer(server string, err error) (failure.Class, string) {
	var dns *net.DNSError
	var timeout net.Error
	var read *readError
	var request *url.Error
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, context.Canceled):
		return failure.Transient, server + " was no longer waited for"
	case errors.As(err, &dns) && dns.IsNotFound:
		return failure.NotFound, server + " is not known by that name: " + hintServer
	case errors.As(err, &dns):
		return failure.Transient, server + " could not be found by its name"
	case errors.As(err, &certificate):
		return failure.Invalid, server + " has a certificate that is not valid or not trusted"
	case errors.Is(err, http.ErrSchemeMismatch):
		return failure.Invalid, server + " does not speak HTTPS: " + hintServer
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return failure.Transient, server + " does not answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &read):
		return failure.Transient, server + " cut the connection"
	case errors.As(err, &request) && request.Op != "parse":
		return failure.Transient, server + " could not be reached"
	}
	return failure.Invalid, server + " gave an answer that cannot be used: " + hintServer
}
