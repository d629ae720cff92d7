package taskrun

import (
	"context"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/util/cache"
	"k8s.io/client-go/kubernetes"
	"k8s.io/utils/clock"
	"knative.dev/pkg/logging"

	"github.com/tenon-ci/tenon/pkg/taskplan"
)

// causeReasons are the reasons of events about what keeps a pod from starting although nothing in the pod tells of it: a volume
// whose Secret is missing, a disk that hangs on another node, a network that is not set up.
var causeReasons = []string{"FailedMount", "FailedMapVolume", "FailedAttachVolume", "FailedCreatePodSandBox"}

const (
	// knownCauses is of how many pods it is remembered what their events told, and causeAge for how long, which is more than the
	// time between two looks.
	knownCauses = 16384
	causeAge    = 10 * time.Minute
)

// podEvents finds the events that tell why a pod does not start. They are not watched: the API server keeps those of the whole
// cluster in one list, which changes all the time.
type podEvents struct {
	kube  kubernetes.Interface
	clock clock.PassiveClock
	known *cache.LRUExpireCache // UID of a pod to taskplan.Cause
}

func newPodEvents(kube kubernetes.Interface, clock clock.PassiveClock) podEvents {
	return podEvents{kube, clock, cache.NewLRUExpireCacheWithClock(knownCauses, clock)}
}

// of returns what is known of a pod that does not run; nil if nobody has looked yet.
func (e podEvents) of(pod *corev1.Pod) *taskplan.Cause {
	if pod == nil || pod.Status.Phase != corev1.PodPending {
		return nil
	}
	found, _ := e.known.Get(pod.UID)
	if cause, ok := found.(taskplan.Cause); ok {
		return &cause
	}
	return nil
}

// look reads the events of a pod. If they can't be read, for lack of permission perhaps, they tell nothing.
func (e podEvents) look(ctx context.Context, pod *corev1.Pod) *taskplan.Cause {
	cause := taskplan.Cause{At: e.clock.Now()}
	list, err := e.kube.CoreV1().Events(pod.Namespace).List(ctx, metav1.ListOptions{FieldSelector: fields.AndSelectors(
		fields.OneTermEqualSelector("involvedObject.uid", string(pod.UID)), fields.OneTermEqualSelector("type", corev1.EventTypeWarning),
	).String()})
	if err != nil {
		logging.FromContext(ctx).Debugw("the events of a pod that does not start cannot be read", "pod", pod.Name, "error", err)
	} else {
		cause.Text = newestCause(list.Items)
	}
	e.known.Add(pod.UID, cause, causeAge)
	return &cause
}

// newestCause returns reason and text of the newest event that tells a cause; empty if none does.
func newestCause(events []corev1.Event) string {
	var newest *corev1.Event
	for i := range events {
		event := &events[i]
		if slices.Contains(causeReasons, event.Reason) && (newest == nil || lastSeen(event).After(lastSeen(newest))) {
			newest = event
		}
	}
	if newest == nil {
		return ""
	}
	return newest.Reason + ": " + newest.Message
}

// lastSeen is when what an event tells happened last.
func lastSeen(e *corev1.Event) time.Time {
	last := e.LastTimestamp.Time
	if e.EventTime.After(last) {
		last = e.EventTime.Time
	}
	if e.Series != nil && e.Series.LastObservedTime.After(last) {
		last = e.Series.LastObservedTime.Time
	}
	return last
}
