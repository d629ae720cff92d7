package podstatus

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func at(seconds int) metav1.Time {
	return metav1.NewTime(epoch.Add(time.Duration(seconds) * time.Second))
}

// builder makes pods in the few forms that the tests need.
type builder struct{ pod *corev1.Pod }

func newPod(phase corev1.PodPhase) builder {
	return builder{&corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "tr-pod", CreationTimestamp: at(0)},
		Status:     corev1.PodStatus{Phase: phase},
	}}
}

func (b builder) container(name string, state corev1.ContainerState) builder {
	b.pod.Spec.Containers = append(b.pod.Spec.Containers, corev1.Container{Name: name, Image: "img"})
	b.pod.Status.ContainerStatuses = append(b.pod.Status.ContainerStatuses, corev1.ContainerStatus{Name: name, State: state, ImageID: "id"})
	return b
}

func (b builder) init(name string, native bool, state corev1.ContainerState) builder {
	c := corev1.Container{Name: name, Image: "img"}
	if native {
		always := corev1.ContainerRestartPolicyAlways
		c.RestartPolicy = &always
	}
	b.pod.Spec.InitContainers = append(b.pod.Spec.InitContainers, c)
	b.pod.Status.InitContainerStatuses = append(b.pod.Status.InitContainerStatuses, corev1.ContainerStatus{Name: name, State: state})
	return b
}

func (b builder) condition(c corev1.PodCondition) builder {
	b.pod.Status.Conditions = append(b.pod.Status.Conditions, c)
	return b
}

func (b builder) message(reason, message string) builder {
	b.pod.Status.Reason, b.pod.Status.Message = reason, message
	return b
}

// deleted marks the pod as one that is gone at the latest at a time, after a grace period of 30 seconds.
func (b builder) deleted(gone int) builder {
	end, grace := at(gone), int64(30)
	b.pod.DeletionTimestamp, b.pod.DeletionGracePeriodSeconds = &end, &grace
	return b
}

// disrupted is what the control plane says about a pod that it takes off a lost node.
func disrupted(seconds int) corev1.PodCondition {
	return corev1.PodCondition{
		Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue, LastTransitionTime: at(seconds),
		Reason: "DeletionByPodGC", Message: "PodGC: node no longer exists",
	}
}

func running() corev1.ContainerState {
	return corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: at(1)}}
}

func waiting(reason, message string) corev1.ContainerState {
	return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
}

func exited(code int32, reason string, message ...string) corev1.ContainerState {
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
		ExitCode: code, Reason: reason, Message: strings.Join(message, ""), StartedAt: at(1), FinishedAt: at(5),
	}}
}

func TestFinishedAndFailed(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		pod              builder
		finished, failed bool
	}{
		"nothing reported":          {pod: newPod(corev1.PodRunning)},
		"pending":                   {pod: newPod(corev1.PodPending).container("step-a", waiting("PodInitializing", ""))},
		"step runs":                 {pod: newPod(corev1.PodRunning).container("step-a", exited(0, "Completed")).container("step-b", running())},
		"steps over, sidecar runs":  {pod: newPod(corev1.PodRunning).container("step-a", exited(0, "Completed")).container("sidecar-s", running()), finished: true},
		"step failed, sidecar runs": {pod: newPod(corev1.PodRunning).container("step-a", exited(2, "Error")).container("sidecar-s", running()), finished: true, failed: true},
		"step failed, next runs":    {pod: newPod(corev1.PodRunning).container("step-a", exited(2, "Error")).container("step-b", running()), failed: true},
		"sidecar failed":            {pod: newPod(corev1.PodRunning).container("step-a", exited(0, "Completed")).container("sidecar-s", exited(1, "Error")), finished: true},
		"out of memory at once":     {pod: newPod(corev1.PodRunning).container("step-a", exited(0, "OOMKilled")).container("step-b", running()), finished: true, failed: true},
		"result sidecar still runs": {pod: newPod(corev1.PodRunning).container("step-a", exited(0, "Completed")).container("sidecar-tekton-log-results", running())},
		"result sidecar is over":    {pod: newPod(corev1.PodRunning).container("step-a", exited(0, "Completed")).container("sidecar-tekton-log-results", exited(0, "Completed")), finished: true},
		"native sidecar still runs": {pod: newPod(corev1.PodRunning).init("sidecar-s", true, running()).container("step-a", exited(0, "Completed"))},
		"native sidecar is over":    {pod: newPod(corev1.PodRunning).init("sidecar-s", true, exited(143, "Error")).container("step-a", exited(0, "Completed")), finished: true},
		"native beside ordinary":    {pod: newPod(corev1.PodRunning).init("sidecar-s", true, running()).container("step-a", exited(0, "Completed")).container("sidecar-o", running()), finished: true},
		"only prepare was lost":     {pod: newPod(corev1.PodFailed).container("prepare", exited(137, "OOMKilled")).container("step-a", exited(0, "Completed")), finished: true},
		"prepare and a sidecar":     {pod: newPod(corev1.PodFailed).container("prepare", exited(137, "Error")).container("step-a", exited(0, "Completed")).container("sidecar-s", exited(1, "Error")), finished: true, failed: true},
		"evicted after the steps":   {pod: newPod(corev1.PodFailed).message("Evicted", "").container("prepare", exited(137, "Error")).container("step-a", exited(0, "Completed")), finished: true, failed: true},
		"injected native sidecar":   {pod: newPod(corev1.PodRunning).init("istio-proxy", true, running()).container("step-a", exited(0, "Completed")), finished: true},
		"failed phase":              {pod: newPod(corev1.PodFailed), finished: true, failed: true},
		"succeeded phase":           {pod: newPod(corev1.PodSucceeded).container("step-a", exited(0, "Completed")), finished: true},
		"step that never ran":       {pod: newPod(corev1.PodRunning).container("step-a", exited(0, "Completed")).container("step-b", exited(128, "StartError")).container("step-c", running()), finished: true, failed: true},
		"only step never ran":       {pod: newPod(corev1.PodRunning).container("step-a", exited(128, "ContainerCannotRun")).container("sidecar-tekton-log-results", running()), finished: true, failed: true},
		"unknown phase":             {pod: newPod(corev1.PodUnknown).container("step-a", exited(0, "Completed"))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Finished(tc.pod.pod); got != tc.finished {
				t.Errorf("Finished = %v, want %v", got, tc.finished)
			}
			if got := Failed(tc.pod.pod); got != tc.failed {
				t.Errorf("Failed = %v, want %v", got, tc.failed)
			}
		})
	}
}

func TestWhyFailed(t *testing.T) {
	t.Parallel()
	later := exited(1, "Error")
	later.Terminated.FinishedAt = at(9)
	for name, tc := range map[string]struct {
		pod  builder
		want Verdict
	}{
		"evicted": {
			newPod(corev1.PodFailed).message("Evicted", "The node was low on resource: memory.").container("step-a", exited(137, "OOMKilled")),
			Verdict{"PodEvicted", "The node was low on resource: memory."},
		},
		"init container": {
			newPod(corev1.PodFailed).init("prepare", false, exited(3, "Error")).container("step-a", exited(1, "Error")),
			Verdict{"InitContainerFailed", `init container failed, "prepare" exited with code 3: Error`},
		},
		"prepare as the first container": {
			newPod(corev1.PodFailed).container("prepare", exited(1, "Error")).container("step-a", exited(128, "StartError")),
			Verdict{"InitContainerFailed", `init container failed, "prepare" exited with code 1: Error`},
		},
		"prepare was lost after it was done": {
			newPod(corev1.PodFailed).container("prepare", exited(137, "OOMKilled")).container("step-a", exited(3, "Error")),
			Verdict{"StepFailed", `"step-a" exited with code 3: Error`},
		},
		"init container out of memory": {
			newPod(corev1.PodFailed).init("prepare", false, exited(137, "OOMKilled")),
			Verdict{"InitContainerOOM", `init container failed, "prepare" exited with code 137: OOMKilled`},
		},
		"native sidecar": {
			newPod(corev1.PodFailed).init("sidecar-s", true, exited(3, "Error")).container("step-a", exited(0, "Completed")),
			Verdict{"SidecarFailed", `init container failed, "sidecar-s" exited with code 3: Error`},
		},
		"native sidecar out of memory": {
			newPod(corev1.PodFailed).init("sidecar-s", true, exited(137, "OOMKilled")).container("step-a", exited(1, "Error")),
			Verdict{"SidecarOOM", `init container failed, "sidecar-s" exited with code 137: OOMKilled`},
		},
		"native sidecar stopped after a step failed": {
			newPod(corev1.PodFailed).init("sidecar-s", true, exited(143, "Error")).container("step-a", exited(1, "Error")),
			Verdict{"StepFailed", `"step-a" exited with code 1: Error`},
		},
		"native sidecar failed after a step": {
			newPod(corev1.PodFailed).init("sidecar-s", true, later).container("step-a", exited(1, "Error")),
			Verdict{"StepFailed", `"step-a" exited with code 1: Error`},
		},
		"sidecar before step": {
			newPod(corev1.PodFailed).container("step-a", exited(1, "Error")).container("sidecar-s", exited(2, "Error")),
			Verdict{"SidecarFailed", `"sidecar-s" exited with code 2: Error`},
		},
		"sidecar out of memory before step out of memory": {
			newPod(corev1.PodFailed).container("step-a", exited(137, "OOMKilled")).container("sidecar-s", exited(137, "OOMKilled")),
			Verdict{"SidecarOOM", `"sidecar-s" exited with code 137: OOMKilled`},
		},
		"step out of memory before sidecar": {
			newPod(corev1.PodFailed).container("step-a", exited(137, "OOMKilled")).container("sidecar-s", exited(2, "Error")),
			Verdict{"StepOOM", `"step-a" exited with code 137: OOMKilled`},
		},
		"step out of memory with code 0": {
			newPod(corev1.PodRunning).container("step-a", exited(0, "OOMKilled")),
			Verdict{"StepOOM", "OOMKilled"},
		},
		"first failing step": {
			newPod(corev1.PodFailed).container("step-a", exited(0, "Completed")).container("step-b", exited(7, "")).container("step-c", exited(1, "Error")),
			Verdict{"StepFailed", `"step-b" exited with code 7`},
		},
		"step that could not start": {
			newPod(corev1.PodFailed).container("step-a", exited(128, "StartError", "chdir to cwd failed: not a directory")),
			Verdict{"StepFailed", `"step-a" exited with code 128: StartError: chdir to cwd failed: not a directory`},
		},
		"step timeout": {
			newPod(corev1.PodFailed).container("step-a", exited(1, "Error", `[{"key":"Reason","value":"TimeoutExceeded","type":3}]`)),
			Verdict{"StepFailed", `"step-a" exited because the step exceeded the specified timeout limit`},
		},
		"result too large": {
			newPod(corev1.PodFailed).container("step-a", exited(1, "Error", `[{"key":"Overflow","value":"1 5000 5100 4096 big","type":3}]`)),
			Verdict{"StepFailed", `"step-a" exited with code 1: Error: result "big" of 5000 bytes makes the termination message 5100 bytes, limit 4096`},
		},
		"pod message": {
			newPod(corev1.PodFailed).message("DeadlineExceeded", "Pod was active on the node longer than the specified deadline"),
			Verdict{"Failed", "Pod was active on the node longer than the specified deadline"},
		},
		"nothing known": {newPod(corev1.PodFailed), Verdict{"Failed", "build failed for unspecified reasons."}},
		"node lost": {
			newPod(corev1.PodFailed).container("step-a", running()).condition(disrupted(3)),
			Verdict{"Failed", "build failed for unspecified reasons. The pod was taken off its node (DeletionByPodGC): PodGC: node no longer exists"},
		},
		"step stopped with its pod": {
			newPod(corev1.PodFailed).container("step-a", exited(255, "Error")).condition(disrupted(3)),
			Verdict{"StepFailed", `"step-a" exited with code 255: Error. The pod was taken off its node (DeletionByPodGC): PodGC: node no longer exists`},
		},
		"step stopped with its pod at an unknown time": {
			newPod(corev1.PodFailed).container("step-a", corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 137}}).deleted(40),
			Verdict{"StepFailed", `"step-a" exited with code 137. The pod was deleted while it ran`},
		},
		"step failed before its pod was taken away": {
			newPod(corev1.PodFailed).container("step-a", exited(1, "Error")).condition(disrupted(6)).deleted(36),
			Verdict{"StepFailed", `"step-a" exited with code 1: Error`},
		},
		"step out of memory while its pod was taken away": {
			newPod(corev1.PodFailed).container("step-a", exited(137, "OOMKilled")).condition(disrupted(3)),
			Verdict{"StepOOM", `"step-a" exited with code 137: OOMKilled`},
		},
		"pod deleted": {
			newPod(corev1.PodFailed).container("step-a", exited(255, "Error")).deleted(33),
			Verdict{"StepFailed", `"step-a" exited with code 255: Error. The pod was deleted while it ran`},
		},
		"injected container out of memory": {
			newPod(corev1.PodFailed).container("istio-proxy", exited(137, "OOMKilled")), Verdict{"Failed", "OOMKilled"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := WhyFailed(tc.pod.pod, ReadReports(tc.pod.pod, nil).StepText)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhyPending(t *testing.T) {
	t.Parallel()
	unschedulable := corev1.PodCondition{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable", Message: "0/1 nodes are available: 1 Insufficient cpu."}
	noSandbox := corev1.PodCondition{Type: corev1.PodReadyToStartContainers, Status: corev1.ConditionFalse}
	sandbox := corev1.PodCondition{Type: corev1.PodReadyToStartContainers, Status: corev1.ConditionTrue}
	notReady := corev1.PodCondition{Type: corev1.PodReady, Status: corev1.ConditionFalse, Message: "later"}
	for name, tc := range map[string]struct {
		pod     builder
		want    Verdict
		trouble string
	}{
		"nothing known": {newPod(corev1.PodPending), Verdict{"Pending", "Pending"}, ""},
		"pod message":   {newPod(corev1.PodPending).message("", "soon"), Verdict{"Pending", "soon"}, ""},
		"condition": {
			newPod(corev1.PodPending).condition(corev1.PodCondition{Type: corev1.PodScheduled, Status: corev1.ConditionTrue}).
				condition(corev1.PodCondition{Type: corev1.PodInitialized, Status: corev1.ConditionFalse, Message: "not yet"}).message("", "soon"),
			Verdict{"Pending", `pod status "Initialized":"False"; message: "not yet"`}, "",
		},
		"trouble": {
			newPod(corev1.PodPending).container("step-a", waiting("ContainerCreating", "")).condition(noSandbox),
			Verdict{"Pending", `pod status "PodReadyToStartContainers":"False"; message: ""; FailedMount: no secret`}, "FailedMount: no secret",
		},
		"trouble that has passed": {
			newPod(corev1.PodPending).container("step-a", waiting("ContainerCreating", "")).condition(sandbox).condition(notReady),
			Verdict{"Pending", `pod status "Ready":"False"; message: "later"`}, "FailedMount: no secret",
		},
		"trouble, and the container tells another": {
			newPod(corev1.PodPending).container("step-a", waiting("X", "other")),
			Verdict{"Pending", `build step "step-a" is pending with reason "other"`}, "FailedMount: no secret",
		},
		"container": {
			newPod(corev1.PodPending).container("step-a", waiting("PodInitializing", "")).container("step-b", waiting("X", "mount failed")).
				condition(corev1.PodCondition{Type: corev1.PodInitialized, Status: corev1.ConditionFalse}),
			Verdict{"Pending", `build step "step-b" is pending with reason "mount failed"`}, "",
		},
		"image": {
			newPod(corev1.PodPending).container("step-a", waiting("ErrImagePull", "no such image")),
			Verdict{"PullImageFailed", `build step "step-a" is pending with reason "no such image"`}, "",
		},
		"image of init container": {
			newPod(corev1.PodPending).init("prepare", false, waiting("ImagePullBackOff", "Back-off")).container("step-a", waiting("PodInitializing", "")),
			Verdict{"PullImageFailed", `build step "prepare" is pending with reason "Back-off"`}, "",
		},
		"sub-path": {
			newPod(corev1.PodPending).container("step-a", waiting("X", "first")).
				container("step-b", waiting("CreateContainerConfigError", `failed to create subPath directory for volumeMount "v"`)),
			Verdict{"Pending", "Waiting for subPath directory creation to complete"}, "",
		},
		"no room": {newPod(corev1.PodPending).condition(unschedulable), Verdict{"ExceededNodeResources", "TaskRun Pod exceeded available resources"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, WhyPending(tc.pod.pod, tc.trouble)); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFindStartFailure(t *testing.T) {
	t.Parallel()
	initialized := corev1.PodCondition{Type: corev1.PodInitialized, Status: corev1.ConditionTrue, LastTransitionTime: at(10)}
	sandbox := corev1.PodCondition{Type: corev1.PodReadyToStartContainers, Status: corev1.ConditionTrue, LastTransitionTime: at(20)}
	type want struct {
		Verdict Verdict
		Recheck time.Time
	}
	for name, tc := range map[string]struct {
		pod       builder
		shown     corev1.ContainerState
		sidecar   bool
		tolerance Tolerance
		want      want
	}{
		"pulling":   {pod: newPod(corev1.PodPending).container("step-a", waiting("ErrImagePull", "x")), shown: waiting("ErrImagePull", "x")},
		"back-off":  {pod: newPod(corev1.PodPending).container("step-a", waiting("ImagePullBackOff", "Back-off")), shown: waiting("ImagePullBackOff", "Back-off"), want: want{Verdict: Verdict{"TaskRunImagePullFailed", `the step "a" in TaskRun "tr" failed to pull the image "id". The pod errored with the message: "Back-off."`}}},
		"not shown": {pod: newPod(corev1.PodPending).container("step-a", waiting("ImagePullBackOff", "Back-off")), shown: running()},
		"shown by an earlier attempt": {
			pod: newPod(corev1.PodPending).container("step-a", waiting("PodInitializing", "")), shown: waiting("ImagePullBackOff", "Back-off"),
		},
		"back-off of a sidecar": {
			pod: newPod(corev1.PodPending).container("sidecar-a", waiting("ImagePullBackOff", "Back-off")), shown: waiting("ImagePullBackOff", "Back-off"), sidecar: true,
			want: want{Verdict: Verdict{"TaskRunImagePullFailed", `the sidecar "a" in TaskRun "tr" failed to pull the image "id". The pod errored with the message: "Back-off."`}},
		},
		"back-off of an injected init container": {
			pod: newPod(corev1.PodPending).init("istio-init", false, waiting("ImagePullBackOff", "Back-off")).container("step-a", waiting("PodInitializing", "")), shown: waiting("PodInitializing", ""),
			want: want{Verdict: Verdict{"TaskRunImagePullFailed", `the init container "istio-init" in TaskRun "tr" failed to pull the image "img". The pod errored with the message: "Back-off."`}},
		},
		"back-off tolerated": {
			pod:   newPod(corev1.PodPending).container("step-a", waiting("ImagePullBackOff", "Back-off")).condition(initialized).condition(sandbox),
			shown: waiting("ImagePullBackOff", "Back-off"), tolerance: Tolerance{ImagePullBackOff: 2 * time.Minute}, want: want{Recheck: at(140).Time},
		},
		"back-off tolerated too long": {
			pod:   newPod(corev1.PodPending).container("step-a", waiting("ImagePullBackOff", "Back-off")).condition(initialized).condition(sandbox),
			shown: waiting("ImagePullBackOff", "Back-off"), tolerance: Tolerance{ImagePullBackOff: 40 * time.Second},
			want: want{Verdict: Verdict{"TaskRunImagePullFailed", `the step "a" in TaskRun "tr" failed to pull the image "id". The pod errored with the message: "Back-off."`}},
		},
		"invalid image name is never tolerated": {
			pod: newPod(corev1.PodPending).container("step-a", waiting("InvalidImageName", "bad")), shown: waiting("InvalidImageName", "bad"), tolerance: Tolerance{ImagePullBackOff: time.Hour},
			want: want{Verdict: Verdict{"TaskRunImagePullFailed", `the step "a" in TaskRun "tr" failed to pull the image "id". The pod errored with the message: "bad."`}},
		},
		"pod gone while tolerated": {
			shown: waiting("ImagePullBackOff", "Back-off"), tolerance: Tolerance{ImagePullBackOff: time.Hour},
			want: want{Verdict: Verdict{"TaskRunImagePullFailed", `the step "a" in TaskRun "tr" failed to pull the image "id". Failed to get pod with error: "pod "tr-pod" not found."`}},
		},
		"container error": {
			pod: newPod(corev1.PodRunning).container("step-a", waiting("CreateContainerError", "no")), shown: waiting("CreateContainerError", "no"), tolerance: Tolerance{CreateContainerError: time.Hour},
			want: want{Verdict: Verdict{"PodCreationFailed", `the step "a" in TaskRun "tr" failed to start. The pod errored with the message: "no."`}},
		},
		"slow container error": {
			pod:   newPod(corev1.PodRunning).container("step-a", waiting("CreateContainerError", "context deadline exceeded")).condition(initialized),
			shown: waiting("CreateContainerError", "context deadline exceeded"), tolerance: Tolerance{CreateContainerError: 2 * time.Minute}, want: want{Recheck: at(130).Time},
		},
		"configuration error": {
			pod: newPod(corev1.PodRunning).container("step-a", waiting("CreateContainerConfigError", "no secret")), shown: waiting("CreateContainerConfigError", "no secret"),
			want: want{Verdict: Verdict{"CreateContainerConfigError", `the step "a" in TaskRun "tr" failed to start. The pod errored with the message: "no secret."`}},
		},
		"sub-path": {
			pod: newPod(corev1.PodPending).container("step-a", waiting("CreateContainerConfigError", "failed to create subPath directory x")), shown: waiting("CreateContainerConfigError", "failed to create subPath directory x"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := StartInput{TaskRun: "tr", Pod: tc.pod.pod, PodName: "tr-pod", Tolerance: tc.tolerance, Now: at(100).Time}
			if tc.sidecar {
				in.Sidecars = []v1.SidecarState{{Name: "a", Container: "sidecar-a", ImageID: "id", ContainerState: tc.shown}}
			} else {
				in.Steps = []v1.StepState{{Name: "a", Container: "step-a", ImageID: "id", ContainerState: tc.shown}}
			}
			got := FindStartFailure(in)
			if diff := cmp.Diff(tc.want, want{got.Verdict, got.RecheckAt}); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

// TestUnpulledImageIsNamed looks at containers whose image the kubelet has no ID of, because it was never there.
func TestUnpulledImageIsNamed(t *testing.T) {
	t.Parallel()
	state := waiting("ImagePullBackOff", "Back-off")
	pod := newPod(corev1.PodPending).container("step-a", state).container("sidecar-s", state).pod
	for kind, in := range map[string]StartInput{
		`step "a"`:    {Steps: []v1.StepState{{Name: "a", Container: "step-a", ContainerState: state}}},
		`sidecar "s"`: {Sidecars: []v1.SidecarState{{Name: "s", Container: "sidecar-s", ContainerState: state}}},
	} {
		in.TaskRun, in.Pod, in.Now = "tr", pod, epoch
		want := "the " + kind + ` in TaskRun "tr" failed to pull the image "img". The pod errored with the message: "Back-off."`
		if diff := cmp.Diff(want, FindStartFailure(in).Message); diff != "" {
			t.Errorf("message (-want +got):\n%s", diff)
		}
	}
}

func TestConfigFailure(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		state     corev1.ContainerState
		tolerance time.Duration
		want      string
		recheck   time.Time
	}{
		"none":              {state: waiting("PodInitializing", "")},
		"failed":            {state: waiting("CreateContainerConfigError", "no secret"), want: `container "step-a": no secret`, tolerance: time.Hour},
		"sub-path":          {state: waiting("CreateContainerConfigError", "failed to create subPath directory x")},
		"slow":              {state: waiting("CreateContainerConfigError", "context deadline exceeded"), want: `container "step-a": context deadline exceeded`},
		"slow, tolerated":   {state: waiting("CreateContainerConfigError", "context deadline exceeded"), tolerance: 2 * time.Minute, recheck: at(120).Time},
		"slow for too long": {state: waiting("CreateContainerConfigError", "context deadline exceeded"), tolerance: time.Minute, want: `container "step-a": context deadline exceeded`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPod(corev1.PodPending).container("step-a", tc.state).pod
			got, recheck := ConfigFailure(p, Tolerance{CreateContainerError: tc.tolerance}, at(100).Time)
			if got != tc.want || !recheck.Equal(tc.recheck) {
				t.Errorf("ConfigFailure = %q, %v; want %q, %v", got, recheck, tc.want, tc.recheck)
			}
		})
	}
}

func TestStartsNormally(t *testing.T) {
	t.Parallel()
	condition := func(kind corev1.PodConditionType, status corev1.ConditionStatus) corev1.PodCondition {
		return corev1.PodCondition{Type: kind, Status: status}
	}
	for name, tc := range map[string]struct {
		pod  builder
		want bool
	}{
		"new":            {newPod(corev1.PodPending), true},
		"scheduled":      {newPod(corev1.PodPending).condition(condition("PodScheduled", "True")).condition(condition("Initialized", "False")), true},
		"being prepared": {newPod(corev1.PodPending).init("prepare", false, running()).container("step-a", waiting("PodInitializing", "")), true},
		"prepared first": {newPod(corev1.PodPending).container("prepare", exited(0, "Completed")).container("step-a", waiting("ContainerCreating", "")), true},
		"no node":        {newPod(corev1.PodPending).condition(condition("PodScheduled", "False")), false},
		"says something": {newPod(corev1.PodPending).container("step-a", waiting("ContainerCreating", "slow")), false},
		"cannot start":   {newPod(corev1.PodPending).container("step-a", waiting("ErrImagePull", "")), false},
		"pod message":    {newPod(corev1.PodPending).message("", "refused"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := StartsNormally(tc.pod.pod); got != tc.want {
				t.Errorf("StartsNormally = %v, want %v", got, tc.want)
			}
		})
	}
}
