package taskrun

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/reconciler/recent"
)

func TestPodCacheKnowsPodsThatTheInformerDoesNotShowYet(t *testing.T) {
	t.Parallel()
	tr := &v1.TaskRun{ObjectMeta: metav1.ObjectMeta{Name: "run", Namespace: "ns", UID: "uid"}}
	made := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Name: "run-pod", Namespace: "ns", ResourceVersion: "1",
		OwnerReferences: []metav1.OwnerReference{{Kind: pipeline.TaskRunControllerKind, Name: "run", UID: "uid", Controller: ptr.To(true)}},
	}}
	shown := made.DeepCopy()
	shown.ResourceVersion = "2"
	clock := clocktesting.NewFakePassiveClock(epoch)
	newCache := func() podCache {
		return podCache{
			full: newFullPods(), index: cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{ownerIndex: indexByOwner}), recent: recent.New[*corev1.Pod](clock),
		}
	}
	expect := func(t *testing.T, pods podCache, version string) {
		t.Helper()
		got := ""
		if pod := pods.of(tr); pod != nil {
			got = pod.ResourceVersion
		}
		if got != version {
			t.Errorf("the pod has version %q, want %q", got, version)
		}
	}
	show := func(t *testing.T, pods podCache) {
		t.Helper()
		if err := pods.index.Add(shown); err != nil {
			t.Fatal(err)
		}
	}

	t.Run("made", func(t *testing.T) {
		pods := newCache()
		expect(t, pods, "")
		pods.remember(tr, made)
		expect(t, pods, "1")
	})
	t.Run("then shown, then deleted", func(t *testing.T) {
		pods := newCache()
		pods.remember(tr, made)
		show(t, pods)
		expect(t, pods, "2")
		if err := pods.index.Delete(shown); err != nil {
			t.Fatal(err)
		}
		expect(t, pods, "")
	})
	t.Run("shown before", func(t *testing.T) {
		pods := newCache()
		show(t, pods)
		pods.remember(tr, made)
		if len(pods.recent.Children(tr.UID)) > 0 {
			t.Error("it is remembered all the same")
		}
	})
	t.Run("of the attempt before", func(t *testing.T) {
		pods := newCache()
		pods.remember(tr, made)
		retry := tr.DeepCopy()
		retry.Status.RetriesStatus = []v1.TaskRunStatus{{}}
		if pod := pods.of(retry); pod != nil {
			t.Errorf("got pod %s for the second attempt", pod.Name)
		}
	})
	t.Run("under a name of another engine", func(t *testing.T) {
		pods := newCache()
		other := shown.DeepCopy()
		other.Name, other.Labels = "run-pod-x7", map[string]string{pipeline.TaskRunLabelKey: "run"}
		if err := pods.index.Add(other); err != nil {
			t.Fatal(err)
		}
		expect(t, pods, "2")
		named := tr.DeepCopy()
		named.Status.PodName = "run-pod"
		retry := tr.DeepCopy()
		retry.Status.RetriesStatus = []v1.TaskRunStatus{{TaskRunStatusFields: v1.TaskRunStatusFields{PodName: other.Name}}}
		for _, tr := range []*v1.TaskRun{named, retry} {
			if pod := pods.of(tr); pod != nil {
				t.Errorf("got pod %s, which is not that of the attempt", pod.Name)
			}
		}
		other.Status.Phase = corev1.PodFailed
		expect(t, pods, "")
	})
	t.Run("never shown", func(t *testing.T) {
		pods := newCache()
		pods.remember(tr, made)
		clock.SetTime(epoch.Add(recent.Trust - time.Millisecond))
		expect(t, pods, "1")
		clock.SetTime(epoch.Add(recent.Trust))
		expect(t, pods, "")
	})
}
