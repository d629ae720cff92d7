package image

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/tenon-ci/tenon/pkg/imageinfo/registry/answer"
	"github.com/tenon-ci/tenon/pkg/local/container"
	"github.com/tenon-ci/tenon/pkg/reach"
)

// The kubelet's reasons.
const (
	reasonPull    = "ErrImagePull"
	reasonNever   = "ErrImageNeverPull"
	reasonInvalid = "InvalidImageName"
)

// errNeverPull says that an image is not present and may not be pulled.
var errNeverPull = errors.New("it is not present")

// pullError is what all places said that were asked.
type pullError struct{ attempts []attempt }

type attempt struct {
	endpoint endpoint
	err      error
}

func (e *pullError) Error() string {
	texts := make([]string, 0, len(e.attempts))
	offline := len(e.attempts) > 0
	for _, a := range e.attempts {
		texts = append(texts, a.String())
		offline = offline && isNoAnswer(a.err)
	}
	text := strings.Join(texts, "; ")
	if offline {
		text += "; without a network, --images DIR takes images from an OCI layout or an archive, and --mirror asks another registry"
	}
	return text
}

// String says what one place said.
func (a attempt) String() string {
	host := hostOf(a.endpoint.repo.RegistryStr())
	who := "registry " + host
	if a.endpoint.mirror {
		who = "mirror " + host
	}
	var refusal *transport.Error
	if !errors.As(a.err, &refusal) {
		if errors.Is(a.err, errPlain) || !isTransport(a.err) {
			return who + ": " + innermost(a.err).Error()
		}
		_, text := reach.Explain(a.err)
		return who + " " + text
	}
	status := answer.Status(refusal)
	switch refusal.StatusCode {
	case http.StatusNotFound:
		return fmt.Sprintf("%s has no such image (%s)", who, status)
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Sprintf("%s answered %s: the image does not exist, or one has to log in to see it (docker login %s, podman login %s, "+
			"or a pull secret)", who, status, host, host)
	case http.StatusTooManyRequests:
		return fmt.Sprintf("%s answered %s: too many were pulled; try again later, log in, or use a mirror", who, status)
	}
	return who + " answered " + status
}

// isTransport reports whether an error is of the connection, and not of what came over it.
func isTransport(err error) bool {
	if isNoAnswer(err) {
		return true
	}
	_, text := reach.Explain(err)
	return strings.Contains(text, "certificate") || strings.HasPrefix(text, "cut")
}

// innermost leaves out what the HTTP client puts around the reasons of its transport.
func innermost(err error) error {
	if errors.Is(err, errPlain) {
		return errPlain
	}
	return err
}

// explain makes the error that callers get.
func (s *Store) explain(ctx context.Context, doing string, req container.ImageRequest, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var invalid *invalidName
	switch {
	case errors.As(err, &invalid):
		return &container.ImageError{Reason: reasonInvalid, Err: err}
	case errors.Is(err, errNeverPull):
		err = fmt.Errorf("container image %q is not present with pull policy of Never", req.Ref)
		return &container.ImageError{Reason: reasonNever, Err: err}
	}
	return &container.ImageError{Reason: reasonPull, Err: fmt.Errorf("%s %q: %w", doing, req.Ref, err)}
}
