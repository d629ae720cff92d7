package taskrun

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"
	"k8s.io/utils/ptr"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
)

// warning returns an event about a pod that happened last at a time after epoch.
func warning(name, reason string, pod *corev1.Pod, at time.Duration) *corev1.Event {
	return &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Name: name, Namespace: pod.Namespace, Labels: map[string]string{"more": "to carry"}},
		InvolvedObject: corev1.ObjectReference{Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID},
		Type:           corev1.EventTypeWarning, Reason: reason, Message: name, LastTimestamp: metav1.NewTime(epoch.Add(at)), Count: 3,
	}
}

func pendingPod() *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: "run-pod", Namespace: "ns", UID: "pod-uid",
			OwnerReferences: []metav1.OwnerReference{{Kind: pipeline.TaskRunControllerKind, Name: "run", UID: "uid", Controller: ptr.To(true)}},
		},
		Status: corev1.PodStatus{Phase: corev1.PodPending},
	}
}

func TestTroublesOfPods(t *testing.T) {
	t.Parallel()
	pod := pendingPod()
	other := pendingPod()
	other.UID = "another one of the same name"
	running := pendingPod()
	running.Status.Phase = corev1.PodRunning
	series := warning("d", "FailedCreatePodSandBox", pod, time.Second)
	series.Series = &corev1.EventSeries{LastObservedTime: metav1.NewMicroTime(epoch.Add(time.Hour))}
	micro := warning("e", "FailedAttachVolume", pod, 0)
	micro.EventTime = metav1.NewMicroTime(epoch.Add(time.Minute))
	tests := map[string]struct {
		pod    *corev1.Pod
		events []*corev1.Event
		want   string
	}{
		"no pod":           {nil, nil, ""},
		"no event":         {pod, nil, ""},
		"one":              {pod, []*corev1.Event{warning("a", "FailedMount", pod, 0)}, "FailedMount: a"},
		"the newest":       {pod, []*corev1.Event{warning("a", "FailedMount", pod, time.Minute), warning("b", "FailedMount", pod, time.Second)}, "FailedMount: a"},
		"the newest again": {pod, []*corev1.Event{warning("a", "FailedMount", pod, time.Minute), series}, "FailedCreatePodSandBox: d"},
		"in the new form":  {pod, []*corev1.Event{warning("a", "FailedMount", pod, time.Second), micro}, "FailedAttachVolume: e"},
		"another reason":   {pod, []*corev1.Event{warning("a", "Unhealthy", pod, 0)}, ""},
		"another pod":      {pod, []*corev1.Event{warning("a", "FailedMount", other, 0)}, ""},
		"a pod that runs":  {running, []*corev1.Event{warning("a", "FailedMount", pod, 0)}, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			index := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{podIndex: indexByPod})
			for _, e := range tc.events {
				bare, err := bareEvent(e)
				if err != nil {
					t.Fatal(err)
				}
				if err := index.Add(bare); err != nil {
					t.Fatal(err)
				}
			}
			if got := (troubles{index}).of(tc.pod); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestRunInTrouble(t *testing.T) {
	t.Parallel()
	pod := pendingPod()
	foreign := pendingPod()
	foreign.Name, foreign.OwnerReferences = "foreign", nil
	gone := pendingPod()
	gone.Name = "gone"
	other := pendingPod()
	other.UID = "another one of the same name"
	pods := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{})
	for _, p := range []*corev1.Pod{pod, foreign} {
		if err := pods.Add(p); err != nil {
			t.Fatal(err)
		}
	}
	tests := map[string]struct {
		object any
		want   types.NamespacedName
	}{
		"a pod of a run":  {warning("a", "FailedMount", pod, 0), types.NamespacedName{Namespace: "ns", Name: "run"}},
		"another reason":  {warning("a", "Unhealthy", pod, 0), types.NamespacedName{}},
		"a pod of others": {warning("a", "FailedMount", foreign, 0), types.NamespacedName{}},
		"no such pod":     {warning("a", "FailedMount", gone, 0), types.NamespacedName{}},
		"an earlier pod":  {warning("a", "FailedMount", other, 0), types.NamespacedName{}},
		"no event":        {pod, types.NamespacedName{}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := runInTrouble(tc.object, pods)
			if diff := cmp.Diff(tc.want, got); diff != "" || ok != (tc.want.Name != "") {
				t.Errorf("found: %v (-want +got):\n%s", ok, diff)
			}
		})
	}
}

func TestBareEvent(t *testing.T) {
	t.Parallel()
	pod := pendingPod()
	kept := warning("a", "FailedMount", pod, 0)
	kept.Labels, kept.Type, kept.Count = nil, "", 0
	for name, tc := range map[string]struct{ object, want any }{
		"trouble":     {warning("a", "FailedMount", pod, 0), kept},
		"another":     {warning("a", "Unhealthy", pod, 0), &corev1.Event{ObjectMeta: metav1.ObjectMeta{Name: "a", Namespace: "ns"}}},
		"a tombstone": {cache.DeletedFinalStateUnknown{Key: "a"}, cache.DeletedFinalStateUnknown{Key: "a"}},
	} {
		got, err := bareEvent(tc.object)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
