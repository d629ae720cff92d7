// Package resolutionrequest owns the lifecycle of ResolutionRequests: it says that one is in progress, that it has succeeded once a
// resolver has put data into it, and that it has timed out (contract 4 §1.3). It never touches the data; resolvers never touch
// what is decided here, except that they report failures.
package resolutionrequest

import (
	"context"
	"time"

	"go.uber.org/zap"
	"k8s.io/client-go/tools/cache"
	"k8s.io/utils/clock"
	kubeclient "knative.dev/pkg/client/injection/kube/client"
	"knative.dev/pkg/configmap"
	"knative.dev/pkg/controller"
	"knative.dev/pkg/injection"
	"knative.dev/pkg/logging"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/resolution/v1beta1"
	resolutionclient "github.com/tenon-ci/tenon/pkg/client/resolution/injection/client"
	requestinformer "github.com/tenon-ci/tenon/pkg/client/resolution/injection/informers/resolution/v1beta1/resolutionrequest"
	requestreconciler "github.com/tenon-ci/tenon/pkg/client/resolution/injection/reconciler/resolution/v1beta1/resolutionrequest"
	"github.com/tenon-ci/tenon/pkg/reconciler/cached"
	"github.com/tenon-ci/tenon/pkg/reconciler/queue"
	"github.com/tenon-ci/tenon/pkg/reconciler/recorder"
)

// agent names the controller in its events.
const agent = "resolutionrequest-controller"

// Options are the settings of the controller that do not change while it runs.
type Options struct {
	// StripCaches keeps out of the caches what is not read (contract 4 §9), such as the documents of requests that are done.
	StripCaches bool
	// Clock is the time; nil means the real one.
	Clock clock.PassiveClock
}

// NewController returns the constructor of the controller.
func NewController(opts Options) injection.ControllerConstructor {
	if opts.Clock == nil {
		opts.Clock = clock.RealClock{}
	}
	return func(ctx context.Context, cmw configmap.Watcher) *controller.Impl {
		informer := requestinformer.Get(ctx)
		if opts.StripCaches {
			if err := informer.Informer().SetTransform(cached.Request); err != nil {
				logging.FromContext(ctx).Panicw("stripping the cache of ResolutionRequests", "error", err)
			}
		}
		r := &Reconciler{Client: resolutionclient.Get(ctx), Clock: opts.Clock}
		store := config.NewStore(logging.FromContext(ctx).Named("config-store"))
		store.WatchConfigs(cmw)
		ctx = recorder.Into(ctx, kubeclient.Get(ctx), agent)
		impl := queue.New(ctx, r, "resolution.tekton.dev.ResolutionRequest", func(logger *zap.SugaredLogger) controller.Reconciler {
			return requestreconciler.NewReconciler(ctx, logger, r.Client, informer.Lister(), controller.GetEventRecorder(ctx), r,
				controller.Options{ConfigStore: store, SkipStatusUpdates: true})
		})
		if _, err := informer.Informer().AddEventHandler(handler(impl)); err != nil {
			logging.FromContext(ctx).Panicw("watching ResolutionRequests", "error", err)
		}
		return impl
	}
}

// unhurried is how long a request is left alone when it is new, and again when it has got its data. One that is answered in the meantime
// never has to say that it is in progress, which would be a write more for the sake of nobody; and that it has succeeded is written when
// the run, which reads the data itself, has made its pods.
const unhurried = 250 * time.Millisecond

// queuer is what the handler needs of a controller.
type queuer interface {
	Enqueue(object any)
	EnqueueAfter(object any, after time.Duration)
}

func handler(q queuer) cache.ResourceEventHandler {
	handle := controller.HandleAll(q.Enqueue)
	return cache.ResourceEventHandlerFuncs{
		AddFunc: func(object any) {
			if rr, ok := object.(*v1beta1.ResolutionRequest); ok && rr.Status.Data == "" && len(rr.Status.Conditions) == 0 {
				q.EnqueueAfter(object, unhurried)
				return
			}
			q.Enqueue(object)
		},
		UpdateFunc: func(before, after any) {
			if rr, ok := after.(*v1beta1.ResolutionRequest); ok && rr.Status.Data != "" && !rr.IsDone() {
				q.EnqueueAfter(after, unhurried)
				return
			}
			handle.OnUpdate(before, after)
		},
		DeleteFunc: handle.OnDelete,
	}
}

// wakeIn returns how long it is until then, at least one millisecond.
func wakeIn(at, now time.Time) time.Duration {
	return max(at.Sub(now), time.Millisecond)
}
