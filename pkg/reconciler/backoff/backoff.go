// Package backoff repeats the creation of an object when the API server takes too long to answer, as the feature flag
// enable-wait-exponential-backoff asks for (contract 4 §9). Create is the one entry point.
package backoff

import (
	"context"

	"github.com/tenon-ci/tenon/pkg/apierror"
	"github.com/tenon-ci/tenon/pkg/apis/config"
)

// Create calls create and, while the flag is on and the API server's answer is that the time was over, calls it again: as
// often and after such waits as the ConfigMap config-wait-exponential-backoff says. The answer is that of the last call.
// What timed out may have happened all the same, so create has to expect that the object exists.
func Create[T any](ctx context.Context, cfg *config.Config, create func(context.Context) (T, error)) (T, error) {
	if !cfg.FeatureFlags.EnableWaitExponentialBackoff {
		return create(ctx)
	}
	var (
		created  T
		err      error
		attempts int
	)
	backoff := cfg.WaitExponentialBackoff.Backoff()
	// The wait package's functions that count steps themselves end when a wait gets as long as the cap, without a try after it.
	_ = backoff.DelayFunc().Until(ctx, true, true, func(ctx context.Context) (bool, error) {
		created, err = create(ctx)
		attempts++
		return apierror.Classify(err) != apierror.TimedOut || attempts >= backoff.Steps, nil
	}) // only the end of ctx is an error, and then the last answer says more
	return created, err
}
