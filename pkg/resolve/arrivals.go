package resolve

import (
	"context"
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"

	resolutionv1beta1 "github.com/tenon-ci/tenon/pkg/apis/resolution/v1beta1"
)

const (
	// shortWait is how long a pass waits for the answer to a request that it has just made. What a resolver has in its cache is there
	// sooner than a run could say that it waits, and come back.
	shortWait = 30 * time.Millisecond
	// shortWaits is how many passes do that at a time: they keep workers from other runs.
	shortWaits = 4
)

// Arrivals tells passes that wait for a moment that their requests are answered.
type Arrivals struct {
	places chan struct{}

	mu      sync.Mutex
	waiting map[types.NamespacedName]map[chan struct{}]bool
}

// WatchArrivals returns one that learns of answers from the informer of ResolutionRequests, whose lister the resolver reads.
func WatchArrivals(requests cache.SharedIndexInformer) (*Arrivals, error) {
	a := newArrivals()
	_, err := requests.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    a.arrived,
		UpdateFunc: func(_, after any) { a.arrived(after) },
	})
	if err != nil {
		return nil, fmt.Errorf("watching ResolutionRequests: %w", err)
	}
	return a, nil
}

func newArrivals() *Arrivals {
	return &Arrivals{places: make(chan struct{}, shortWaits), waiting: map[types.NamespacedName]map[chan struct{}]bool{}}
}

func (a *Arrivals) arrived(object any) {
	rr, ok := object.(*resolutionv1beta1.ResolutionRequest)
	if !ok || !isAnswered(rr) {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	id := types.NamespacedName{Namespace: rr.Namespace, Name: rr.Name}
	for waiter := range a.waiting[id] {
		close(waiter)
	}
	delete(a.waiting, id)
}

// expect returns a function that waits until a request is answered, for a moment at most. It is called before the request is made, and
// the other function in the end. Where too many wait already, and without Arrivals, there is no waiting.
func (a *Arrivals) expect(id types.NamespacedName) (wait func(context.Context), forget func()) {
	none := func() {}
	if a == nil {
		return func(context.Context) {}, none
	}
	select {
	case a.places <- struct{}{}:
	default:
		return func(context.Context) {}, none
	}
	answered := make(chan struct{})
	a.mu.Lock()
	if a.waiting[id] == nil {
		a.waiting[id] = map[chan struct{}]bool{}
	}
	a.waiting[id][answered] = true
	a.mu.Unlock()
	wait = func(ctx context.Context) {
		timer := time.NewTimer(shortWait)
		defer timer.Stop()
		select {
		case <-answered:
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	return wait, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if delete(a.waiting[id], answered); len(a.waiting[id]) == 0 {
			delete(a.waiting, id)
		}
		<-a.places
	}
}
