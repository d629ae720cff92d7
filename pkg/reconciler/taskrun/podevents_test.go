package taskrun

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	clientgotesting "k8s.io/client-go/testing"
	"knative.dev/pkg/controller"
)

// warning returns an event of a pod that happened last at a time after epoch.
func warning(name, reason string, at time.Duration) corev1.Event {
	return corev1.Event{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "ns"},
		Type:       corev1.EventTypeWarning, Reason: reason, Message: name, LastTimestamp: metav1.NewTime(epoch.Add(at)),
	}
}

func TestNewestCause(t *testing.T) {
	t.Parallel()
	series := warning("d", "FailedCreatePodSandBox", time.Second)
	series.Series = &corev1.EventSeries{LastObservedTime: metav1.NewMicroTime(epoch.Add(time.Hour))}
	micro := warning("e", "FailedAttachVolume", 0)
	micro.EventTime = metav1.NewMicroTime(epoch.Add(time.Minute))
	for name, tc := range map[string]struct {
		events []corev1.Event
		want   string
	}{
		"no event":         {nil, ""},
		"one":              {[]corev1.Event{warning("a", "FailedMount", 0)}, "FailedMount: a"},
		"the newest":       {[]corev1.Event{warning("a", "FailedMount", time.Minute), warning("b", "FailedMapVolume", time.Second)}, "FailedMount: a"},
		"the newest again": {[]corev1.Event{warning("a", "FailedMount", time.Minute), series}, "FailedCreatePodSandBox: d"},
		"in the new form":  {[]corev1.Event{warning("a", "FailedMount", time.Second), micro}, "FailedAttachVolume: e"},
		"another reason":   {[]corev1.Event{warning("a", "Unhealthy", 0)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := newestCause(tc.events); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// The events of a pod are read only when it does not start, seldom, and never those of other objects.
func TestEventsOfAPodThatDoesNotStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{}, taskRun())
	var events []corev1.Event
	var asked []string
	w.kube.PrependReactor("list", "events", func(a clientgotesting.Action) (bool, runtime.Object, error) {
		list, _ := a.(clientgotesting.ListActionImpl)
		asked = append(asked, list.GetListRestrictions().Fields.String())
		if events == nil {
			return true, nil, apierrors.NewForbidden(corev1.Resource("events"), "", errors.New("no role"))
		}
		return true, &corev1.EventList{Items: events}, nil
	})
	w.kube.PrependWatchReactor("events", func(clientgotesting.Action) (bool, watch.Interface, error) {
		t.Error("events are watched")
		return false, nil, nil
	})
	const selector = "involvedObject.uid=uid of tr-pod,type=Warning"
	w.mustPass()
	w.kubelet(corev1.PodPending, corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}})
	for _, pass := range []struct {
		at, wake time.Duration
		events   []corev1.Event
		asked    int
		cond     string
	}{
		{at: 4 * time.Second, wake: time.Second, cond: "Unknown Pending: Pending"},
		{at: 5 * time.Second, wake: 5 * time.Second, asked: 1, cond: "Unknown Pending: Pending"},
		{at: 6 * time.Second, wake: 4 * time.Second, asked: 1, cond: "Unknown Pending: Pending"},
		{at: 10 * time.Second, wake: 10 * time.Second, events: []corev1.Event{warning("no key", "FailedMount", 0)}, asked: 2, cond: "Unknown Pending: Pending; FailedMount: no key"},
		{at: 11 * time.Second, wake: 9 * time.Second, asked: 2, cond: "Unknown Pending: Pending; FailedMount: no key"},
	} {
		w.clock.SetTime(epoch.Add(pass.at))
		events = pass.events
		_, err := w.pass()
		if ok, delay := controller.IsRequeueKey(err); !ok || delay != pass.wake {
			t.Errorf("after %s: the pass ended with %v, want another look in %s", pass.at, err, pass.wake)
		}
		if len(asked) != pass.asked || w.condition() != pass.cond {
			t.Errorf("after %s: asked %q, condition %q, want %q", pass.at, asked, w.condition(), pass.cond)
		}
	}
	if diff := cmp.Diff([]string{selector, selector}, asked); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
	w.kubelet(corev1.PodRunning, runs())
	w.mustPass()
	if got := w.condition(); got != runningIs {
		t.Errorf("condition %q", got)
	}
}
