package leases

import (
	"context"
	"sync"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	coordinationv1client "k8s.io/client-go/kubernetes/typed/coordination/v1"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
)

// rewatch is how long to wait until a watch that ended is begun anew. Without one, leases are looked at as often as leader
// election is set to.
const rewatch = 5 * time.Second

// news is what was last heard of each lease. With it, leader election can look often at the leases of other replicas, and
// take them as soon as they are given back, without asking the API server each time.
type news struct {
	// good is how long news about a lease that somebody holds are good for: a watch may have stopped without a word.
	good  time.Duration
	clock clock.PassiveClock

	mu   sync.Mutex
	last map[string]heard
}

type heard struct {
	lease *coordinationv1.Lease
	at    time.Time
}

func newNews(good time.Duration, clock clock.PassiveClock) *news {
	return &news{good: good, clock: clock, last: map[string]heard{}}
}

// follow watches the leases until the context ends.
func (n *news) follow(ctx context.Context, leases coordinationv1client.LeaseInterface) {
	wait.UntilWithContext(ctx, func(ctx context.Context) {
		// The first events are about the leases that exist. Where there is no right to watch, there are no news, which is well.
		watched, err := leases.Watch(ctx, metav1.ListOptions{})
		if err != nil {
			return
		}
		defer watched.Stop()
		for event := range watched.ResultChan() {
			if lease, ok := event.Object.(*coordinationv1.Lease); ok {
				n.hear(lease)
			}
		}
	}, rewatch)
}

func (n *news) hear(lease *coordinationv1.Lease) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.last[lease.Name] = heard{lease.DeepCopy(), n.clock.Now()}
}

// forget makes the next one who wants to know ask the API server.
func (n *news) forget(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.last, name)
}

// heldByOther returns a lease if it is known to be held by somebody else than identity, else nil: whoever may take a lease
// has to see how it is stored.
func (n *news) heldByOther(name, identity string) *coordinationv1.Lease {
	n.mu.Lock()
	defer n.mu.Unlock()
	h, ok := n.last[name]
	if !ok || n.clock.Since(h.at) >= n.good {
		return nil
	}
	if holder := ptr.Deref(h.lease.Spec.HolderIdentity, ""); holder == "" || holder == identity {
		return nil
	}
	return h.lease.DeepCopy()
}
