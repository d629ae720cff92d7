// Package controller watches runs and delivers the CloudEvents about them (contract 4 §5.1). What is due is decided by package plan. Here
// is what has to do with time and with others: the watches, the shares of the work that replicas have, deliveries, and what is
// written down about them.
package controller

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"time"

	"go.uber.org/zap"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/utils/clock"
	kubeclient "knative.dev/pkg/client/injection/kube/client"
	"knative.dev/pkg/configmap"
	kncontroller "knative.dev/pkg/controller"
	"knative.dev/pkg/injection"
	"knative.dev/pkg/logging"
	"knative.dev/pkg/reconciler"
	"knative.dev/pkg/system"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	pipelineruninformer "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1/pipelinerun"
	taskruninformer "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1/taskrun"
	customruninformer "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1beta1/customrun"
	"github.com/tenon-ci/tenon/pkg/cloudevent"
	"github.com/tenon-ci/tenon/pkg/cloudevent/plan"
	"github.com/tenon-ci/tenon/pkg/cloudevent/queue"
	"github.com/tenon-ci/tenon/pkg/cloudevent/sink"
	reconcilerqueue "github.com/tenon-ci/tenon/pkg/reconciler/queue"
)

// Limit is how many events may wait for their delivery, see [queue.New].
const Limit = 10_000

// DefaultLanes is how many runs events are delivered about at the same time.
const DefaultLanes = 16

// Options are the settings of the controller that do not change while it runs.
type Options struct {
	// Lanes is how many runs events are delivered about at the same time; 0 means DefaultLanes.
	Lanes int
	// Clock is the time; nil means the real one.
	Clock clock.WithTicker
}

// Controller delivers events. Make one with New, and have it run with Construct.
type Controller struct {
	options Options
	clock   clock.WithTicker
	queue   *queue.Queue
	sender  *sink.Sender
	// deliveries ends what is being delivered when nobody can wait for it any more.
	deliveries context.Context //nolint:containedctx // deliveries go on when the context of the controller has ended
	abandon    context.CancelFunc
	lanes      sync.WaitGroup

	// These are set once by Construct.
	logger  *zap.SugaredLogger
	kube    kubernetes.Interface
	store   *config.Store
	marks   marks
	metrics *metrics
	caches  map[cloudevent.Kind]cache.SharedIndexInformer
	losses  chan *queue.Item
	// namespace is the one that is watched, empty for all; ignored tells of those that another installation looks after, and may be nil.
	namespace string
	ignored   func(namespace string) bool

	mu      sync.Mutex
	sink    *url.URL  // nil while events are off, or the sink cannot be used
	onSince time.Time // when this replica learned of a sink
	off     bool
	buckets map[string]*bucket
	runs    map[types.UID]*run
	// seen has the versions of the newest objects that were looked at, and settled what it had when marks were made last.
	seen, settled map[cloudevent.Kind]uint64
	stopping      bool
}

// run is what is known of a run that this replica delivers events about.
type run struct {
	key    types.NamespacedName
	memory plan.Memory
}

// New returns a controller that does nothing yet.
func New(opts Options) (*Controller, error) {
	if opts.Clock == nil {
		opts.Clock = clock.RealClock{}
	}
	if opts.Lanes == 0 {
		opts.Lanes = DefaultLanes
	}
	sender, err := sink.New()
	if err != nil {
		return nil, err
	}
	c := &Controller{
		options: opts, clock: opts.Clock, queue: queue.New(Limit, opts.Clock), sender: sender,
		buckets: map[string]*bucket{}, runs: map[types.UID]*run{}, losses: make(chan *queue.Item, Limit),
		seen: map[cloudevent.Kind]uint64{}, settled: map[cloudevent.Kind]uint64{},
	}
	c.deliveries, c.abandon = context.WithCancel(context.Background())
	return c, nil
}

// Construct is a constructor of controllers for the framework. It may be called once.
func (c *Controller) Construct(ctx context.Context, cmw configmap.Watcher) *kncontroller.Impl {
	if err := c.connect(ctx); err != nil {
		// The framework has no other way to learn that a constructor failed.
		logging.FromContext(ctx).Panicw("building the controller of CloudEvents", "error", err)
	}
	c.store = config.NewStore(c.logger.Named("config-store"), func(string, any) { c.configure() })
	c.store.WatchConfigs(cmw)
	for range c.options.Lanes {
		c.lanes.Go(c.work)
	}
	go c.tellLosses()
	go c.keepMarks(ctx)
	// The framework takes part in leader election for what it believes to be a queue of objects. This one stays empty.
	return kncontroller.NewContext(ctx, c, kncontroller.ControllerOptions{
		WorkQueueName: reconcilerqueue.Name(c), Logger: c.logger, Concurrency: 1, RateLimiter: reconcilerqueue.RateLimiter(),
	})
}

// connect takes from ctx what the controller works with, and has it see every state of every run.
func (c *Controller) connect(ctx context.Context) error {
	c.logger = logging.FromContext(ctx)
	c.namespace = injection.GetNamespaceScope(ctx)
	c.ignored = func(namespace string) bool { return reconcilerqueue.Ignored(ctx, namespace) }
	c.use(kubeclient.Get(ctx), map[cloudevent.Kind]cache.SharedIndexInformer{
		cloudevent.TaskRun:     taskruninformer.Get(ctx).Informer(),
		cloudevent.PipelineRun: pipelineruninformer.Get(ctx).Informer(),
		cloudevent.CustomRun:   customruninformer.Get(ctx).Informer(),
	})
	for kind, informer := range c.caches {
		if err := informer.SetTransform(withoutManagers); err != nil {
			return fmt.Errorf("setting up the cache of objects of the kind %s: %w", kind, err)
		}
		if _, err := informer.AddEventHandler(c.handler()); err != nil {
			return fmt.Errorf("watching objects of the kind %s: %w", kind, err)
		}
	}
	return nil
}

func (c *Controller) use(kube kubernetes.Interface, caches map[cloudevent.Kind]cache.SharedIndexInformer) {
	c.kube, c.caches = kube, caches
	c.marks = marks{kube.CoordinationV1().Leases(system.Namespace())}
	c.metrics = newMetrics(c.queue.Len)
}

// Reconcile implements controller.Reconciler; it is never called.
func (*Controller) Reconcile(context.Context, string) error { return nil }

var _ reconciler.LeaderAware = (*Controller)(nil)

// drainTime is how long deliveries under way may take when the process ends, and writing down what they came to.
const drainTime = 5 * time.Second

// Drain ends the work in good order: deliveries that are under way are finished and written down, and so is up to where everything
// was delivered. It takes a few seconds at the most. It is to be called before the leases are given back, so that no other replica
// begins while this one has not finished.
func (c *Controller) Drain() {
	c.mu.Lock()
	c.stopping = true
	c.mu.Unlock()
	c.queue.Close()
	finished := make(chan struct{})
	go func() {
		c.lanes.Wait()
		close(finished)
	}()
	select {
	case <-finished:
	case <-c.clock.After(drainTime):
	}
	c.abandon()
	if c.marks.leases == nil {
		return // It never got to run.
	}
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	c.saveMarks(ctx, true)
}
