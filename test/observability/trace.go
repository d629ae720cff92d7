package observability

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tenon-ci/tenon/hack/telemetry/otlp"
)

// Trace is all spans of one trace.
type Trace struct {
	spans    map[string]otlp.Span
	children map[string][]string
	roots    []string
	wrong    []string
}

// NewTrace puts spans together. Those of other traces are left out.
func NewTrace(traceID string, spans []otlp.Span) *Trace {
	t := &Trace{spans: map[string]otlp.Span{}, children: map[string][]string{}}
	for _, span := range spans {
		if span.TraceID != traceID {
			continue
		}
		if before, twice := t.spans[span.SpanID]; twice {
			t.complain("%s is the ID of two spans, %q and %q", span.SpanID, before.Name, span.Name)
			continue
		}
		t.spans[span.SpanID] = span
		if span.ParentID == "" {
			t.roots = append(t.roots, span.SpanID)
		} else {
			t.children[span.ParentID] = append(t.children[span.ParentID], span.SpanID)
		}
	}
	for _, ids := range t.children {
		slices.SortFunc(ids, func(a, b string) int {
			return cmp.Or(t.spans[a].Start.Compare(t.spans[b].Start), cmp.Compare(t.spans[a].Name, t.spans[b].Name))
		})
	}
	return t
}

func (t *Trace) complain(format string, args ...any) {
	t.wrong = append(t.wrong, fmt.Sprintf(format, args...))
}

// Span returns the span with an ID.
func (t *Trace) Span(id string) (otlp.Span, bool) {
	span, ok := t.spans[id]
	return span, ok
}

// Children returns the spans right below one, by their start.
func (t *Trace) Children(id string) []otlp.Span {
	var out []otlp.Span
	for _, child := range t.children[id] {
		out = append(out, t.spans[child])
	}
	return out
}

// Below returns all spans below one.
func (t *Trace) Below(id string) []otlp.Span {
	var out []otlp.Span
	for _, child := range t.Children(id) {
		out = append(append(out, child), t.Below(child.SpanID)...)
	}
	return out
}

// Check tells what is wrong with the trace as such: it must have one root, which is the span with the given ID, and the parent of
// every other span must be there; no span may end before it starts.
func (t *Trace) Check(root string) []string {
	wrong := slices.Clone(t.wrong)
	if len(t.roots) != 1 || t.roots[0] != root {
		wrong = append(wrong, fmt.Sprintf("the roots are %s, want %s alone", t.describe(t.roots), t.describe([]string{root})))
	}
	for id, span := range t.spans {
		if _, ok := t.spans[span.ParentID]; !ok && span.ParentID != "" {
			wrong = append(wrong, fmt.Sprintf("the parent of %s, %s, is not there", t.describe([]string{id}), span.ParentID))
		}
		if span.End.Before(span.Start) {
			wrong = append(wrong, fmt.Sprintf("%s ends before it starts", t.describe([]string{id})))
		}
	}
	slices.Sort(wrong)
	return wrong
}

func (t *Trace) describe(ids []string) string {
	var words []string
	for _, id := range ids {
		words = append(words, fmt.Sprintf("%q (%s)", t.spans[id].Name, id))
	}
	return "[" + strings.Join(words, " ") + "]"
}

// Outside returns the spans that are not within a time, by their names. The times of Kubernetes are whole seconds: a span may start
// and end up to one earlier or later.
func Outside(spans []otlp.Span, from, to time.Time) []string {
	var out []string
	for _, span := range spans {
		if span.Start.Before(from.Add(-time.Second)) || span.End.After(to.Add(time.Second)) {
			out = append(out, fmt.Sprintf("%q lasts from %s to %s, which is not within %s and %s",
				span.Name, clock(span.Start), clock(span.End), clock(from), clock(to)))
		}
	}
	return out
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05.000") }

// String draws the trace as a tree.
func (t *Trace) String() string {
	var b strings.Builder
	for _, root := range t.roots {
		t.draw(&b, root, 0)
	}
	for parent := range t.children {
		if _, ok := t.spans[parent]; !ok {
			fmt.Fprintf(&b, "below %s, which is not there:\n", parent)
			for _, id := range t.children[parent] {
				t.draw(&b, id, 1)
			}
		}
	}
	return b.String()
}

func (t *Trace) draw(b *strings.Builder, id string, depth int) {
	span := t.spans[id]
	fmt.Fprintf(b, "%s%s %s..%s %s %s %s/%s %v\n", strings.Repeat("  ", depth), span.Name, clock(span.Start), clock(span.End),
		span.Status, span.Message, span.Service, span.Scope, span.Attributes)
	for _, child := range t.children[id] {
		t.draw(b, child, depth+1)
	}
}

// Parent returns the IDs of trace and span in a carrier, such as status.spanContext.
func Parent(carrier map[string]string) (traceID, spanID string, err error) {
	parts := strings.Split(carrier["traceparent"], "-")
	if len(parts) != 4 || len(parts[1]) != 32 || len(parts[2]) != 16 {
		return "", "", fmt.Errorf("the traceparent is %q, want 00-TRACE-SPAN-FLAGS", carrier["traceparent"])
	}
	return parts[1], parts[2], nil
}
