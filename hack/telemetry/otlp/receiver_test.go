package otlp_test

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"

	"github.com/tenon-ci/tenon/hack/telemetry/otlp"
)

const (
	traceID  = "0af7651916cd43dd8448eb211c80319c"
	spanID   = "b7ad6b7169203331"
	parentID = "00f067aa0ba902b7"
)

// sent is a span with everything, in the JSON of OTLP.
const sent = `{"resourceSpans": [{
  "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "step"}}]},
  "scopeSpans": [{"scope": {"name": "curl"}, "spans": [{
    "traceId": "` + traceID + `", "spanId": "` + spanID + `", "parentSpanId": "` + parentID + `", "name": "compile", "kind": 3,
    "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000001500000000",
    "attributes": [{"key": "code", "value": {"intValue": "7"}}, {"key": "on", "value": {"boolValue": true}},
      {"key": "words", "value": {"arrayValue": {"values": [{"stringValue": "a"}, {"doubleValue": 0.5}]}}}],
    "events": [{"timeUnixNano": "1700000001000000000", "name": "retry"}],
    "links": [{"traceId": "` + traceID + `", "spanId": "` + parentID + `"}],
    "status": {"code": 2, "message": "exit code 7"}
  }]}]}]}`

// message is the same span.
func message(t *testing.T) *collector.ExportTraceServiceRequest {
	t.Helper()
	id := func(text string) []byte {
		out, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	text := func(s string) *common.AnyValue {
		return &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: s}}
	}
	return &collector.ExportTraceServiceRequest{ResourceSpans: []*trace.ResourceSpans{{
		Resource: &resource.Resource{Attributes: []*common.KeyValue{{Key: "service.name", Value: text("step")}}},
		ScopeSpans: []*trace.ScopeSpans{{Scope: &common.InstrumentationScope{Name: "curl"}, Spans: []*trace.Span{{
			TraceId: id(traceID), SpanId: id(spanID), ParentSpanId: id(parentID), Name: "compile", Kind: trace.Span_SPAN_KIND_CLIENT,
			StartTimeUnixNano: 1700000000000000000, EndTimeUnixNano: 1700000001500000000,
			Attributes: []*common.KeyValue{
				{Key: "code", Value: &common.AnyValue{Value: &common.AnyValue_IntValue{IntValue: 7}}},
				{Key: "on", Value: &common.AnyValue{Value: &common.AnyValue_BoolValue{BoolValue: true}}},
				{Key: "words", Value: &common.AnyValue{Value: &common.AnyValue_ArrayValue{ArrayValue: &common.ArrayValue{
					Values: []*common.AnyValue{text("a"), {Value: &common.AnyValue_DoubleValue{DoubleValue: 0.5}}},
				}}}},
			},
			Events: []*trace.Span_Event{{TimeUnixNano: 1700000001000000000, Name: "retry"}},
			Links:  []*trace.Span_Link{{TraceId: id(traceID), SpanId: id(parentID)}},
			Status: &trace.Status{Code: trace.Status_STATUS_CODE_ERROR, Message: "exit code 7"},
		}}}},
	}}}
}

// want is what the receiver tells of it.
func want(transport string) []otlp.Span {
	return []otlp.Span{{
		TraceID: traceID, SpanID: spanID, ParentID: parentID, Name: "compile", Kind: "client",
		Start: time.Unix(1700000000, 0).UTC(), End: time.Unix(1700000001, 5e8).UTC(),
		Attributes: map[string]any{"code": float64(7), "on": true, "words": []any{"a", 0.5}},
		Status:     "error", Message: "exit code 7",
		Events: []otlp.Event{{Name: "retry", At: time.Unix(1700000001, 0).UTC()}}, Links: []string{traceID + "-" + parentID},
		Service: "step", Scope: "curl", Transport: transport,
	}}
}

func check(t *testing.T, url string, want []otlp.Span) {
	t.Helper()
	response, err := http.Get(url + "/-/spans?trace=" + traceID)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // nothing is written
	var got []otlp.Span
	if err := json.NewDecoder(response.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
}

func post(t *testing.T, url, kind, encoding string, body []byte) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/v1/traces", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	if encoding != "" {
		r.Header.Set("Content-Encoding", encoding)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // nothing is written
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestHTTP(t *testing.T) {
	t.Parallel()
	binary, err := proto.Marshal(message(t))
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(binary); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		kind, encoding, transport, answer string
		body                              []byte
	}{
		"protobuf":   {"application/x-protobuf", "", "http/protobuf", "", binary},
		"compressed": {"application/x-protobuf", "gzip", "http/protobuf", "", packed.Bytes()},
		"JSON":       {"application/json; charset=utf-8", "", "http/json", "{}", []byte(sent)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(otlp.NewReceiver())
			t.Cleanup(server.Close)
			if status, text := post(t, server.URL, tc.kind, tc.encoding, tc.body); status != http.StatusOK || text != tc.answer {
				t.Errorf("status %d, %q", status, text)
			}
			check(t, server.URL, want(tc.transport))
		})
	}
}

func TestWrongRequests(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(otlp.NewReceiver())
	t.Cleanup(server.Close)
	for name, tc := range map[string]struct {
		kind, encoding, body, want string
		status                     int
	}{
		"kind":     {"text/plain", "", "", "Content-Type has to be", http.StatusUnsupportedMediaType},
		"protobuf": {"application/x-protobuf", "", "{}", "parsing the spans", http.StatusBadRequest},
		"JSON":     {"application/json", "", "[", "parsing the spans", http.StatusBadRequest},
		"gzip":     {"application/json", "gzip", sent, "reading the spans", http.StatusBadRequest},
		"short ID": {
			"application/json", "", strings.ReplaceAll(sent, spanID, "b7ad6b71"),
			`span "compile": spanId is "b7ad6b71", it has to be 16 hexadecimal digits`, http.StatusBadRequest,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if status, text := post(t, server.URL, tc.kind, tc.encoding, []byte(tc.body)); status != tc.status || !strings.Contains(text, tc.want) {
				t.Errorf("status %d, %q; want %d, %q", status, text, tc.status, tc.want)
			}
		})
	}
}

func TestGRPC(t *testing.T) {
	t.Parallel()
	receiver := otlp.NewReceiver()
	web := httptest.NewServer(receiver)
	defer web.Close()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	receiver.Register(server)
	go server.Serve(listener) //nolint:errcheck // it ends by Stop
	defer server.Stop()
	connection, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close() //nolint:errcheck // nothing depends on it
	if _, err := collector.NewTraceServiceClient(connection).Export(t.Context(), message(t)); err != nil {
		t.Fatal(err)
	}
	check(t, web.URL, want("grpc"))
}
