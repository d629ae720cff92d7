package backoff_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/reconciler/backoff"
)

func settings(on bool, change ...func(*config.WaitExponentialBackoff)) *config.Config {
	flags := config.DefaultFeatureFlags()
	flags.EnableWaitExponentialBackoff = on
	cfg := config.NewConfig(flags, config.DefaultDefaults())
	cfg.WaitExponentialBackoff = &config.WaitExponentialBackoff{Duration: time.Nanosecond, Factor: 2, Steps: 4, Cap: time.Second}
	for _, c := range change {
		c(cfg.WaitExponentialBackoff)
	}
	return cfg
}

func TestCreate(t *testing.T) {
	t.Parallel()
	webhook := apierrors.NewInternalError(errors.New("failed calling webhook: net/http: Timeout exceeded while awaiting headers"))
	down := apierrors.NewInternalError(errors.New("down"))
	busy := apierrors.NewServerTimeout(corev1.Resource("pods"), "create", 1)
	late := apierrors.NewTimeoutError("request did not complete", 1)
	plain := errors.New("dial: i/o timeout")
	for name, tc := range map[string]struct {
		cfg *config.Config
		// answers are those of the API server, one after the other.
		answers []error
		calls   int
		err     error
	}{
		"no error":                   {cfg: settings(true), answers: []error{nil}, calls: 1},
		"flag is off":                {cfg: settings(false), answers: []error{webhook}, calls: 1, err: webhook},
		"webhook was slow once":      {cfg: settings(true), answers: []error{webhook, nil}, calls: 2},
		"server was busy, then late": {cfg: settings(true), answers: []error{busy, late, nil}, calls: 3},
		"always late":                {cfg: settings(true), answers: []error{webhook, webhook, webhook, late}, calls: 4, err: late},
		"late, then refused":         {cfg: settings(true), answers: []error{late, down}, calls: 2, err: down},
		"another error of the API":   {cfg: settings(true), answers: []error{down}, calls: 1, err: down},
		"no answer at all":           {cfg: settings(true), answers: []error{plain}, calls: 1, err: plain},
		"capped from the start": {
			cfg:     settings(true, func(b *config.WaitExponentialBackoff) { b.Cap = time.Nanosecond }),
			answers: []error{late, late, late, nil}, calls: 4,
		},
		"no steps": {
			cfg:     settings(true, func(b *config.WaitExponentialBackoff) { b.Steps = 0 }),
			answers: []error{late}, calls: 1, err: late,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			made, err := backoff.Create(t.Context(), tc.cfg, func(context.Context) (int, error) {
				calls++
				return calls, tc.answers[calls-1]
			})
			if !errors.Is(err, tc.err) {
				t.Errorf("error %v, want %v", err, tc.err)
			}
			if diff := cmp.Diff([]int{tc.calls, tc.calls}, []int{calls, made}); diff != "" {
				t.Errorf("calls and what the last one made (-want +got):\n%s", diff)
			}
		})
	}
}

// A controller that ends does not sit out the waits.
func TestCreateEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	late := apierrors.NewTimeoutError("late", 1)
	calls := 0
	_, err := backoff.Create(ctx, settings(true, func(b *config.WaitExponentialBackoff) { b.Duration = time.Hour }), func(context.Context) (int, error) {
		calls++
		cancel()
		return 0, late
	})
	if !errors.Is(err, late) || calls != 1 {
		t.Errorf("%d calls, error %v", calls, err)
	}
}
