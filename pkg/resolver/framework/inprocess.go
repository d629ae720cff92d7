package framework

import (
	"context"
	"maps"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/reconciler/panics"
)

// InProcess answers requests without ResolutionRequests, controller and API server: with the same checks, messages and cache.
type InProcess struct {
	Resolver Resolver
	// Flags is the data of the ConfigMap resolvers-feature-flags; Request.Config has that of the resolver's own.
	Flags map[string]string
	Cache *Cache
}

// tries space the attempts of Ask.
func tries() wait.Backoff {
	return wait.Backoff{Duration: 100 * time.Millisecond, Factor: 2, Jitter: 0.1, Steps: 100, Cap: 5 * time.Second}
}

// Ask answers a request. It tries again while that can help, until ctx ends; a foreign place in trouble is given up after half a minute,
// as by the controller. The text of the error is that of the condition of a ResolutionRequest.
func (p InProcess) Ask(ctx context.Context, req Request) (*Answer, error) {
	began, pauses := time.Now(), tries()
	for {
		var answer *Answer
		err := panics.Catch(ctx, func() (err error) {
			answer, _, err = Ask(ctx, p.Cache, p.Resolver, p.Flags, req)
			return err
		})
		_, ours := failure.As(err)
		if err == nil || !Passes(err) || ours && time.Since(began) > Patience {
			return answer, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(pauses.Step()):
		}
	}
}

// WithDefaults returns the data of a resolver's ConfigMap, filled up with the defaults. Data is nil if there is no ConfigMap.
func (a About) WithDefaults(data map[string]string) map[string]string {
	out := maps.Clone(a.Defaults)
	if out == nil {
		out = map[string]string{}
	}
	maps.Copy(out, data)
	return out
}
