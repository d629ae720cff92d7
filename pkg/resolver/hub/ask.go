package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/resolver/web/fetch"
)

// maxAnswer bounds the answers of hubs, in bytes: a document with what JSON adds to it, or very many versions.
const maxAnswer = 4 << 20

// answeredError is what a hub answered, as opposed to getting no answer from it.
type answeredError struct {
	*failure.Failure
	// last says that no other hub is to be asked.
	last bool
}

func (e *answeredError) Unwrap() error { return e.Failure }

// definite is an answer that will be the same next time.
func definite(err error) error {
	return &answeredError{Failure: failure.Invalidf("", "%w", err)}
}

// stop is an answer that holds for all hubs.
func stop(f *failure.Failure) error { return &answeredError{Failure: f, last: true} }

// get asks a hub and reads its answer.
func (r *Resolver) get(ctx context.Context, address string, into any) error {
	u, err := url.Parse(address)
	if err != nil {
		return definite(errors.New("the address of the hub cannot be used"))
	}
	tooLarge := definite(fmt.Errorf("the answer of the hub for '%s' is larger than %d bytes", address, maxAnswer))
	resp, err := r.client.Get(ctx, fetch.Request{URL: u, Limit: maxAnswer, TooLarge: tooLarge})
	switch {
	case errors.Is(err, tooLarge):
		return err
	case err != nil:
		return fmt.Errorf("requesting resource '%s' from hub: %w", address, err)
	case resp.Status != http.StatusOK:
		return refusal(address, resp.Status)
	}
	if err := json.Unmarshal(resp.Body, into); err != nil {
		// The error would quote the answer.
		return definite(fmt.Errorf("the answer of the hub for '%s' is not in the form of such a hub's", address))
	}
	return nil
}

func refusal(address string, status int) error {
	text := fmt.Sprintf("requested resource '%s' not found on hub: it answered %s", address, fetch.Status(status))
	if status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status >= http.StatusInternalServerError {
		return failure.Transientf("", "%s", text)
	}
	return &answeredError{Failure: failure.NotFoundf("", "%s", text)}
}

// first asks one hub after the other until one has what is asked for. Each gets its share of the time that is left.
func first[T any](ctx context.Context, bases []string, ask func(ctx context.Context, base string) (T, error)) (T, error) {
	var none T
	var errs []error
	for i, base := range bases {
		found, err := inTime(ctx, len(bases)-i, func(ctx context.Context) (T, error) { return ask(ctx, base) })
		if err == nil {
			return found, nil
		}
		var answered *answeredError
		if errors.As(err, &answered) && answered.last {
			return none, err
		}
		errs = append(errs, err)
	}
	return none, join(errs)
}

// inTime calls ask with 1/parts of the time that is left.
func inTime[T any](ctx context.Context, parts int, ask func(context.Context) (T, error)) (T, error) {
	if end, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(end)/time.Duration(parts))
		defer cancel()
	}
	return ask(ctx)
}

// join makes one failure of those of all hubs. Trying again can help if one of them is in trouble, as long as no other one has
// answered: a run whose reference is wrong has to be told so, even if the first of two hubs is never there.
func join(errs []error) error {
	if len(errs) == 1 {
		return errs[0]
	}
	class := failure.Invalid
	answered := false
	texts := make([]string, len(errs))
	for i, err := range errs {
		var a *answeredError
		answered = answered || errors.As(err, &a)
		texts[i] = err.Error()
		switch failure.ClassOf(err) {
		case failure.Transient:
			class = failure.Transient
		case failure.NotFound:
			if class == failure.Invalid {
				class = failure.NotFound
			}
		}
	}
	if answered && class == failure.Transient {
		class = failure.NotFound
	}
	return failure.New(class, "", "failed to fetch resource from any configured hub URL: %s", strings.Join(texts, "; "))
}
