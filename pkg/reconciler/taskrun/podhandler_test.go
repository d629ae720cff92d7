package taskrun

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
)

func TestPodHandler(t *testing.T) {
	t.Parallel()
	released := map[string]string{pipeline.ReadyAnnotationKey: pipeline.ReadyAnnotationValue}
	running := corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
	ended := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "Completed"}}
	outOfMemory := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "OOMKilled", ExitCode: 137}}
	noImage := corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff"}}
	starting := corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}}

	const at, later = "at once", "later"
	for name, tc := range map[string]struct {
		phase       corev1.PodPhase
		annotations map[string]string
		states      []corev1.ContainerState
		deleted     bool
		want        string
	}{
		"containers are made":             {phase: corev1.PodPending, annotations: released, states: []corev1.ContainerState{starting, starting}, want: later},
		"an image cannot be pulled":       {phase: corev1.PodPending, annotations: released, states: []corev1.ContainerState{noImage, starting}, want: at},
		"the steps run":                   {phase: corev1.PodRunning, annotations: released, states: []corev1.ContainerState{running, running}, want: later},
		"the first step has ended":        {phase: corev1.PodRunning, annotations: released, states: []corev1.ContainerState{ended, running}, want: later},
		"the first step waits":            {phase: corev1.PodRunning, states: []corev1.ContainerState{running, running}, want: at},
		"a step ran out of memory":        {phase: corev1.PodRunning, annotations: released, states: []corev1.ContainerState{outOfMemory, running}, want: at},
		"all steps have ended":            {phase: corev1.PodRunning, annotations: released, states: []corev1.ContainerState{ended, ended}, want: at},
		"the pod has ended":               {phase: corev1.PodSucceeded, annotations: released, states: []corev1.ContainerState{ended, ended}, want: at},
		"the pod has failed":              {phase: corev1.PodFailed, annotations: released, states: []corev1.ContainerState{ended, ended}, want: at},
		"the pod is about to be deleted":  {phase: corev1.PodRunning, annotations: released, states: []corev1.ContainerState{running, running}, deleted: true, want: at},
		"the node does not answer":        {phase: corev1.PodUnknown, annotations: released, states: []corev1.ContainerState{running, running}, want: at},
		"the first step waits for a file": {phase: corev1.PodRunning, annotations: map[string]string{pipeline.ReadyAnnotationKey: ""}, states: []corev1.ContainerState{running, running}, want: at},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pod := &corev1.Pod{
				ObjectMeta: metav1.ObjectMeta{
					Name: "run-pod", Namespace: "ns", Annotations: tc.annotations,
					OwnerReferences: []metav1.OwnerReference{{Kind: pipeline.TaskRunControllerKind, Name: "run", Controller: ptr.To(true)}},
				},
				Status: corev1.PodStatus{Phase: tc.phase},
			}
			if tc.deleted {
				pod.DeletionTimestamp = &metav1.Time{}
			}
			for i, name := range []string{"step-a", "step-b"} {
				pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: name})
				pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses, corev1.ContainerStatus{Name: name, State: tc.states[i]})
			}
			var got []string
			handler := podHandler(newFullPods(),
				func(any) { got = append(got, at) },
				func(key types.NamespacedName, delay time.Duration) {
					if want := (types.NamespacedName{Namespace: "ns", Name: "run"}); key != want || delay != settle {
						t.Errorf("%s is looked at after %s, want %s after %s", key, delay, want, settle)
					}
					got = append(got, later)
				})
			handler.OnUpdate(pod, pod)
			if diff := cmp.Diff([]string{tc.want}, got); diff != "" {
				t.Errorf("an update (-want +got):\n%s", diff)
			}
			got = nil
			handler.OnAdd(pod, false)
			handler.OnDelete(pod)
			if diff := cmp.Diff([]string{at, at}, got); diff != "" {
				t.Errorf("appearing and going away (-want +got):\n%s", diff)
			}
		})
	}
}
