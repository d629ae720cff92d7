package pipelinerun

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	kubeinformers "k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/utils/clock"
	kubeclient "knative.dev/pkg/client/injection/kube/client"
	"knative.dev/pkg/configmap"
	"knative.dev/pkg/controller"
	"knative.dev/pkg/injection"
	"knative.dev/pkg/kmeta"
	"knative.dev/pkg/logging"

	"github.com/tenon-ci/tenon/pkg/access"
	"github.com/tenon-ci/tenon/pkg/affinityassistant"
	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	pipelineclient "github.com/tenon-ci/tenon/pkg/client/injection/client"
	pipelineruninformer "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1/pipelinerun"
	taskruninformer "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1/taskrun"
	policyinformer "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1alpha1/verificationpolicy"
	customruninformer "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1beta1/customrun"
	pipelinerunreconciler "github.com/tenon-ci/tenon/pkg/client/injection/reconciler/pipeline/v1/pipelinerun"
	policylisters "github.com/tenon-ci/tenon/pkg/client/listers/pipeline/v1alpha1"
	requestinformer "github.com/tenon-ci/tenon/pkg/client/resolution/injection/informers/resolution/v1beta1/resolutionrequest"
	"github.com/tenon-ci/tenon/pkg/kubereader"
	clusterreader "github.com/tenon-ci/tenon/pkg/kubereader/cluster"
	"github.com/tenon-ci/tenon/pkg/passes"
	"github.com/tenon-ci/tenon/pkg/reconciler/cached"
	"github.com/tenon-ci/tenon/pkg/reconciler/observer"
	"github.com/tenon-ci/tenon/pkg/reconciler/queue"
	"github.com/tenon-ci/tenon/pkg/reconciler/recent"
	"github.com/tenon-ci/tenon/pkg/reconciler/recorder"
	"github.com/tenon-ci/tenon/pkg/resolve"
	"github.com/tenon-ci/tenon/pkg/tracing"
	"github.com/tenon-ci/tenon/pkg/trust"
	"github.com/tenon-ci/tenon/pkg/when/cel"
)

// Options are the settings of the controller that do not change while it runs.
type Options struct {
	// NopImage is the image of affinity assistants.
	NopImage string
	// Release is the build of the controller, noted on TaskRuns.
	Release string
	// StripCaches keeps out of the caches what is not read (contract 4 §9).
	StripCaches bool
	// Documents holds what resolvers fetched, once it is checked; nil means that it is checked at each look.
	Documents *resolve.Memory
	// Verifier returns what checks signatures of fetched definitions by the VerificationPolicies of the cluster; nil means that keys in
	// key management services cannot be used.
	Verifier func(policylisters.VerificationPolicyLister, kubereader.Secrets) *trust.Verifier
	// Traces makes the identities and spans of runs, and is not among the Observers; nil means that runs are not traced.
	Traces *tracing.Provider
	// Observers are told of each PipelineRun that was changed.
	Observers []observer.PipelineRuns
	// Rights say which of nodes and StatefulSets may not be watched.
	Rights access.Rights
	// Clock is the time; nil means the real one.
	Clock clock.PassiveClock
}

// NewController returns the constructor of the controller.
func NewController(opts Options) injection.ControllerConstructor {
	return func(ctx context.Context, cmw configmap.Watcher) *controller.Impl {
		impl, err := newController(ctx, cmw, opts)
		if err != nil {
			// The framework has no other way to learn that a constructor failed.
			logging.FromContext(ctx).Panicw("building the PipelineRun controller", "error", err)
		}
		return impl
	}
}

func newController(ctx context.Context, cmw configmap.Watcher, opts Options) (*controller.Impl, error) {
	if opts.Clock == nil {
		opts.Clock = clock.RealClock{}
	}
	if opts.Verifier == nil {
		opts.Verifier = trust.Shared(nil)
	}
	evaluator, err := cel.New()
	if err != nil {
		return nil, fmt.Errorf("building the CEL environment: %w", err)
	}
	runs, taskRuns, customRuns := pipelineruninformer.Get(ctx), taskruninformer.Get(ctx), customruninformer.Get(ctx)
	if err := setUpCaches(opts.StripCaches, taskRuns.Informer(), runs.Informer(), customRuns.Informer()); err != nil {
		return nil, err
	}
	ctx = recorder.Into(ctx, kubeclient.Get(ctx), pipeline.PipelineRunControllerKind)
	memory := recent.New[metav1.Object](opts.Clock)
	definitions, err := newDefinitions(ctx, opts.Documents, opts.Verifier(policyinformer.Get(ctx).Lister(), clusterreader.New(kubeclient.Get(ctx))))
	if err != nil {
		return nil, err
	}
	r := &Reconciler{
		client: pipelineclient.Get(ctx),
		kube:   kubeclient.Get(ctx),
		runs:   runs.Lister(),
		children: children{
			taskRuns:     taskRuns.Informer().GetIndexer(),
			customRuns:   customRuns.Informer().GetIndexer(),
			pipelineRuns: runs.Informer().GetIndexer(),
			client:       pipelineclient.Get(ctx),
			recent:       memory,
		},
		definitions: definitions,
		cel:         evaluator,
		nopImage:    opts.NopImage,
		release:     opts.Release,
		recent:      memory,
		observers:   opts.Observers,
		traces:      opts.Traces,
		clock:       opts.Clock,
	}
	store := config.NewStore(logging.FromContext(ctx).Named("config-store"), opts.Traces.Follow(logging.FromContext(ctx)))
	store.WatchConfigs(cmw)
	impl := queue.New(ctx, r, "tekton.dev.PipelineRun", func(logger *zap.SugaredLogger) controller.Reconciler {
		return pipelinerunreconciler.NewReconciler(ctx, logger, r.client, r.runs, controller.GetEventRecorder(ctx), r,
			controller.Options{ConfigStore: store, SkipStatusUpdates: true})
	})
	r.children.again, r.enqueueAfter = impl.EnqueueKeyAfter, impl.EnqueueKeyAfter
	if r.assistants, err = watchAssistants(ctx, kubeclient.Get(ctx), impl, opts.Rights); err != nil {
		return nil, err
	}
	return impl, watchObjects(ctx, impl)
}

// watchObjects brings a pass over a PipelineRun when it, a child or what it asked resolvers for changes.
func watchObjects(ctx context.Context, impl *controller.Impl) error {
	runs := pipelineruninformer.Get(ctx).Informer()
	handlers := []struct {
		informer cache.SharedIndexInformer
		handler  cache.ResourceEventHandler
	}{
		{runs, runHandler(impl)},
		{runs, childHandler(impl)},
		{taskruninformer.Get(ctx).Informer(), childHandler(impl)},
		{customruninformer.Get(ctx).Informer(), childHandler(impl)},
		{requestinformer.Get(ctx).Informer(), requestHandler(impl)},
	}
	for _, h := range handlers {
		if _, err := h.informer.AddEventHandler(h.handler); err != nil {
			return fmt.Errorf("watching runs and their children: %w", err)
		}
	}
	return nil
}

// setUpCaches lets children be found by their owner, and keeps out of caches what is not read. That of TaskRuns belongs to their
// controller, which strips it.
func setUpCaches(strip bool, taskRuns cache.SharedIndexInformer, others ...cache.SharedIndexInformer) error {
	for _, informer := range append(others, taskRuns) {
		if err := informer.AddIndexers(cache.Indexers{ownerIndex: indexByOwner}); err != nil {
			return fmt.Errorf("indexing children by owner: %w", err)
		}
	}
	if !strip {
		return nil
	}
	for _, informer := range others {
		if err := informer.SetTransform(cached.PipelineRun); err != nil {
			return fmt.Errorf("stripping the cache of runs: %w", err)
		}
	}
	return nil
}

// runHandler brings a pass over a run that is new or has changed. Those that are done wait until all others had theirs: after a start
// of the controller, and at each resync, there are many. Nothing has to be done about a run that is gone.
func runHandler(impl *controller.Impl) cache.ResourceEventHandler {
	enqueue := func(object any) {
		pr, ok := object.(*v1.PipelineRun)
		switch {
		case !ok || !pr.IsManagedHere():
		case pr.IsDone():
			impl.EnqueueSlow(pr)
		default:
			impl.Enqueue(pr)
		}
	}
	return cache.ResourceEventHandlerFuncs{AddFunc: enqueue, UpdateFunc: func(_, after any) { enqueue(after) }}
}

// childHandler wakes the PipelineRun that owns an object, but only when the object changed in a way that the run looks
// at: a TaskRun reports each of its steps, and its run need not look at every one of them.
func childHandler(impl *controller.Impl) cache.ResourceEventHandler {
	return owned(cache.ResourceEventHandlerFuncs{
		AddFunc: impl.EnqueueControllerOf,
		UpdateFunc: func(before, after any) {
			if passes.ChangesItsRun(before, after) {
				impl.EnqueueControllerOf(after)
			}
		},
		DeleteFunc: impl.EnqueueControllerOf,
	})
}

// requestHandler wakes the PipelineRun that owns a ResolutionRequest when that is answered, or gone.
func requestHandler(impl *controller.Impl) cache.ResourceEventHandler {
	return owned(resolve.Handler(impl.EnqueueControllerOf))
}

// owned lets through what a PipelineRun owns.
func owned(handler cache.ResourceEventHandler) cache.ResourceEventHandler {
	return cache.FilteringResourceEventHandler{FilterFunc: isOwnedByRun, Handler: handler}
}

// isOwnedByRun tells whether a PipelineRun controls an object, which may be one whose deletion was missed.
func isOwnedByRun(object any) bool {
	meta, err := kmeta.DeletionHandlingAccessor(object)
	return err == nil && controller.FilterControllerGK(v1.Kind(pipeline.PipelineRunControllerKind))(meta)
}

// assistantResync is how often the caches of affinity assistants and nodes are walked again: never, they only answer.
const assistantResync time.Duration = 0

// watchAssistants fills caches with the affinity assistants, their Pods, and what matters of the nodes. It wakes the
// runs whose assistant sits on a node that is being cordoned or is gone: its place may have been taken by one of an earlier run.
func watchAssistants(ctx context.Context, client kubernetes.Interface, impl *controller.Impl, rights access.Rights) (assistants, error) {
	own := kubeinformers.NewSharedInformerFactoryWithOptions(client, assistantResync,
		kubeinformers.WithNamespace(injection.GetNamespaceScope(ctx)),
		kubeinformers.WithTweakListOptions(func(o *metav1.ListOptions) {
			o.LabelSelector = affinityassistant.ComponentLabel + "=" + affinityassistant.Component
		}))
	cluster := kubeinformers.NewSharedInformerFactoryWithOptions(client, assistantResync, kubeinformers.WithTransform(stripNode))
	pods := own.Core().V1().Pods()
	found := assistants{kube: client, pods: pods.Lister()}
	if err := pods.Informer().AddIndexers(cache.Indexers{nodeIndex: indexByNode}); err != nil {
		return assistants{}, fmt.Errorf("indexing affinity assistants by node: %w", err)
	}
	if rights.Watch(access.StatefulSets) {
		sets := own.Apps().V1().StatefulSets()
		found.sets = sets.Lister()
		if _, err := sets.Informer().AddEventHandler(owned(cache.ResourceEventHandlerFuncs{DeleteFunc: impl.EnqueueControllerOf})); err != nil {
			return assistants{}, fmt.Errorf("watching affinity assistants: %w", err)
		}
	}
	if rights.Watch(access.Nodes) {
		nodes := cluster.Core().V1().Nodes()
		found.nodes = nodes.Lister()
		if _, err := nodes.Informer().AddEventHandler(nodeHandler(impl, pods.Informer().GetIndexer())); err != nil {
			return assistants{}, fmt.Errorf("watching nodes: %w", err)
		}
	}
	for _, factory := range []kubeinformers.SharedInformerFactory{own, cluster} {
		factory.Start(ctx.Done())
		for kind, ok := range factory.WaitForCacheSync(ctx.Done()) {
			if !ok {
				return assistants{}, fmt.Errorf("filling the cache of %v: %w", kind, context.Cause(ctx))
			}
		}
	}
	return found, nil
}

// nodeHandler wakes the runs whose affinity assistant is on a node that takes no new Pods from now on.
func nodeHandler(impl *controller.Impl, pods cache.Indexer) cache.ResourceEventHandler {
	return cache.ResourceEventHandlerFuncs{UpdateFunc: func(before, after any) {
		was, okWas := before.(*corev1.Node)
		is, okIs := after.(*corev1.Node)
		if !okWas || !okIs || was.Spec.Unschedulable || !is.Spec.Unschedulable {
			return
		}
		stranded, err := pods.ByIndex(nodeIndex, is.Name)
		if err != nil {
			return // only a missing index is an error
		}
		for _, object := range stranded {
			if pod, ok := object.(*corev1.Pod); ok {
				impl.EnqueueKey(types.NamespacedName{Namespace: pod.Namespace, Name: pod.Labels[pipeline.PipelineRunLabelKey]})
			}
		}
	}}
}

// nodeIndex finds Pods by the node they run on.
const nodeIndex = "node"

func indexByNode(object any) ([]string, error) {
	pod, ok := object.(*corev1.Pod)
	if !ok || pod.Spec.NodeName == "" {
		return nil, nil
	}
	return []string{pod.Spec.NodeName}, nil
}
