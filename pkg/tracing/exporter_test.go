package tracing

import (
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/apis/config"
)

// receiver is a collector over both protocols.
type receiver struct {
	collector.UnimplementedTraceServiceServer
	mu sync.Mutex
	// got has, for each span that came, how it came and what it was.
	got []string
}

func (r *receiver) take(how, login string, request *collector.ExportTraceServiceRequest) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, resource := range request.GetResourceSpans() {
		service := ""
		for _, a := range resource.GetResource().GetAttributes() {
			if a.GetKey() == "service.name" {
				service = a.GetValue().GetStringValue()
			}
		}
		for _, scope := range resource.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				r.got = append(r.got, strings.Join([]string{how, login, service, scope.GetScope().GetName(), s.GetName()}, "|"))
			}
		}
	}
}

// ServeHTTP implements http.Handler.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := gzip.NewReader(req.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	data, err := io.ReadAll(body)
	var request collector.ExportTraceServiceRequest
	if err = errors.Join(err, proto.Unmarshal(data, &request)); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.take(req.URL.Path, req.Header.Get("Authorization"), &request)
}

// Export implements collector.TraceServiceServer.
func (r *receiver) Export(ctx context.Context, request *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	r.take("grpc", strings.Join(md.Get("authorization"), ","), request)
	return &collector.ExportTraceServiceResponse{}, nil
}

// serve starts the receiver and returns its endpoint.
func (r *receiver) serve(t *testing.T, protocol config.TracingProtocol) string {
	t.Helper()
	if protocol == config.TracingHTTP {
		server := httptest.NewServer(r)
		t.Cleanup(server.Close)
		return server.URL + "/some/path"
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	collector.RegisterTraceServiceServer(server, r)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return "http://" + listener.Addr().String()
}

func secret(password string) *corev1.Secret {
	return &corev1.Secret{Data: map[string][]byte{"username": []byte("me"), "password": []byte(password)}}
}

func TestOTLP(t *testing.T) {
	t.Parallel()
	login := "Basic " + base64.StdEncoding.EncodeToString([]byte("me:pass"))
	for name, tc := range map[string]struct {
		protocol config.TracingProtocol
		secret   string
		want     string
	}{
		"HTTP":            {config.TracingHTTP, "", "/some/path||taskrun-reconciler|TaskRunReconciler|RUN"},
		"HTTP with login": {config.TracingHTTP, "login", "/some/path|" + login + "|taskrun-reconciler|TaskRunReconciler|RUN"},
		"gRPC":            {config.TracingGRPC, "", "grpc||taskrun-reconciler|TaskRunReconciler|RUN"},
		"gRPC with login": {config.TracingGRPC, "login", "grpc|" + login + "|taskrun-reconciler|TaskRunReconciler|RUN"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &receiver{}
			settings := enabled()
			settings.Protocol, settings.Endpoint, settings.CredentialsSecret = tc.protocol, r.serve(t, tc.protocol), tc.secret
			p := New(Options{Secret: func(_ context.Context, name string) (*corev1.Secret, error) {
				if name != "login" {
					return nil, errors.New("no such secret")
				}
				return secret("pass"), nil
			}})
			p.Apply(settings)
			before, after := finished(p, "x")
			p.TaskRunWritten(t.Context(), before, after, nil)
			p.Close()
			if diff := cmp.Diff([]string{tc.want}, r.got); diff != "" || p.Counts() != (Counts{Sent: 1}) {
				t.Errorf("counts %+v, received (-want +got):\n%s", p.Counts(), diff)
			}
		})
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	stored, reads := secret("old"), 0
	c := &credentials{secret: "login", now: func() time.Time { return now }, read: func(context.Context, string) (*corev1.Secret, error) {
		reads++
		if stored == nil {
			return nil, errors.New("not found")
		}
		return stored, nil
	}}
	check := func(when string, wantReads int, want, wantErr string) {
		t.Helper()
		got, err := c.header(t.Context())
		text := ""
		if err != nil {
			text = err.Error()
		}
		if want != "" {
			want = "Basic " + base64.StdEncoding.EncodeToString([]byte(want))
		}
		if got != want || text != wantErr || reads != wantReads {
			t.Errorf("%s: %q after %d reads, error %q; want %q after %d, error %q", when, got, reads, text, want, wantReads, wantErr)
		}
	}
	check("first", 1, "me:old", "")
	stored = secret("new")
	check("at once", 1, "me:old", "")
	now = now.Add(credentialsAge)
	check("later", 2, "me:new", "")
	stored, now = secret(""), now.Add(credentialsAge)
	check("no password", 3, "", `the Secret "login" that credentialsSecret in config-tracing names must have the keys "username" and "password"`)
	stored = nil
	check("gone", 4, "", `reading the Secret "login" that credentialsSecret in config-tracing names: not found`)
}
