package metrics

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/timing"
)

// Bounds of buckets (contract 4 §6.1).
var (
	durationBounds = []float64{10, 30, 60, 300, 900, 1800, 3600, 5400, 10800, 21600, 43200, 86400}
	latencyBounds  = []float64{5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000}
)

// recordable is a histogram or a gauge.
type recordable interface {
	Record(ctx context.Context, value float64, options ...metric.RecordOption)
}

// durations are the metrics whose types and labels depend on settings.
type durations struct {
	settings                                 config.Observability
	pipelineRun, pipelineRunTaskRun, taskRun timer
	podLatency                               timer
}

// timer is a metric with the names that are its labels.
type timer struct {
	recordable
	names limit
}

func newDurations(meter metric.Meter, settings *config.Observability) (*durations, error) {
	d := &durations{settings: relevant(settings)}
	latency, err := meter.Float64Histogram(podLatency.instrument, metric.WithDescription(podLatency.Description),
		metric.WithUnit(podLatency.Unit), metric.WithExplicitBucketBoundaries(latencyBounds...))
	d.podLatency.recordable = latency
	err = errors.Join(err,
		d.pipelineRun.make(meter, pipelineRunDuration, settings.PipelineRunDuration),
		d.pipelineRunTaskRun.make(meter, pipelineRunTaskRunDuration, settings.TaskRunDuration),
		d.taskRun.make(meter, taskRunDuration, settings.TaskRunDuration))
	if err != nil {
		return nil, fmt.Errorf("making metrics of durations: %w", err)
	}
	return d, nil
}

func (t *timer) make(meter metric.Meter, e Entry, kind config.DurationType) (err error) {
	if kind == config.DurationLastValue {
		t.recordable, err = meter.Float64Gauge(e.instrument, metric.WithDescription(e.Description), metric.WithUnit(e.Unit))
		return err
	}
	t.recordable, err = meter.Float64Histogram(e.instrument, metric.WithDescription(e.Description), metric.WithUnit(e.Unit),
		metric.WithExplicitBucketBoundaries(durationBounds...))
	return err
}

// relevant returns the settings that durations depend on.
func relevant(settings *config.Observability) config.Observability {
	out := *settings
	out.RunningPipelineRunLevel, out.ThrottleNamespace = config.LevelNone, false
	return out
}

// isFor tells whether these are the durations for the settings.
func (d *durations) isFor(settings *config.Observability) bool {
	return d.settings == relevant(settings)
}

func (d *durations) ofTaskRun(ctx context.Context, tr *v1.TaskRun, end outcome) {
	took, ok := span(tr.Status.StartTime, tr.Status.CompletionTime)
	switch {
	case !ok:
	case parentName(tr) == "":
		d.taskRun.record(ctx, took.Seconds(), taskRunNames(tr, &d.settings), d.settings.MaxNames, d.ending(end)...)
	default:
		d.pipelineRunTaskRun.record(ctx, took.Seconds(), childNames(tr, &d.settings), d.settings.MaxNames, d.ending(end)...)
	}
}

func (d *durations) ofPipelineRun(ctx context.Context, pr *v1.PipelineRun, end outcome) {
	if took, ok := span(pr.Status.StartTime, pr.Status.CompletionTime); ok {
		n := pipelineRunNames(allNames(pr), d.settings.PipelineRunLevel)
		d.pipelineRun.record(ctx, took.Seconds(), n, d.settings.MaxNames, d.ending(end)...)
	}
}

// ofPod records how long the pod of a TaskRun waited for a node.
func (d *durations) ofPod(ctx context.Context, tr *v1.TaskRun, pod *corev1.Pod) {
	waited := max(timing.Scheduled(pod).Sub(pod.CreationTimestamp.Time), 0)
	d.podLatency.record(ctx, float64(waited.Milliseconds()), taskRunNames(tr, &d.settings), d.settings.MaxNames)
}

func (d *durations) ending(end outcome) []attribute.KeyValue {
	out := []attribute.KeyValue{attribute.String(labelStatus, end.status)}
	if d.settings.Reason {
		out = append(out, attribute.String(labelReason, end.reason))
	}
	return out
}

func (t *timer) record(ctx context.Context, value float64, n names, most int, more ...attribute.KeyValue) {
	attributes := append(t.names.admit(n, most).attributes(), more...)
	t.Record(ctx, value, metric.WithAttributeSet(attribute.NewSet(attributes...)))
}

// span is the time between two moments of a run, never negative: clocks of replicas differ. It is false if one did not come.
func span(from, to *metav1.Time) (time.Duration, bool) {
	if from.IsZero() || to.IsZero() {
		return 0, false
	}
	return max(to.Sub(from.Time), 0), true
}
