// Package answer reads refusals of registries: whether asking again can help, and what may be said of them.
package answer

import (
	"fmt"
	"net/http"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/tenon-ci/tenon/pkg/failure"
)

// Class tells whether asking again can help. What is not known to pass is final, so that mistakes show at once.
func Class(refusal *transport.Error) failure.Class {
	switch {
	case refusal.StatusCode == http.StatusTooManyRequests, refusal.StatusCode == http.StatusRequestTimeout,
		refusal.StatusCode >= http.StatusInternalServerError:
		return failure.Transient
	case refusal.StatusCode == http.StatusNotFound:
		return failure.NotFound
	case len(refusal.Errors) > 0 && refusal.Temporary():
		return failure.Transient
	}
	return failure.Invalid
}

// Status is the status code with its meaning, and with the first of the protocol's error codes that is there. Nothing else that a
// registry says is shown: whoever names one chooses who is asked.
func Status(refusal *transport.Error) string {
	text := fmt.Sprint(refusal.StatusCode)
	if meaning := http.StatusText(refusal.StatusCode); meaning != "" {
		text += " " + meaning
	}
	for _, e := range refusal.Errors {
		switch e.Code {
		case transport.ManifestUnknownErrorCode, transport.NameUnknownErrorCode, transport.BlobUnknownErrorCode,
			transport.UnauthorizedErrorCode, transport.DeniedErrorCode, transport.TooManyRequestsErrorCode,
			transport.UnavailableErrorCode, transport.UnsupportedErrorCode:
			return text + " (" + string(e.Code) + ")"
		}
	}
	return text
}
