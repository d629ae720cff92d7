//go:build e2e

package faults

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// fate is what becomes of a write.
type fate int

const (
	// passes lets the server have it.
	passes fate = iota
	// refused answers that the server is not available.
	refused
	// last lets the server have it, and ends the client before it gets the answer.
	last
)

// gate is a proxy in front of the API server that decides about the writes of one client. They go through it one by one, so that none
// is under way when the client is ended.
type gate struct {
	server *httptest.Server
	proxy  *httputil.ReverseProxy

	// life counts how often the gate was opened. Requests of an earlier life are dropped.
	life atomic.Int64

	mu     sync.Mutex
	decide func(n int) fate
	// end is called for the last write; the gate stays shut after it until it is opened again.
	end    func()
	shut   bool
	writes []string
}

func newGate(t *testing.T, config *rest.Config) *gate {
	t.Helper()
	target, err := url.Parse(config.Host)
	if err != nil {
		t.Fatal(err)
	}
	transport, err := rest.TransportFor(rest.AnonymousClientConfig(config))
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{decide: func(int) fate { return passes }}
	g.proxy = &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:     transport,
		FlushInterval: -1,
		ErrorHandler:  func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	g.server = httptest.NewUnstartedServer(g)
	g.server.EnableHTTP2 = true
	g.server.StartTLS()
	t.Cleanup(func() {
		g.server.CloseClientConnections()
		g.server.Close()
	})
	return g
}

// authority is the certificate by which clients know the gate.
func (g *gate) authority() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: g.server.Certificate().Raw})
}

// open lets writes through again.
func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.life.Add(1)
	g.shut = false
}

// begin counts from one again, and asks decide about each write.
func (g *gate) begin(decide func(n int) fate) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.decide, g.writes = decide, nil
}

// seen returns the writes since begin.
func (g *gate) seen() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]string(nil), g.writes...)
}

// ServeHTTP implements http.Handler.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !isWrite(r) {
		g.proxy.ServeHTTP(w, r)
		return
	}
	life := g.life.Load()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut || life != g.life.Load() || r.Context().Err() != nil {
		panic(http.ErrAbortHandler)
	}
	g.writes = append(g.writes, r.Method+" "+r.URL.Path)
	switch g.decide(len(g.writes)) {
	case passes:
		g.proxy.ServeHTTP(w, r)
	case refused:
		refuse(w)
	case last:
		g.proxy.ServeHTTP(httptest.NewRecorder(), r)
		g.shut = true
		g.end()
		panic(http.ErrAbortHandler)
	}
}

// isWrite tells whether a request changes something that belongs to runs. Leases are about the client itself.
func isWrite(r *http.Request) bool {
	switch r.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
		return strings.Contains(r.URL.Path, "/namespaces/") && !strings.Contains(r.URL.Path, "/leases")
	default:
		return false
	}
}

func refuse(w http.ResponseWriter) {
	answer := metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusFailure, Code: http.StatusServiceUnavailable,
		Reason: metav1.StatusReasonServiceUnavailable, Message: "the server has a bad moment",
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusServiceUnavailable)
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		panic(fmt.Errorf("writing a refusal: %w", err))
	}
}
