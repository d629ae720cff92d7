// Package controller makes a controller out of a resolver: it watches the ResolutionRequests of the resolver's type, hands each to
// the resolver, and writes the answer or the failure (contract 4 §1.3, §1.5). It is apart from the package framework for programs that
// ask resolvers themselves.
package controller

import (
	"context"
	"fmt"
	"maps"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	lru "k8s.io/apimachinery/pkg/util/cache"
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
	clientset "github.com/tenon-ci/tenon/pkg/client/resolution/clientset/versioned"
	resolutionclient "github.com/tenon-ci/tenon/pkg/client/resolution/injection/client"
	requestinformer "github.com/tenon-ci/tenon/pkg/client/resolution/injection/informers/resolution/v1beta1/resolutionrequest"
	listers "github.com/tenon-ci/tenon/pkg/client/resolution/listers/resolution/v1beta1"
	"github.com/tenon-ci/tenon/pkg/places"
	"github.com/tenon-ci/tenon/pkg/reach"
	"github.com/tenon-ci/tenon/pkg/reconciler/cached"
	"github.com/tenon-ci/tenon/pkg/reconciler/queue"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
)

// queuePrefix starts the names of the work queues, and with them those of the leases (contract 4 §7.7).
const queuePrefix = "TektonResolverFramework."

// Process is what all resolvers of a process share.
type Process struct {
	answers *framework.Cache
	watch   sync.Once
	policy  func() reach.Policy
}

// NewProcess returns an empty cache and no settings; the first controller watches these.
func NewProcess() *Process { return &Process{answers: framework.NewCache(clock.RealClock{})} }

// NewController returns the constructor of the controller for a resolver, which is made from the context and what says whom it may talk
// to at the moment.
func (p *Process) NewController(newResolver func(context.Context, func() reach.Policy) framework.Resolver) injection.ControllerConstructor {
	return func(ctx context.Context, cmw configmap.Watcher) *controller.Impl {
		p.watch.Do(func() {
			p.policy = watchNetwork(cmw, logging.FromContext(ctx))
			observe(cmw, cacheConfigName(), nil, p.answers.Configure)
		})
		informer := requestinformer.Get(ctx)
		r := newReconciler(newResolver(ctx, p.policy), resolutionclient.Get(ctx), informer.Lister(), p.answers)
		r.ignored = func(namespace string) bool { return queue.Ignored(ctx, namespace) }
		// The document of a request that is done is nothing to a resolver.
		if err := informer.Informer().SetTransform(cached.Request); err != nil {
			logging.FromContext(ctx).Panicw("stripping the cache of ResolutionRequests", "error", err)
		}
		about := r.resolver.About()
		watch(cmw, framework.FlagsConfigName(), nil, &r.flags)
		watch(cmw, about.Config, about.Defaults, &r.config)
		impl := controller.NewContext(ctx, r, controller.ControllerOptions{
			WorkQueueName: queuePrefix + strings.ToLower(about.Name),
			Logger:        logging.FromContext(ctx).Named(about.Type),
			RateLimiter:   queue.RateLimiter(),
		})
		r.again = impl.EnqueueKeyAfter
		_, err := informer.Informer().AddEventHandler(cache.FilteringResourceEventHandler{
			FilterFunc: func(object any) bool {
				rr, ok := object.(*v1beta1.ResolutionRequest)
				return ok && rr.Labels[resolution.LabelKeyResolverType] == about.Type && open(rr) && !queue.Ignored(ctx, rr.Namespace)
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

func newReconciler(resolver framework.Resolver, client clientset.Interface, requests listers.ResolutionRequestLister, answers *framework.Cache) *Reconciler {
	r := &Reconciler{
		resolver: resolver, client: client, requests: requests, clock: clock.RealClock{}, cache: answers, metrics: newMetrics(),
		places: places.New(bounds), answered: lru.NewLRUExpireCache(remembered), waits: queue.RateLimiter(),
		start: func(work func()) { go work() },
	}
	r.LeaderAwareFuncs = reconciler.LeaderAwareFuncs{PromoteFunc: r.promote}
	return r
}

// promote enqueues the open requests of buckets that this process has become the leader of.
func (r *Reconciler) promote(bucket reconciler.Bucket, enqueue func(reconciler.Bucket, types.NamespacedName)) error {
	all, err := r.requests.List(labels.SelectorFromSet(labels.Set{resolution.LabelKeyResolverType: r.resolver.About().Type}))
	if err != nil {
		return err
	}
	for _, rr := range all {
		if open(rr) && (r.ignored == nil || !r.ignored(rr.Namespace)) {
			enqueue(bucket, types.NamespacedName{Namespace: rr.Namespace, Name: rr.Name})
		}
	}
	return nil
}

// cacheConfigName returns the name of the ConfigMap resolver-cache-config, from env RESOLVER_CACHE_CONFIG_MAP_NAME if set.
func cacheConfigName() string {
	if name := os.Getenv("RESOLVER_CACHE_CONFIG_MAP_NAME"); name != "" {
		return name
	}
	return "resolver-cache-config"
}

// NetworkConfig is the ConfigMap that says whom resolvers may talk to. It is Tenon's own.
const NetworkConfig = "resolvers-network"

// Keys of NetworkConfig: lists of hosts as reach.ParseHosts reads them.
const (
	keyAllow = "allow"
	keyDeny  = "deny"
)

// watchNetwork returns a function that returns whom resolvers may talk to at the moment. A change that cannot be read keeps the last
// policy; at the start, nobody may be talked to then.
func watchNetwork(cmw configmap.Watcher, logger *zap.SugaredLogger) func() reach.Policy {
	var current atomic.Pointer[reach.Policy]
	nobody, _ := reach.ParseHosts("*")
	current.Store(&reach.Policy{Deny: nobody})
	observe(cmw, NetworkConfig, nil, func(data map[string]string) {
		policy, err := parsePolicy(data)
		if err != nil {
			logger.Errorw("ConfigMap "+NetworkConfig+" is wrong, so it changes nothing", "error", err)
			return
		}
		current.Store(&policy)
	})
	return func() reach.Policy { return *current.Load() }
}

func parsePolicy(data map[string]string) (reach.Policy, error) {
	allow, err := reach.ParseHosts(data[keyAllow])
	if err != nil {
		return reach.Policy{}, fmt.Errorf("reading key %s: %w", keyAllow, err)
	}
	deny, err := reach.ParseHosts(data[keyDeny])
	if err != nil {
		return reach.Policy{}, fmt.Errorf("reading key %s: %w", keyDeny, err)
	}
	return reach.Policy{Allow: allow, Deny: deny}, nil
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
	observe(cmw, name, defaults, func(data map[string]string) { into.data.Store(&data) })
}

// observe calls back with the data of a ConfigMap, filled up with defaults, whenever it changes; and with the defaults if there is
// none.
func observe(cmw configmap.Watcher, name string, defaults map[string]string, changed func(map[string]string)) {
	observer := func(cm *corev1.ConfigMap) {
		data := maps.Clone(defaults)
		if data == nil {
			data = map[string]string{}
		}
		maps.Copy(data, cm.Data)
		changed(data)
	}
	lenient, ok := cmw.(configmap.DefaultingWatcher)
	if !ok {
		cmw.Watch(name, observer)
		return
	}
	lenient.WatchWithDefault(corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: system.Namespace()}, Data: maps.Clone(defaults),
	}, observer)
}
