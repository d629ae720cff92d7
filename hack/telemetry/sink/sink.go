// Package sink is an HTTP server for tests that receives CloudEvents. It keeps every request in the order of arrival, can be down,
// refuse and dawdle, and tells what it got:
//
//	POST   /            an event
//	GET    /-/requests  the requests so far, in JSON: an array of Request
//	DELETE /-/requests  forgets them
//	PUT    /-/behavior  how to answer from now on, in JSON: a Behavior
//	GET    /-/ready     says that it listens
package sink

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// kept is how many requests are remembered, biggest how many bytes of one: the objects in events are smaller than that.
const (
	kept    = 20000
	biggest = 4 << 20
)

// Request is one request that was made, whatever the answer.
type Request struct {
	// Number counts requests from 1 in the order of arrival.
	Number int `json:"number"`
	// At is when the request had arrived as a whole.
	At time.Time `json:"at"`
	// Status is that of the answer; 0 if there was none, because the sink was down.
	Status int `json:"status"`
	// Header are the headers of the request.
	Header http.Header `json:"header"`
	// Body is what was sent, if it is JSON, else null.
	Body json.RawMessage `json:"body"`
}

// Accepted tells whether the sender was told that the event has arrived.
func (r *Request) Accepted() bool { return r.Status >= 200 && r.Status <= 299 }

// Behavior says how requests are answered. The zero value accepts everything at once.
type Behavior struct {
	// DownFor is for how long connections are ended without an answer from now on, as Go writes durations; empty for not at all.
	DownFor string `json:"downFor,omitempty"`
	// Status is the status of answers; 0 means 202.
	Status int `json:"status,omitempty"`
	// Every has only every n-th request answered with Status, and the others with 202; 0 means all of them.
	Every int `json:"every,omitempty"`
	// Delay is how long an answer takes, as Go writes durations; empty for not at all.
	Delay string `json:"delay,omitempty"`
}

// behavior is a Behavior that was understood.
type behavior struct {
	downUntil time.Time
	status    int
	every     int
	delay     time.Duration
}

// Sink is an http.Handler. It is safe for concurrent use.
type Sink struct {
	mux *http.ServeMux
	now func() time.Time

	mu       sync.Mutex
	count    int
	requests []Request
	behavior behavior
}

// New returns a sink that accepts everything.
func New() *Sink {
	s := &Sink{mux: http.NewServeMux(), now: time.Now}
	s.mux.HandleFunc("POST /{$}", s.receive)
	s.mux.HandleFunc("GET /-/requests", s.list)
	s.mux.HandleFunc("DELETE /-/requests", s.forget)
	s.mux.HandleFunc("PUT /-/behavior", s.behave)
	s.mux.HandleFunc("GET /-/ready", func(http.ResponseWriter, *http.Request) {})
	return s
}

// ServeHTTP implements http.Handler.
func (s *Sink) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

func (s *Sink) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, biggest))
	if err != nil {
		http.Error(w, fmt.Sprintf("reading the event: %v", err), http.StatusBadRequest)
		return
	}
	if !json.Valid(body) {
		body = []byte("null")
	}
	status, delay := s.note(r.Header, body)
	if delay > 0 {
		wait(r, delay)
	}
	if status == 0 {
		panic(http.ErrAbortHandler) // the server ends the connection without an answer
	}
	w.WriteHeader(status)
}

func wait(r *http.Request, delay time.Duration) {
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-r.Context().Done():
	case <-timer.C:
	}
}

// note remembers a request and says how to answer it.
func (s *Sink) note(header http.Header, body []byte) (status int, delay time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	now := s.now()
	status = http.StatusAccepted
	switch b := s.behavior; {
	case now.Before(b.downUntil):
		status = 0
	case b.status != 0 && (b.every == 0 || s.count%b.every == 0):
		status = b.status
	}
	if len(s.requests) < kept {
		s.requests = append(s.requests, Request{Number: s.count, At: now, Status: status, Header: header.Clone(), Body: body})
	}
	return status, s.behavior.delay
}

// Requests returns the requests so far.
func (s *Sink) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

func (s *Sink) list(w http.ResponseWriter, _ *http.Request) {
	requests := s.Requests()
	if requests == nil {
		requests = []Request{}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(requests) // who asked is gone then
}

func (s *Sink) forget(http.ResponseWriter, *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

func (s *Sink) behave(w http.ResponseWriter, r *http.Request) {
	var wanted Behavior
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&wanted); err != nil {
		http.Error(w, fmt.Sprintf("the behavior has to be JSON such as {\"downFor\": \"20s\"}: %v", err), http.StatusBadRequest)
		return
	}
	understood, err := wanted.understand(s.now())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.behavior = understood
}

func (b Behavior) understand(now time.Time) (behavior, error) {
	out := behavior{status: b.Status, every: b.Every}
	if b.Status != 0 && (b.Status < 200 || b.Status > 599) {
		return out, fmt.Errorf("status is %d, it has to be one from 200 to 599, or 0 for 202", b.Status)
	}
	if b.Every < 0 {
		return out, errors.New("every must not be negative")
	}
	down, err := duration("downFor", b.DownFor)
	if err != nil {
		return out, err
	}
	if down > 0 {
		out.downUntil = now.Add(down)
	}
	out.delay, err = duration("delay", b.Delay)
	return out, err
}

func duration(field, text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%s is %q, it has to be a duration such as 20s", field, text)
	}
	return d, nil
}
