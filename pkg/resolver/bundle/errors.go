package bundle

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/imageinfo/registry/answer"
	"github.com/tenon-ci/tenon/pkg/resolver/web/fetch"
)

// explain turns an error of a registry into a failure. Its text is the project's own, and it has no cause: whoever names a bundle
// chooses who is asked, and would read here what services answer that only this program can reach.
func explain(doing string, want wanted, err error) error {
	class, text := cause(want, err)
	return failure.New(class, "", "%s: %s", doing, text)
}

// cause says what went wrong, and whether trying again can help.
func cause(want wanted, err error) (failure.Class, string) {
	if f, ok := failure.As(err); ok {
		return f.Class, f.Text
	}
	host := want.ref.Context().RegistryStr()
	var refusal *transport.Error
	switch {
	case errors.As(err, &refusal):
		return answer.Class(refusal), fmt.Sprintf("%s answered %s%s", who(host, refusal.Request), answer.Status(refusal), advice(want, refusal.StatusCode))
	case errors.Is(err, errTooLarge):
		return failure.Invalid, fmt.Sprintf("host %s gave an answer of more than %d MiB", host, maxAnswer>>20)
	case wrongDigest(err):
		return failure.Invalid, fmt.Sprintf("host %s gave content with another digest than was asked for", host)
	}
	return fetch.Explain(host, err)
}

// wrongDigest knows the errors of the library, which have no type that is exported, by their words.
func wrongDigest(err error) bool {
	text := err.Error()
	return strings.Contains(text, "error verifying sha") || strings.Contains(text, "does not match requested digest")
}

// who is the registry, or a host it referred to, whose name is not told: the registry chose it.
func who(host string, req *http.Request) string {
	if req == nil || req.URL == nil {
		return fetch.Named(host, "")
	}
	return fetch.Named(host, req.URL.Host)
}

// advice tells how to get access.
func advice(want wanted, code int) string {
	if code != http.StatusUnauthorized && code != http.StatusForbidden {
		return ""
	}
	if want.secret != "" {
		return fmt.Sprintf("; give access in secret %s or in an imagePullSecret of serviceAccount %s", want.secret, want.serviceAccount)
	}
	return fmt.Sprintf("; give access in an imagePullSecret of serviceAccount %s or in a secret that the param %s names", want.serviceAccount, paramSecret)
}
