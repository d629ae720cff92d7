package otlp

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
)

// Span is one span that was received.
type Span struct {
	// TraceID, SpanID and ParentID are in hexadecimal, as in a traceparent; ParentID is empty for the root of a trace.
	TraceID  string `json:"traceId"`
	SpanID   string `json:"spanId"`
	ParentID string `json:"parentId,omitempty"`
	Name     string `json:"name"`
	// Kind is internal, server, client, producer, consumer or unspecified.
	Kind  string    `json:"kind"`
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
	// Attributes are of the types that JSON has; numbers become float64 there.
	Attributes map[string]any `json:"attributes,omitempty"`
	// Status is unset, ok or error; Message says why.
	Status  string  `json:"status"`
	Message string  `json:"message,omitempty"`
	Events  []Event `json:"events,omitempty"`
	// Links are the IDs of the spans that this one is linked to, TRACE-SPAN.
	Links []string `json:"links,omitempty"`
	// Service is the name of the service in the resource, Scope that of what made the span.
	Service string `json:"service"`
	Scope   string `json:"scope"`
	// Transport is grpc, http/protobuf or http/json.
	Transport string `json:"transport"`
}

// Event is something that happened in a span.
type Event struct {
	Name       string         `json:"name"`
	At         time.Time      `json:"at"`
	Attributes map[string]any `json:"attributes,omitempty"`
}

// Failed tells whether the span has the status of an error.
func (s *Span) Failed() bool { return s.Status == "error" }

func convert(request *collector.ExportTraceServiceRequest, transport string) []Span {
	var out []Span
	for _, resource := range request.GetResourceSpans() {
		service, _ := attributes(resource.GetResource().GetAttributes())["service.name"].(string)
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				s := convertSpan(span)
				s.Service, s.Scope, s.Transport = service, scope.GetScope().GetName(), transport
				out = append(out, s)
			}
		}
	}
	return out
}

func convertSpan(span *trace.Span) Span {
	s := Span{
		TraceID: hex.EncodeToString(span.GetTraceId()), SpanID: hex.EncodeToString(span.GetSpanId()),
		ParentID: hex.EncodeToString(span.GetParentSpanId()), Name: span.GetName(),
		Kind:  strings.ToLower(strings.TrimPrefix(span.GetKind().String(), "SPAN_KIND_")),
		Start: moment(span.GetStartTimeUnixNano()), End: moment(span.GetEndTimeUnixNano()),
		Attributes: attributes(span.GetAttributes()),
		Status:     strings.ToLower(strings.TrimPrefix(span.GetStatus().GetCode().String(), "STATUS_CODE_")),
		Message:    span.GetStatus().GetMessage(),
	}
	for _, event := range span.GetEvents() {
		s.Events = append(s.Events, Event{Name: event.GetName(), At: moment(event.GetTimeUnixNano()), Attributes: attributes(event.GetAttributes())})
	}
	for _, link := range span.GetLinks() {
		s.Links = append(s.Links, hex.EncodeToString(link.GetTraceId())+"-"+hex.EncodeToString(link.GetSpanId()))
	}
	return s
}

func moment(nanoseconds uint64) time.Time {
	return time.Unix(0, int64(nanoseconds)).UTC() //nolint:gosec // until the year 2262
}

func attributes(pairs []*common.KeyValue) map[string]any {
	if len(pairs) == 0 {
		return nil
	}
	out := make(map[string]any, len(pairs))
	for _, pair := range pairs {
		out[pair.GetKey()] = value(pair.GetValue())
	}
	return out
}

func value(v *common.AnyValue) any {
	switch v := v.GetValue().(type) {
	case *common.AnyValue_StringValue:
		return v.StringValue
	case *common.AnyValue_BoolValue:
		return v.BoolValue
	case *common.AnyValue_IntValue:
		return v.IntValue
	case *common.AnyValue_DoubleValue:
		return v.DoubleValue
	case *common.AnyValue_BytesValue:
		return v.BytesValue
	case *common.AnyValue_ArrayValue:
		out := []any{}
		for _, each := range v.ArrayValue.GetValues() {
			out = append(out, value(each))
		}
		return out
	case *common.AnyValue_KvlistValue:
		return attributes(v.KvlistValue.GetValues())
	default:
		return nil
	}
}

// decodeIDs makes IDs of what the parser of JSON has made of them: they are hexadecimal in OTLP, and it took them for base64, as
// bytes in protobuf are. Their lengths are multiples of four, so that encoding gives back what was written.
func decodeIDs(request *collector.ExportTraceServiceRequest) error {
	for _, resource := range request.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				if err := decodeSpanIDs(span); err != nil {
					return fmt.Errorf("span %q: %w", span.GetName(), err)
				}
			}
		}
	}
	return nil
}

func decodeSpanIDs(span *trace.Span) (err error) {
	if span.TraceId, err = decodeID("traceId", span.GetTraceId(), 16); err != nil {
		return err
	}
	if span.SpanId, err = decodeID("spanId", span.GetSpanId(), 8); err != nil {
		return err
	}
	if len(span.GetParentSpanId()) > 0 {
		if span.ParentSpanId, err = decodeID("parentSpanId", span.GetParentSpanId(), 8); err != nil {
			return err
		}
	}
	for _, link := range span.GetLinks() {
		if link.TraceId, err = decodeID("links.traceId", link.GetTraceId(), 16); err != nil {
			return err
		}
		if link.SpanId, err = decodeID("links.spanId", link.GetSpanId(), 8); err != nil {
			return err
		}
	}
	return nil
}

func decodeID(field string, mistaken []byte, size int) ([]byte, error) {
	text := base64.StdEncoding.EncodeToString(mistaken)
	id, err := hex.DecodeString(text)
	if err != nil || len(id) != size {
		return nil, fmt.Errorf("%s is %q, it has to be %d hexadecimal digits", field, text, 2*size)
	}
	return id, nil
}
