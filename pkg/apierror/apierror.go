// Package apierror says what an error of the Kubernetes API, or of the way to it, means for whoever got it: whether the same
// request can succeed later, and if not, who refused it. Every caller asks here, so that a passing trouble of the cluster never
// ends a run in one place while it is waited for in another. Classify is the entry point.
package apierror

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Kind is what an error means.
type Kind int

const (
	// None is the kind of a nil error.
	None Kind = iota
	// Passing means that the server, something behind it, or the way to it is in trouble, or that the server asks to be
	// asked later. The request may have been carried out all the same.
	Passing
	// TimedOut is Passing with an answer of the server that it, or a webhook that it asked, took too long.
	TimedOut
	// Conflict means that the object was changed since it was read.
	Conflict
	// QuotaConflict means that the use of a quota could not be recorded because others do that at the same time.
	QuotaConflict
	// Quota means that a quota has no room for the object: the request can succeed when others are gone.
	Quota
	// Policy means that the cluster's rules for the security of pods forbid the object.
	Policy
	// Forbidden means that a right is missing, or that somebody else's rule forbids the request.
	Forbidden
	// Invalid means that the server understood the request and never accepts it, whoever sends it.
	Invalid
	// NotFound means that the object, its namespace or its kind does not exist.
	NotFound
	// AlreadyExists means that there is an object of that name.
	AlreadyExists
	// Refused means that the server answered with another refusal.
	Refused
	// Foreign means that the error comes neither from the API nor from the way to it, as far as can be told.
	Foreign
)

var words = [...]string{
	"None", "Passing", "TimedOut", "Conflict", "QuotaConflict", "Quota", "Policy", "Forbidden", "Invalid", "NotFound",
	"AlreadyExists", "Refused", "Foreign",
}

// String returns the name of the kind.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(words) {
		return "unknown"
	}
	return words[k]
}

// Passes tells whether trying again can help although nobody changes anything. A conflict passes when the object is read again.
func (k Kind) Passes() bool {
	return k == Passing || k == TimedOut || k == Conflict || k == QuotaConflict
}

// Passes tells whether the kind of err passes.
func Passes(err error) bool { return Classify(err).Passes() }

// Classify returns the kind of an error, which may be wrapped.
func Classify(err error) Kind {
	if err == nil {
		return None
	}
	var answer apierrors.APIStatus
	if errors.As(err, &answer) {
		return ofAnswer(answer.Status(), strings.ToLower(err.Error()))
	}
	switch {
	case containsAny(err.Error(), unaskable):
		return Invalid
	case underway(err):
		return Passing
	default:
		return Foreign
	}
}

// unaskable are the words of the client for names that it never sends, such as one with a slash, which would lead elsewhere.
var unaskable = []string{"invalid resource name \"", "resource name may not be empty", "invalid namespace \""}

// byReason are the kinds of answers that need no closer look.
var byReason = map[metav1.StatusReason]Kind{
	metav1.StatusReasonAlreadyExists:         AlreadyExists,
	metav1.StatusReasonNotFound:              NotFound,
	metav1.StatusReasonInvalid:               Invalid,
	metav1.StatusReasonBadRequest:            Invalid,
	metav1.StatusReasonMethodNotAllowed:      Invalid,
	metav1.StatusReasonNotAcceptable:         Invalid,
	metav1.StatusReasonUnsupportedMediaType:  Invalid,
	metav1.StatusReasonRequestEntityTooLarge: Invalid,
	metav1.StatusReasonTimeout:               TimedOut,
	metav1.StatusReasonServerTimeout:         TimedOut,
	metav1.StatusReasonTooManyRequests:       Passing,
	metav1.StatusReasonServiceUnavailable:    Passing,
	// The token is renewed by kubelet, and checked by a server that may just have started.
	metav1.StatusReasonUnauthorized: Passing,
}

// byCode are the kinds of answers whose reason says nothing.
var byCode = map[int32]Kind{
	http.StatusUnauthorized:          Passing,
	http.StatusForbidden:             Forbidden,
	http.StatusNotFound:              NotFound,
	http.StatusRequestTimeout:        TimedOut,
	http.StatusTooManyRequests:       Passing,
	http.StatusBadRequest:            Invalid,
	http.StatusMethodNotAllowed:      Invalid,
	http.StatusNotAcceptable:         Invalid,
	http.StatusRequestEntityTooLarge: Invalid,
	http.StatusUnsupportedMediaType:  Invalid,
	http.StatusUnprocessableEntity:   Invalid,
}

// tooLarge are the words of the store for objects that it never takes, whatever the code that they come with.
var tooLarge = []string{"etcdserver: request is too large", "trying to send message larger than max"}

func ofAnswer(answer metav1.Status, text string) Kind {
	switch {
	case containsAny(text, tooLarge):
		return Invalid
	case notOfTheServer(answer):
		return Passing
	case answer.Reason == metav1.StatusReasonConflict && strings.Contains(text, "resourcequotas"):
		return QuotaConflict
	case answer.Reason == metav1.StatusReasonConflict:
		return Conflict
	case answer.Reason == metav1.StatusReasonForbidden:
		return forbidden(text)
	}
	if kind, ok := byReason[answer.Reason]; ok {
		return kind
	}
	if answer.Code >= http.StatusInternalServerError || answer.Reason == metav1.StatusReasonInternalError {
		return broken(text)
	}
	if kind, ok := byCode[answer.Code]; ok {
		return kind
	}
	return Refused
}

// notOfTheServer tells whether something in front of the server has answered in its place.
func notOfTheServer(answer metav1.Status) bool {
	if answer.Details == nil {
		return false
	}
	for _, cause := range answer.Details.Causes {
		if cause.Type == metav1.CauseTypeUnexpectedServerResponse {
			return true
		}
	}
	return false
}

func forbidden(text string) Kind {
	switch {
	case strings.Contains(text, "exceeded quota"):
		return Quota
	case containsAny(text, []string{"violates podsecurity", "security context constraint"}):
		return Policy
	default:
		return Forbidden
	}
}

func broken(text string) Kind {
	// Also the words of the server about a webhook that did not answer in time.
	if strings.Contains(text, "timeout") {
		return TimedOut
	}
	return Passing
}

// passingTexts are words of troubles whose types are not exported, or are lost where only the text is handed on.
var passingTexts = []string{
	"etcdserver: leader changed", "etcdserver: request timed out", "etcdserver: no leader", "context deadline exceeded",
	"connection refused", "connection reset by peer", "broken pipe", "use of closed network connection", "tls handshake timeout",
	"i/o timeout", "unexpected eof", "server sent goaway", "client connection lost", "client connection force closed",
	"http: can't write http request on broken connection", "failed calling webhook",
}

// underway tells whether a request, or its answer, was lost on the way.
func underway(err error) bool {
	if errors.Is(err, context.Canceled) {
		return false
	}
	var (
		operation *net.OpError
		errno     syscall.Errno
		timeout   interface{ Timeout() bool }
	)
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return true
	case errors.As(err, &operation):
		return true
	case errors.As(err, &errno):
		return errno == syscall.ECONNREFUSED || errno == syscall.ECONNRESET || errno == syscall.EPIPE || errno.Timeout()
	case errors.As(err, &timeout) && timeout.Timeout():
		return true
	default:
		return containsAny(strings.ToLower(err.Error()), passingTexts)
	}
}

func containsAny(text string, words []string) bool {
	for _, word := range words {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}
