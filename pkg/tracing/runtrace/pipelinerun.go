package runtrace

import (
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/tracing/span"
	"github.com/tenon-ci/tenon/pkg/tracing/spancontext"
)

// Children are what the trace of a PipelineRun shows of its children. TaskRuns and PipelineRuns tell of themselves.
type Children struct {
	// First is when the first child was created; zero if there is none.
	First time.Time
	// CustomRuns are all of them.
	CustomRuns []*v1beta1.CustomRun
}

// PipelineRun returns the spans of a PipelineRun that is done, its own first; none if it is not to be traced.
func PipelineRun(pr *v1.PipelineRun, children Children) []span.Span {
	own := spancontext.Of(pr.Status.SpanContext)
	if !own.IsSampled() || pr.Status.CompletionTime == nil {
		return nil
	}
	created := pr.CreationTimestamp.Time
	started := notBefore(timeOf(pr.Status.StartTime, created), created)
	ended := notBefore(pr.Status.CompletionTime.Time, started)
	c := pr.Status.GetCondition(apis.ConditionSucceeded)
	root := span.Span{
		Name: rootName(pipelineName(pr)), Kind: trace.SpanKindServer,
		Context: own, Parent: parent(pr.Annotations[pipeline.PipelineRunSpanContextAnnotationKey], own),
		Start: created, End: ended, Events: events(pr, ended),
		Attributes: []attribute.KeyValue{
			semconv.CICDPipelineName(pr.Labels[pipeline.PipelineLabelKey]), semconv.CICDPipelineRunID(string(pr.UID)),
			semconv.CICDPipelineActionNameRun, semconv.CICDPipelineResultKey.String(pipelineResult(c)),
			semconv.K8SNamespaceName(pr.Namespace), NamespaceKey.String(pr.Namespace), PipelineRunKey.String(pr.Name),
		},
	}
	outcome(&root, c)
	spans := []span.Span{root}
	spans = add(spans, part(own, Queue, created, started))
	if !children.First.IsZero() {
		spans = add(spans, part(own, Resolve, started, children.First))
	}
	for _, cr := range children.CustomRuns {
		spans = append(spans, customRun(cr, own, ended))
	}
	return spans
}

// part is a time in the life of a run.
func part(of trace.SpanContext, name string, start, end time.Time) span.Span {
	return span.Span{
		Name: name, Kind: trace.SpanKindInternal, Context: spancontext.Child(of, name), Parent: of, Start: start, End: end,
		Attributes: []attribute.KeyValue{PhaseKey.String(name)},
	}
}

// rootName is the name of the root of a trace. Without a name that many runs share it is the action alone.
func rootName(shared string) string {
	if shared == "" {
		return ActionRun
	}
	return ActionRun + " " + shared
}

// pipelineName returns the name of the pipeline, if it is one that other runs have as well.
func pipelineName(pr *v1.PipelineRun) string {
	if pr.Spec.PipelineRef == nil && pr.GenerateName == "" {
		return ""
	}
	return pr.Labels[pipeline.PipelineLabelKey]
}

// events tells of what took no time.
func events(pr *v1.PipelineRun, ended time.Time) []span.Event {
	var list []span.Event
	if at := pr.Status.FinallyStartTime; at != nil {
		list = append(list, span.Event{Name: EventFinally, At: at.Time})
	}
	for _, s := range pr.Status.SkippedTasks {
		list = append(list, span.Event{Name: EventSkipped, At: ended, Attributes: []attribute.KeyValue{
			semconv.CICDPipelineTaskName(s.Name), semconv.CICDPipelineTaskRunResultKey.String(skipped), ReasonKey.String(string(s.Reason)),
		}})
	}
	return list
}

// customRun is the span of a CustomRun. One that has not ended is cut off where its run ended.
func customRun(cr *v1beta1.CustomRun, run trace.SpanContext, ended time.Time) span.Span {
	created := cr.CreationTimestamp.Time
	c := cr.Status.GetCondition(apis.ConditionSucceeded)
	s := span.Span{
		Name: cr.Labels[pipeline.PipelineTaskLabelKey], Kind: trace.SpanKindInternal,
		Context: spancontext.CustomRun(run, cr.Name), Parent: run,
		Start: created, End: notBefore(timeOf(cr.Status.CompletionTime, ended), created),
		Attributes: []attribute.KeyValue{
			semconv.CICDPipelineTaskName(cr.Labels[pipeline.PipelineTaskLabelKey]), semconv.CICDPipelineTaskRunID(string(cr.UID)),
			semconv.K8SNamespaceName(cr.Namespace), NamespaceKey.String(cr.Namespace), CustomRunKey.String(cr.Name),
		},
	}
	switch {
	case c.IsTrue():
		s.Attributes = append(s.Attributes, semconv.CICDPipelineTaskRunResultSuccess)
	case c.IsFalse():
		s.Attributes = append(s.Attributes, semconv.CICDPipelineTaskRunResultFailure)
	}
	outcome(&s, c)
	return s
}

// trimGenerated returns the part of a name that is the same for all objects which were made with it.
func trimGenerated(generateName string) string { return strings.TrimRight(generateName, "-.") }
