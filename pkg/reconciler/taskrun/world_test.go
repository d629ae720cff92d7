package taskrun

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	kubefake "k8s.io/client-go/kubernetes/fake"
	clientgotesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	clocktesting "k8s.io/utils/clock/testing"
	"knative.dev/pkg/apis"
	fakekube "knative.dev/pkg/client/injection/kube/client/fake"
	limitrangeinformer "knative.dev/pkg/client/injection/kube/informers/core/v1/limitrange"
	_ "knative.dev/pkg/client/injection/kube/informers/core/v1/limitrange/fake"
	podinformer "knative.dev/pkg/client/injection/kube/informers/core/v1/pod/filtered"
	_ "knative.dev/pkg/client/injection/kube/informers/core/v1/pod/filtered/fake"
	serviceaccountinformer "knative.dev/pkg/client/injection/kube/informers/core/v1/serviceaccount"
	_ "knative.dev/pkg/client/injection/kube/informers/core/v1/serviceaccount/fake"
	filteredinformerfactory "knative.dev/pkg/client/injection/kube/informers/factory/filtered"
	_ "knative.dev/pkg/client/injection/kube/informers/factory/filtered/fake"
	"knative.dev/pkg/configmap"
	"knative.dev/pkg/controller"
	"knative.dev/pkg/reconciler"
	rtesting "knative.dev/pkg/reconciler/testing"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	resolutionv1beta1 "github.com/tenon-ci/tenon/pkg/apis/resolution/v1beta1"
	pipelinefake "github.com/tenon-ci/tenon/pkg/client/clientset/versioned/fake"
	fakepipeline "github.com/tenon-ci/tenon/pkg/client/injection/client/fake"
	_ "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1/pipeline/fake"
	taskinformer "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1/task"
	_ "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1/task/fake"
	taskruninformer "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1/taskrun"
	_ "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1/taskrun/fake"
	_ "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1alpha1/verificationpolicy/fake"
	stepactioninformer "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1beta1/stepaction"
	_ "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1beta1/stepaction/fake"
	resolutionfake "github.com/tenon-ci/tenon/pkg/client/resolution/clientset/versioned/fake"
	fakeresolution "github.com/tenon-ci/tenon/pkg/client/resolution/injection/client/fake"
	requestinformer "github.com/tenon-ci/tenon/pkg/client/resolution/injection/informers/resolution/v1beta1/resolutionrequest"
	_ "github.com/tenon-ci/tenon/pkg/client/resolution/injection/informers/resolution/v1beta1/resolutionrequest/fake"
	"github.com/tenon-ci/tenon/pkg/imageinfo/registry"
	"github.com/tenon-ci/tenon/pkg/names"
	"github.com/tenon-ci/tenon/pkg/podbuild"
	"github.com/tenon-ci/tenon/pkg/reconciler/cached"
	"github.com/tenon-ci/tenon/pkg/tracing"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// world is a cluster of fakes with a whole controller in it. What the controller writes shows in its informers only after sync.
type world struct {
	t        *testing.T
	ctx      context.Context
	pipeline *pipelinefake.Clientset
	kube     *kubefake.Clientset
	requests *resolutionfake.Clientset
	impl     *controller.Impl
	clock    *clocktesting.FakePassiveClock
	recorder *record.FakeRecorder
	images   *images
	full     *fullPods
	// transforms are those of the informers, by the kind of their objects.
	transforms map[string]cache.TransformFunc
}

type settings struct {
	flags, defaults, backoff map[string]string
	traces                   *tracing.Provider
}

func newWorld(t *testing.T, s settings, objects ...runtime.Object) *world {
	t.Helper()
	recorder := record.NewFakeRecorder(100)
	ctx, _ := rtesting.SetupFakeContext(t, func(ctx context.Context) context.Context {
		ctx = controller.WithEventRecorder(ctx, recorder)
		return filteredinformerfactory.WithSelectors(ctx, PodSelector)
	})
	w := &world{
		t: t, ctx: ctx, recorder: recorder, clock: clocktesting.NewFakePassiveClock(epoch),
		images:   &images{answer: registry.Answer{Err: errors.New("the registry was asked")}},
		pipeline: fakepipeline.Get(ctx), kube: fakekube.Get(ctx), requests: fakeresolution.Get(ctx),
	}
	full := newFullPods()
	w.transforms = map[string]cache.TransformFunc{
		"Pod": full.transform, "TaskRun": cached.TaskRun, "ServiceAccount": asItIs, "LimitRange": asItIs, "Task": asItIs, "StepAction": asItIs,
		"ResolutionRequest": asItIs,
	}
	w.full = full
	impl, err := newController(ctx, configMaps(s), Options{
		Images: podbuild.Images{Entrypoint: "entrypoint", EntrypointCEL: "cel", ResultsSidecar: "results"}, NopImage: "nop", Release: "abc",
		Registry: w.images, Clock: w.clock, StripCaches: true, full: full, Traces: s.traces,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.impl = impl
	leader, ok := impl.Reconciler.(reconciler.LeaderAware)
	if !ok {
		t.Fatal("the reconciler does not know about leaders")
	}
	if err := leader.Promote(reconciler.UniversalBucket(), func(reconciler.Bucket, types.NamespacedName) {}); err != nil {
		t.Fatal(err)
	}
	// Changed after the run was made, so that the cache is known to be new enough.
	w.add(&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default", Namespace: "ns", ResourceVersion: "1000"}})
	w.add(objects...)
	w.numberVersions()
	w.admitPods()
	return w
}

func asItIs(object any) (any, error) { return object, nil }

// admitPods does to new pods what an API server does.
func (w *world) admitPods() {
	w.kube.PrependReactor("create", "pods", func(a clientgotesting.Action) (bool, runtime.Object, error) {
		create, _ := a.(clientgotesting.CreateAction)
		pod, _ := create.GetObject().(*corev1.Pod)
		pod.UID = types.UID("uid of " + pod.Name)
		pod.Status.Phase = corev1.PodPending
		pod.CreationTimestamp = metav1.NewTime(w.clock.Now())
		return false, nil, nil
	})
}

func configMaps(s settings) configmap.Watcher {
	cm := func(name string, data map[string]string) *corev1.ConfigMap {
		return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}, Data: data}
	}
	return configmap.NewStaticWatcher(
		cm("feature-flags", s.flags), cm("config-defaults", s.defaults), cm("config-events", nil), cm("config-tracing", nil),
		cm("config-wait-exponential-backoff", s.backoff),
	)
}

// images answers for registries: first that a look-up is under way, then what it holds.
type images struct {
	answer registry.Answer
	asked  []registry.Request
	wake   func()
}

func (i *images) Ask(_ context.Context, req registry.Request, wake func()) registry.Answer {
	i.asked, i.wake = append(i.asked, req), wake
	return i.answer
}

// add puts objects into the API and the informers.
func (w *world) add(objects ...runtime.Object) {
	w.t.Helper()
	for _, o := range objects {
		var err error
		switch o.(type) {
		case *corev1.Pod, *corev1.ServiceAccount, *corev1.LimitRange, *corev1.Secret, *corev1.PersistentVolumeClaim:
			err = w.kube.Tracker().Add(o)
		case *resolutionv1beta1.ResolutionRequest:
			err = w.requests.Tracker().Add(o)
		default:
			err = w.pipeline.Tracker().Add(o)
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
	w.sync()
}

// sync brings the informers up to date.
func (w *world) sync() {
	w.t.Helper()
	core := w.kube.Tracker()
	fill(w, core, corev1.SchemeGroupVersion.WithResource("pods"), "Pod", podinformer.Get(w.ctx, PodSelector).Informer())
	fill(w, core, corev1.SchemeGroupVersion.WithResource("serviceaccounts"), "ServiceAccount", serviceaccountinformer.Get(w.ctx).Informer())
	fill(w, core, corev1.SchemeGroupVersion.WithResource("limitranges"), "LimitRange", limitrangeinformer.Get(w.ctx).Informer())
	fill(w, w.pipeline.Tracker(), v1.SchemeGroupVersion.WithResource("taskruns"), "TaskRun", taskruninformer.Get(w.ctx).Informer())
	fill(w, w.pipeline.Tracker(), v1.SchemeGroupVersion.WithResource("tasks"), "Task", taskinformer.Get(w.ctx).Informer())
	fill(w, w.pipeline.Tracker(), v1beta1.SchemeGroupVersion.WithResource("stepactions"), "StepAction", stepactioninformer.Get(w.ctx).Informer())
	fill(w, w.requests.Tracker(), resolutionv1beta1.SchemeGroupVersion.WithResource("resolutionrequests"), "ResolutionRequest", requestinformer.Get(w.ctx).Informer())
}

// numberVersions makes the API refuse writes of TaskRuns that are not based on the latest one, as a real one does.
func (w *world) numberVersions() {
	version := 1
	w.pipeline.PrependReactor("*", "taskruns", func(a clientgotesting.Action) (bool, runtime.Object, error) {
		switch a := a.(type) {
		case clientgotesting.UpdateActionImpl:
			tr, _ := a.GetObject().(*v1.TaskRun)
			if tr.ResourceVersion != w.taskRun().ResourceVersion {
				return true, nil, conflict(tr.Name)
			}
			version++
			tr.ResourceVersion = fmt.Sprint(version)
		case clientgotesting.PatchActionImpl:
			tr := w.taskRun()
			version++
			tr.ResourceVersion = fmt.Sprint(version)
			if err := w.pipeline.Tracker().Update(v1.SchemeGroupVersion.WithResource("taskruns"), tr, tr.Namespace); err != nil {
				return true, nil, err
			}
		}
		return false, nil, nil
	})
}

// pass makes one pass over the TaskRun, brings the informers up to date, and returns the calls it made and how it ended.
func (w *world) pass() ([]string, error) {
	w.t.Helper()
	w.pipeline.ClearActions()
	w.kube.ClearActions()
	w.requests.ClearActions()
	err := w.impl.Reconciler.Reconcile(w.ctx, "ns/tr")
	var calls []string
	for _, list := range [][]clientgotesting.Action{w.kube.Actions(), w.requests.Actions(), w.pipeline.Actions()} {
		for _, a := range list {
			if a.GetResource().Resource == "events" {
				continue // they are watched beside the passes
			}
			name := a.GetVerb() + " " + a.GetResource().Resource
			if a.GetSubresource() != "" {
				name += "/" + a.GetSubresource()
			}
			calls = append(calls, name)
		}
	}
	w.sync()
	return calls, err
}

// mustPass is pass for passes that must not fail; asking for another look is no failure.
func (w *world) mustPass() []string {
	w.t.Helper()
	calls, err := w.pass()
	if ok, _ := controller.IsRequeueKey(err); err != nil && !ok {
		w.t.Fatalf("the pass failed: %v", err)
	}
	return calls
}

func (w *world) taskRun() *v1.TaskRun {
	w.t.Helper()
	o, err := w.pipeline.Tracker().Get(v1.SchemeGroupVersion.WithResource("taskruns"), "ns", "tr")
	if err != nil {
		w.t.Fatal(err)
	}
	tr, _ := o.(*v1.TaskRun)
	return tr.DeepCopy()
}

func (w *world) updateTaskRun(change func(*v1.TaskRun)) {
	w.t.Helper()
	tr := w.taskRun()
	change(tr)
	if err := w.pipeline.Tracker().Update(v1.SchemeGroupVersion.WithResource("taskruns"), tr, "ns"); err != nil {
		w.t.Fatal(err)
	}
	w.sync()
}

// cachedPod returns the pod that the controller keeps, nil if there is none.
func (w *world) cachedPod() *corev1.Pod {
	for _, pod := range w.full.byUID {
		return pod
	}
	return nil
}

// pod returns the pod of that name, nil if there is none.
func (w *world) pod(name string) *corev1.Pod {
	w.t.Helper()
	o, err := w.kube.Tracker().Get(corev1.SchemeGroupVersion.WithResource("pods"), "ns", name)
	if err != nil {
		return nil
	}
	pod, _ := o.(*corev1.Pod)
	return pod.DeepCopy()
}

// kubelet reports the phase and the state of every container of the first pod.
func (w *world) kubelet(phase corev1.PodPhase, state corev1.ContainerState, others ...corev1.ContainerState) {
	w.t.Helper()
	pod := w.pod("tr-pod")
	pod.Status.Phase = phase
	pod.Status.ContainerStatuses = nil
	for i, c := range pod.Spec.Containers {
		s := corev1.ContainerStatus{Name: c.Name, State: state, Ready: true}
		switch {
		case c.Name == names.PrepareContainer:
			s.State = exits(0)
		case i > 1 && len(others) > 0:
			s.State = others[0]
		}
		pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses, s)
	}
	if err := w.kube.Tracker().Update(corev1.SchemeGroupVersion.WithResource("pods"), pod, "ns"); err != nil {
		w.t.Fatal(err)
	}
	w.sync()
}

func (w *world) condition() string {
	w.t.Helper()
	c := w.taskRun().Status.GetCondition(apis.ConditionSucceeded)
	if c == nil {
		return ""
	}
	return fmt.Sprintf("%s %s: %s", c.Status, c.Reason, c.Message)
}

// events returns the events since the last call.
func (w *world) events() []string {
	var out []string
	for {
		select {
		case e := <-w.recorder.Events:
			out = append(out, strings.TrimSpace(e))
		default:
			return out
		}
	}
}

func taskRun(change ...func(*v1.TaskRun)) *v1.TaskRun {
	tr := &v1.TaskRun{
		ObjectMeta: metav1.ObjectMeta{Name: "tr", Namespace: "ns", UID: "uid", CreationTimestamp: metav1.NewTime(epoch), ResourceVersion: "1"},
		Spec: v1.TaskRunSpec{
			ServiceAccountName: "default",
			TaskSpec:           &v1.TaskSpec{Steps: []v1.Step{step("a")}},
			Timeout:            &metav1.Duration{Duration: time.Hour},
		},
	}
	for _, c := range change {
		c(tr)
	}
	return tr
}

func step(name string) v1.Step { return v1.Step{Name: name, Image: "img", Command: []string{"true"}} }

func runs() corev1.ContainerState {
	return corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(epoch)}}
}

func exits(code int32) corev1.ContainerState {
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
		ExitCode: code, Reason: map[bool]string{true: "Completed", false: "Error"}[code == 0], StartedAt: metav1.NewTime(epoch), FinishedAt: metav1.NewTime(epoch),
	}}
}

// fill replaces what an informer shows by what the API holds.
func fill(w *world, tracker clientgotesting.ObjectTracker, resource schema.GroupVersionResource, kind string, informer cache.SharedIndexInformer) {
	w.t.Helper()
	list, err := tracker.List(resource, resource.GroupVersion().WithKind(kind), "")
	if err != nil {
		w.t.Fatal(err)
	}
	items, err := meta.ExtractList(list)
	if err != nil {
		w.t.Fatal(err)
	}
	objects := make([]any, 0, len(items))
	for _, o := range items {
		kept, err := w.transforms[kind](o)
		if err != nil {
			w.t.Fatal(err)
		}
		objects = append(objects, kept)
	}
	if err := informer.GetIndexer().Replace(objects, ""); err != nil {
		w.t.Fatal(err)
	}
}

func conflict(name string) error {
	return apierrors.NewConflict(pipeline.TaskRunResource, name, errors.New("it was changed"))
}

// showTaskRun lets the informer show another state of the TaskRun than the API holds.
func (w *world) showTaskRun(tr *v1.TaskRun) error {
	return taskruninformer.Get(w.ctx).Informer().GetIndexer().Update(tr)
}
