// Package resolutionrequest owns the lifecycle of ResolutionRequests: it says that one is in progress, that it has succeeded once a
// resolver has put data into it, and that it has timed out (contract 4 §1.3). It never touches the data; resolvers never touch
// what is decided here, except that they report failures.
package resolutionrequest

import (
	"context"
	"time"

	"k8s.io/client-go/tools/cache"
	"k8s.io/utils/clock"
	"knative.dev/pkg/configmap"
	"knative.dev/pkg/controller"
	"knative.dev/pkg/injection"
	"knative.dev/pkg/logging"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	resolutionclient "github.com/tenon-ci/tenon/pkg/client/resolution/injection/client"
	requestinformer "github.com/tenon-ci/tenon/pkg/client/resolution/injection/informers/resolution/v1beta1/resolutionrequest"
	requestreconciler "github.com/tenon-ci/tenon/pkg/client/resolution/injection/reconciler/resolution/v1beta1/resolutionrequest"
)

// NewController returns the constructor of the controller.
func NewController(c clock.PassiveClock) injection.ControllerConstructor {
	return func(ctx context.Context, cmw configmap.Watcher) *controller.Impl {
		informer := requestinformer.Get(ctx)
		r := &Reconciler{Client: resolutionclient.Get(ctx), Clock: c}
		impl := requestreconciler.NewImpl(ctx, r, func(*controller.Impl) controller.Options {
			store := config.NewStore(logging.FromContext(ctx).Named("config-store"))
			store.WatchConfigs(cmw)
			return controller.Options{ConfigStore: store, SkipStatusUpdates: true}
		})
		if _, err := informer.Informer().AddEventHandler(handler(impl)); err != nil {
			logging.FromContext(ctx).Panicw("watching ResolutionRequests", "error", err)
		}
		return impl
	}
}

func handler(impl *controller.Impl) cache.ResourceEventHandler {
	return controller.HandleAll(impl.Enqueue)
}

// wakeIn returns how long it is until then, at least one millisecond.
func wakeIn(at, now time.Time) time.Duration {
	return max(at.Sub(now), time.Millisecond)
}
