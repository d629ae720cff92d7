package taskrun

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	clientgotesting "k8s.io/client-go/testing"
	clocktesting "k8s.io/utils/clock/testing"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/names"
)

func TestKindsOfNodes(t *testing.T) {
	t.Parallel()
	clock := clocktesting.NewFakePassiveClock(epoch)
	known := newKinds(clock)
	if known.contains("gvisor") {
		t.Error("known from the start")
	}
	known.add("gvisor")
	clock.SetTime(epoch.Add(kindAge - time.Second))
	if !known.contains("gvisor") || known.contains("kata") {
		t.Error("the one that was added is not known, or another one is")
	}
	clock.SetTime(epoch.Add(kindAge + time.Second))
	if known.contains("gvisor") {
		t.Error("known for ever")
	}
}

// states reports a state for each container of the first pod, by name.
func (w *world) states(phase corev1.PodPhase, states map[string]corev1.ContainerState) {
	w.t.Helper()
	pod := w.pod("tr-pod")
	pod.Status.Phase, pod.Status.ContainerStatuses = phase, nil
	for _, c := range pod.Spec.Containers {
		pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses, corev1.ContainerStatus{Name: c.Name, State: states[c.Name]})
	}
	if err := w.kube.Tracker().Update(corev1.SchemeGroupVersion.WithResource("pods"), pod, "ns"); err != nil {
		w.t.Fatal(err)
	}
	w.sync()
}

func neverRan() corev1.ContainerState {
	state := exits(128)
	state.Terminated.Reason = "StartError"
	return state
}

// A pod whose prepare could not be pulled is deleted, and made again with an init container when it is gone.
func TestUnpreparedPodIsReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{}, taskRun())
	w.mustPass()
	waiting := corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ErrImagePull", Message: "503"}}
	w.states(corev1.PodPending, map[string]corev1.ContainerState{names.PrepareContainer: waiting, "step-a": neverRan()})
	if diff := cmp.Diff([]string{"delete pods", "patch taskruns", "update taskruns/status"}, w.mustPass()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	want := `Unknown PullImageFailed: the pod is made again, because its container "prepare" could not be started: ErrImagePull: 503`
	if got := w.condition(); got != want {
		t.Errorf("condition %q, want %q", got, want)
	}
	if diff := cmp.Diff([]string{"create pods", "update taskruns/status"}, w.mustPass()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if pod := w.pod("tr-pod"); len(pod.Spec.InitContainers) != 1 || pod.Spec.InitContainers[0].Name != names.PrepareContainer {
		t.Errorf("init containers %+v", pod.Spec.InitContainers)
	}
	if tr := w.taskRun(); len(tr.Status.RetriesStatus) != 0 || tr.Status.PodName != "tr-pod" {
		t.Errorf("status %+v", tr.Status)
	}
}

// The kinds of nodes that do not start containers in order are remembered for other runs.
func TestNodesWithoutOrderAreRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{}, taskRun())
	w.mustPass()
	w.states(corev1.PodRunning, map[string]corev1.ContainerState{names.PrepareContainer: exits(0), "step-a": func() corev1.ContainerState {
		state := neverRan()
		state.Terminated.Message = `exec: "/tekton/run/bin/entrypoint": stat /tekton/run/bin/entrypoint: no such file or directory`
		return state
	}()})
	w.mustPass()
	if w.pod("tr-pod") != nil {
		t.Fatal("the pod is still there")
	}
	if err := w.pipeline.Tracker().Delete(v1.SchemeGroupVersion.WithResource("taskruns"), "ns", "tr"); err != nil {
		t.Fatal(err)
	}
	w.add(taskRun(func(tr *v1.TaskRun) { tr.UID = "another" }))
	w.mustPass()
	if pod := w.pod("tr-pod"); len(pod.Spec.InitContainers) != 1 {
		t.Errorf("init containers %+v", pod.Spec.InitContainers)
	}
}

// A pod that waits for a step that never ran is ended by the node, with its logs.
func TestStuckPodIsEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{}, taskRun(func(tr *v1.TaskRun) { tr.Spec.TaskSpec.Steps = []v1.Step{step("a"), step("b")} }))
	w.mustPass()
	w.states(corev1.PodRunning, map[string]corev1.ContainerState{names.PrepareContainer: exits(0), "step-a": neverRan(), "step-b": runs()})
	w.mustPass()
	if got := w.pod("tr-pod").Spec.ActiveDeadlineSeconds; got == nil || *got != 1 || !w.taskRun().IsDone() {
		t.Errorf("limit %v, condition %s", got, w.condition())
	}
	w.mustPass()
	if calls := w.mustPass(); calls != nil {
		t.Errorf("calls after the end %v", calls)
	}
}

// A hold that fails does not fail the run; the next pass repeats it.
func TestHoldIsRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{}, taskRun())
	w.kube.PrependReactor("create", "pods", func(a clientgotesting.Action) (bool, runtime.Object, error) {
		create, _ := a.(clientgotesting.CreateAction)
		pod, _ := create.GetObject().(*corev1.Pod)
		pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: "istio-proxy", Image: "proxy"})
		return false, nil, nil
	})
	refuse := true
	w.kube.PrependReactor("patch", "pods", func(clientgotesting.Action) (bool, runtime.Object, error) {
		return refuse, nil, apierrors.NewInternalError(errors.New("down"))
	})
	w.mustPass()
	if got := w.condition(); got != "Unknown Pending: Pending" {
		t.Errorf("condition %q", got)
	}
	if _, err := w.pass(); err == nil {
		t.Error("the failure was not reported")
	}
	refuse = false
	w.mustPass()
	if got := w.pod("tr-pod").Annotations["tekton.dev/ready"]; got != "" {
		t.Errorf("the first step does not wait: %q", got)
	}
}
