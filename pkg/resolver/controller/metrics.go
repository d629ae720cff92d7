package controller

import (
	"context"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/tenon-ci/tenon/pkg/resolver/framework"
)

// meterName is the scope of the metrics, which does not change with the name of this package.
const meterName = "github.com/tenon-ci/tenon/pkg/resolver/framework"

// Labels of the metrics. Each has a handful of values: names, addresses and namespaces, which users choose, are none.
const (
	labelResolver = attribute.Key("resolver")
	labelOutcome  = attribute.Key("outcome")
	labelCache    = attribute.Key("cache")
)

// metrics tells how long answers took and what came of them.
type metrics struct{ duration metric.Float64Histogram }

func newMetrics() *metrics {
	duration, err := otel.GetMeterProvider().Meter(meterName).Float64Histogram("tenon_resolver_request_duration_seconds",
		metric.WithDescription("Time from the start of an attempt at a ResolutionRequest to its answer, by resolver, outcome and use of the cache."),
		metric.WithExplicitBucketBoundaries(0.005, 0.02, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60))
	if err != nil {
		otel.Handle(err)
		return &metrics{}
	}
	return &metrics{duration}
}

func (m *metrics) fetched(ctx context.Context, about framework.About, from framework.Outcome, err error, took time.Duration) {
	if m.duration == nil {
		return
	}
	result := "success"
	switch {
	case err != nil && framework.Passes(err):
		result = "retried"
	case err != nil:
		result = "failed"
	}
	m.duration.Record(ctx, took.Seconds(), metric.WithAttributes(
		labelResolver.String(about.Type), labelOutcome.String(result), labelCache.String(string(from))))
}
