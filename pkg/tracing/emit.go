package tracing

import (
	"context"
	"crypto/rand"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/tenon-ci/tenon/pkg/tracing/runtrace"
	"github.com/tenon-ci/tenon/pkg/tracing/span"
)

// SpanNames lists the names of all spans: those of passes, and those of runs, which for some are the beginning of the name.
func SpanNames() []string { return append(span.PassNames(), runtrace.Names()...) }

// emit hands over spans that have ended.
func emit(tracer trace.Tracer, spans []span.Span) {
	for i := range spans {
		s := &spans[i]
		ctx := context.WithValue(context.Background(), idsKey{}, s.Context)
		if s.Parent.IsValid() {
			ctx = trace.ContextWithSpanContext(ctx, s.Parent)
		}
		_, out := tracer.Start(ctx, s.Name, trace.WithSpanKind(s.Kind), trace.WithTimestamp(s.Start), trace.WithAttributes(s.Attributes...))
		for _, e := range s.Events {
			out.AddEvent(e.Name, trace.WithTimestamp(e.At), trace.WithAttributes(e.Attributes...))
		}
		if s.Failed {
			out.SetStatus(codes.Error, s.Problem)
		}
		out.End(trace.WithTimestamp(s.End))
	}
}

type idsKey struct{}

// fixedIDs gives spans the IDs that the context says.
type fixedIDs struct{}

// NewIDs implements sdktrace.IDGenerator.
func (fixedIDs) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	if sc, ok := ctx.Value(idsKey{}).(trace.SpanContext); ok {
		return sc.TraceID(), sc.SpanID()
	}
	var id trace.TraceID
	_, _ = rand.Read(id[:]) // it never fails
	return id, randomSpanID()
}

// NewSpanID implements sdktrace.IDGenerator.
func (fixedIDs) NewSpanID(ctx context.Context, _ trace.TraceID) trace.SpanID {
	if sc, ok := ctx.Value(idsKey{}).(trace.SpanContext); ok {
		return sc.SpanID()
	}
	return randomSpanID()
}

func randomSpanID() trace.SpanID {
	var id trace.SpanID
	_, _ = rand.Read(id[:])
	return id
}
