package taskplan

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	podtemplate "github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// prepared is a pod whose first ordinary container prepares it.
func prepared(phase corev1.PodPhase, prepare, step corev1.ContainerState) *corev1.Pod {
	pod := podIn(phase, step)
	pod.Spec.Containers = append([]corev1.Container{{Name: "prepare", Image: "img"}}, pod.Spec.Containers...)
	pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses, corev1.ContainerStatus{Name: "prepare", State: prepare})
	return pod
}

func cannotStart(message string) corev1.ContainerState {
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
		ExitCode: 128, Reason: "StartError", Message: message, StartedAt: at(2), FinishedAt: at(9),
	}}
}

const noRunner = `exec: "/tekton/run/bin/entrypoint": stat /tekton/run/bin/entrypoint: no such file or directory`

// A pod that could not be prepared is made again within the attempt. No step is blamed, and none is shown as it was there.
func TestUnpreparedPod(t *testing.T) {
	t.Parallel()
	pulling := prepared(corev1.PodPending, waits("ErrImagePull", "503"), cannotStart(noRunner))
	unordered := prepared(corev1.PodFailed, exits(0), cannotStart(noRunner))
	going := pulling.DeepCopy()
	going.DeletionTimestamp = new(at(10))
	silent := prepared(corev1.PodFailed, exits(0), exits(137))
	silent.DeletionTimestamp = new(at(10))
	inInit := podIn(corev1.PodPending, waits("PodInitializing", ""))
	inInit.Spec.InitContainers = []corev1.Container{{Name: "prepare"}}
	inInit.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: "prepare", State: cannotStart("no")}}
	annotated := func(tr *v1.TaskRun) { tr.Annotations = map[string]string{"tenon.dev/prepare": "init"} }
	gvisor := func(tr *v1.TaskRun) { tr.Spec.PodTemplate = &podtemplate.Template{RuntimeClassName: new("gvisor")} }
	const (
		pull   = `the pod is made again, because its container "prepare" could not be started: ErrImagePull: 503`
		order  = `the pod is made again, because container "step-a" began before the pod was prepared`
		start  = `the pod is made again, because its container "prepare" could not be started: StartError: no`
		leaves = "the pod is made again when the old one is gone"
	)
	init := map[string]string{"pipeline.tekton.dev/release": "abc", "tenon.dev/prepare": "init"}
	for name, tc := range map[string]struct {
		tr          *v1.TaskRun
		pod         *corev1.Pod
		now         int
		cond        string
		actions     []string
		annotations map[string]string
		wakeAt      time.Time
	}{
		"no image":                {tr: taskRun(started, timeout(0)), pod: pulling, cond: "Unknown PullImageFailed: " + pull, actions: []string{"replace tr-pod"}, annotations: init},
		"no image, going already": {tr: taskRun(started, timeout(0), annotated), pod: going, cond: "Unknown PullImageFailed: " + pull},
		"no order":                {tr: taskRun(started, timeout(0)), pod: unordered, cond: "Unknown Pending: " + order, actions: []string{`replace tr-pod, remember nodes ""`}, annotations: init},
		"no order on such nodes":  {tr: taskRun(started, timeout(0), gvisor), pod: unordered, cond: "Unknown Pending: " + order, actions: []string{`replace tr-pod, remember nodes "class=gvisor"`}, annotations: init},
		"replaced, tells no more": {tr: taskRun(started, timeout(0), annotated), pod: silent, cond: "Unknown Pending: " + leaves},
		"init container, a pause": {tr: taskRun(started, timeout(0), annotated), pod: inInit, now: 18, cond: "Unknown Pending: " + start, wakeAt: at(19).Time},
		"init container, again":   {tr: taskRun(started, timeout(0), annotated), pod: inInit, now: 19, cond: "Unknown Pending: " + start, actions: []string{"replace tr-pod"}, annotations: init},
		"until the time is up":    {tr: taskRun(started, timeout(time.Minute)), pod: pulling, now: 59, cond: "Unknown PullImageFailed: " + pull, actions: []string{"replace tr-pod"}, annotations: init, wakeAt: at(60).Add(time.Millisecond)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := next(t, tc.tr, tc.pod, cluster{now: tc.now})
			got := summary(d)
			if diff := cmp.Diff(tc.cond, got.Cond); diff != "" {
				t.Errorf("condition (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.actions, got.Actions); diff != "" {
				t.Errorf("actions (-want +got):\n%s", diff)
			}
			want := tc.annotations
			if want == nil {
				want = map[string]string{"pipeline.tekton.dev/release": "abc"}
			}
			if diff := cmp.Diff(want, d.Annotations); diff != "" {
				t.Errorf("annotations (-want +got):\n%s", diff)
			}
			if !d.WakeAt.Equal(tc.wakeAt) || d.Status.PodName != "tr-pod" {
				t.Errorf("wakes at %v, pod %q", d.WakeAt, d.Status.PodName)
			}
			if diff := cmp.Diff([]v1.StepState{{Name: "a", Provenance: &v1.Provenance{}}}, d.Status.Steps); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
		})
	}
}

// When the old pod is gone the next one is made, of the same name, and only the time limit ends that.
func TestUnpreparedPodIsMadeAgain(t *testing.T) {
	t.Parallel()
	tr := taskRun(started, timeout(time.Minute), retries(1))
	pulling := prepared(corev1.PodPending, waits("ImagePullBackOff", "Back-off"), waits("ImagePullBackOff", "Back-off"))
	tr.Status = next(t, tr, pulling, cluster{now: 10}).Status
	if got := summary(next(t, tr, nil, cluster{now: 11})); got.Cond != "Unknown Pending: Pending" || got.Actions[0] != "create tr-pod" {
		t.Errorf("after the old pod is gone %+v", got)
	}
	d := next(t, tr, pulling, cluster{now: 61})
	if got := summary(d); got.Cond[:19] != "Unknown ToBeRetried" || got.Actions[0] != "delete tr-pod" {
		t.Errorf("after the time limit %+v", got)
	}
	if s := d.Status.Steps[0]; s.TerminationReason != "TaskRunTimeout" || s.Container != "step-a" {
		t.Errorf("step %+v", s)
	}
}

// A pod with a step that never ran does not end by itself. It is stopped, but kept.
func TestStuckPod(t *testing.T) {
	t.Parallel()
	stuck := podIn(corev1.PodRunning, cannotStart("no"), "step-b", runs())
	d := next(t, taskRun(started), stuck, cluster{})
	if got := summary(d); got.Cond[:16] != "False StepFailed" || !cmp.Equal([]string{"end tr-pod"}, got.Actions) {
		t.Errorf("step %+v", got)
	}
	done := taskRun(started)
	done.Status = d.Status
	if got := summary(next(t, done, stuck, cluster{})).Actions; !cmp.Equal([]string{"end tr-pod"}, got) {
		t.Errorf("afterwards %v", got)
	}
	stuck.Spec.ActiveDeadlineSeconds = new(int64(5400))
	if got := summary(next(t, done, stuck, cluster{})).Actions; !cmp.Equal([]string{"end tr-pod"}, got) {
		t.Errorf("with its own limit %v", got)
	}
	stuck.Spec.ActiveDeadlineSeconds = new(int64(1))
	if got := summary(next(t, done, stuck, cluster{})).Actions; got != nil {
		t.Errorf("again %v", got)
	}
}
