package fetch

import (
	"errors"

	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/reach"
)

// Explain says of an error of Transport, or of reading an answer that came by it, what went wrong with a host that was to be asked,
// and whether trying again can help. What is not known to pass is final, so that mistakes show at once. The host is named only if
// it is the one that was to be asked, because it chose every other.
func Explain(host string, err error) (failure.Class, string) {
	asked := ""
	var at *hostError
	if errors.As(err, &at) {
		asked = at.host
	}
	who := Named(host, asked)
	var refused *reach.RefusedError
	if errors.As(err, &refused) {
		return failure.Invalid, who + " is not asked: " + refused.Why
	}
	if errors.Is(err, errRedirects) {
		return failure.Invalid, who + " redirects more often than 10 times"
	}
	class, text := reach.Explain(err)
	return class, who + " " + text
}

// Named is how messages call a host that was asked when another one was to be asked; asked may be empty for the same.
func Named(host, asked string) string {
	if asked != "" && asked != host {
		return "a host that " + host + " refers to"
	}
	return "host " + host
}
