package registry

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/tenon-ci/tenon/pkg/failure"
)

func invalidf(format string, args ...any) error { return failure.Invalidf("", format, args...) }

// classify turns an error of the registry client into a failure.
func classify(err error) error {
	return failure.New(classOf(err), "", "%w", err)
}

// classOf decides whether trying again can help. What is not known to pass is final, so that mistakes show at once.
func classOf(err error) failure.Class {
	if f, ok := failure.As(err); ok {
		return f.Class
	}
	var answer *transport.Error
	if errors.As(err, &answer) {
		return classOfStatus(answer)
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		if dns.IsNotFound {
			return failure.NotFound
		}
		return failure.Transient
	}
	var network *net.OpError
	var timeout net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.As(err, &network), errors.As(err, &timeout) && timeout.Timeout():
		return failure.Transient
	}
	return failure.Invalid
}

func classOfStatus(answer *transport.Error) failure.Class {
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
