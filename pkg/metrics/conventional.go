package metrics

import (
	"context"
	"errors"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/semconv/v1.41.0/cicdconv"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// Values of cicd.system.component.
const (
	componentTaskRun     = "taskrun-controller"
	componentPipelineRun = "pipelinerun-controller"
)

// conventional are the metrics by the OpenTelemetry conventions for CI/CD.
type conventional struct {
	duration cicdconv.PipelineRunDuration
	errors   cicdconv.PipelineRunErrors
	system   cicdconv.SystemErrors
}

func (c *conventional) make(meter metric.Meter) error {
	var errs [3]error
	c.duration, errs[0] = cicdconv.NewPipelineRunDuration(meter, metric.WithExplicitBucketBoundaries(durationBounds...))
	c.errors, errs[1] = cicdconv.NewPipelineRunErrors(meter)
	c.system, errs[2] = cicdconv.NewSystemErrors(meter)
	return errors.Join(errs[:]...)
}

// states records how long a PipelineRun was in each state. The result belongs to the last one.
func (c *conventional) states(ctx context.Context, pr *v1.PipelineRun, pipeline string, end outcome) {
	result := []attribute.KeyValue{c.duration.AttrPipelineResult(end.result)}
	if kind := end.errorType(); kind != "" {
		result = append(result, c.duration.AttrErrorType(kind))
	}
	record := func(state cicdconv.PipelineRunStateAttr, from, to *metav1.Time, more ...attribute.KeyValue) {
		if took, ok := span(from, to); ok {
			c.duration.Record(ctx, took.Seconds(), pipeline, state, more...)
		}
	}
	start, final, done := pr.Status.StartTime, pr.Status.FinallyStartTime, pr.Status.CompletionTime
	record(cicdconv.PipelineRunStatePending, &pr.CreationTimestamp, start)
	if final.IsZero() {
		record(cicdconv.PipelineRunStateExecuting, start, done, result...)
		return
	}
	record(cicdconv.PipelineRunStateExecuting, start, final)
	record(cicdconv.PipelineRunStateFinalizing, final, done, result...)
}

// pipelineErrors counts what went wrong in a run of a pipeline, if anything did.
func (c *conventional) pipelineErrors(ctx context.Context, pipeline string, end outcome) {
	if kind := end.errorType(); kind != "" {
		c.errors.Add(ctx, 1, pipeline, kind)
	}
}

// systemErrors counts what went wrong because of the system and not because of its users, if anything did.
func (c *conventional) systemErrors(ctx context.Context, component string, end outcome) {
	if end.result == cicdconv.PipelineResultError {
		c.system.Add(ctx, 1, component, end.errorType())
	}
}

// stateOf returns the state of a PipelineRun that is not done.
func stateOf(reason v1.PipelineRunReason) cicdconv.PipelineRunStateAttr {
	switch reason {
	case "", v1.PipelineRunReasonStarted, v1.PipelineRunReasonPending, v1.PipelineRunReasonResolvingPipelineRef, v1.PipelineRunReasonResolvingTaskRef:
		return cicdconv.PipelineRunStatePending
	case v1.PipelineRunReasonCancelledRunningFinally, v1.PipelineRunReasonStoppedRunningFinally, v1.PipelineRunReasonTimedOutRunningFinally:
		return cicdconv.PipelineRunStateFinalizing
	default:
		return cicdconv.PipelineRunStateExecuting
	}
}

// conventionalNames limits the values of cicd.pipeline.name of all metrics together.
type conventionalNames struct {
	limit     limit
	durations *atomic.Pointer[durations]
}

func (c *conventionalNames) admit(pipeline string) string {
	return c.limit.admit(names{pipeline: pipeline}, c.durations.Load().settings.MaxNames).pipeline
}
