package pipelinerun

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	kubefake "k8s.io/client-go/kubernetes/fake"
	appslisters "k8s.io/client-go/listers/apps/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
	clientgotesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/cache"
	clocktesting "k8s.io/utils/clock/testing"
	"knative.dev/pkg/controller"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/client/clientset/versioned"
	pipelinefake "github.com/tenon-ci/tenon/pkg/client/clientset/versioned/fake"
	typedv1 "github.com/tenon-ci/tenon/pkg/client/clientset/versioned/typed/pipeline/v1"
	listers "github.com/tenon-ci/tenon/pkg/client/listers/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/plan"
	"github.com/tenon-ci/tenon/pkg/reconciler/recent"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// world is a Reconciler on fakes, with the caches that its informers would fill.
type world struct {
	*Reconciler
	pipelines *pipelinefake.Clientset
	kubefake  *kubefake.Clientset
	clock     *clocktesting.FakePassiveClock
	indexers  map[string]cache.Indexer
	// again has after how long other passes were asked for.
	again []time.Duration

	mu sync.Mutex
	// done has the writes and events since the last pass began, in order: verb/resource[/subresource] and event/reason.
	done []string
	// refuse answers a write with an error if it is not nil.
	refuse func(write string) error
}

func (w *world) note(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done = append(w.done, what)
}

// watchWrites notes a write, and refuses it if that is asked for.
func (w *world) watchWrites(action clientgotesting.Action) (bool, runtime.Object, error) {
	if verb := action.GetVerb(); verb == "get" || verb == "list" || verb == "watch" {
		return false, nil, nil
	}
	what := strings.TrimSuffix(action.GetVerb()+"/"+action.GetResource().Resource+"/"+action.GetSubresource(), "/")
	w.note(what)
	if w.refuse != nil {
		if err := w.refuse(what); err != nil {
			return true, nil, err
		}
	}
	return false, nil, nil // the tracker stores it
}

// events is a recorder that notes the reasons of events.
type events struct{ *world }

func (e events) Event(_ runtime.Object, _, reason, _ string) { e.note("event/" + reason) }

func (e events) Eventf(_ runtime.Object, _, reason, _ string, _ ...any) { e.note("event/" + reason) }

func (e events) AnnotatedEventf(_ runtime.Object, _ map[string]string, _, reason, _ string, _ ...any) {
	e.note("event/" + reason)
}

// tasks are the definitions that the fake resolver knows.
type tasks map[string]*v1.Task

func (t tasks) Pipeline(context.Context, *v1.PipelineRun, v1.PipelineRef) plan.PipelineDefinition {
	return plan.PipelineDefinition{Failure: failure.NotFoundf("", "no pipelines here")}
}

func (t tasks) Definition(_ context.Context, _ *v1.PipelineRun, ref plan.Reference) plan.Definition {
	if task, ok := t[ref.TaskRef.Name]; ok {
		return plan.Definition{Task: task}
	}
	return plan.Definition{Failure: failure.NotFoundf("", "no such task")}
}

func newWorld(t *testing.T, objects ...runtime.Object) *world {
	t.Helper()
	index := func() cache.Indexer {
		return cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{ownerIndex: indexByOwner, cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	}
	w := &world{
		pipelines: pipelinefake.NewSimpleClientset(), kubefake: kubefake.NewClientset(),
		clock:    clocktesting.NewFakePassiveClock(epoch),
		indexers: map[string]cache.Indexer{"runs": index(), "taskruns": index(), "customruns": index(), "sets": index(), "pods": index(), "nodes": index()},
	}
	memory := recent.New[metav1.Object](w.clock)
	again := func(_ types.NamespacedName, delay time.Duration) { w.again = append(w.again, delay) }
	w.Reconciler = &Reconciler{
		client: w.pipelines, kube: w.kubefake, runs: listers.NewPipelineRunLister(w.indexers["runs"]),
		children: children{
			taskRuns: w.indexers["taskruns"], customRuns: w.indexers["customruns"], pipelineRuns: w.indexers["runs"], client: w.pipelines,
			recent: memory, again: again,
		},
		assistants: assistants{
			sets: appslisters.NewStatefulSetLister(w.indexers["sets"]), pods: corelisters.NewPodLister(w.indexers["pods"]),
			nodes: corelisters.NewNodeLister(w.indexers["nodes"]),
		},
		definitions: tasks{"t": {ObjectMeta: metav1.ObjectMeta{Name: "t", Namespace: "ns"}, Spec: v1.TaskSpec{Steps: []v1.Step{{Image: "i"}}}}},
		nopImage:    "nop", recent: memory, clock: w.clock, enqueueAfter: again,
	}
	w.pipelines.PrependReactor("*", "*", w.watchWrites)
	w.kubefake.PrependReactor("*", "*", w.watchWrites)
	for _, o := range objects {
		if err := w.pipelines.Tracker().Add(o); err != nil {
			t.Fatal(err)
		}
		w.cache(t, o)
	}
	return w
}

// cache lets an informer show an object.
func (w *world) cache(t *testing.T, o runtime.Object) {
	t.Helper()
	name := ""
	switch o.(type) {
	case *v1.PipelineRun:
		name = "runs"
	case *v1.TaskRun:
		name = "taskruns"
	case *v1beta1.CustomRun:
		name = "customruns"
	case *appsv1.StatefulSet:
		name = "sets"
	case *corev1.Pod:
		name = "pods"
	case *corev1.Node:
		name = "nodes"
	}
	if err := w.indexers[name].Add(o); err != nil {
		t.Fatal(err)
	}
}

// pass makes a pass over a run and returns the writes and events, in order.
func (w *world) pass(t *testing.T, pr *v1.PipelineRun) ([]string, error) {
	t.Helper()
	w.pipelines.ClearActions()
	w.kubefake.ClearActions()
	w.done, w.again = nil, nil
	// The framework hands over a copy of what the cache has.
	err := w.ReconcileKind(controller.WithEventRecorder(context.Background(), events{w}), pr.DeepCopy())
	return w.done, err
}

// gets returns how often the API was asked for objects of a kind in the last pass.
func (w *world) gets(resource string) int {
	n := 0
	for _, a := range append(w.pipelines.Actions(), w.kubefake.Actions()...) {
		if a.GetVerb() == "get" && a.GetResource().Resource == resource {
			n++
		}
	}
	return n
}

func (w *world) stored(t *testing.T) *v1.PipelineRun {
	t.Helper()
	pr, err := w.pipelines.TektonV1().PipelineRuns("ns").Get(context.Background(), "run", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return pr
}

func newRun(taskNames ...string) *v1.PipelineRun {
	pr := &v1.PipelineRun{
		TypeMeta:   metav1.TypeMeta{APIVersion: "tekton.dev/v1", Kind: "PipelineRun"},
		ObjectMeta: metav1.ObjectMeta{Name: "run", Namespace: "ns", UID: "run-uid", CreationTimestamp: metav1.NewTime(epoch)},
		Spec: v1.PipelineRunSpec{
			Timeouts:     &v1.TimeoutFields{Pipeline: &metav1.Duration{Duration: time.Hour}},
			PipelineSpec: &v1.PipelineSpec{},
		},
	}
	for _, name := range taskNames {
		pr.Spec.PipelineSpec.Tasks = append(pr.Spec.PipelineSpec.Tasks, v1.PipelineTask{Name: name, TaskRef: &v1.TaskRef{Name: "t", Kind: "Task"}})
	}
	return pr
}

func ownedTaskRun(name string, owner types.UID) *v1.TaskRun {
	return &v1.TaskRun{ObjectMeta: metav1.ObjectMeta{
		Name: name, Namespace: "ns", UID: types.UID("uid of " + name),
		Labels: map[string]string{"tekton.dev/pipelineRun": "run", "tekton.dev/pipelineRunUID": string(owner), "tekton.dev/pipelineTask": strings.TrimPrefix(name, "run-")},
		OwnerReferences: []metav1.OwnerReference{{
			APIVersion: "tekton.dev/v1", Kind: "PipelineRun", Name: "run", UID: owner, Controller: new(bool),
		}},
	}}
}

func TestFirstPassCreatesReadyTasksAndWritesTheStatusOnce(t *testing.T) {
	t.Parallel()
	pr := newRun("a", "b")
	w := newWorld(t, pr)
	writes, err := w.pass(t, pr)
	if ok, _ := controller.IsRequeueKey(err); !ok {
		t.Errorf("err = %v, want a request to look again at the timeout", err)
	}
	want := []string{
		"create/taskruns", "create/taskruns", "patch/pipelineruns", "update/pipelineruns/status", "event/Started", "event/Running",
	}
	if diff := cmp.Diff(want, writes); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	got := w.stored(t)
	if cond := got.Status.GetCondition("Succeeded"); cond.GetReason() != "Running" || cond.GetMessage() != "Tasks Completed: 0 (Failed: 0, Cancelled 0), Incomplete: 2, Skipped: 0" {
		t.Errorf("condition = %v", cond)
	}
	if got.Labels["tekton.dev/pipeline"] != "run" {
		t.Errorf("labels = %v", got.Labels)
	}
	// A second pass on what is stored now, with the children in the cache, has nothing to do.
	for _, name := range []string{"run-a", "run-b"} {
		tr, err := w.pipelines.TektonV1().TaskRuns("ns").Get(context.Background(), name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		w.cache(t, tr)
	}
	if writes, _ := w.pass(t, got); len(writes) != 0 {
		t.Errorf("the second pass wrote %v", writes)
	}
}

func TestPassOnAStaleCacheCreatesNothingTwice(t *testing.T) {
	t.Parallel()
	pr := newRun("a")
	w := newWorld(t, pr)
	if _, err := w.pass(t, pr); err == nil {
		t.Fatal("want a request to look again")
	}
	// The cache still shows neither the child nor the status.
	if _, err := w.pass(t, pr); !apierrors.IsConflict(err) {
		t.Errorf("err = %v, want a conflict: the child is the run's own, and the status is newer", err)
	}
	runs, err := w.pipelines.TektonV1().TaskRuns("ns").List(context.Background(), metav1.ListOptions{})
	if err != nil || len(runs.Items) != 1 {
		t.Errorf("%d TaskRuns (%v)", len(runs.Items), err)
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestNameOfAnotherOwnerIsRefused(t *testing.T) {
	t.Parallel()
	pr := newRun("a")
	foreign := ownedTaskRun("run-a", "other-uid")
	w := newWorld(t, pr)
	if err := w.pipelines.Tracker().Add(foreign); err != nil {
		t.Fatal(err)
	}
	_, err := w.pass(t, pr)
	if err == nil || !strings.Contains(err.Error(), "belongs already to") {
		t.Errorf("err = %v, want it to say that the name is taken", err)
	}
}

func TestManagedElsewhereIsLeftAlone(t *testing.T) {
	t.Parallel()
	pr := newRun("a")
	other := "example.com/other"
	pr.Spec.ManagedBy = &other
	w := newWorld(t, pr)
	if writes, err := w.pass(t, pr); err != nil || len(writes) != 0 {
		t.Errorf("writes = %v, err = %v", writes, err)
	}
}

func TestMissingTaskFailsTheRunForGood(t *testing.T) {
	t.Parallel()
	pr := newRun("a")
	pr.Spec.PipelineSpec.Tasks[0].TaskRef.Name = "ghost"
	w := newWorld(t, pr)
	_, err := w.pass(t, pr)
	if !controller.IsPermanentError(err) {
		t.Errorf("err = %v, want a permanent one", err)
	}
	if cond := w.stored(t).Status.GetCondition("Succeeded"); !cond.IsFalse() || cond.Reason != "CouldntGetTask" {
		t.Errorf("condition = %v", cond)
	}
}

func TestCancelPatchesRunningChildrenAlthoughOneFails(t *testing.T) {
	t.Parallel()
	pr := newRun("a", "b")
	w := newWorld(t, pr)
	if _, err := w.pass(t, pr); err == nil {
		t.Fatal("want a request to look again")
	}
	pr = w.stored(t)
	pr.Spec.Status = v1.PipelineRunSpecStatusCancelled
	w.pipelines.PrependReactor("patch", "taskruns", func(a clientgotesting.Action) (bool, runtime.Object, error) {
		patch, _ := a.(clientgotesting.PatchAction)
		return patch.GetName() == "run-a", nil, errNo
	})
	_, err := w.pass(t, pr)
	if err == nil {
		t.Error("want the failed patch to be tried again")
	}
	if n := len(slices.DeleteFunc(w.pipelines.Actions(), func(a clientgotesting.Action) bool { return !a.Matches("patch", "taskruns") })); n != 2 {
		t.Errorf("%d children were patched, want both", n)
	}
	if cond := w.stored(t).Status.GetCondition("Succeeded"); cond.GetReason() != "PipelineRunCouldntCancel" {
		t.Errorf("condition = %v", cond)
	}
}

func TestCreationOfChildrenIsRepeated(t *testing.T) {
	t.Parallel()
	pr := newRun("a")
	w := newWorld(t, pr)
	late := 2
	w.pipelines.PrependReactor("create", "taskruns", func(clientgotesting.Action) (bool, runtime.Object, error) {
		late--
		return late >= 0, nil, apierrors.NewTimeoutError("late", 1)
	})
	cfg := config.NewConfig(config.DefaultFeatureFlags(), config.DefaultDefaults())
	cfg.FeatureFlags.EnableWaitExponentialBackoff = true
	cfg.WaitExponentialBackoff = &config.WaitExponentialBackoff{Duration: time.Nanosecond, Steps: 3}
	ctx := controller.WithEventRecorder(config.ToContext(t.Context(), cfg), events{w})
	if err := w.ReconcileKind(ctx, pr); !strings.Contains(errText(err), "requeue") {
		t.Errorf("err = %v, want a request to look again", err)
	}
	if _, err := w.pipelines.TektonV1().TaskRuns("ns").Get(ctx, "run-a", metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
}

type refusal string

func (r refusal) Error() string { return string(r) }

const errNo = refusal("no")

// pipelines also knows a Pipeline.
type pipelines struct {
	tasks
	pipeline *v1.Pipeline
}

func (p pipelines) Pipeline(context.Context, *v1.PipelineRun, v1.PipelineRef) plan.PipelineDefinition {
	return plan.PipelineDefinition{Pipeline: p.pipeline}
}

func TestNameOfAnotherTaskIsRefused(t *testing.T) {
	t.Parallel()
	pr := newRun("build-0")
	pr.Spec.PipelineSpec.Tasks = append(pr.Spec.PipelineSpec.Tasks, v1.PipelineTask{
		Name: "build", TaskRef: &v1.TaskRef{Name: "t", Kind: "Task"},
		Matrix: &v1.Matrix{Params: v1.Params{{Name: "p", Value: v1.ParamValue{Type: v1.ParamTypeArray, ArrayVal: []string{"$(params.words[*])"}}}}},
	})
	// How many runs the matrix has is known only when the run starts.
	words := v1.ParamValue{Type: v1.ParamTypeArray, ArrayVal: []string{"x", "u"}}
	pr.Spec.PipelineSpec.Params = v1.ParamSpecs{{Name: "words", Type: v1.ParamTypeArray, Default: &words}}
	w := newWorld(t, pr)
	w.definitions.(tasks)["t"].Spec.Params = v1.ParamSpecs{{Name: "p", Type: "string", Default: &v1.ParamValue{Type: v1.ParamTypeString, StringVal: "d"}}}
	_, err := w.pass(t, pr)
	if !controller.IsPermanentError(err) {
		t.Errorf("err = %v, want a permanent one", err)
	}
	cond := w.stored(t).Status.GetCondition("Succeeded")
	if cond.GetReason() != "CreateRunFailed" || !strings.Contains(cond.GetMessage(), `TaskRun "run-build-0" of pipeline task "build" cannot be created`) {
		t.Errorf("condition %v", cond)
	}
}

// lastFirst is a client that refuses every TaskRun, and the one that was asked for first only after another. The fake one can't: it
// answers one request at a time.
type lastFirst struct {
	versioned.Interface
	typedv1.TektonV1Interface
	typedv1.TaskRunInterface
	first string
	other chan struct{}
	once  *sync.Once
}

func (c lastFirst) TektonV1() typedv1.TektonV1Interface { return c }

func (c lastFirst) TaskRuns(string) typedv1.TaskRunInterface { return c }

func (c lastFirst) Create(_ context.Context, tr *v1.TaskRun, _ metav1.CreateOptions) (*v1.TaskRun, error) {
	if tr.Name == c.first {
		<-c.other
	} else {
		c.once.Do(func() { close(c.other) })
	}
	return nil, refusal("no " + tr.Name)
}

func TestRefusalsComeInTheOrderOfTheActions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, newRun("a"))
	w.client = lastFirst{first: "run-a", other: make(chan struct{}), once: &sync.Once{}}
	var actions []plan.Action
	for _, name := range []string{"run-a", "run-b", "run-c"} {
		actions = append(actions, plan.CreateTaskRun{TaskRun: &v1.TaskRun{
			ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "ns"}, Spec: v1.TaskRunSpec{TaskRef: &v1.TaskRef{Name: "t"}},
		}})
	}
	refused := w.carryOut(t.Context(), config.FromContextOrDefaults(t.Context()), newRun("a"), actions)
	if len(refused) != 3 {
		t.Fatalf("%d are refused, want all", len(refused))
	}
	if err := refused[0].Err; err == nil || !strings.Contains(err.Error(), "no run-a") {
		t.Errorf("the first refusal is %v, want that of the first child", err)
	}
}
