package registry

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/imageinfo/registry/answer"
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
	var refusal *transport.Error
	if errors.As(err, &refusal) {
		return answer.Class(refusal), fmt.Sprintf("%s answered %s", who(host, refusal.Request), answer.Status(refusal))
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

// causeOfNoAnswer is about requests that got no answer, or one that could not be used.
func causeOfNoAnswer(err error) (failure.Class, string) {
	switch {
	case errors.Is(err, errTooLarge):
		return failure.Invalid, "gave an answer of more than 8 MiB"
	case errors.Is(err, errDown):
		return failure.Transient, "does not answer in time"
	}
	return reach.Explain(err)
}
