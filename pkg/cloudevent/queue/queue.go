// Package queue holds the events that wait to be delivered: those of one run in order and one at a time, those of several runs side by
// side. However long a sink is away, it does not grow without limit.
package queue

import (
	"container/list"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"

	"github.com/tenon-ci/tenon/pkg/cloudevent"
	"github.com/tenon-ci/tenon/pkg/cloudevent/plan"
)

// Item is an event in the queue.
type Item struct {
	cloudevent.Event
	// Queued is when it came into the queue.
	Queued time.Time
	// Tries is how often it was tried to deliver it and failed.
	Tries int

	place *list.Element
	busy  bool
}

// Queue is a queue of events. Make one with New.
type Queue struct {
	clock clock.WithTicker
	limit int
	// ready has the runs whose first event can be delivered now, and those that have to wait until then.
	ready workqueue.TypedDelayingInterface[types.UID]

	mu sync.Mutex
	// runs are the items of each run, in the order of delivery.
	runs map[types.UID][]*Item
	// all are the items of all runs, the oldest first.
	all    *list.List
	closed bool
}

// New returns a queue that holds as many events as limit says, and twice as many if it has to, so as not to lose the end of a run.
func New(limit int, clock clock.WithTicker) *Queue {
	return &Queue{
		clock: clock, limit: limit, runs: map[types.UID][]*Item{}, all: list.New(),
		ready: workqueue.NewTypedDelayingQueueWithConfig(workqueue.TypedDelayingQueueConfig[types.UID]{Clock: clock}),
	}
}

// Add puts events behind those of their runs, and returns those that had to give way for that: if the queue is full, the oldest that
// tells of something between start and end of a run with several events in the queue, else the oldest of this sort of any run. Events
// about the end of runs give way last.
func (q *Queue) Add(events ...cloudevent.Event) []*Item {
	q.mu.Lock()
	defer q.mu.Unlock()
	var lost []*Item
	for _, e := range events {
		if q.closed {
			break
		}
		item := &Item{Event: e, Queued: q.clock.Now()}
		item.place = q.all.PushBack(item)
		q.runs[e.State.UID] = append(q.runs[e.State.UID], item)
		if victim := q.victim(); victim != nil {
			q.remove(victim)
			lost = append(lost, victim)
		}
		if waiting := q.runs[e.State.UID]; len(waiting) == 1 && waiting[0] == item {
			q.ready.Add(e.State.UID)
		}
	}
	return lost
}

// victim returns what has to give way, nil if there is room.
func (q *Queue) victim() *Item {
	if q.all.Len() <= q.limit {
		return nil
	}
	var between, final *Item
	for place := q.all.Front(); place != nil; place = place.Next() {
		item := place.Value.(*Item)
		switch {
		case item.busy:
		case item.Final:
			final = first(final, item)
		case len(q.runs[item.State.UID]) > 1:
			return item
		default:
			between = first(between, item)
		}
	}
	if between != nil || q.all.Len() <= 2*q.limit {
		return between
	}
	return final
}

func first(found, item *Item) *Item {
	if found != nil {
		return found
	}
	return item
}

// remove takes an item out, wherever it is. What is not there any more is left alone.
func (q *Queue) remove(item *Item) {
	run := item.State.UID
	waiting := q.runs[run]
	for i := range waiting {
		if waiting[i] != item {
			continue
		}
		q.all.Remove(item.place)
		rest := append(append([]*Item(nil), waiting[:i]...), waiting[i+1:]...)
		if len(rest) == 0 {
			delete(q.runs, run)
		} else {
			q.runs[run] = rest
		}
		return
	}
}

// Get waits for an event that can be delivered and returns it; false when the queue is closed. The caller has to say what became
// of it with Done or Retry; until then nothing else of the run is returned.
func (q *Queue) Get() (*Item, bool) {
	for {
		run, shutdown := q.ready.Get()
		if shutdown {
			return nil, false
		}
		q.mu.Lock()
		if waiting := q.runs[run]; len(waiting) > 0 && !q.closed {
			waiting[0].busy = true
			q.mu.Unlock()
			return waiting[0], true
		}
		q.mu.Unlock()
		q.ready.Done(run)
	}
}

// Done says that an item is settled.
func (q *Queue) Done(item *Item) {
	run := item.State.UID
	q.mu.Lock()
	q.remove(item)
	more := len(q.runs[run]) > 0
	q.mu.Unlock()
	if more {
		q.ready.Add(run)
	}
	q.ready.Done(run)
}

// Retry says that an item is to be returned again after some time, before all others of its run.
func (q *Queue) Retry(item *Item, after time.Duration) {
	q.mu.Lock()
	item.Tries++
	item.busy = false
	q.mu.Unlock()
	q.ready.AddAfter(item.State.UID, after)
	q.ready.Done(item.State.UID)
}

// Drop forgets the events of runs. What is being delivered just now may be delivered still.
func (q *Queue) Drop(about func(types.NamespacedName) bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for place := q.all.Front(); place != nil; {
		item := place.Value.(*Item)
		place = place.Next()
		if about(item.State.Key) {
			q.remove(item)
		}
	}
}

// Pending returns what the events about some runs mean for the mark.
func (q *Queue) Pending(about func(types.NamespacedName) bool) []plan.Pending {
	q.mu.Lock()
	defer q.mu.Unlock()
	var out []plan.Pending
	for place := q.all.Front(); place != nil; place = place.Next() {
		if item := place.Value.(*Item); about(item.State.Key) {
			out = append(out, plan.Pending{Kind: item.State.Kind, Version: item.State.Version, Since: item.Since})
		}
	}
	return out
}

// Len returns how many events there are.
func (q *Queue) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.all.Len()
}

// Close makes Get return false from now on, and Add do nothing. The items stay, for Pending.
func (q *Queue) Close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.ready.ShutDown()
}
