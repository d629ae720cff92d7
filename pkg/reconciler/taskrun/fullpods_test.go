package taskrun

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"
)

func TestFullPods(t *testing.T) {
	t.Parallel()
	pod := func(version string) *corev1.Pod {
		return &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "ns", UID: "u", ResourceVersion: version, Labels: map[string]string{"a": "b"}},
			Status:     corev1.PodStatus{Phase: corev1.PodRunning},
		}
	}
	full := newFullPods()
	stub, err := full.transform(pod("1"))
	if err != nil {
		t.Fatal(err)
	}
	want := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "ns", UID: "u", ResourceVersion: "1"}}
	if diff := cmp.Diff(want, stub); diff != "" {
		t.Errorf("the cache has (-want +got):\n%s", diff)
	}
	if again, err := full.transform(stub); again != stub || err != nil {
		t.Errorf("what was transformed before became %v, %v", again, err)
	}
	version := func(object any) string {
		if p := full.of(object); p != nil {
			return p.ResourceVersion
		}
		return ""
	}
	if got := version(stub); got != "1" {
		t.Errorf("version %q, want 1", got)
	}
	if _, err := full.transform(pod("2")); err != nil {
		t.Fatal(err)
	}
	if got := version(stub); got != "2" {
		t.Errorf("version %q after a change, want 2", got)
	}
	full.forget("u")
	if got := version(stub); got != "" {
		t.Errorf("version %q of a pod that was forgotten", got)
	}
	newer, err := full.transform(pod("3"))
	if err != nil || version(newer) != "3" {
		t.Errorf("version %q after another change, want 3; %v", version(newer), err)
	}
	full.handler().OnDelete(cache.DeletedFinalStateUnknown{Key: "ns/p", Obj: newer})
	if len(full.byUID) != 0 {
		t.Errorf("pods that are gone are kept: %v", full.byUID)
	}
}
