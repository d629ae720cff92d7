// Package spancontext decides under which identity a run and its parts stand in a trace (contract 4 §6.3): it reads and writes carriers,
// and derives IDs from what is known of objects, so that each pass, each replica and each part of Tenon names the same spans without
// having to ask another. It is pure, and knows nothing of exporters.
//
// [New] makes the identity of a run, which is stored in status.spanContext; [Of] reads it back; [Child] and [Step] derive those of its
// parts.
package spancontext

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"k8s.io/apimachinery/pkg/types"
)

// MaxCarrier is the size in bytes from which a carrier is neither read from an annotation nor handed on in one.
const MaxCarrier = 1024

// traceparentKey is the entry of a carrier that identifies a span (W3C Trace Context).
const traceparentKey = "traceparent"

// w3c is the one format of carriers.
var w3c propagation.TraceContext

// Of returns the span that a carrier identifies. The result is not valid if the carrier is empty or wrong.
func Of(carrier map[string]string) trace.SpanContext {
	if len(carrier) == 0 {
		return trace.SpanContext{}
	}
	return trace.SpanContextFromContext(w3c.Extract(context.Background(), propagation.MapCarrier(carrier)))
}

// Parse returns the span that the value of an annotation identifies, which is a carrier in JSON. The error says what is wrong with it.
func Parse(annotation string) (trace.SpanContext, error) {
	if len(annotation) >= MaxCarrier {
		return trace.SpanContext{}, fmt.Errorf("the carrier has %d bytes, it must have less than %d", len(annotation), MaxCarrier)
	}
	var carrier map[string]string
	if err := json.Unmarshal([]byte(annotation), &carrier); err != nil {
		return trace.SpanContext{}, errors.New(`the carrier must be a JSON object of strings, such as {"traceparent":"00-<trace>-<span>-01"}`)
	}
	parent := Of(carrier)
	if !parent.IsValid() {
		return trace.SpanContext{}, errors.New(`the carrier must have an entry "traceparent" of the form 00-<32 hex digits>-<16 hex digits>-<2 hex digits>`)
	}
	return parent, nil
}

// New returns the identity of the run with that UID: a span of the trace of parent or, unless that is valid, of a trace of its own.
// Whether it is sampled is inherited as well; for a trace of its own sample decides by the ID of the trace.
func New(uid types.UID, parent trace.SpanContext, sample func(trace.TraceID) bool) trace.SpanContext {
	if parent.IsValid() {
		return derive(parent, "run", string(uid))
	}
	var id trace.TraceID
	sum := hash("trace", string(uid))
	copy(id[:], sum[:])
	root := trace.NewSpanContext(trace.SpanContextConfig{TraceID: id, TraceFlags: trace.TraceFlags(0).WithSampled(sample(id))})
	return derive(root, "run", string(uid))
}

// Child returns the identity of a part of a run, which words tell from its other parts. It is not valid if that of the run is not.
func Child(run trace.SpanContext, words ...string) trace.SpanContext {
	if !run.IsValid() {
		return trace.SpanContext{}
	}
	return derive(run, append([]string{run.SpanID().String()}, words...)...)
}

// Step returns the identity of a step of a TaskRun, by the number of the attempt, counted from 0, and the name of its container. It is
// not valid if that of the run is not.
func Step(run trace.SpanContext, attempt int, container string) trace.SpanContext {
	return Child(run, "step", strconv.Itoa(attempt), container)
}

// CustomRun returns the identity of the CustomRun of that name, which a PipelineRun with the identity run creates: unlike other runs, a
// CustomRun has no place in its status for it. It is not valid if that of the run is not.
func CustomRun(run trace.SpanContext, name string) trace.SpanContext {
	return Child(run, "CustomRun", name)
}

// Carrier returns what identifies a span, nil unless it is valid.
func Carrier(span trace.SpanContext) map[string]string {
	if !span.IsValid() {
		return nil
	}
	carrier := propagation.MapCarrier{}
	w3c.Inject(trace.ContextWithSpanContext(context.Background(), span), carrier)
	return carrier
}

// Traceparent returns what identifies a span in one line, empty unless it is valid.
func Traceparent(span trace.SpanContext) string { return Carrier(span)[traceparentKey] }

// Annotation returns the value of an annotation with a carrier, empty if the carrier is, or is too large to be handed on.
func Annotation(carrier map[string]string) string {
	if len(carrier) == 0 {
		return ""
	}
	text, err := json.Marshal(carrier)
	if err != nil || len(text) >= MaxCarrier {
		return ""
	}
	return string(text)
}

// derive returns the span of the trace of from that words name.
func derive(from trace.SpanContext, words ...string) trace.SpanContext {
	var id trace.SpanID
	sum := hash(append([]string{"span"}, words...)...)
	copy(id[:], sum[:])
	return trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: from.TraceID(), SpanID: id, TraceFlags: from.TraceFlags() & trace.FlagsSampled, TraceState: from.TraceState(),
	})
}

func hash(words ...string) [sha256.Size]byte {
	return sha256.Sum256([]byte(strings.Join(words, "\x00")))
}
