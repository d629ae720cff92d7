package framework

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"knative.dev/pkg/logging"

	"github.com/tenon-ci/tenon/pkg/failure"
)

// Keys of back-offs in the ConfigMaps of resolvers (contract 4 §2.2, §2.4).
const (
	keyBackoffDuration = "backoff-duration"
	keyBackoffFactor   = "backoff-factor"
	keyBackoffJitter   = "backoff-jitter"
	keyBackoffSteps    = "backoff-steps"
	keyBackoffCap      = "backoff-cap"
)

// DefaultBackoff makes two attempts, two seconds apart.
func DefaultBackoff() wait.Backoff {
	return wait.Backoff{Duration: 2 * time.Second, Factor: 2, Jitter: 0.1, Steps: 2, Cap: 10 * time.Second}
}

// ParseBackoff returns the back-off of a resolver's configuration, and for each key whose value is wrong an error that names it;
// that key has its default then. Steps are all attempts, at least one.
func ParseBackoff(config map[string]string) (wait.Backoff, []error) {
	b := DefaultBackoff()
	var errs []error
	set := func(key string, parse func(text string) bool, want string) {
		if text, ok := config[key]; ok && text != "" && !parse(text) {
			errs = append(errs, fmt.Errorf("%s is %q, it has to be %s", key, text, want))
		}
	}
	duration := func(into *time.Duration) func(string) bool {
		return func(text string) bool {
			d, err := time.ParseDuration(text)
			if err != nil || d < 0 {
				return false
			}
			*into = d
			return true
		}
	}
	number := func(into *float64) func(string) bool {
		return func(text string) bool {
			f, err := strconv.ParseFloat(text, 64)
			if err != nil || !(f >= 0) || f > 1e6 {
				return false
			}
			*into = f
			return true
		}
	}
	set(keyBackoffDuration, duration(&b.Duration), "a duration such as 2s")
	set(keyBackoffFactor, number(&b.Factor), "a number such as 2.0")
	set(keyBackoffJitter, number(&b.Jitter), "a number such as 0.1")
	set(keyBackoffCap, duration(&b.Cap), "a duration such as 10s")
	set(keyBackoffSteps, func(text string) bool {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return false
		}
		b.Steps = n
		return true
	}, "a number of attempts, at least 1")
	return b, errs
}

// Retry calls attempt until it succeeds, returns a failure that is final, or the attempts of the back-off or the time of the context
// are used up. It returns the last error.
func Retry[T any](ctx context.Context, backoff wait.Backoff, attempt func(context.Context) (T, error)) (T, error) {
	for left := max(backoff.Steps, 1); ; left-- {
		out, err := attempt(ctx)
		if err == nil || left <= 1 || ctx.Err() != nil {
			return out, err
		}
		if f, ok := failure.As(err); ok && f.Final() {
			return out, err
		}
		pause := backoff.Step()
		logging.FromContext(ctx).Debugw("fetching again", "error", err, "pause", pause)
		select {
		case <-ctx.Done():
			return out, err
		case <-time.After(pause):
		}
	}
}
