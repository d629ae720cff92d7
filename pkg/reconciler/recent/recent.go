// Package recent remembers for a moment what this process did, until informers show it.
package recent

import (
	"sync"
	"time"

	"k8s.io/utils/clock"
)

// Trust is how long an object that was made is believed in although no informer shows it. It is less than it takes until a
// pass looks after a pod that does not start, so that one that came and went while the watch was down is noticed.
const Trust = 4 * time.Second

// Memory holds values by key, each for a given time from when it was added. It is for use by many goroutines. What has
// expired is dropped when something is added, so that a memory never holds more than what was added in that time.
type Memory[K comparable, V any] struct {
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

// New returns an empty memory that holds each value for keep.
func New[K comparable, V any](clock clock.PassiveClock, keep time.Duration) *Memory[K, V] {
	return &Memory[K, V]{clock: clock, keep: keep, known: map[K][]entry[V]{}}
}

// Add holds a value beside those that the key has already.
func (m *Memory[K, V]) Add(key K, value V) {
	now := m.clock.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dropExpired(now)
	m.known[key] = append(m.known[key], entry[V]{value, now})
	m.order = append(m.order, key)
}

// All returns the values of a key, the oldest first.
func (m *Memory[K, V]) All(key K) []V {
	now := m.clock.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	var values []V
	for _, e := range m.known[key] {
		if !m.expired(e, now) {
			values = append(values, e.value)
		}
	}
	return values
}

// Has tells whether the key has a value.
func (m *Memory[K, V]) Has(key K) bool { return len(m.All(key)) > 0 }

// Forget drops the values of a key.
func (m *Memory[K, V]) Forget(key K) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.known, key)
}

func (m *Memory[K, V]) expired(e entry[V], now time.Time) bool { return now.Sub(e.at) >= m.keep }

func (m *Memory[K, V]) dropExpired(now time.Time) {
	for len(m.order) > 0 {
		key := m.order[0]
		switch values := m.known[key]; {
		case len(values) == 0:
		case !m.expired(values[0], now):
			return
		case len(values) == 1:
			delete(m.known, key)
		default:
			m.known[key] = values[1:]
		}
		m.order = m.order[1:]
	}
}
