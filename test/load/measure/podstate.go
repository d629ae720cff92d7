package measure

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/tenon-ci/tenon/pkg/names"
	"github.com/tenon-ci/tenon/pkg/podstatus"
	"github.com/tenon-ci/tenon/pkg/termination"
)

// Running is the status of a pod whose containers all run.
func Running(pod *corev1.Pod, now time.Time, _ bool) (corev1.PodStatus, error) {
	status := podStatus(corev1.PodRunning, corev1.ConditionTrue, now)
	at := metav1.NewTime(now)
	status.InitContainerStatuses = statuses(pod.Spec.InitContainers, func(string) corev1.ContainerState { return ended(at, "") })
	status.ContainerStatuses = statuses(pod.Spec.Containers, func(name string) corev1.ContainerState {
		if name == names.PrepareContainer {
			return ended(at, "")
		}
		return corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: at}}
	})
	return status, nil
}

// Succeeded is the status of a pod whose containers have all ended well. Steps say what the runner in them would say.
func Succeeded(pod *corev1.Pod, now time.Time, results bool) (corev1.PodStatus, error) {
	message, err := stepMessage(now, results)
	if err != nil {
		return corev1.PodStatus{}, err
	}
	status := podStatus(corev1.PodSucceeded, corev1.ConditionFalse, now)
	at := metav1.NewTime(now)
	status.InitContainerStatuses = statuses(pod.Spec.InitContainers, func(string) corev1.ContainerState { return ended(at, "") })
	status.ContainerStatuses = statuses(pod.Spec.Containers, func(name string) corev1.ContainerState {
		if podstatus.IsStep(name) {
			return ended(at, message)
		}
		return ended(at, "")
	})
	return status, nil
}

func stepMessage(now time.Time, results bool) (string, error) {
	entries := termination.Bookkeeping{StartedAt: now}.Entries()
	if results {
		entries = append(entries, termination.Entry{Key: resultName, Value: "a result of the usual length, say a digest", Type: termination.TaskResult})
	}
	message, err := termination.Encode(entries, termination.EncodeOptions{})
	if err != nil {
		return "", fmt.Errorf("writing the termination message: %w", err)
	}
	return message, nil
}

func podStatus(phase corev1.PodPhase, ready corev1.ConditionStatus, now time.Time) corev1.PodStatus {
	at := metav1.NewTime(now)
	status := corev1.PodStatus{Phase: phase, StartTime: &at, HostIP: "192.0.2.1", PodIP: "192.0.2.2"}
	for kind, value := range map[corev1.PodConditionType]corev1.ConditionStatus{
		corev1.PodInitialized: corev1.ConditionTrue, corev1.PodReady: ready, corev1.ContainersReady: ready,
	} {
		status.Conditions = append(status.Conditions, corev1.PodCondition{Type: kind, Status: value, LastTransitionTime: at})
	}
	return status
}

func statuses(containers []corev1.Container, state func(name string) corev1.ContainerState) []corev1.ContainerStatus {
	out := make([]corev1.ContainerStatus, len(containers))
	for i := range containers {
		c := &containers[i]
		s := state(c.Name)
		out[i] = corev1.ContainerStatus{
			Name: c.Name, Image: c.Image, ImageID: c.Image + "@sha256:virtual", ContainerID: "virtual://" + c.Name,
			State: s, Ready: s.Running != nil, Started: ptr.To(s.Running != nil),
		}
	}
	return out
}

func ended(at metav1.Time, message string) corev1.ContainerState {
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
		Reason: "Completed", Message: message, StartedAt: at, FinishedAt: at, ContainerID: "virtual://ended",
	}}
}
