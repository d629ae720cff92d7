package main

import (
	"maps"
	"net/http"
	"strings"
	"sync"
)

// request names what the API server counts together.
type request struct {
	verb string
	// resource has the subresource after a slash.
	resource string
}

// writes tells whether the request changes something.
func (r request) writes() bool {
	switch r.verb {
	case "POST", "PUT", "PATCH", "DELETE", "DELETECOLLECTION", "APPLY":
		return true
	default:
		return false
	}
}

type counts map[request]float64

// minus returns the counts since before.
func (c counts) minus(before counts) counts {
	out := counts{}
	for key, value := range c {
		if d := value - before[key]; d != 0 {
			out[key] = d
		}
	}
	return out
}

// sum adds up the requests that count.
func (c counts) sum(count func(request) bool) float64 {
	var total float64
	for key, value := range c {
		if count(key) {
			total += value
		}
	}
	return total
}

// ownRequests counts the requests that this program makes itself, so that they can be subtracted.
type ownRequests struct {
	mu     sync.Mutex
	counts counts
}

func (o *ownRequests) wrap(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		if key, ok := requestOf(r); ok {
			o.mu.Lock()
			o.counts[key]++
			o.mu.Unlock()
		}
		return next.RoundTrip(r)
	})
}

func (o *ownRequests) snapshot() counts {
	o.mu.Lock()
	defer o.mu.Unlock()
	return maps.Clone(o.counts)
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// requestOf tells how the API server counts a request; not at all if it is for no resource.
func requestOf(r *http.Request) (request, bool) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case len(parts) > 2 && parts[0] == "api":
		parts = parts[2:]
	case len(parts) > 3 && parts[0] == "apis":
		parts = parts[3:]
	default:
		return request{}, false
	}
	if parts[0] == "namespaces" && len(parts) > 2 {
		parts = parts[2:]
	}
	key := request{verb: r.Method, resource: parts[0]}
	if len(parts) > 2 {
		key.resource += "/" + parts[2]
	}
	if r.Method == http.MethodGet && len(parts) == 1 {
		key.verb = "LIST"
		if watch := r.URL.Query().Get("watch"); watch == "true" || watch == "1" {
			key.verb = "WATCH"
		}
	}
	return key, true
}
