package measure

import (
	"maps"
	"net/http"
	"strings"
	"sync"
)

// Request names what the API server counts together.
type Request struct {
	// Verb is that of HTTP, or LIST or WATCH.
	Verb string
	// Resource has the subresource after a slash.
	Resource string
}

// Writes tells whether the request changes something.
func (r Request) Writes() bool {
	switch r.Verb {
	case "POST", "PUT", "PATCH", "DELETE", "DELETECOLLECTION", "APPLY":
		return true
	default:
		return false
	}
}

// Counts are numbers of requests.
type Counts map[Request]float64

// minus returns the counts since before.
func (c Counts) minus(before Counts) Counts {
	out := Counts{}
	for key, value := range c {
		if d := value - before[key]; d != 0 {
			out[key] = d
		}
	}
	return out
}

// Sum adds up the requests that count.
func (c Counts) Sum(count func(Request) bool) float64 {
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
	counts Counts
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

func (o *ownRequests) snapshot() Counts {
	o.mu.Lock()
	defer o.mu.Unlock()
	return maps.Clone(o.counts)
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// requestOf tells how the API server counts a request; not at all if it is for no resource.
func requestOf(r *http.Request) (Request, bool) {
	watch := r.URL.Query().Get("watch")
	return keyOf(r.Method, r.URL.Path, watch == "true" || watch == "1")
}

// keyOf tells how the API server counts a request with a method for a path.
func keyOf(method, path string, watch bool) (Request, bool) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case len(parts) > 2 && parts[0] == "api":
		parts = parts[2:]
	case len(parts) > 3 && parts[0] == "apis":
		parts = parts[3:]
	default:
		return Request{}, false
	}
	if parts[0] == "namespaces" && len(parts) > 2 {
		parts = parts[2:]
	}
	key := Request{Verb: method, Resource: parts[0]}
	if len(parts) > 2 {
		key.Resource += "/" + parts[2]
	}
	if method == http.MethodGet && len(parts) == 1 {
		key.Verb = "LIST"
		if watch {
			key.Verb = "WATCH"
		}
	}
	return key, true
}
