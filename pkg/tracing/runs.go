package tracing

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/controller"
	"knative.dev/pkg/logging"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/tracing/runtrace"
	"github.com/tenon-ci/tenon/pkg/tracing/span"
	"github.com/tenon-ci/tenon/pkg/tracing/spancontext"
)

// Keys of log lines while a span is active (contract 4 §6.3).
const (
	logTraceID = "traceID"
	logSpanID  = "spanID"
)

// TaskRunContext returns the carrier for status.spanContext of a TaskRun: one that is in the status stays, and else a TaskRun
// that starts while tracing is on gets one. It is nil for other TaskRuns.
func (p *Provider) TaskRunContext(ctx context.Context, tr *v1.TaskRun) map[string]string {
	return p.carrier(ctx, tr, tr.HasStarted() || tr.IsDone(), tr.Status.SpanContext, pipeline.TaskRunSpanContextAnnotationKey)
}

// PipelineRunContext is to PipelineRuns what TaskRunContext is to TaskRuns.
func (p *Provider) PipelineRunContext(ctx context.Context, pr *v1.PipelineRun) map[string]string {
	return p.carrier(ctx, pr, pr.HasStarted() || pr.IsDone(), pr.Status.SpanContext, pipeline.PipelineRunSpanContextAnnotationKey)
}

func (p *Provider) carrier(ctx context.Context, run metav1.Object, started bool, stored map[string]string, annotation string) map[string]string {
	l := p.on()
	if l == nil || len(stored) > 0 || started {
		return stored
	}
	var parent trace.SpanContext
	if text := run.GetAnnotations()[annotation]; text != "" {
		var err error
		if parent, err = spancontext.Parse(text); err != nil {
			logging.FromContext(ctx).Debugw("the run begins a trace of its own", "annotation", annotation, "error", err)
		}
	}
	return spancontext.Carrier(spancontext.New(run.GetUID(), parent, l.sampled))
}

// nothing ends a pass that is not traced.
func nothing(err error) error { return err }

// TaskRunPass begins a pass over a TaskRun whose identity is carrier. The function it returns ends the pass, and returns its error.
func (p *Provider) TaskRunPass(ctx context.Context, tr *v1.TaskRun, carrier map[string]string) (context.Context, func(error) error) {
	l := p.on()
	if l == nil || len(carrier) == 0 {
		return ctx, nothing
	}
	return begin(ctx, l.taskRuns, outer{span.TaskRunReconciler, span.TaskRunReconcileKind}, carrier,
		runtrace.TaskRunKey.String(tr.Name), runtrace.NamespaceKey.String(tr.Namespace))
}

// PipelineRunPass is to PipelineRuns what TaskRunPass is to TaskRuns.
func (p *Provider) PipelineRunPass(ctx context.Context, pr *v1.PipelineRun, carrier map[string]string) (context.Context, func(error) error) {
	l := p.on()
	if l == nil || len(carrier) == 0 {
		return ctx, nothing
	}
	return begin(ctx, l.pipelineRuns, outer{span.PipelineRunReconciler, span.PipelineRunReconcileKind}, carrier,
		runtrace.PipelineRunKey.String(pr.Name), runtrace.NamespaceKey.String(pr.Namespace))
}

// outer are the names of the two outermost spans of a pass (contract 4 §6.3).
type outer struct{ reconciler, reconcileKind string }

func begin(
	ctx context.Context, tracer trace.Tracer, names outer, carrier map[string]string, attributes ...attribute.KeyValue,
) (context.Context, func(error) error) {
	run := spancontext.Of(carrier)
	if !run.IsSampled() {
		return ctx, nothing
	}
	ctx, end := span.Begin(ctx, names.reconciler, run, attributes...)
	ctx, endKind := span.Look(ctx, names.reconcileKind)
	active := span.Active(ctx)
	ctx = logging.WithLogger(ctx, logging.FromContext(ctx).With(logTraceID, active.TraceID().String(), logSpanID, active.SpanID().String()))
	return ctx, func(err error) error {
		endKind(failureOf(err))
		emit(tracer, end(failureOf(err)))
		return err
	}
}

// failureOf returns the error of a pass, unless it only asks for another one.
func failureOf(err error) error {
	if again, _ := controller.IsRequeueKey(err); again || controller.IsSkipKey(err) {
		return nil
	}
	return err
}

// TaskRunWritten implements observer.TaskRuns: it sends the spans of a TaskRun whose end was written.
func (p *Provider) TaskRunWritten(_ context.Context, before, after *v1.TaskRun, pod *corev1.Pod) {
	if l := p.on(); l != nil && !before.IsDone() && after.IsDone() {
		emit(l.taskRuns, runtrace.TaskRun(after, pod))
	}
}

// PipelineRunWritten implements observer.PipelineRuns: it sends the spans of a PipelineRun whose end was written. What [WithChildren] put
// into the context is part of them.
func (p *Provider) PipelineRunWritten(ctx context.Context, before, after *v1.PipelineRun) {
	if l := p.on(); l != nil && !before.IsDone() && after.IsDone() {
		emit(l.pipelineRuns, runtrace.PipelineRun(after, childrenOf(ctx)))
	}
}

type childrenKey struct{}

// WithChildren returns a context in which the children of the run of a pass are known. They are asked for when the run has ended.
func WithChildren(ctx context.Context, children func() runtrace.Children) context.Context {
	return context.WithValue(ctx, childrenKey{}, children)
}

func childrenOf(ctx context.Context) runtrace.Children {
	if children, ok := ctx.Value(childrenKey{}).(func() runtrace.Children); ok {
		return children()
	}
	return runtrace.Children{}
}
