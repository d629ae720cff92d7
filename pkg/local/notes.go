package local

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/tenon-ci/tenon/pkg/decision"
)

// Event is something that happened.
type Event struct {
	// Object is the object that changed, as it is now, or that the Kubernetes event is about. It must not be changed.
	Object runtime.Object
	// Deleted says that the object is gone.
	Deleted bool
	// Kubernetes is the Kubernetes event; nil if the object changed.
	Kubernetes *decision.Event
	At         time.Time
}

// notes passes events on in order, from a goroutine of its own: a subscriber that takes its time holds up nobody.
type notes struct {
	subscribers []func(Event)

	mu     sync.Mutex
	cond   *sync.Cond
	queue  []Event
	closed bool
	done   chan struct{}
}

func newNotes() *notes {
	n := &notes{done: make(chan struct{})}
	n.cond = sync.NewCond(&n.mu)
	return n
}

func (n *notes) subscribe(f func(Event)) { n.subscribers = append(n.subscribers, f) }

func (n *notes) add(e Event) {
	if len(n.subscribers) == 0 {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.queue = append(n.queue, e)
	n.cond.Signal()
}

// run passes on events until close.
func (n *notes) run() {
	defer close(n.done)
	for {
		n.mu.Lock()
		for len(n.queue) == 0 && !n.closed {
			n.cond.Wait()
		}
		events := n.queue
		n.queue = nil
		n.mu.Unlock()
		if len(events) == 0 {
			return
		}
		for _, e := range events {
			for _, f := range n.subscribers {
				f(e)
			}
		}
	}
}

// close waits until everything was passed on.
func (n *notes) close() {
	n.mu.Lock()
	n.closed = true
	n.cond.Signal()
	n.mu.Unlock()
	<-n.done
}
