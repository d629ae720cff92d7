package tracing

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdkresource "go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/apis/config"
)

// Names of services and tracers (contract 4 §6.3).
const (
	PipelineRunService = "pipelinerun-reconciler"
	TaskRunService     = "taskrun-reconciler"
	PipelineRunTracer  = "PipelineRunReconciler"
	TaskRunTracer      = "TaskRunReconciler"
)

// farewell is how long a provider that is replaced, or the end of the process, may take to send what it still has.
const farewell = 5 * time.Second

// Options are the settings of a Provider that do not change while it lives.
type Options struct {
	// Secret reads a Secret of the system namespace. It is called while spans are sent, never by what reconcilers call.
	Secret func(ctx context.Context, name string) (*corev1.Secret, error)
	// Version is the build of the process, for the attribute service.version; empty to leave that out.
	Version string
	// Instance tells the process from its replicas, for the attribute service.instance.id; empty to leave that out.
	Instance string
	// Exporter makes what sends spans; nil means one for OTLP.
	Exporter func(context.Context, config.Tracing) (sdktrace.SpanExporter, error)
}

// Provider makes and sends spans while tracing is on. It is for use by many goroutines. A nil Provider is one that is off.
type Provider struct {
	options Options
	counts  counts
	logger  atomic.Pointer[zap.SugaredLogger]
	current atomic.Pointer[route]

	// mu guards the settings that current was made from.
	mu       sync.Mutex
	settings config.Tracing
}

// route is the way of spans to a collector under one state of the settings.
type route struct {
	pipelineRuns, taskRuns trace.Tracer
	sampler                sdktrace.Sampler
	providers              []*sdktrace.TracerProvider
}

// New returns a Provider that is off, until it is told of settings that switch it on.
func New(opts Options) *Provider {
	p := &Provider{options: opts}
	p.logger.Store(zap.NewNop().Sugar())
	if p.options.Exporter == nil {
		p.options.Exporter = p.otlp
	}
	return p
}

// Follow returns a callback for [config.NewStore], by which the Provider follows the ConfigMap config-tracing. The logger is told of what
// cannot be sent, at most once a minute.
func (p *Provider) Follow(logger *zap.SugaredLogger) func(name string, value any) {
	if p == nil {
		return func(string, any) {}
	}
	p.logger.Store(logger)
	return func(_ string, value any) {
		if settings, ok := value.(*config.Tracing); ok {
			p.Apply(*settings)
		}
	}
}

// Apply puts settings into force. It waits for nobody: connections are made when the first spans are sent.
func (p *Provider) Apply(settings config.Tracing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if settings == p.settings {
		return
	}
	p.settings = settings
	var next *route
	if settings.Enabled {
		var err error
		if next, err = p.connect(settings); err != nil {
			// The settings were checked when they were parsed, so that this is not about them.
			p.logger.Load().Errorw("traces are not sent", "error", err)
		}
	}
	p.replace(next)
}

// Close sends what is left, for a few seconds at most, and switches tracing off.
func (p *Provider) Close() {
	if p == nil {
		return
	}
	if old := p.current.Swap(nil); old != nil {
		old.close(p.logger.Load())
	}
}

func (p *Provider) replace(next *route) {
	old := p.current.Swap(next)
	if old != nil {
		go old.close(p.logger.Load())
	}
}

func (l *route) close(logger *zap.SugaredLogger) {
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	for _, provider := range l.providers {
		if err := provider.Shutdown(ctx); err != nil {
			logger.Debugw("the last spans were not sent", "error", err)
		}
	}
}

// connect makes the way to the collector. Both services share one queue.
func (p *Provider) connect(settings config.Tracing) (*route, error) {
	exporter, err := p.options.Exporter(context.Background(), settings)
	if err != nil {
		return nil, fmt.Errorf("connecting to the collector of traces: %w", err)
	}
	processor := p.bounded(exporter)
	service := func(name string) *sdktrace.TracerProvider {
		return sdktrace.NewTracerProvider(
			sdktrace.WithSpanProcessor(processor), sdktrace.WithIDGenerator(fixedIDs{}), sdktrace.WithSampler(sdktrace.AlwaysSample()),
			sdktrace.WithResource(p.resource(name)),
		)
	}
	pipelineRuns, taskRuns := service(PipelineRunService), service(TaskRunService)
	return &route{
		pipelineRuns: pipelineRuns.Tracer(PipelineRunTracer), taskRuns: taskRuns.Tracer(TaskRunTracer),
		sampler:   sdktrace.TraceIDRatioBased(settings.SamplingRate),
		providers: []*sdktrace.TracerProvider{pipelineRuns, taskRuns},
	}, nil
}

func (p *Provider) resource(service string) *sdkresource.Resource {
	attributes := []attribute.KeyValue{semconv.ServiceName(service)}
	if p.options.Version != "" {
		attributes = append(attributes, semconv.ServiceVersion(p.options.Version))
	}
	if p.options.Instance != "" {
		attributes = append(attributes, semconv.ServiceInstanceID(p.options.Instance))
	}
	return sdkresource.NewWithAttributes(semconv.SchemaURL, attributes...)
}

// sampled decides about a trace that begins here.
func (l *route) sampled(id trace.TraceID) bool {
	return l.sampler.ShouldSample(sdktrace.SamplingParameters{TraceID: id}).Decision == sdktrace.RecordAndSample
}

// on returns the way to the collector, nil while tracing is off.
func (p *Provider) on() *route {
	if p == nil {
		return nil
	}
	return p.current.Load()
}
