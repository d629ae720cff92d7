package apierror_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/tenon-ci/tenon/pkg/apierror"
)

var (
	pods  = corev1.Resource("pods")
	quota = corev1.Resource("resourcequotas")
)

// answer is one without a reason that is known.
func answer(code int32, text string) error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{Status: metav1.StatusFailure, Code: code, Message: text}}
}

func sent(cause error) error {
	return &url.Error{Op: "Post", URL: "https://10.0.0.1/api/v1/namespaces/ns/pods", Err: cause}
}

func TestClassify(t *testing.T) {
	t.Parallel()
	type kinds map[string]error
	for want, errs := range map[apierror.Kind]kinds{
		apierror.None: {"nil": nil},
		apierror.Passing: {
			"500":                    apierrors.NewInternalError(errors.New("etcdserver: leader changed")),
			"500, webhook":           apierrors.NewInternalError(errors.New(`failed calling webhook "w": connect: connection refused`)),
			"500, no reason":         answer(http.StatusInternalServerError, "no"),
			"502 of a proxy":         apierrors.NewGenericServerResponse(http.StatusBadGateway, "post", pods, "", "bad gateway", 0, true),
			"403 of a proxy":         apierrors.NewGenericServerResponse(http.StatusForbidden, "post", pods, "", "<html>", 0, true),
			"503":                    apierrors.NewServiceUnavailable("shutting down"),
			"429":                    apierrors.NewTooManyRequests("later", 1),
			"429 as text":            apierrors.NewGenericServerResponse(http.StatusTooManyRequests, "post", pods, "", "slow down", 1, true),
			"401":                    apierrors.NewUnauthorized("token expired"),
			"connection refused":     sent(&net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}),
			"connection reset":       sent(&net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}),
			"name not found":         sent(&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "server misbehaving", Name: "api"}}),
			"bare errno":             fmt.Errorf("writing: %w", syscall.EPIPE),
			"EOF":                    sent(io.EOF),
			"unexpected EOF":         fmt.Errorf("reading: %w", io.ErrUnexpectedEOF),
			"deadline":               fmt.Errorf("asking: %w", context.DeadlineExceeded),
			"timeout":                sent(os.ErrDeadlineExceeded),
			"rate limit of client":   errors.New("client rate limiter Wait returned an error: context deadline exceeded"),
			"GOAWAY":                 sent(errors.New("http2: server sent GOAWAY and closed the connection; LastStreamID=1")),
			"text of etcd":           errors.New("rpc error: code = Unknown desc = etcdserver: request timed out"),
			"text of a dial":         errors.New("dial tcp 10.0.0.1:443: connect: connection refused"),
			"wrapped several times":  fmt.Errorf("a: %w", fmt.Errorf("b: %w", apierrors.NewServiceUnavailable("no"))),
			"joined with another":    errors.Join(errors.New("no"), apierrors.NewServiceUnavailable("no")),
			"webhook, type was lost": errors.New(`Internal error occurred: failed calling webhook "w"`),
		},
		apierror.TimedOut: {
			"504":                        apierrors.NewTimeoutError("request did not complete", 1),
			"500, try again":             apierrors.NewServerTimeout(pods, "create", 1),
			"500, webhook was too slow":  apierrors.NewInternalError(errors.New("failed calling webhook: net/http: Timeout exceeded while awaiting headers")),
			"500, no reason, of a proxy": answer(http.StatusGatewayTimeout, "upstream request timeout"),
			"408":                        answer(http.StatusRequestTimeout, "late"),
		},
		apierror.Conflict:      {"409": apierrors.NewConflict(pods, "p", errors.New("the object has been modified"))},
		apierror.QuotaConflict: {"409": apierrors.NewConflict(quota, "q", errors.New("the object has been modified"))},
		apierror.Quota:         {"403": apierrors.NewForbidden(pods, "p", errors.New("exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1"))},
		apierror.Policy: {
			"levels": apierrors.NewForbidden(pods, "p", errors.New(`violates PodSecurity "restricted:latest"`)),
			"SCC":    apierrors.NewForbidden(pods, "p", errors.New("unable to validate against any security context constraint")),
		},
		apierror.Forbidden: {
			"403":            apierrors.NewForbidden(pods, "p", errors.New("not yours")),
			"403, no reason": answer(http.StatusForbidden, "no"),
		},
		apierror.Invalid: {
			"422":                    apierrors.NewInvalid(schema.GroupKind{Kind: "Pod"}, "p", nil),
			"400":                    apierrors.NewBadRequest("no"),
			"400, about a time":      apierrors.NewBadRequest("invalid timeout"),
			"405":                    apierrors.NewMethodNotSupported(pods, "create"),
			"413":                    apierrors.NewRequestEntityTooLargeError("limit is 3145728"),
			"too large for etcd":     apierrors.NewInternalError(errors.New("etcdserver: request is too large")),
			"too large for its line": answer(http.StatusInternalServerError, "rpc error: code = ResourceExhausted desc = trying to send message larger than max (2 vs. 1)"),
			"422, no reason":         answer(http.StatusUnprocessableEntity, "no"),
		},
		apierror.NotFound:      {"404": apierrors.NewNotFound(pods, "p"), "404, no reason": answer(http.StatusNotFound, "no")},
		apierror.AlreadyExists: {"409": apierrors.NewAlreadyExists(pods, "p")},
		apierror.Refused: {
			"410":       apierrors.NewResourceExpired("too old"),
			"I'm a pot": answer(http.StatusTeapot, "no"),
		},
		apierror.Foreign: {
			"plain":       errors.New("no such branch"),
			"canceled":    fmt.Errorf("asking: %w", context.Canceled),
			"certificate": sent(errors.New("x509: certificate signed by unknown authority")),
			"no file":     fmt.Errorf("reading: %w", os.ErrNotExist),
			"other errno": syscall.EACCES,
		},
	} {
		for name, err := range errs {
			t.Run(want.String()+"/"+name, func(t *testing.T) {
				t.Parallel()
				if got := apierror.Classify(err); got != want {
					t.Errorf("%v is %v, want %v", err, got, want)
				}
			})
		}
	}
}

func TestPasses(t *testing.T) {
	t.Parallel()
	passing := map[apierror.Kind]bool{apierror.Passing: true, apierror.TimedOut: true, apierror.Conflict: true, apierror.QuotaConflict: true}
	for kind := apierror.None; kind <= apierror.Foreign; kind++ {
		if got := kind.Passes(); got != passing[kind] {
			t.Errorf("%v passes: %t", kind, got)
		}
		if kind.String() == "unknown" {
			t.Errorf("kind %d has no name", int(kind))
		}
	}
	if apierror.Passes(nil) || !apierror.Passes(apierrors.NewServiceUnavailable("no")) {
		t.Error("errors pass by their kind")
	}
	if got := (apierror.Foreign + 1).String(); got != "unknown" {
		t.Errorf("a kind that does not exist is called %q", got)
	}
}

// What the client itself refuses is the name that somebody has written, which stays as it is.
func TestNamesThatAreNeverSent(t *testing.T) {
	t.Parallel()
	kube := kubernetes.NewForConfigOrDie(&rest.Config{Host: "http://127.0.0.1:1"})
	for _, name := range []string{"other/secret", "../../other/secrets/a", "..", ""} {
		_, err := kube.CoreV1().Secrets("ns").Get(t.Context(), name, metav1.GetOptions{})
		if got := apierror.Classify(fmt.Errorf("reading it: %w", err)); got != apierror.Invalid {
			t.Errorf("%q is %s: %v", name, got, err)
		}
	}
}
