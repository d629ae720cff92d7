package taskrun

import (
	"time"

	"k8s.io/apimachinery/pkg/util/cache"
	"k8s.io/utils/clock"
)

const (
	// knownKinds is how many kinds of nodes are remembered, and kindAge for how long: nodes are replaced.
	knownKinds = 1024
	kindAge    = 24 * time.Hour
)

// kinds are the kinds of nodes that were seen to start the containers of a pod in another order than that of the pod.
type kinds struct{ known *cache.LRUExpireCache }

func newKinds(clock clock.PassiveClock) *kinds {
	return &kinds{cache.NewLRUExpireCacheWithClock(knownKinds, clock)}
}

func (k *kinds) add(kind string) { k.known.Add(kind, true, kindAge) }

func (k *kinds) contains(kind string) bool {
	_, ok := k.known.Get(kind)
	return ok
}
