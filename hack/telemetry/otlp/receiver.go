// Package otlp receives traces by the OpenTelemetry protocol, for tests: over gRPC, and over HTTP in protobuf and JSON. It keeps the
// spans in the order of arrival, and tells them:
//
//	POST   /v1/traces  spans, as OTLP has it
//	GET    /-/spans    the spans so far, in JSON: an array of Span; ?trace=ID leaves only those of one trace
//	DELETE /-/spans    forgets them
//	GET    /-/ready    says that it listens
package otlp

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"sync"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"
	_ "google.golang.org/grpc/encoding/gzip" // what senders may compress with
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// kept is how many spans are remembered, biggest how many bytes one request may have.
const (
	kept    = 100000
	biggest = 16 << 20
)

// Receiver is an http.Handler, and serves gRPC. It is safe for concurrent use.
type Receiver struct {
	collector.UnimplementedTraceServiceServer

	mux *http.ServeMux

	mu    sync.Mutex
	spans []Span
}

// NewReceiver returns a receiver.
func NewReceiver() *Receiver {
	r := &Receiver{mux: http.NewServeMux()}
	r.mux.HandleFunc("POST /v1/traces", r.receive)
	r.mux.HandleFunc("GET /-/spans", r.list)
	r.mux.HandleFunc("DELETE /-/spans", r.forget)
	r.mux.HandleFunc("GET /-/ready", func(http.ResponseWriter, *http.Request) {})
	return r
}

// Register has a gRPC server receive spans too.
func (r *Receiver) Register(server *grpc.Server) { collector.RegisterTraceServiceServer(server, r) }

// Export implements the gRPC service.
func (r *Receiver) Export(_ context.Context, request *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	r.keep(request, "grpc")
	return &collector.ExportTraceServiceResponse{}, nil
}

// ServeHTTP implements http.Handler.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.mux.ServeHTTP(w, request)
}

// Spans returns the spans so far.
func (r *Receiver) Spans() []Span {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.spans)
}

func (r *Receiver) keep(request *collector.ExportTraceServiceRequest, transport string) {
	spans := convert(request, transport)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.spans) < kept {
		r.spans = append(r.spans, spans...)
	}
}

func (r *Receiver) list(w http.ResponseWriter, request *http.Request) {
	out := []Span{}
	trace := request.FormValue("trace")
	for _, span := range r.Spans() {
		if trace == "" || trace == span.TraceID {
			out = append(out, span)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out) // who asked is gone then
}

func (r *Receiver) forget(http.ResponseWriter, *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.spans = nil
}

// The encodings of OTLP over HTTP.
const (
	typeProtobuf = "application/x-protobuf"
	typeJSON     = "application/json"
)

func (r *Receiver) receive(w http.ResponseWriter, request *http.Request) {
	body, err := read(w, request)
	if err != nil {
		http.Error(w, fmt.Sprintf("reading the spans: %v", err), http.StatusBadRequest)
		return
	}
	kind, _, err := mime.ParseMediaType(request.Header.Get("Content-Type"))
	if err != nil || (kind != typeProtobuf && kind != typeJSON) {
		http.Error(w, fmt.Sprintf("Content-Type has to be %s or %s", typeProtobuf, typeJSON), http.StatusUnsupportedMediaType)
		return
	}
	spans := &collector.ExportTraceServiceRequest{}
	unmarshal, marshal, transport := proto.Unmarshal, proto.Marshal, "http/protobuf"
	if kind == typeJSON {
		unmarshal, marshal, transport = unmarshalJSON, protojson.Marshal, "http/json"
	}
	if err := unmarshal(body, spans); err != nil {
		http.Error(w, fmt.Sprintf("parsing the spans: %v", err), http.StatusBadRequest)
		return
	}
	r.keep(spans, transport)
	answer, err := marshal(&collector.ExportTraceServiceResponse{})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(answer) // who sent is gone then
}

func read(w http.ResponseWriter, request *http.Request) ([]byte, error) {
	body := io.Reader(http.MaxBytesReader(w, request.Body, biggest))
	if request.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(body)
		if err != nil {
			return nil, err
		}
		body = io.LimitReader(z, biggest)
	}
	return io.ReadAll(body)
}

// unmarshalJSON parses the JSON of OTLP, which is that of protobuf but for the IDs: see convert.
func unmarshalJSON(text []byte, into proto.Message) error {
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(text, into); err != nil {
		return err
	}
	request, ok := into.(*collector.ExportTraceServiceRequest)
	if !ok {
		return fmt.Errorf("cannot parse a %T", into)
	}
	return decodeIDs(request)
}
