package resolutionrequest

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	"knative.dev/pkg/apis"
	"knative.dev/pkg/controller"
	"knative.dev/pkg/reconciler"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/resolution/v1beta1"
	clientset "github.com/tenon-ci/tenon/pkg/client/resolution/clientset/versioned"
	"github.com/tenon-ci/tenon/pkg/reconciler/panics"
)

// Reconciler keeps the Succeeded condition of a ResolutionRequest.
type Reconciler struct {
	Client clientset.Interface
	Clock  clock.PassiveClock
}

// ReconcileKind implements the generated Interface.
func (r *Reconciler) ReconcileKind(ctx context.Context, rr *v1beta1.ResolutionRequest) reconciler.Event {
	err := panics.Catch(ctx, func() error { return r.pass(ctx, rr) })
	if defect, ok := panics.As(err); ok {
		return controller.NewPermanentError(defect)
	}
	return err
}

func (r *Reconciler) pass(ctx context.Context, rr *v1beta1.ResolutionRequest) error {
	limit := config.FromContextOrDefaults(ctx).Defaults.DefaultMaximumResolutionTimeout
	now := r.Clock.Now()
	cond, wakeAt := next(rr, limit, now)
	if differs(rr, cond) {
		if err := r.write(ctx, rr, cond, now); err != nil {
			return err
		}
	}
	if wakeAt.IsZero() {
		return nil
	}
	return controller.NewRequeueAfter(wakeIn(wakeAt, now))
}

// write patches conditions and observedGeneration alone, and only on the version that was looked at: the resolver writes the
// other members at the same time. A conflict comes back as an error that the queue retries.
func (r *Reconciler) write(ctx context.Context, rr *v1beta1.ResolutionRequest, cond apis.Condition, now time.Time) error {
	cond.LastTransitionTime = apis.VolatileTime{Inner: metav1.NewTime(now)}
	patch, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"resourceVersion": rr.ResourceVersion, "uid": rr.UID},
		"status": map[string]any{
			"conditions":         []apis.Condition{cond},
			"observedGeneration": rr.Generation,
		},
	})
	if err != nil {
		return fmt.Errorf("writing status patch of ResolutionRequest %s: %w", rr.Name, err)
	}
	_, err = r.Client.ResolutionV1beta1().ResolutionRequests(rr.Namespace).
		Patch(ctx, rr.Name, types.MergePatchType, patch, metav1.PatchOptions{}, "status")
	if err != nil {
		return fmt.Errorf("updating status of ResolutionRequest %s: %w", rr.Name, err)
	}
	return nil
}
