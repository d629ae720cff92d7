package taskrun

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientgotesting "k8s.io/client-go/testing"
	"knative.dev/pkg/controller"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/imageinfo"
	"github.com/tenon-ci/tenon/pkg/imageinfo/registry"
)

const (
	succeeded = "True Succeeded: All Steps have completed executing"
	runningIs = "Unknown Running: Not all Steps in the Task have finished executing"
)

// A run of one step costs one pod, one change of its metadata and three of its status, and reads nothing.
func TestHappyPath(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{}, taskRun())
	check := func(when string, calls []string, cond string, events ...string) {
		t.Helper()
		if diff := cmp.Diff(calls, w.mustPass()); diff != "" {
			t.Errorf("%s: calls (-want +got):\n%s", when, diff)
		}
		if got := w.condition(); got != cond {
			t.Errorf("%s: condition %q, want %q", when, got, cond)
		}
		if diff := cmp.Diff(events, w.events()); diff != "" {
			t.Errorf("%s: events (-want +got):\n%s", when, diff)
		}
		if diff := cmp.Diff([]string(nil), w.mustPass()); diff != "" {
			t.Errorf("%s: calls of a second pass (-want +got):\n%s", when, diff)
		}
		w.events()
	}
	check("first pass", []string{"create pods", "patch taskruns", "update taskruns/status"}, "Unknown Pending: Pending", "Normal Started", "Normal Pending Pending")
	if got := w.pod("tr-pod").Annotations["tekton.dev/ready"]; got != "READY" {
		t.Errorf("the first step waits for %q", got)
	}
	w.kubelet(corev1.PodPending, corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "PodInitializing"}})
	check("pod starts", nil, "Unknown Pending: Pending")
	w.kubelet(corev1.PodRunning, runs())
	check("pod runs", []string{"update taskruns/status"}, runningIs, "Normal Running Not all Steps in the Task have finished executing")
	w.kubelet(corev1.PodSucceeded, exits(0))
	check("pod is over", []string{"update taskruns/status"}, succeeded, "Normal Succeeded All Steps have completed executing")
	if got := w.taskRun().Annotations["pipeline.tekton.dev/release"]; got != "abc" {
		t.Errorf("release %q", got)
	}
}

func TestOtherControllersRunsAreLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{}, taskRun(func(tr *v1.TaskRun) { tr.Spec.ManagedBy = new("someone.else/it") }))
	if calls := w.mustPass(); calls != nil || w.events() != nil {
		t.Errorf("calls %v", calls)
	}
}

func TestTaskOfTheCluster(t *testing.T) {
	t.Parallel()
	byRef := func(tr *v1.TaskRun) { tr.Spec.TaskSpec, tr.Spec.TaskRef = nil, &v1.TaskRef{Name: "task"} }
	task := &v1.Task{
		ObjectMeta: metav1.ObjectMeta{Name: "task", Namespace: "ns", Labels: map[string]string{"l": "v"}},
		Spec:       v1.TaskSpec{Steps: []v1.Step{{Name: "a", Ref: &v1.Ref{Name: "action"}, Params: v1.Params{{Name: "p", Value: *v1.NewString("$(context.taskRun.name)")}}}}},
	}
	action := &v1beta1.StepAction{
		ObjectMeta: metav1.ObjectMeta{Name: "action", Namespace: "ns"},
		Spec:       v1beta1.StepActionSpec{Image: "img", Command: []string{"echo", "$(params.p)"}, Params: v1.ParamSpecs{{Name: "p", Type: "string"}}},
	}
	w := newWorld(t, settings{}, taskRun(byRef), task, action)
	w.mustPass()
	tr := w.taskRun()
	if diff := cmp.Diff(map[string]string{"l": "v", "tekton.dev/task": "task"}, tr.Labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	if got := w.pod("tr-pod").Labels; got["l"] != "v" || got["tekton.dev/task"] != "task" {
		t.Errorf("labels of the pod %v", got)
	}
	s := tr.Status.TaskSpec.Steps[0]
	if s.Ref != nil || len(s.Command) != 2 || s.Command[1] != "tr" {
		t.Errorf("step %+v", s)
	}

	w = newWorld(t, settings{}, taskRun(byRef))
	w.mustPass()
	if got, want := w.condition(), `False TaskRunResolutionFailed: error when listing tasks for taskRun tr: tasks.tekton.dev "task" not found`; got != want {
		t.Errorf("condition %q, want %q", got, want)
	}
	w = newWorld(t, settings{}, taskRun(byRef), task)
	w.mustPass()
	if got, want := w.condition(), `False TaskRunResolutionFailed: failed to resolve step ref for step "a" (index 0): stepactions.tekton.dev "action" not found`; got != want {
		t.Errorf("condition %q, want %q", got, want)
	}
}

func TestRemoteTask(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{}, taskRun(func(tr *v1.TaskRun) {
		tr.Spec.TaskSpec = nil
		tr.Spec.Params = v1.Params{{Name: "branch", Value: *v1.NewString("main")}}
		tr.Spec.TaskRef = &v1.TaskRef{ResolverRef: v1.ResolverRef{Resolver: "git", Params: v1.Params{
			{Name: "revision", Value: *v1.NewString("$(params.branch)-$(context.taskRun.name)")},
		}}}
	}))
	if calls := w.mustPass(); calls[0] != "create resolutionrequests" {
		t.Errorf("calls %v", calls)
	}
	if got, want := w.condition(), "Unknown ResolvingTaskRef: TaskRun ns/tr awaiting remote resource"; got != want {
		t.Errorf("condition %q, want %q", got, want)
	}
	requests, err := w.requests.ResolutionV1beta1().ResolutionRequests("ns").List(w.ctx, metav1.ListOptions{})
	if err != nil || len(requests.Items) != 1 {
		t.Fatalf("requests %v, %v", requests, err)
	}
	rr := &requests.Items[0]
	if got := rr.Spec.Params[0].Value.StringVal; got != "main-tr" {
		t.Errorf("revision %q", got)
	}
	rr.Status.Data = base64.StdEncoding.EncodeToString([]byte(
		"apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: remote}\nspec:\n  steps: [{name: a, image: img, command: [x]}]\n"))
	rr.Status.RefSource = &v1.RefSource{URI: "there"}
	if _, err := w.requests.ResolutionV1beta1().ResolutionRequests("ns").Update(w.ctx, rr, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	w.sync()
	w.mustPass()
	tr := w.taskRun()
	if w.pod("tr-pod") == nil || tr.Labels["tekton.dev/task"] != "remote" || tr.Status.Provenance.RefSource.URI != "there" {
		t.Errorf("labels %v, provenance %+v", tr.Labels, tr.Status.Provenance)
	}
	if started := strings.Count(strings.Join(w.events(), "\n"), "Normal Started"); started != 1 {
		t.Errorf("the start was reported %d times", started)
	}
}

func TestExistingPod(t *testing.T) {
	t.Parallel()
	existing := func(owner types.UID) *corev1.Pod {
		yes := true
		return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "tr-pod", Namespace: "ns", OwnerReferences: []metav1.OwnerReference{
			{APIVersion: "tekton.dev/v1", Kind: "TaskRun", Name: "tr", UID: owner, Controller: &yes},
		}}, Status: corev1.PodStatus{Phase: corev1.PodRunning}}
	}
	for name, tc := range map[string]struct {
		owner types.UID
		want  string
	}{
		"own pod that the informer does not show": {"uid", runningIs},
		"pod of an earlier run of the same name":  {"other", "Unknown Pending: tried to create pod, but it already exists"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{}, taskRun())
			if err := w.kube.Tracker().Add(existing(tc.owner)); err != nil {
				t.Fatal(err)
			}
			w.mustPass()
			w.mustPass()
			if got := w.condition(); got != tc.want {
				t.Errorf("condition %q, want %q", got, tc.want)
			}
		})
	}
}

// A pod that is on its way out is not taken for the one of the attempt.
func TestExistingPodThatIsGoing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{}, taskRun())
	w.kube.PrependReactor("create", "pods", func(clientgotesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewAlreadyExists(corev1.Resource("pods"), "tr-pod")
	})
	w.kube.PrependReactor("get", "pods", func(clientgotesting.Action) (bool, runtime.Object, error) {
		return true, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
			Name: "tr-pod", Namespace: "ns", DeletionTimestamp: &metav1.Time{Time: epoch},
			OwnerReferences: []metav1.OwnerReference{{Kind: "TaskRun", Name: "tr", UID: "uid", Controller: new(true)}},
		}}, nil
	})
	_, err := w.pass()
	if ok, delay := controller.IsRequeueKey(err); !ok || delay != time.Second {
		t.Errorf("wakes with %v", err)
	}
	if got, want := w.condition(), "Unknown Pending: tried to create pod, but it already exists"; got != want {
		t.Errorf("condition %q, want %q", got, want)
	}
}

// The pod of an earlier run of the same name can be gone a moment after it was in the way.
func TestExistingPodThatIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{}, taskRun())
	w.kube.PrependReactor("create", "pods", func(clientgotesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewAlreadyExists(corev1.Resource("pods"), "tr-pod")
	})
	if _, err := w.pass(); err == nil {
		t.Error("the run is not looked at again")
	}
	if got, want := w.condition(), "Unknown Pending: tried to create pod, but it already exists"; got != want {
		t.Errorf("condition %q, want %q", got, want)
	}
}

// Nothing waits for a registry: the pass ends, and the run is looked at again when there is an answer.
func TestImagesAreLookedUpAside(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{}, taskRun(func(tr *v1.TaskRun) { tr.Spec.TaskSpec.Steps[0].Command = nil }))
	w.images.answer = registry.Answer{Pending: true}
	calls, err := w.pass()
	if ok, delay := controller.IsRequeueKey(err); !ok || delay != 2*time.Second || calls != nil {
		t.Errorf("calls %v, wakes with %v", calls, err)
	}
	want := []registry.Request{{Scope: "ns/uid", Tenant: "ns", Images: []string{"img"}}}
	if diff := cmp.Diff(want, w.images.asked, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
	w.images.wake()
	if key, _ := w.impl.WorkQueue().Get(); key != any(types.NamespacedName{Namespace: "ns", Name: "tr"}) {
		t.Errorf("looks at %v", key)
	}
	w.clock.SetTime(epoch.Add(2 * time.Second))
	w.mustPass()
	if got, want := w.condition(), `Unknown Pending: the commands of images are being looked up: ["img"]`; got != want {
		t.Errorf("condition %q, want %q", got, want)
	}
	w.images.answer = registry.Answer{Err: failure.Transientf("", "503"), RetryAfter: 7 * time.Second}
	_, err = w.pass()
	if ok, delay := controller.IsRequeueKey(err); !ok || delay != 7*time.Second {
		t.Errorf("wakes with %v", err)
	}
	if got, want := w.condition(), "Unknown Pending: 503"; got != want {
		t.Errorf("condition %q, want %q", got, want)
	}
	w.images.answer = registry.Answer{Images: map[string]imageinfo.Image{
		"img": {Ref: "img@sha256:1", Platforms: []imageinfo.Platform{{Name: "linux/amd64", Entrypoint: []string{"run"}}}},
	}}
	w.mustPass()
	if pod := w.pod("tr-pod"); pod == nil || pod.Spec.Containers[1].Image != "img@sha256:1" {
		t.Errorf("pod %+v", pod)
	}
	if got, want := w.condition(), "Unknown Pending: Pending"; got != want {
		t.Errorf("condition %q, want %q", got, want)
	}

	w = newWorld(t, settings{}, taskRun(func(tr *v1.TaskRun) { tr.Spec.TaskSpec.Steps[0].Command = nil }))
	w.images.answer = registry.Answer{Err: failure.NotFoundf("", "no such image")}
	w.mustPass()
	if got, want := w.condition(), `False PodCreationFailed: failed to create task run pod "tr": no such image. Maybe invalid TaskSpec`; got != want {
		t.Errorf("condition %q, want %q", got, want)
	}
}

func TestInjectedContainers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{}, taskRun())
	w.kube.PrependReactor("create", "pods", func(a clientgotesting.Action) (bool, runtime.Object, error) {
		create, _ := a.(clientgotesting.CreateAction)
		pod, _ := create.GetObject().(*corev1.Pod)
		pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: "istio-proxy", Image: "proxy"})
		return false, nil, nil
	})
	if calls := w.mustPass(); len(calls) < 2 || calls[1] != "patch pods" {
		t.Errorf("calls %v", calls)
	}
	if got := w.pod("tr-pod").Annotations["tekton.dev/ready"]; got != "" {
		t.Errorf("the first step does not wait: %q", got)
	}
	w.kubelet(corev1.PodRunning, runs())
	w.mustPass()
	if got := w.pod("tr-pod").Annotations["tekton.dev/ready"]; got != "READY" {
		t.Errorf("the first step waits for %q", got)
	}
	// The next pod of this namespace waits from the beginning.
	w.kubelet(corev1.PodFailed, exits(1))
	w.updateTaskRun(func(tr *v1.TaskRun) { tr.Spec.Retries = 1 })
	w.mustPass()
	if calls := w.mustPass(); len(calls) == 0 || calls[0] != "create pods" || strings.Contains(strings.Join(calls, " "), "patch pods") {
		t.Errorf("calls %v", calls)
	}
	if got, ok := w.pod("tr-pod-retry1").Annotations["tekton.dev/ready"]; ok {
		t.Errorf("the first step does not wait: %q", got)
	}
}

// What was injected is found out although the answer to the creation of the pod got lost.
func TestInjectedContainersAfterALostAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{}, taskRun())
	lost := false
	w.kube.PrependReactor("create", "pods", func(a clientgotesting.Action) (bool, runtime.Object, error) {
		create, _ := a.(clientgotesting.CreateAction)
		pod, _ := create.GetObject().(*corev1.Pod)
		if lost {
			return true, nil, apierrors.NewAlreadyExists(corev1.Resource("pods"), pod.Name)
		}
		lost = true
		pod.Status.Phase = corev1.PodPending
		pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: "istio-proxy", Image: "proxy"})
		if err := w.kube.Tracker().Create(corev1.SchemeGroupVersion.WithResource("pods"), pod, "ns"); err != nil {
			return true, nil, err
		}
		return true, nil, apierrors.NewTimeoutError("the answer is late", 1)
	})
	if _, err := w.pass(); err == nil {
		t.Error("the lost answer was no error")
	}
	w.mustPass()
	if got := w.pod("tr-pod").Annotations["tekton.dev/ready"]; got != "" {
		t.Errorf("the first step does not wait: %q", got)
	}
	w.kubelet(corev1.PodRunning, runs())
	w.mustPass()
	if got := w.pod("tr-pod").Annotations["tekton.dev/ready"]; got != "READY" {
		t.Errorf("the first step waits for %q", got)
	}
}

func TestInjectionsAreRemembered(t *testing.T) {
	t.Parallel()
	pod := func(containers ...string) *corev1.Pod {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "ns"}}
		for _, name := range containers {
			if strings.HasPrefix(name, "init") {
				p.Spec.InitContainers = append(p.Spec.InitContainers, corev1.Container{Name: name})
			} else {
				p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: name})
			}
		}
		return p
	}
	asked := pod("prepare", "step-a")
	for name, tc := range map[string]struct {
		made []*corev1.Pod
		want additions
	}{
		"nothing":                    {[]*corev1.Pod{pod("prepare", "step-a")}, additions{}},
		"an init container":          {[]*corev1.Pod{pod("init-mesh", "prepare", "step-a")}, additions{containers: 1}},
		"both kinds":                 {[]*corev1.Pod{pod("init-mesh", "prepare", "step-a", "proxy")}, additions{containers: 2, holds: true}},
		"the most counts, not later": {[]*corev1.Pod{pod("step-a", "prepare", "proxy", "agent"), pod("init-mesh", "step-a", "prepare")}, additions{containers: 2, holds: true}},
		"something was taken away":   {[]*corev1.Pod{pod("step-a")}, additions{}},
	} {
		var known injections
		for _, made := range tc.made {
			known.note(asked, made)
		}
		if got := known.in("ns"); got != tc.want {
			t.Errorf("%s: %+v, want %+v", name, got, tc.want)
		}
		if got := known.in("other"); got != (additions{}) {
			t.Errorf("%s: another namespace has %+v", name, got)
		}
	}
}

func TestSidecarsAreStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{}, taskRun(func(tr *v1.TaskRun) { tr.Spec.TaskSpec.Sidecars = []v1.Sidecar{{Name: "s", Image: "img"}} }))
	w.mustPass()
	if got, ok := w.pod("tr-pod").Annotations["tekton.dev/ready"]; ok {
		t.Errorf("the first step does not wait: %q", got)
	}
	w.kubelet(corev1.PodRunning, runs())
	w.mustPass()
	if got := w.pod("tr-pod").Annotations["tekton.dev/ready"]; got != "READY" {
		t.Errorf("the first step waits for %q", got)
	}
	w.kubelet(corev1.PodRunning, exits(0), runs())
	w.mustPass()
	if got := w.condition(); got != succeeded {
		t.Errorf("condition %q", got)
	}
	var images []string
	for _, c := range w.pod("tr-pod").Spec.Containers {
		images = append(images, c.Image)
	}
	if diff := cmp.Diff([]string{"entrypoint", "img", "nop"}, images); diff != "" {
		t.Errorf("images (-want +got):\n%s", diff)
	}
	w.kubelet(corev1.PodSucceeded, exits(0))
	w.mustPass()
	s := w.taskRun().Status.Sidecars
	if len(s) != 1 || s[0].Terminated == nil || s[0].Terminated.Message != "Sidecar container successfully stopped by nop image" {
		t.Errorf("sidecars %+v", s)
	}
	if status := w.taskRun().Status; status.TaskSpec == nil || len(status.Steps) != 1 {
		t.Errorf("what the cache does not have of the run was lost: %+v", status)
	}
	if err := w.impl.Reconciler.Reconcile(w.ctx, "ns/tr"); err != nil {
		t.Errorf("looking after a run that is over: %v", err)
	}
	if pod := w.cachedPod(); pod != nil {
		t.Errorf("the pod of a run that is over is kept: %s", pod.Name)
	}
}

// A sidecar that cannot be stopped does not change how the run ended; it is tried again.
func TestSidecarStopIsRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{}, taskRun(func(tr *v1.TaskRun) { tr.Spec.TaskSpec.Sidecars = []v1.Sidecar{{Name: "s", Image: "img"}} }))
	w.mustPass()
	w.kubelet(corev1.PodRunning, exits(0), runs())
	refuse := true
	w.kube.PrependReactor("patch", "pods", func(clientgotesting.Action) (bool, runtime.Object, error) {
		return refuse, nil, apierrors.NewInternalError(errors.New("down"))
	})
	if _, err := w.pass(); err == nil {
		t.Error("the failure was not reported")
	}
	if got := w.condition(); got != succeeded {
		t.Errorf("condition %q", got)
	}
	refuse = false
	w.mustPass()
	if got := w.pod("tr-pod").Spec.Containers[2].Image; got != "nop" {
		t.Errorf("image %q", got)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		s    settings
		kept bool
	}{
		"pod deleted": {},
		"pod kept":    {s: settings{flags: map[string]string{"keep-pod-on-cancel": "true"}}, kept: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tc.s, taskRun())
			w.mustPass()
			w.kubelet(corev1.PodRunning, runs())
			w.mustPass()
			w.updateTaskRun(func(tr *v1.TaskRun) {
				tr.Spec.Status, tr.Spec.StatusMessage = v1.TaskRunSpecStatusCancelled, "enough"
			})
			w.mustPass()
			if got, want := w.condition(), `False TaskRunCancelled: TaskRun "tr" was cancelled. enough`; got != want {
				t.Errorf("condition %q, want %q", got, want)
			}
			pod := w.pod("tr-pod")
			if (pod != nil) != tc.kept || tc.kept && pod.Annotations["tekton.dev/cancel"] != "CANCEL" {
				t.Errorf("pod %+v", pod)
			}
			w.mustPass()
			if calls := w.mustPass(); calls != nil {
				t.Errorf("calls after the end %v", calls)
			}
		})
	}
}

// A deletion that fails is tried again, although the run is done by then.
func TestDeletionIsRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{}, taskRun())
	w.mustPass()
	w.kubelet(corev1.PodRunning, runs())
	w.updateTaskRun(func(tr *v1.TaskRun) { tr.Spec.Status = v1.TaskRunSpecStatusCancelled })
	refuse := true
	w.kube.PrependReactor("delete", "pods", func(clientgotesting.Action) (bool, runtime.Object, error) {
		return refuse, nil, apierrors.NewInternalError(errors.New("down"))
	})
	if _, err := w.pass(); err == nil || !w.taskRun().IsDone() {
		t.Errorf("error %v, condition %s", err, w.condition())
	}
	refuse = false
	w.mustPass()
	if w.pod("tr-pod") != nil {
		t.Error("the pod is still there")
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{}, taskRun(func(tr *v1.TaskRun) { tr.Spec.Retries = 1 }))
	w.mustPass()
	w.kubelet(corev1.PodRunning, runs())
	w.clock.SetTime(epoch.Add(30 * time.Minute))
	_, err := w.pass()
	if ok, delay := controller.IsRequeueKey(err); !ok || delay != 30*time.Minute+time.Millisecond {
		t.Errorf("wakes with %v", err)
	}
	w.clock.SetTime(epoch.Add(time.Hour + time.Millisecond))
	w.mustPass()
	if got, want := w.condition(), `Unknown ToBeRetried: TaskRun "tr" failed to finish within "1h0m0s"`; got != want || w.pod("tr-pod") != nil {
		t.Errorf("condition %q, want %q; pod %v", got, want, w.pod("tr-pod"))
	}
	w.mustPass()
	if w.pod("tr-pod-retry1") == nil || w.taskRun().Status.PodName != "tr-pod-retry1" {
		t.Errorf("pod %q", w.taskRun().Status.PodName)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{}, taskRun())
	refuse := true
	w.kube.PrependReactor("create", "pods", func(clientgotesting.Action) (bool, runtime.Object, error) {
		return refuse, nil, apierrors.NewForbidden(corev1.Resource("pods"), "tr-pod", errors.New("exceeded quota: q"))
	})
	_, err := w.pass()
	if ok, delay := controller.IsRequeueKey(err); !ok || delay != time.Minute {
		t.Errorf("wakes with %v", err)
	}
	if got, want := w.condition(), `Unknown ExceededResourceQuota: TaskRun Pod exceeded available resources: pods "tr-pod" is forbidden: exceeded quota: q`; got != want {
		t.Errorf("condition %q, want %q", got, want)
	}
	if w.taskRun().Status.StartTime != nil {
		t.Error("the clock runs")
	}
	refuse = false
	w.mustPass()
	if w.pod("tr-pod") == nil {
		t.Error("no pod was made")
	}

	w = newWorld(t, settings{}, taskRun(func(tr *v1.TaskRun) { tr.Spec.ServiceAccountName = "nobody" }))
	w.mustPass()
	if got, want := w.condition(), `False PodCreationFailed: failed to create task run pod "tr": getting service account ns/nobody: serviceaccounts "nobody" not found. Maybe invalid TaskSpec`; got != want {
		t.Errorf("condition %q, want %q", got, want)
	}
}

func TestPodCreationIsRepeated(t *testing.T) {
	t.Parallel()
	on := map[string]string{"enable-wait-exponential-backoff": "true"}
	w := newWorld(t, settings{flags: on, backoff: map[string]string{"duration": "1ns"}}, taskRun())
	late := 2
	w.kube.PrependReactor("create", "pods", func(clientgotesting.Action) (bool, runtime.Object, error) {
		late--
		return late >= 0, nil, apierrors.NewInternalError(errors.New("failed calling webhook: Timeout"))
	})
	if diff := cmp.Diff([]string{"create pods", "create pods", "create pods"}, w.mustPass()[:3]); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if w.pod("tr-pod") == nil {
		t.Error("no pod was made")
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	account := &corev1.ServiceAccount{
		ObjectMeta: metav1.ObjectMeta{Name: "sa", Namespace: "ns"}, Secrets: []corev1.ObjectReference{{Name: "git"}, {Name: "gone"}},
	}
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "git", Namespace: "ns", Annotations: map[string]string{"tekton.dev/git-0": "https://git.example"}},
		Type:       corev1.SecretTypeBasicAuth, Data: map[string][]byte{"username": []byte("u"), "password": []byte("p")},
	}
	w := newWorld(t, settings{}, taskRun(func(tr *v1.TaskRun) { tr.Spec.ServiceAccountName = "sa" }), account, secret)
	w.mustPass()
	found := false
	for _, v := range w.pod("tr-pod").Spec.Volumes {
		found = found || v.Secret != nil && v.Secret.SecretName == "git"
	}
	if !found {
		t.Error("the secret is not mounted")
	}
	if got := strings.Join(w.events(), "\n"); !strings.Contains(got, "Warning FailedToRetrieveSecret Unable to retrieve some secrets (gone)") {
		t.Errorf("events %s", got)
	}
}

func TestClaims(t *testing.T) {
	t.Parallel()
	template := func(tr *v1.TaskRun) {
		tr.Spec.Workspaces = []v1.WorkspaceBinding{{Name: "data", VolumeClaimTemplate: &corev1.PersistentVolumeClaim{}}}
	}
	w := newWorld(t, settings{}, taskRun(template))
	if calls := w.mustPass(); calls[0] != "create persistentvolumeclaims" || calls[1] != "create pods" {
		t.Errorf("calls %v", calls)
	}
	w = newWorld(t, settings{}, taskRun(template))
	w.kube.PrependReactor("create", "persistentvolumeclaims", func(clientgotesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewForbidden(corev1.Resource("persistentvolumeclaims"), "c", errors.New("exceeded quota"))
	})
	w.mustPass()
	if got, want := w.condition(), "False CouldntCreateWorkspacePVC: failed to create PVC for TaskRun ns/tr workspaces correctly: "; !strings.HasPrefix(got, want) || w.pod("tr-pod") != nil {
		t.Errorf("condition %q, want %q", got, want)
	}
}

// A pass on an outdated run must not write over what a later pass has written, and must not report anything.
func TestOutdatedRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{}, taskRun())
	w.mustPass()
	w.events()
	old := w.taskRun()
	w.kubelet(corev1.PodSucceeded, exits(0))
	w.mustPass()
	w.events()
	done := w.taskRun()
	other := old.DeepCopy()
	other.ResourceVersion = "other"
	for _, tc := range []struct {
		name     string
		shown    *v1.TaskRun
		conflict bool
	}{
		{"known to be outdated", old, false},
		{"not known to be so", other, true},
		{"not known to be so, with older metadata", taskRun(), true},
	} {
		if err := w.showTaskRun(tc.shown); err != nil {
			t.Fatal(err)
		}
		calls, err := w.pass()
		if apierrors.IsConflict(err) != tc.conflict || !tc.conflict && calls != nil {
			t.Errorf("%s: calls %v, error %v, want a conflict: %v", tc.name, calls, err, tc.conflict)
		}
		if diff := cmp.Diff(done.Status, w.taskRun().Status); diff != "" {
			t.Errorf("%s: status (-want +got):\n%s", tc.name, diff)
		}
		if events := w.events(); events != nil {
			t.Errorf("%s: events %v", tc.name, events)
		}
	}
}

func TestMetadataRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err   error
		again bool
	}{
		"for now":  {apierrors.NewInternalError(errors.New("down")), true},
		"for good": {apierrors.NewBadRequest("no"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{}, taskRun())
			w.pipeline.PrependReactor("patch", "taskruns", func(clientgotesting.Action) (bool, runtime.Object, error) { return true, nil, tc.err })
			_, err := w.pass()
			if requeue, _ := controller.IsRequeueKey(err); requeue == tc.again {
				t.Errorf("error %v", err)
			}
			if (w.condition() == "") != tc.again {
				t.Errorf("condition %q", w.condition())
			}
			if events := w.events(); len(events) == 0 || !strings.HasPrefix(events[0], "Warning Error ") {
				t.Errorf("events %v", events)
			}
		})
	}
}
