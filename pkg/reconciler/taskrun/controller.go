package taskrun

import (
	"context"
	"fmt"

	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/utils/clock"
	kubeclient "knative.dev/pkg/client/injection/kube/client"
	limitrangeinformer "knative.dev/pkg/client/injection/kube/informers/core/v1/limitrange"
	podinformer "knative.dev/pkg/client/injection/kube/informers/core/v1/pod/filtered"
	serviceaccountinformer "knative.dev/pkg/client/injection/kube/informers/core/v1/serviceaccount"
	"knative.dev/pkg/configmap"
	"knative.dev/pkg/controller"
	"knative.dev/pkg/injection"
	"knative.dev/pkg/logging"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	pipelineclient "github.com/tenon-ci/tenon/pkg/client/injection/client"
	pipelineinformer "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1/pipeline"
	taskinformer "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1/task"
	taskruninformer "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1/taskrun"
	policyinformer "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1alpha1/verificationpolicy"
	stepactioninformer "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1beta1/stepaction"
	taskrunreconciler "github.com/tenon-ci/tenon/pkg/client/injection/reconciler/pipeline/v1/taskrun"
	policylisters "github.com/tenon-ci/tenon/pkg/client/listers/pipeline/v1alpha1"
	resolutionclient "github.com/tenon-ci/tenon/pkg/client/resolution/injection/client"
	requestinformer "github.com/tenon-ci/tenon/pkg/client/resolution/injection/informers/resolution/v1beta1/resolutionrequest"
	"github.com/tenon-ci/tenon/pkg/imageinfo/registry"
	"github.com/tenon-ci/tenon/pkg/kubereader"
	clusterreader "github.com/tenon-ci/tenon/pkg/kubereader/cluster"
	"github.com/tenon-ci/tenon/pkg/podbuild"
	"github.com/tenon-ci/tenon/pkg/reconciler/cached"
	"github.com/tenon-ci/tenon/pkg/reconciler/fresh"
	"github.com/tenon-ci/tenon/pkg/reconciler/observer"
	"github.com/tenon-ci/tenon/pkg/reconciler/queue"
	"github.com/tenon-ci/tenon/pkg/reconciler/recent"
	"github.com/tenon-ci/tenon/pkg/reconciler/recorder"
	"github.com/tenon-ci/tenon/pkg/resolve"
	"github.com/tenon-ci/tenon/pkg/tracing"
	"github.com/tenon-ci/tenon/pkg/trust"
)

// PodSelector selects the pods that the controller sees (contract 2 §8.7). The context that the controller is made with has to
// offer filtered informers for it.
const PodSelector = pipeline.ManagedByLabelKey

// Options are the settings of the controller that do not change while it runs.
type Options struct {
	// Images are the helper images of pods.
	Images podbuild.Images
	// NopImage is the image that sidecars get to stop them.
	NopImage string
	// Release is the build of the controller, for the annotation of that purpose.
	Release string
	// Registry finds out about the images of steps; nil means one with default settings.
	Registry ImageFinder
	// Documents holds what resolvers fetched, once it is checked; nil means that it is checked at each look.
	Documents *resolve.Memory
	// Verifier returns what checks signatures of fetched Tasks by the VerificationPolicies of the cluster; nil means that keys in key
	// management services cannot be used.
	Verifier func(policylisters.VerificationPolicyLister, kubereader.Secrets) *trust.Verifier
	// StripCaches keeps out of the caches what is not read (contract 4 §9).
	StripCaches bool
	// Traces makes the identities and spans of runs, and is not among the Observers; nil means that runs are not traced.
	Traces *tracing.Provider
	// Observers are told of each TaskRun that was changed.
	Observers []observer.TaskRuns
	// LimitRanges reads those of a namespace where they may not be watched; nil means that they are.
	LimitRanges func(ctx context.Context, namespace string) ([]*corev1.LimitRange, error)
	// Clock is the time; nil means the real one.
	Clock clock.PassiveClock

	// full are the pods that are still looked at, if the caches are stripped; tests fill the caches themselves.
	full *fullPods
}

// NewController returns the constructor of the controller.
func NewController(opts Options) injection.ControllerConstructor {
	if opts.Clock == nil {
		opts.Clock = clock.RealClock{}
	}
	if opts.Registry == nil {
		opts.Registry = registry.New(registry.Options{})
	}
	return func(ctx context.Context, cmw configmap.Watcher) *controller.Impl {
		impl, err := newController(ctx, cmw, opts)
		if err != nil {
			// The framework has no other way to learn that a constructor failed.
			logging.FromContext(ctx).Panicw("building the TaskRun controller", "error", err)
		}
		return impl
	}
}

func newController(ctx context.Context, cmw configmap.Watcher, opts Options) (*controller.Impl, error) {
	pods := podinformer.Get(ctx, PodSelector)
	if err := pods.Informer().AddIndexers(cache.Indexers{ownerIndex: indexByOwner}); err != nil {
		return nil, fmt.Errorf("indexing pods by owner: %w", err)
	}
	full := opts.full
	if full == nil {
		full = newFullPods()
	}
	if opts.StripCaches {
		if err := stripCaches(full, pods.Informer(), taskruninformer.Get(ctx).Informer()); err != nil {
			return nil, err
		}
	}
	kube := kubeclient.Get(ctx)
	if opts.Verifier == nil {
		opts.Verifier = trust.Shared(nil)
	}
	reader := fresh.New(taskruninformer.Get(ctx).Informer().LastSyncResourceVersion)
	memory := recent.New[*corev1.Pod](opts.Clock)
	arrivals, err := resolve.WatchArrivals(requestinformer.Get(ctx).Informer())
	if err != nil {
		return nil, err
	}
	ctx = recorder.Into(ctx, kube, pipeline.TaskRunControllerKind)
	r := &Reconciler{
		client: pipelineclient.Get(ctx),
		kube:   kube,
		pods:   podCache{pods.Informer().GetIndexer(), full, kube, memory},
		definitions: &resolve.Resolver{
			Client:        pipelineclient.Get(ctx),
			Tasks:         taskinformer.Get(ctx).Lister(),
			Pipelines:     pipelineinformer.Get(ctx).Lister(),
			StepActions:   stepactioninformer.Get(ctx).Lister(),
			RequestClient: resolutionclient.Get(ctx),
			Requests:      requestinformer.Get(ctx).Lister(),
			Arrivals:      arrivals,
			Verifier:      opts.Verifier(policyinformer.Get(ctx).Lister(), clusterreader.New(kube)),
			Memory:        opts.Documents,
			Fresh:         reader,
		},
		events:         newPodEvents(kube, opts.Clock),
		logs:           openLog(kube),
		accounts:       accounts{serviceaccountinformer.Get(ctx).Lister(), kube, reader},
		limitRanges:    limitrangeinformer.Get(ctx).Lister(),
		options:        opts,
		unordered:      newKinds(opts.Clock),
		recent:         memory,
		nativeSidecars: serverAtLeast(kube.Discovery(), nativeSidecarVersion),
	}
	store := config.NewStore(logging.FromContext(ctx).Named("config-store"), opts.Traces.Follow(logging.FromContext(ctx)))
	store.WatchConfigs(cmw)
	impl := queue.New(ctx, r, "tekton.dev.TaskRun", func(logger *zap.SugaredLogger) controller.Reconciler {
		// The status is written by package write, which does not let a stale decision overwrite a newer one.
		return taskrunreconciler.NewReconciler(ctx, logger, r.client, taskruninformer.Get(ctx).Lister(), controller.GetEventRecorder(ctx), r,
			controller.Options{ConfigStore: store, SkipStatusUpdates: true})
	})
	r.enqueueAfter = impl.EnqueueKeyAfter
	return impl, watchObjects(ctx, impl, full, pods.Informer())
}

// watchObjects brings a pass over a TaskRun when it, its pod or what it asked resolvers for changes.
func watchObjects(ctx context.Context, impl *controller.Impl, full *fullPods, pods cache.SharedIndexInformer) error {
	owned := func(handler cache.ResourceEventHandler) cache.ResourceEventHandler {
		return cache.FilteringResourceEventHandler{FilterFunc: controller.FilterControllerGK(v1.Kind(pipeline.TaskRunControllerKind)), Handler: handler}
	}
	handlers := []struct {
		informer cache.SharedIndexInformer
		handler  cache.ResourceEventHandler
	}{
		{taskruninformer.Get(ctx).Informer(), cache.FilteringResourceEventHandler{FilterFunc: managedHere, Handler: controller.HandleAll(impl.Enqueue)}},
		{pods, full.handler()},
		{pods, owned(podHandler(full, impl.EnqueueControllerOf, impl.EnqueueKeyAfter))},
		{requestinformer.Get(ctx).Informer(), owned(resolve.Handler(impl.EnqueueControllerOf))},
	}
	for _, h := range handlers {
		if _, err := h.informer.AddEventHandler(h.handler); err != nil {
			return fmt.Errorf("watching TaskRuns and what they own: %w", err)
		}
	}
	return nil
}

func stripCaches(full *fullPods, pods, runs cache.SharedIndexInformer) error {
	if err := pods.SetTransform(full.transform); err != nil {
		return fmt.Errorf("stripping the cache of pods: %w", err)
	}
	if err := runs.SetTransform(cached.TaskRun); err != nil {
		return fmt.Errorf("stripping the cache of TaskRuns: %w", err)
	}
	return nil
}

func managedHere(object any) bool {
	tr, ok := object.(*v1.TaskRun)
	return !ok || tr.IsManagedHere()
}

// ownerIndex finds pods by the UID of the TaskRun that controls them.
const ownerIndex = "taskRunUID"

func indexByOwner(object any) ([]string, error) {
	pod, ok := object.(metav1.Object)
	if !ok {
		return nil, nil
	}
	owner := metav1.GetControllerOf(pod)
	if owner == nil || owner.Kind != pipeline.TaskRunControllerKind {
		return nil, nil
	}
	return []string{string(owner.UID)}, nil
}
