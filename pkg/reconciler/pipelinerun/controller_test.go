package pipelinerun

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"
	clocktesting "k8s.io/utils/clock/testing"
	"knative.dev/pkg/apis"
	fakekube "knative.dev/pkg/client/injection/kube/client/fake"
	"knative.dev/pkg/configmap"
	"knative.dev/pkg/controller"
	rtesting "knative.dev/pkg/reconciler/testing"

	"github.com/tenon-ci/tenon/pkg/affinityassistant"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	fakepipeline "github.com/tenon-ci/tenon/pkg/client/injection/client/fake"
	_ "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1/pipeline/fake"
	pipelineruninformer "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1/pipelinerun"
	_ "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1/pipelinerun/fake"
	_ "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1/task/fake"
	_ "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1/taskrun/fake"
	_ "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1alpha1/verificationpolicy/fake"
	_ "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1beta1/customrun/fake"
	_ "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1beta1/stepaction/fake"
	_ "github.com/tenon-ci/tenon/pkg/client/resolution/injection/client/fake"
	_ "github.com/tenon-ci/tenon/pkg/client/resolution/injection/informers/resolution/v1beta1/resolutionrequest/fake"
)

// wired is a whole controller on fakes, whose queue the test looks at.
type wired struct {
	impl *controller.Impl
	runs cache.Indexer
}

func wire(t *testing.T, kube ...runtime.Object) (context.Context, wired) {
	t.Helper()
	ctx, _ := rtesting.SetupFakeContext(t)
	for _, o := range kube {
		if err := fakekube.Get(ctx).Tracker().Add(o); err != nil {
			t.Fatal(err)
		}
	}
	cm := func(name string) *corev1.ConfigMap {
		return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}
	}
	watcher := configmap.NewStaticWatcher(cm("feature-flags"), cm("config-defaults"), cm("config-events"), cm("config-tracing"), cm("config-wait-exponential-backoff"))
	impl, err := newController(ctx, watcher, Options{NopImage: "nop", Clock: clocktesting.NewFakePassiveClock(epoch)})
	if err != nil {
		t.Fatal(err)
	}
	return ctx, wired{impl, pipelineruninformer.Get(ctx).Informer().GetIndexer()}
}

// keys returns what is in the queue after a moment in which it does not change, and empties it.
func (w wired) next(t *testing.T) string {
	t.Helper()
	key, shutdown := w.impl.WorkQueue().Get()
	if shutdown {
		t.Fatal("the queue is closed")
	}
	w.impl.WorkQueue().Done(key)
	return key.(types.NamespacedName).String()
}

// handled lets a handler see something and returns what it puts into the queue at once.
func (w wired) handled(t *testing.T, see func()) []string {
	t.Helper()
	see()
	// The queue hands out keys in order, so that what comes before the mark is all there is.
	mark := types.NamespacedName{Namespace: "the", Name: "mark"}
	w.impl.EnqueueKey(mark)
	var keys []string
	for key := w.next(t); key != mark.String(); key = w.next(t) {
		keys = append(keys, key)
	}
	return keys
}

func controlled(meta metav1.ObjectMeta, by string) metav1.ObjectMeta {
	meta.Namespace = "ns"
	isController := true
	meta.OwnerReferences = []metav1.OwnerReference{{APIVersion: "tekton.dev/v1", Kind: by, Name: "run", UID: "run-uid", Controller: &isController}}
	return meta
}

func TestChildHandler(t *testing.T) {
	t.Parallel()
	_, w := wire(t)
	child := &v1.TaskRun{ObjectMeta: controlled(metav1.ObjectMeta{Name: "run-a", ResourceVersion: "1"}, "PipelineRun")}
	ended := finished(child.DeepCopy())
	ended.ResourceVersion = "2"
	stray := &v1.TaskRun{ObjectMeta: controlled(metav1.ObjectMeta{Name: "other"}, "Other")}
	custom := &v1beta1.CustomRun{ObjectMeta: controlled(metav1.ObjectMeta{Name: "run-c"}, "PipelineRun")}
	handler := childHandler(w.impl)
	tests := []struct {
		name string
		see  func()
		want []string
	}{
		{"a new child", func() { handler.OnAdd(child, false) }, []string{"ns/run"}},
		{"the end of a child", func() { handler.OnUpdate(child, ended) }, []string{"ns/run"}},
		{"a resync", func() { handler.OnUpdate(ended, ended) }, nil},
		{"a deleted child", func() { handler.OnDelete(custom) }, []string{"ns/run"}},
		{"a child whose deletion was missed", func() { handler.OnDelete(cache.DeletedFinalStateUnknown{Key: "ns/run-c", Obj: custom}) }, []string{"ns/run"}},
		{"somebody else's", func() { handler.OnAdd(stray, false) }, nil},
	}
	for _, tc := range tests {
		if diff := cmp.Diff(tc.want, w.handled(t, tc.see)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

func TestRunHandler(t *testing.T) {
	t.Parallel()
	_, w := wire(t)
	run := func(name string, change func(*v1.PipelineRun)) *v1.PipelineRun {
		pr := newRun("a")
		pr.Name = name
		if change != nil {
			change(pr)
		}
		return pr
	}
	other := "example.com/other"
	foreign := run("foreign", func(pr *v1.PipelineRun) { pr.Spec.ManagedBy = &other })
	done := run("done", func(pr *v1.PipelineRun) {
		pr.Status.SetCondition(apis.Condition{Type: apis.ConditionSucceeded, Status: corev1.ConditionTrue}, epoch)
	})
	handler := runHandler(w.impl)
	handler.OnAdd(done, true)
	handler.OnAdd(foreign, true)
	handler.OnAdd(run("new", nil), true)
	handler.OnUpdate(run("changed", nil), run("changed", nil))
	var got []string
	for range 3 {
		got = append(got, w.next(t))
	}
	if len(got) != 3 || w.impl.WorkQueue().Len() != 0 {
		t.Errorf("queued: %v and %d more", got, w.impl.WorkQueue().Len())
	}
	want := map[string]bool{"ns/done": true, "ns/new": true, "ns/changed": true}
	for _, key := range got {
		delete(want, key)
	}
	if len(want) > 0 {
		t.Errorf("not queued: %v", want)
	}
}

// The informers of the controller have to be connected with its queue, those of the framework and its own.
func TestNewControllerWatches(t *testing.T) {
	t.Parallel()
	labels := map[string]string{affinityassistant.ComponentLabel: affinityassistant.Component, "tekton.dev/pipelineRun": "placed"}
	set := &appsv1.StatefulSet{ObjectMeta: controlled(metav1.ObjectMeta{Name: "aa", Labels: labels}, "PipelineRun")}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "aa-0", Namespace: "ns", Labels: labels}, Spec: corev1.PodSpec{NodeName: "n"}}
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n", ResourceVersion: "1"}}
	ctx, w := wire(t, set, pod, node)

	cordoned := node.DeepCopy()
	cordoned.ResourceVersion, cordoned.Spec.Unschedulable = "2", true
	if _, err := fakekube.Get(ctx).CoreV1().Nodes().Update(ctx, cordoned, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := w.next(t); got != "ns/placed" {
		t.Errorf("a cordoned node wakes %s", got)
	}
	if err := fakekube.Get(ctx).AppsV1().StatefulSets("ns").Delete(ctx, "aa", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := w.next(t); got != "ns/run" {
		t.Errorf("a deleted affinity assistant wakes %s", got)
	}
	informer := pipelineruninformer.Get(ctx).Informer()
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	go informer.Run(stop)
	pr := newRun("a")
	if _, err := fakepipeline.Get(ctx).TektonV1().PipelineRuns("ns").Create(ctx, pr, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := w.next(t); got != "ns/run" {
		t.Errorf("a new run wakes %s", got)
	}
	if children, err := informer.GetIndexer().ByIndex(ownerIndex, "run-uid"); err != nil || len(children) > 0 {
		t.Errorf("children by owner: %v (%v)", children, err)
	}
}

// The events about start and end are recorded by the next process if the one that wrote the status was killed before it.
func TestMilestonesAreToldAgain(t *testing.T) {
	t.Parallel()
	ended := func(ago time.Duration) *v1.PipelineRun {
		pr := newRun("a")
		pr.Status.SetCondition(apis.Condition{Type: apis.ConditionSucceeded, Status: corev1.ConditionTrue, Reason: "Succeeded", Message: "m"}, epoch)
		pr.Status.StartTime = &metav1.Time{Time: epoch.Add(-ago - time.Minute)}
		pr.Status.CompletionTime = &metav1.Time{Time: epoch.Add(-ago)}
		return pr
	}
	for name, tc := range map[string]struct {
		ago   time.Duration
		first []string
	}{
		"just ended":             {time.Minute, []string{"event/Started", "event/Succeeded"}},
		"started a while before": {5 * time.Minute, []string{"event/Succeeded"}},
		"ended long ago":         {time.Hour, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pr := ended(tc.ago)
			w := newWorld(t, pr)
			done, err := w.pass(t, pr)
			if err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(tc.first, done); diff != "" {
				t.Errorf("first pass (-want +got):\n%s", diff)
			}
			if done, _ := w.pass(t, pr); len(done) > 0 {
				t.Errorf("second pass: %v", done)
			}
		})
	}
}

func TestAPanicFailsTheRun(t *testing.T) {
	t.Parallel()
	pr := newRun("a")
	w := newWorld(t, pr)
	w.definitions = nil
	done, err := w.pass(t, pr)
	if !controller.IsPermanentError(err) {
		t.Errorf("err = %v, want a permanent one", err)
	}
	if diff := cmp.Diff([]string{"update/pipelineruns/status", "event/Failed"}, done); diff != "" {
		t.Errorf("writes and events (-want +got):\n%s", diff)
	}
	got := w.stored(t)
	if c := got.Status.GetCondition("Succeeded"); !c.IsFalse() || c.Reason != "ControllerPanicked" || got.Status.CompletionTime == nil {
		t.Errorf("status %+v", got.Status)
	}
}
