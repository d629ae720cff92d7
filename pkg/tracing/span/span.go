// Package span has spans as data, and records those of a pass over a run: [Begin] starts a record, [Start] and [Look] add to it. A context
// without a record costs a look at the context and nothing else, so that code which is traced need not ask whether it is.
//
// The package knows no exporter: what it imports is imported by everything that is traced.
package span

import (
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// Span is a span that has ended.
type Span struct {
	Name string
	Kind trace.SpanKind
	// Context identifies the span. It has to be valid.
	Context trace.SpanContext
	// Parent is the span above it; not valid for the root of a trace.
	Parent trace.SpanContext
	// Start and End are when it began and ended.
	Start, End time.Time
	Attributes []attribute.KeyValue
	Events     []Event
	// Failed says that it ended in an error, which Problem describes.
	Failed  bool
	Problem string
}

// Event is something that happened while a span lasted.
type Event struct {
	Name       string
	At         time.Time
	Attributes []attribute.KeyValue
}
