// Package runtrace makes the spans of a run that has ended from what its status and its pod show: where the run waited, what each attempt
// and each step did, with the times that the objects have. A PipelineRun, its TaskRuns and its child PipelineRuns each bring their own
// part, whoever has written the end of them; IDs that follow from the objects join the parts to one trace.
//
// Entry points: [PipelineRun] and [TaskRun]. Both are pure.
package runtrace

import (
	"time"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/tracing/span"
	"github.com/tenon-ci/tenon/pkg/tracing/spancontext"
)

// Names of the spans of runs that do not depend on the run. Besides them there are [ActionRun], followed by the name of the pipeline or,
// for a TaskRun without PipelineRun, of the Task; the name of the pipeline task, for a TaskRun or CustomRun of a PipelineRun; and
// [StepPrefix], followed by the name of the step.
const (
	// ActionRun begins the name of the root of a trace, as the conventions for CI/CD have it: "RUN build-and-test".
	ActionRun = "RUN"
	// StepPrefix begins the name of the span of a step.
	StepPrefix = "step "
	// Queue is from the creation of a run to its start.
	Queue = "queue"
	// Resolve is from the start of a PipelineRun to the creation of its first child: definitions are fetched and checked.
	Resolve = "resolve"
	// Attempt is one of several attempts of a TaskRun.
	Attempt = "attempt"
)

// Names of the events of the span of a PipelineRun.
const (
	// EventSkipped tells of a pipeline task that was not run.
	EventSkipped = "task skipped"
	// EventFinally tells when the tasks of "finally" were due.
	EventFinally = "finally"
)

// Attributes that are Tenon's own, or the contract's; the others are those of the semantic conventions.
const (
	PipelineRunKey       = attribute.Key("pipelinerun")
	TaskRunKey           = attribute.Key("taskrun")
	CustomRunKey         = attribute.Key("customrun")
	NamespaceKey         = attribute.Key("namespace")
	ReasonKey            = attribute.Key("tenon.reason")
	AttemptKey           = attribute.Key("tenon.attempt")
	PhaseKey             = attribute.Key("tenon.phase")
	StepKey              = attribute.Key("tenon.step.name")
	TerminationReasonKey = attribute.Key("tenon.step.termination_reason")
)

// AttributeKeys lists the keys of all attributes.
func AttributeKeys() []attribute.Key {
	return []attribute.Key{
		semconv.CICDPipelineNameKey, semconv.CICDPipelineRunIDKey, semconv.CICDPipelineActionNameKey, semconv.CICDPipelineResultKey,
		semconv.CICDPipelineTaskNameKey, semconv.CICDPipelineTaskRunIDKey, semconv.CICDPipelineTaskRunResultKey, semconv.ErrorTypeKey,
		semconv.K8SNamespaceNameKey, semconv.K8SPodNameKey, semconv.K8SNodeNameKey, semconv.K8SContainerNameKey,
		semconv.ContainerImageIDKey, semconv.ProcessExitCodeKey,
		PipelineRunKey, TaskRunKey, CustomRunKey, NamespaceKey, ReasonKey, AttemptKey, PhaseKey, StepKey, TerminationReasonKey,
	}
}

// Names lists the names of spans that do not depend on the run, and the beginnings of those that do.
func Names() []string {
	list := []string{ActionRun, StepPrefix, Queue, Resolve, Attempt}
	for _, phase := range phaseOrder {
		list = append(list, phaseNames[phase])
	}
	return list
}

// parent returns the span that the annotation of a run names, if it is of the trace that the run is in.
func parent(annotation string, own trace.SpanContext) trace.SpanContext {
	if annotation == "" {
		return trace.SpanContext{}
	}
	above, err := spancontext.Parse(annotation)
	if err != nil || above.TraceID() != own.TraceID() {
		return trace.SpanContext{}
	}
	return above
}

// outcome notes how a run ended.
func outcome(s *span.Span, c *apis.Condition) {
	s.Attributes = append(s.Attributes, ReasonKey.String(c.GetReason()))
	if !c.IsFalse() {
		return
	}
	s.Failed, s.Problem = true, c.Reason+": "+c.Message
	s.Attributes = append(s.Attributes, semconv.ErrorTypeKey.String(c.Reason))
}

// add appends a span, unless it took no time.
func add(spans []span.Span, s span.Span) []span.Span {
	if !s.End.After(s.Start) {
		return spans
	}
	return append(spans, s)
}

// timeOf returns a time, or another one if it is not there.
func timeOf(t *metav1.Time, otherwise time.Time) time.Time {
	if t.IsZero() {
		return otherwise
	}
	return t.Time
}

// notBefore returns a time, or an earlier bound of it: clocks differ.
func notBefore(t, bound time.Time) time.Time {
	if t.Before(bound) {
		return bound
	}
	return t
}
