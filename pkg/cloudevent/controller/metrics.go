package controller

import (
	"context"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/tenon-ci/tenon/pkg/cloudevent/queue"
)

// meterName is the scope of the metrics, which does not change with the name of this package.
const meterName = "github.com/tenon-ci/tenon/pkg/cloudevent"

// Labels of the metrics. Each has a handful of values: names of runs, types and addresses are none.
const (
	labelOutcome = attribute.Key("outcome")
	labelKind    = attribute.Key("kind")
)

// Outcomes.
const (
	outcomeSent   = "sent"
	outcomeFailed = "failed"
	outcomeLost   = "lost"
)

// metrics tells what became of events and how long it took.
type metrics struct {
	total    metric.Int64Counter
	duration metric.Float64Histogram
}

// newMetrics returns the metrics; pending is asked how many events wait.
func newMetrics(pending func() int) *metrics {
	meter := otel.GetMeterProvider().Meter(meterName)
	total, err := meter.Int64Counter("tenon_cloudevents_total",
		metric.WithDescription("CloudEvents by kind of run and by what became of them: sent, failed, or lost because too many were waiting."))
	if err != nil {
		otel.Handle(err)
		return &metrics{}
	}
	duration, err := meter.Float64Histogram("tenon_cloudevents_delivery_duration_seconds",
		metric.WithDescription("Time from the moment a state of a run was seen until the CloudEvent about it was delivered or given up, by outcome."),
		metric.WithExplicitBucketBoundaries(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900))
	if err != nil {
		otel.Handle(err)
		return &metrics{}
	}
	if _, err := meter.Int64ObservableGauge("tenon_cloudevents_pending",
		metric.WithDescription("CloudEvents that wait for their delivery."),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(int64(pending()))
			return nil
		})); err != nil {
		otel.Handle(err)
	}
	return &metrics{total, duration}
}

func (m *metrics) settled(ctx context.Context, item *queue.Item, result error, took time.Duration) {
	outcome := outcomeSent
	if result != nil {
		outcome = outcomeFailed
	}
	m.count(ctx, item, outcome)
	if m.duration != nil {
		m.duration.Record(ctx, took.Seconds(), metric.WithAttributes(labelOutcome.String(outcome)))
	}
}

func (m *metrics) lost(ctx context.Context, item *queue.Item) { m.count(ctx, item, outcomeLost) }

func (m *metrics) count(ctx context.Context, item *queue.Item, outcome string) {
	if m.total != nil {
		m.total.Add(ctx, 1, metric.WithAttributes(labelKind.String(string(item.State.Kind)), labelOutcome.String(outcome)))
	}
}
