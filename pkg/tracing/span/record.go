package span

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Record has the spans of one pass. It is for use by many goroutines.
type Record struct {
	attributes []attribute.KeyValue

	mu    sync.Mutex
	spans []Span
	acted bool
}

// frame is what a context knows: the record, and the span that is active.
type frame struct {
	record *Record
	active trace.SpanContext
}

type frameKey struct{}

// noEnd ends a span that nobody records.
func noEnd(error) {}

// Begin starts the record of a pass with its outermost span, which is a child of run. Each span gets the attributes. End returns the spans
// of the pass, none if it did nothing but look: there are many such passes, and nobody misses them in a trace.
func Begin(ctx context.Context, name string, run trace.SpanContext, attributes ...attribute.KeyValue) (_ context.Context, end func(error) []Span) {
	record := &Record{attributes: attributes}
	ctx, endSpan := record.start(ctx, name, run)
	return ctx, func(err error) []Span {
		endSpan(err)
		record.mu.Lock()
		defer record.mu.Unlock()
		if !record.acted {
			return nil
		}
		return record.spans
	}
}

// Active returns the span that is active; not valid if there is none.
func Active(ctx context.Context) trace.SpanContext {
	f, _ := ctx.Value(frameKey{}).(frame)
	return f.active
}

// Start records that something is done, until the function it returns is called with the outcome: what is done in between, with the
// returned context, is a child of it.
func Start(ctx context.Context, name string) (context.Context, func(error)) {
	return begin(ctx, name, true)
}

// Look is like [Start] for what only looks: unless a pass also does something, it leaves no trace.
func Look(ctx context.Context, name string) (context.Context, func(error)) {
	return begin(ctx, name, false)
}

func begin(ctx context.Context, name string, acts bool) (context.Context, func(error)) {
	f, ok := ctx.Value(frameKey{}).(frame)
	if !ok {
		return ctx, noEnd
	}
	if acts {
		f.record.mu.Lock()
		f.record.acted = true
		f.record.mu.Unlock()
	}
	return f.record.start(ctx, name, f.active)
}

func (r *Record) start(ctx context.Context, name string, parent trace.SpanContext) (context.Context, func(error)) {
	s := Span{
		Name: name, Kind: trace.SpanKindInternal, Context: parent.WithSpanID(randomID()).WithRemote(false), Parent: parent,
		Start: time.Now(), Attributes: r.attributes,
	}
	return context.WithValue(ctx, frameKey{}, frame{r, s.Context}), func(err error) {
		s.End = time.Now()
		s.Failed, s.Problem = err != nil, problem(err)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.spans = append(r.spans, s)
	}
}

// problem says what kind of error it was. The text of an error may hold anything.
func problem(err error) string {
	if err == nil {
		return ""
	}
	if reason := apierrors.ReasonForError(err); reason != metav1.StatusReasonUnknown {
		return string(reason)
	}
	return "failed, the log of the controller says why"
}

func randomID() trace.SpanID {
	var id trace.SpanID
	for !id.IsValid() {
		binary.NativeEndian.PutUint64(id[:], rand.Uint64())
	}
	return id
}
