package tracing

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.uber.org/zap"
)

// Bounds of what waits to be sent.
const (
	// queueSize is how many spans wait at most. It bounds what a dead collector costs in memory.
	queueSize = 8192
	// batchSize is how many are sent at once.
	batchSize = 512
	// batchWait is how long a span waits for others to be sent with.
	batchWait = 2 * time.Second
	// batchTimeout is how long sending a batch may take, tries included.
	batchTimeout = 15 * time.Second
	// complaintPause is the least time between two lines about batches that could not be sent.
	complaintPause = time.Minute
)

// Counts says what became of the spans of a process since its start.
type Counts struct {
	// Sent were taken by the collector.
	Sent uint64
	// Dropped did not fit into the queue.
	Dropped uint64
	// Failed could not be sent.
	Failed uint64
}

type counts struct{ sent, dropped, failed atomic.Uint64 }

// Counts returns what became of all spans.
func (p *Provider) Counts() Counts {
	if p == nil {
		return Counts{}
	}
	return Counts{Sent: p.counts.sent.Load(), Dropped: p.counts.dropped.Load(), Failed: p.counts.failed.Load()}
}

// Measure lets a meter observe [Counts], as the counter tenon_tracing_spans with the attribute outcome: sent, dropped or failed.
func (p *Provider) Measure(meter metric.Meter) error {
	outcomes := map[string]*atomic.Uint64{"sent": &p.counts.sent, "dropped": &p.counts.dropped, "failed": &p.counts.failed}
	_, err := meter.Int64ObservableCounter("tenon_tracing_spans",
		metric.WithDescription("Spans by what became of them: sent, dropped because the queue was full, or failed."),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			for outcome, n := range outcomes {
				o.Observe(int64(n.Load()), metric.WithAttributes(attribute.String("outcome", outcome))) //nolint:gosec // far from its limit
			}
			return nil
		}))
	if err != nil {
		return fmt.Errorf("making the counter of spans: %w", err)
	}
	return nil
}

// queue keeps spans out of a full queue, and counts them. The batch processor would drop them without a word.
type queue struct {
	sdktrace.SpanProcessor
	counts  *counts
	waiting *atomic.Int64
}

// OnEnd implements sdktrace.SpanProcessor.
func (q queue) OnEnd(s sdktrace.ReadOnlySpan) {
	if q.waiting.Add(1) > queueSize {
		q.waiting.Add(-1)
		q.counts.dropped.Add(1)
		return
	}
	q.SpanProcessor.OnEnd(s)
}

// outlet is the other end of the queue.
type outlet struct {
	sdktrace.SpanExporter
	counts  *counts
	waiting *atomic.Int64
	logger  func() *zap.SugaredLogger
	now     func() time.Time
	// complained is when the last line about a failure was written, silent how many spans failed since. They belong to the one goroutine
	// that sends.
	complained time.Time
	silent     int
}

// ExportSpans implements sdktrace.SpanExporter. It returns no error: whoever gets one writes it to the standard error stream each time.
func (o *outlet) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := o.SpanExporter.ExportSpans(ctx, spans)
	o.waiting.Add(-int64(len(spans)))
	if err == nil {
		o.counts.sent.Add(uint64(len(spans)))
		return nil
	}
	o.counts.failed.Add(uint64(len(spans)))
	o.silent += len(spans)
	if now := o.now(); now.Sub(o.complained) >= complaintPause {
		o.logger().Warnw("traces could not be sent", "error", err, "spans", o.silent,
			"hint", "see endpoint, protocol and credentialsSecret in config-tracing")
		o.complained, o.silent = now, 0
	}
	return nil
}

// bounded returns what takes spans and sends them in batches.
func (p *Provider) bounded(exporter sdktrace.SpanExporter) sdktrace.SpanProcessor {
	waiting := &atomic.Int64{}
	out := &outlet{SpanExporter: exporter, counts: &p.counts, waiting: waiting, logger: p.logger.Load, now: time.Now}
	return queue{counts: &p.counts, waiting: waiting, SpanProcessor: sdktrace.NewBatchSpanProcessor(out,
		sdktrace.WithMaxQueueSize(queueSize), sdktrace.WithMaxExportBatchSize(batchSize),
		sdktrace.WithBatchTimeout(batchWait), sdktrace.WithExportTimeout(batchTimeout),
	)}
}
