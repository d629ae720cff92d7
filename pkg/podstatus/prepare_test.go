package podstatus

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// missingRunner is what containerd says about a step whose runner is not there.
const missingRunner = `failed to create containerd task: OCI runtime create failed: runc create failed: unable to start container process: ` +
	`exec: "/tekton/run/bin/entrypoint": stat /tekton/run/bin/entrypoint: no such file or directory`

// ran is a state from and to seconds after epoch.
func ran(from, to int, code int32, reason, message string) corev1.ContainerState {
	s := exited(code, reason, message)
	s.Terminated.StartedAt, s.Terminated.FinishedAt = at(from), at(to)
	return s
}

func runningSince(seconds int) corev1.ContainerState {
	return corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: at(seconds)}}
}

func TestFindUnprepared(t *testing.T) {
	t.Parallel()
	const pulling, pending = v1.TaskRunReasonPullImageFailed, v1.TaskRunReasonPending
	const failed = `the pod is made again, because its container "prepare" could not be started: `
	const early = `the pod is made again, because container "step-a" began before the pod was prepared`
	notPrepared := exited(1, "Error", `[{"key":"Reason","value":"NotPrepared","type":3}]`)
	for name, tc := range map[string]struct {
		pod  builder
		want *Unprepared
	}{
		"nothing known": {pod: newPod(corev1.PodPending)},
		"starting":      {pod: newPod(corev1.PodPending).container("prepare", waiting("ContainerCreating", "")).container("step-a", waiting("ContainerCreating", ""))},
		"running":       {pod: newPod(corev1.PodRunning).container("prepare", running()).container("step-a", running())},
		"over":          {pod: newPod(corev1.PodSucceeded).container("prepare", exited(0, "Completed")).container("step-a", exited(0, "Completed"))},
		"pull error": {
			pod:  newPod(corev1.PodPending).container("prepare", waiting("ErrImagePull", "503")).container("step-a", waiting("ContainerCreating", "")),
			want: &Unprepared{Reason: pulling, Why: failed + "ErrImagePull: 503"},
		},
		"pull error, and a step that was started all the same": {
			pod:  newPod(corev1.PodPending).container("prepare", waiting("ImagePullBackOff", "")).container("step-a", exited(128, "StartError", missingRunner)),
			want: &Unprepared{Reason: pulling, Why: failed + "ImagePullBackOff"},
		},
		"not created": {
			pod:  newPod(corev1.PodPending).container("prepare", waiting("CreateContainerError", "context deadline exceeded")).container("step-a", waiting("CreateContainerError", missingRunner)),
			want: &Unprepared{Reason: pending, Why: failed + "CreateContainerError: context deadline exceeded"},
		},
		"not started": {
			pod:  newPod(corev1.PodFailed).container("prepare", exited(128, "StartError", "no space")).container("step-a", exited(128, "StartError", missingRunner)),
			want: &Unprepared{Reason: pending, Why: failed + "StartError: no space"},
		},
		"pulled at the second try": {
			pod:  newPod(corev1.PodFailed).container("prepare", ran(12, 12, 0, "Completed", "")).container("step-a", ran(0, 2, 128, "StartError", "of another kind")),
			want: &Unprepared{Reason: pending, Why: early, OrderBroken: true},
		},
		"step before a prepare that still starts": {
			pod:  newPod(corev1.PodPending).container("prepare", waiting("ContainerCreating", "")).container("step-a", exited(128, "StartError", "of another kind")),
			want: &Unprepared{Reason: pending, Why: early, OrderBroken: true},
		},
		"runner missing within one second": {
			pod:  newPod(corev1.PodRunning).container("prepare", runningSince(2)).container("step-a", ran(2, 2, 128, "StartError", missingRunner)),
			want: &Unprepared{Reason: pending, Why: early, OrderBroken: true},
		},
		"runner missing, as CRI-O says it": {
			pod:  newPod(corev1.PodPending).container("prepare", runningSince(2)).container("step-a", waiting("CreateContainerError", "container create failed: executable file `/tekton/run/bin/entrypoint` not found: No such file or directory")),
			want: &Unprepared{Reason: pending, Why: early, OrderBroken: true},
		},
		"runner finds that the rest is missing": {
			pod:  newPod(corev1.PodRunning).container("prepare", running()).container("step-a", notPrepared),
			want: &Unprepared{Reason: pending, Why: early, OrderBroken: true},
		},
		"another start error of a step": {
			pod: newPod(corev1.PodRunning).container("prepare", runningSince(2)).container("step-a", ran(2, 2, 128, "StartError", "chdir to cwd failed")),
		},
		"step not created for another reason": {
			pod: newPod(corev1.PodPending).container("prepare", running()).container("step-a", waiting("CreateContainerError", "no such device")),
		},
		"prepare failed by itself": {
			pod: newPod(corev1.PodFailed).container("prepare", exited(1, "Error")).container("step-a", exited(128, "StartError", missingRunner)),
		},
		"init: pull error is waited for": {
			pod: newPod(corev1.PodPending).init("prepare", false, waiting("ImagePullBackOff", "503")).container("step-a", waiting("PodInitializing", "")),
		},
		"init: creation is tried again": {
			pod: newPod(corev1.PodPending).init("prepare", false, waiting("CreateContainerError", "")).container("step-a", waiting("PodInitializing", "")),
		},
		"init: not started": {
			pod:  newPod(corev1.PodFailed).init("prepare", false, exited(128, "ContainerCannotRun", "no space")).container("step-a", waiting("PodInitializing", "")),
			want: &Unprepared{Reason: pending, Why: failed + "ContainerCannotRun: no space", At: at(15).Time},
		},
		"init: a runner that claims so": {
			pod: newPod(corev1.PodFailed).init("prepare", false, exited(0, "Completed")).container("step-a", notPrepared),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, FindUnprepared(tc.pod.pod)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestStuck(t *testing.T) {
	t.Parallel()
	startError := exited(128, "StartError", "chdir to cwd failed")
	for name, tc := range map[string]struct {
		pod  builder
		want bool
	}{
		"in the middle":       {newPod(corev1.PodRunning).container("step-a", exited(0, "Completed")).container("step-b", startError).container("step-c", running()), true},
		"first and only":      {newPod(corev1.PodRunning).container("prepare", running()).container("step-a", startError), true},
		"results are awaited": {newPod(corev1.PodRunning).container("step-a", startError).container("sidecar-tekton-log-results", running()), true},
		"another is pulled":   {newPod(corev1.PodPending).container("step-a", startError).container("step-b", waiting("ErrImagePull", "")), true},
		"only a sidecar":      {newPod(corev1.PodRunning).container("step-a", startError).container("sidecar-s", running()), false},
		"being deleted":       {newPod(corev1.PodRunning).container("step-a", startError).container("step-b", running()).deleted(30), false},
		"over":                {newPod(corev1.PodFailed).container("step-a", startError).container("step-b", running()), false},
		"ordinary failure":    {newPod(corev1.PodRunning).container("step-a", exited(1, "Error")).container("step-b", running()), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Stuck(tc.pod.pod); got != tc.want {
				t.Errorf("Stuck = %v, want %v", got, tc.want)
			}
		})
	}
}

// TestPrepareIsWaitedFor looks at pods that the kubelet goes on trying to start: prepare is not the user's.
func TestPrepareIsWaitedFor(t *testing.T) {
	t.Parallel()
	for _, reason := range []string{"ImagePullBackOff", "InvalidImageName", "CreateContainerError", "CreateContainerConfigError"} {
		pod := newPod(corev1.PodPending).init("prepare", false, waiting(reason, "x")).container("step-a", waiting("PodInitializing", "")).pod
		if got := FindStartFailure(StartInput{TaskRun: "tr", Pod: pod, PodName: "tr-pod", Now: epoch}); got != (StartFailure{}) {
			t.Errorf("%s: %+v", reason, got)
		}
		if why, _ := ConfigFailure(pod, Tolerance{}, epoch); why != "" {
			t.Errorf("%s: %s", reason, why)
		}
	}
}

func TestInjected(t *testing.T) {
	t.Parallel()
	spec := &v1.TaskSpec{Steps: []v1.Step{{Name: "a"}, {}}, Sidecars: []v1.Sidecar{{Name: "db"}, {}}}
	own := newPod(corev1.PodPending).container("prepare", running()).container("step-a", running()).container("step-unnamed-1", running()).
		container("sidecar-db", running()).container("sidecar", running()).container("sidecar-tekton-log-results", running())
	for name, tc := range map[string]struct {
		pod           builder
		ordinary, all int
	}{
		"none":                {pod: own},
		"with our prefix":     {pod: newPod(corev1.PodPending).container("step-a", running()).container("sidecar-vault", running()), ordinary: 1, all: 1},
		"ordinary and init":   {pod: newPod(corev1.PodPending).init("prepare", false, running()).init("istio-init", false, running()).container("step-a", running()).container("istio-proxy", running()), ordinary: 1, all: 2},
		"one of another Task": {pod: newPod(corev1.PodPending).container("step-b", running()), ordinary: 1, all: 1},
	} {
		if ordinary, all := Injected(tc.pod.pod, spec); ordinary != tc.ordinary || all != tc.all {
			t.Errorf("%s: Injected = %d, %d, want %d, %d", name, ordinary, all, tc.ordinary, tc.all)
		}
	}
}
