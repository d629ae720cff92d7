package recent

import (
	"sync"
	"time"

	"k8s.io/utils/clock"
)

// window holds values by key, each for a given time from when it was added. It is for use by many goroutines. What has
// expired is dropped when something is added, so that a window never holds more than what was added in that time.
type window[K comparable, V any] struct {
	clock clock.PassiveClock
	keep  time.Duration

	mu    sync.Mutex
	known map[K][]entry[V]
	// order has a key for each value that was added, the oldest first. A forgotten value leaves its key behind.
	order []K
}

type entry[V any] struct {
	value V
	at    time.Time
}

// newWindow returns an empty window that holds each value for keep.
func newWindow[K comparable, V any](clock clock.PassiveClock, keep time.Duration) *window[K, V] {
	return &window[K, V]{clock: clock, keep: keep, known: map[K][]entry[V]{}}
}

// add holds a value beside those that the key has already.
func (w *window[K, V]) add(key K, value V) {
	now := w.clock.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dropExpired(now)
	w.known[key] = append(w.known[key], entry[V]{value, now})
	w.order = append(w.order, key)
}

// all returns the values of a key, the oldest first.
func (w *window[K, V]) all(key K) []V {
	now := w.clock.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	var values []V
	for _, e := range w.known[key] {
		if !w.expired(e, now) {
			values = append(values, e.value)
		}
	}
	return values
}

// last returns the newest value of a key, and how long it will be held.
func (w *window[K, V]) last(key K) (value V, left time.Duration, ok bool) {
	now := w.clock.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	values := w.known[key]
	if len(values) == 0 || w.expired(values[len(values)-1], now) {
		return value, 0, false
	}
	newest := values[len(values)-1]
	return newest.value, newest.at.Add(w.keep).Sub(now), true
}

// has tells whether the key has a value.
func (w *window[K, V]) has(key K) bool {
	_, _, ok := w.last(key)
	return ok
}

// forget drops the values of a key.
func (w *window[K, V]) forget(key K) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.known, key)
}

func (w *window[K, V]) expired(e entry[V], now time.Time) bool { return now.Sub(e.at) >= w.keep }

func (w *window[K, V]) dropExpired(now time.Time) {
	for len(w.order) > 0 {
		key := w.order[0]
		switch values := w.known[key]; {
		case len(values) == 0:
		case !w.expired(values[0], now):
			return
		case len(values) == 1:
			delete(w.known, key)
		default:
			w.known[key] = values[1:]
		}
		w.order = w.order[1:]
	}
}
