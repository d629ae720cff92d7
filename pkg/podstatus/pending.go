package podstatus

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// Waiting reasons of containers that the controller reacts to.
const (
	waitImagePullBackOff           = "ImagePullBackOff"
	waitInvalidImageName           = "InvalidImageName"
	waitCreateContainerError       = "CreateContainerError"
	waitCreateContainerConfigError = "CreateContainerConfigError"
)

var pullFailures = []string{
	waitImagePullBackOff, "ImageInspectError", "ErrImagePull", "ErrImageNeverPull", "RegistryUnavailable", waitInvalidImageName,
}

const subPathFailure = "failed to create subPath directory"

// WhyPending names what a pod in phase Pending waits for (contract 2 §1.2, §1.3). The text of an event about it, trouble, is added
// while the pod itself cannot tell. It never reports a failure: see ConfigFailure and FindStartFailure for those.
func WhyPending(pod *corev1.Pod, trouble string) Verdict {
	switch {
	case pullFails(pod):
		return Verdict{string(v1.TaskRunReasonPullImageFailed), pendingText(pod)}
	case ExceedsNodeResources(pod):
		return Verdict{string(v1.TaskRunReasonExceededNodeResources), "TaskRun Pod exceeded available resources"}
	case trouble != "" && Preparing(pod):
		return Verdict{string(v1.TaskRunReasonPending), pendingText(pod) + "; " + trouble}
	default:
		return Verdict{string(v1.TaskRunReasonPending), pendingText(pod)}
	}
}

// Preparing tells whether the volumes and the network of a pod in phase Pending are not there yet, and nothing is known of its
// containers: only events can tell what it waits for.
func Preparing(pod *corev1.Pod) bool {
	return StartsNormally(pod) && !slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReadyToStartContainers && c.Status == corev1.ConditionTrue
	})
}

// StartsNormally tells whether a pod in phase Pending only goes through the stages that every pod goes through: it has a node or
// waits for one for the first time, and no container has anything to say.
func StartsNormally(pod *corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status != corev1.ConditionTrue {
			return false
		}
	}
	return pod.Status.Message == "" && !slices.ContainsFunc(all(pod), func(c container) bool {
		w := c.waiting()
		return w != nil && (w.Message != "" || !slices.Contains(startStages, w.Reason))
	})
}

// startStages are what containers of a pod wait for that starts normally.
var startStages = []string{"", "PodInitializing", "ContainerCreating"}

// ExceedsNodeResources tells whether no node has room for the pod.
func ExceedsNodeResources(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Reason == corev1.PodReasonUnschedulable && strings.Contains(c.Message, "Insufficient")
	})
}

func pullFails(pod *corev1.Pod) bool {
	return slices.ContainsFunc(all(pod), func(c container) bool {
		w := c.waiting()
		return w != nil && slices.Contains(pullFailures, w.Reason)
	})
}

// all lists init containers and then the regular ones, as they start.
func all(pod *corev1.Pod) []container { return append(initial(pod), regular(pod)...) }

func pendingText(pod *corev1.Pod) string {
	list := all(pod)
	if slices.ContainsFunc(list, func(c container) bool { return waitsForSubPath(c.waiting()) }) {
		return "Waiting for subPath directory creation to complete"
	}
	for _, c := range list {
		if w := c.waiting(); w != nil && w.Message != "" {
			return fmt.Sprintf("build step %q is pending with reason %q", c.spec.Name, w.Message)
		}
	}
	for _, c := range pod.Status.Conditions {
		if c.Status != corev1.ConditionTrue {
			return fmt.Sprintf("pod status %q:%q; message: %q", c.Type, c.Status, c.Message)
		}
	}
	if pod.Status.Message != "" {
		return pod.Status.Message
	}
	return string(v1.TaskRunReasonPending)
}

func waitsForSubPath(w *corev1.ContainerStateWaiting) bool {
	return w != nil && w.Reason == waitCreateContainerConfigError && strings.Contains(w.Message, subPathFailure)
}
