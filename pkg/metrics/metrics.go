package metrics

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"knative.dev/pkg/configmap"
	"knative.dev/pkg/controller"
	"knative.dev/pkg/injection"
	"knative.dev/pkg/injection/sharedmain"
	"knative.dev/pkg/logging"
	frameworkmetrics "knative.dev/pkg/observability/metrics"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	pipelineruninformer "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1/pipelinerun"
	taskruninformer "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1/taskrun"
	"github.com/tenon-ci/tenon/pkg/reconciler/observer"
	"github.com/tenon-ci/tenon/pkg/timing"
)

// scope is the name of the meter, the label otel_scope_name.
const scope = "github.com/tenon-ci/tenon/pkg/metrics"

// queueLength is how many writes wait to be recorded. Recording takes microseconds; a queue that is full drops writes and counts them.
const queueLength = 1024

var (
	_ observer.TaskRuns     = (*Metrics)(nil)
	_ observer.PipelineRuns = (*Metrics)(nil)
)

// Metrics are the metrics of the controller. Make them with New.
type Metrics struct {
	queue   chan write
	dropped atomic.Int64
	gauges  *gauges

	// configuring is held while settings change.
	configuring sync.Mutex
	durations   atomic.Pointer[durations]
	source      source
}

// New returns metrics that record nothing until the constructor that Around returns was called.
func New() *Metrics { return &Metrics{queue: make(chan write, queueLength), gauges: newGauges()} }

// Around returns a constructor that calls inner, and starts the metrics with the informers and the ConfigMaps of that controller.
func (m *Metrics) Around(inner injection.ControllerConstructor) injection.ControllerConstructor {
	return func(ctx context.Context, cmw configmap.Watcher) *controller.Impl {
		impl := inner(ctx, cmw)
		if err := m.startWith(ctx, cmw); err != nil {
			// The framework has no other way to learn that a constructor failed.
			logging.FromContext(ctx).Panicw("starting the metrics of runs", "error", err)
		}
		return impl
	}
}

func (m *Metrics) startWith(ctx context.Context, cmw configmap.Watcher) error {
	framework, err := sharedmain.GetObservabilityConfig(ctx)
	if err != nil {
		return fmt.Errorf("reading which protocol metrics have: %w", err)
	}
	var registerer prometheus.Registerer
	if framework.Metrics.Protocol == frameworkmetrics.ProtocolPrometheus {
		registerer = prometheus.DefaultRegisterer
	}
	recorder, err := m.prepare(otel.GetMeterProvider(), registerer)
	if err != nil {
		return err
	}
	m.watchSettings(cmw, logging.FromContext(ctx).Named("metrics"))
	if _, err := taskruninformer.Get(ctx).Informer().AddEventHandler(m.taskRunHandler()); err != nil {
		return fmt.Errorf("counting TaskRuns: %w", err)
	}
	if _, err := pipelineruninformer.Get(ctx).Informer().AddEventHandler(m.pipelineRunHandler()); err != nil {
		return fmt.Errorf("counting PipelineRuns: %w", err)
	}
	go m.work(ctx, recorder)
	return nil
}

// prepare makes all metrics with that provider and the compiled-in settings, and returns what records in them. The registerer is that of
// the provider's exporter if it exports to Prometheus, else nil.
func (m *Metrics) prepare(provider metric.MeterProvider, registerer prometheus.Registerer) (*recorder, error) {
	meter := provider.Meter(scope)
	r, err := newRecorder(meter, &m.durations)
	if err != nil {
		return nil, err
	}
	if m.source, err = newSource(provider, registerer); err != nil {
		return nil, err
	}
	return r, errors.Join(m.configure(config.DefaultObservability()), m.countDropped(meter), m.gauges.register(meter, r.cicdNames))
}

// watchSettings keeps the settings those of the ConfigMap, or the compiled-in ones without it. A bad state is logged and the last good
// one stays: what is wrong about metrics is no reason to stop runs.
func (m *Metrics) watchSettings(cmw configmap.Watcher, logger configmap.Logger) {
	name := config.ObservabilityConfigName()
	apply := func(cm *corev1.ConfigMap) {
		settings, err := config.NewObservabilityFromConfigMap(cm)
		if err == nil {
			err = m.configure(settings)
		}
		if err != nil {
			logger.Errorf("ConfigMap %s: %v", name, err)
		}
	}
	if defaulting, ok := cmw.(configmap.DefaultingWatcher); ok {
		defaulting.WatchWithDefault(corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}, apply)
		return
	}
	cmw.Watch(name, apply)
}

// configure makes the settings those in force.
func (m *Metrics) configure(settings *config.Observability) error {
	m.configuring.Lock()
	defer m.configuring.Unlock()
	m.gauges.configure(settings)
	if old := m.durations.Load(); old != nil && old.isFor(settings) {
		return nil
	}
	meter, err := m.source.renew()
	if err != nil {
		return err
	}
	next, err := newDurations(meter, settings)
	if err != nil {
		return err
	}
	m.durations.Store(next)
	return nil
}

// TaskRunWritten implements [observer.TaskRuns].
func (m *Metrics) TaskRunWritten(_ context.Context, before, after *v1.TaskRun, pod *corev1.Pod) {
	if !before.IsDone() && (after.IsDone() || pod != nil || timing.IsThrottledByQuota(after)) {
		m.offer(write{taskRun: after, pod: pod, bound: hadRun(before, after)})
	}
}

// PipelineRunWritten implements [observer.PipelineRuns].
func (m *Metrics) PipelineRunWritten(_ context.Context, before, after *v1.PipelineRun) {
	if !before.IsDone() && after.IsDone() {
		m.offer(write{pipelineRun: after})
	}
}

// write is what is to be recorded; one of its runs is set, or gone.
type write struct {
	taskRun *v1.TaskRun
	pod     *corev1.Pod
	// bound says that an earlier write must have shown the pod on its node already.
	bound       bool
	pipelineRun *v1.PipelineRun
	// gone is a TaskRun that was deleted.
	gone types.UID
}

// offer hands a write to the worker, and does not wait for it.
func (m *Metrics) offer(w write) {
	select {
	case m.queue <- w:
	default:
		m.dropped.Add(1)
	}
}

func (m *Metrics) work(ctx context.Context, r *recorder) {
	for {
		select {
		case <-ctx.Done():
			return
		case w := <-m.queue:
			r.record(ctx, w)
		}
	}
}

func (m *Metrics) countDropped(meter metric.Meter) error {
	_, err := meter.Int64ObservableCounter(droppedTotal.instrument, metric.WithDescription(droppedTotal.Description),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(m.dropped.Load())
			return nil
		}))
	if err != nil {
		return fmt.Errorf("making metric %s: %w", droppedTotal.Name, err)
	}
	return nil
}

// hadRun tells whether a step of the pod of a TaskRun had begun before a write.
func hadRun(before, after *v1.TaskRun) bool {
	if before.Status.PodName == "" || before.Status.PodName != after.Status.PodName {
		return false
	}
	for i := range before.Status.Steps {
		if s := &before.Status.Steps[i]; s.Running != nil || s.Terminated != nil {
			return true
		}
	}
	return false
}
