package taskrun

import (
	"sync"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/podstatus"
)

// injections remembers what others add to pods, by namespace, so that the next pod there is made for it from the start. The zero
// value is ready for use by many goroutines.
type injections struct {
	mu    sync.Mutex
	known map[string]additions
}

// additions are what is added to the pods of a namespace.
type additions struct {
	// containers is the largest number of containers, init containers included, that were added to a pod.
	containers int
	// holds tells whether ordinary containers were among them, which the first step waits for.
	holds bool
}

// in returns what was added to pods of a namespace so far.
func (i *injections) in(namespace string) additions {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.known[namespace]
}

// note compares a pod with what was asked for.
func (i *injections) note(asked, made *corev1.Pod) {
	seen := additions{containers: containers(made) - containers(asked), holds: podstatus.HasInjected(made)}
	if seen.containers <= 0 && !seen.holds {
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.known == nil {
		i.known = map[string]additions{}
	}
	before := i.known[made.Namespace]
	i.known[made.Namespace] = additions{max(before.containers, seen.containers), before.holds || seen.holds}
}

func containers(pod *corev1.Pod) int { return len(pod.Spec.InitContainers) + len(pod.Spec.Containers) }
