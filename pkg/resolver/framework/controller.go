package framework

import (
	"context"
	"maps"
	"os"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"
	"k8s.io/utils/clock"
	"knative.dev/pkg/configmap"
	"knative.dev/pkg/controller"
	"knative.dev/pkg/injection"
	"knative.dev/pkg/logging"
	"knative.dev/pkg/reconciler"
	"knative.dev/pkg/system"

	"github.com/tenon-ci/tenon/pkg/apis/resolution"
	"github.com/tenon-ci/tenon/pkg/apis/resolution/v1beta1"
	resolutionclient "github.com/tenon-ci/tenon/pkg/client/resolution/injection/client"
	requestinformer "github.com/tenon-ci/tenon/pkg/client/resolution/injection/informers/resolution/v1beta1/resolutionrequest"
	"github.com/tenon-ci/tenon/pkg/reconciler/cached"
	"github.com/tenon-ci/tenon/pkg/reconciler/queue"
)

// queuePrefix starts the names of the work queues, and with them those of the leases (contract 4 §7.7).
const queuePrefix = "TektonResolverFramework."

// FlagsConfigName returns the name of the ConfigMap resolvers-feature-flags, from env CONFIG_RESOLVERS_FEATURE_FLAGS_NAME if set.
func FlagsConfigName() string {
	if name := os.Getenv("CONFIG_RESOLVERS_FEATURE_FLAGS_NAME"); name != "" {
		return name
	}
	return "resolvers-feature-flags"
}

// NewController returns the constructor of the controller for a resolver that is made from the context.
func NewController(newResolver func(context.Context) Resolver) injection.ControllerConstructor {
	return func(ctx context.Context, cmw configmap.Watcher) *controller.Impl {
		informer := requestinformer.Get(ctx)
		r := &Reconciler{
			resolver: newResolver(ctx),
			client:   resolutionclient.Get(ctx),
			requests: informer.Lister(),
			clock:    clock.RealClock{},
		}
		// The document of a request that is done is nothing to a resolver.
		if err := informer.Informer().SetTransform(cached.Request); err != nil {
			logging.FromContext(ctx).Panicw("stripping the cache of ResolutionRequests", "error", err)
		}
		about := r.resolver.About()
		watch(cmw, FlagsConfigName(), nil, &r.flags)
		watch(cmw, about.Config, about.Defaults, &r.config)
		r.LeaderAwareFuncs = reconciler.LeaderAwareFuncs{PromoteFunc: r.promote}
		impl := controller.NewContext(ctx, r, controller.ControllerOptions{
			WorkQueueName: queuePrefix + about.Type,
			Logger:        logging.FromContext(ctx).Named(about.Type),
			RateLimiter:   queue.RateLimiter(),
		})
		_, err := informer.Informer().AddEventHandler(cache.FilteringResourceEventHandler{
			FilterFunc: func(object any) bool {
				rr, ok := object.(*v1beta1.ResolutionRequest)
				return ok && rr.Labels[resolution.LabelKeyResolverType] == about.Type && open(rr)
			},
			Handler: cache.ResourceEventHandlerFuncs{AddFunc: impl.Enqueue, UpdateFunc: controller.PassNew(impl.Enqueue)},
		})
		if err != nil {
			// The framework has no other way to learn that a constructor failed.
			logging.FromContext(ctx).Panicw("watching ResolutionRequests", "error", err)
		}
		return impl
	}
}

// promote enqueues the open requests of buckets that this process has become the leader of.
func (r *Reconciler) promote(bucket reconciler.Bucket, enqueue func(reconciler.Bucket, types.NamespacedName)) error {
	all, err := r.requests.List(labels.SelectorFromSet(labels.Set{resolution.LabelKeyResolverType: r.resolver.About().Type}))
	if err != nil {
		return err
	}
	for _, rr := range all {
		if open(rr) {
			enqueue(bucket, types.NamespacedName{Namespace: rr.Namespace, Name: rr.Name})
		}
	}
	return nil
}

// settings is the latest data of a ConfigMap.
type settings struct {
	data atomic.Pointer[map[string]string]
}

func (s *settings) get() map[string]string {
	if data := s.data.Load(); data != nil {
		return *data
	}
	return nil
}

// watch keeps into up to date. Without the ConfigMap its data are the defaults.
func watch(cmw configmap.Watcher, name string, defaults map[string]string, into *settings) {
	observe := func(cm *corev1.ConfigMap) {
		data := maps.Clone(defaults)
		if data == nil {
			data = map[string]string{}
		}
		maps.Copy(data, cm.Data)
		into.data.Store(&data)
	}
	lenient, ok := cmw.(configmap.DefaultingWatcher)
	if !ok {
		cmw.Watch(name, observe)
		return
	}
	lenient.WatchWithDefault(corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: system.Namespace()}, Data: maps.Clone(defaults),
	}, observe)
}
