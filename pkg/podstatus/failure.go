package podstatus

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

const reasonEvicted = "Evicted"

// Verdict is the reason and the message of a condition.
type Verdict struct {
	Reason  string
	Message string
}

// StepText says why a step ended badly, in words that replace the reason of its container: an empty string if there is
// nothing better to say. It is called with the step's container name and its terminated state.
type StepText func(container string, t *corev1.ContainerStateTerminated) string

// WhyFailed names the failure of a pod that Failed (contract 2 §1.4): the first class in the fixed order that applies, and
// within it the first container in pod order. stepText may be nil.
func WhyFailed(pod *corev1.Pod, stepText StepText) Verdict {
	if pod.Status.Reason == reasonEvicted {
		return Verdict{string(v1.TaskRunReasonPodEvicted), pod.Status.Message}
	}
	for _, class := range failureClasses(pod) {
		for _, c := range class.containers {
			if class.match(c) {
				return class.verdict(pod, c, stepText)
			}
		}
	}
	return Verdict{string(v1.TaskRunReasonFailed), unspecific(pod)}
}

func unspecific(pod *corev1.Pod) string {
	if pod.Status.Message != "" {
		return pod.Status.Message
	}
	for _, c := range append(regular(pod), initial(pod)...) {
		if c.oomKilled() {
			return reasonOOMKilled
		}
	}
	text := "build failed for unspecified reasons."
	if why := whyStopped(pod, metav1.Time{}); why != "" {
		text += " " + why
	}
	return text
}

type failureClass struct {
	containers []container
	match      func(container) bool
	reason     v1.TaskRunReason
	prefix     string
}

func (f failureClass) verdict(pod *corev1.Pod, c container, stepText StepText) Verdict {
	return Verdict{string(f.reason), f.prefix + exitText(pod, c, stepText)}
}

func failureClasses(pod *corev1.Pod) []failureClass {
	const initPrefix = "init container failed, "
	natives, inits := splitInits(pod)
	var stepList, sidecars []container
	for _, c := range regular(pod) {
		switch {
		case IsStep(c.spec.Name):
			stepList = append(stepList, c)
		case IsSidecar(c.spec.Name):
			sidecars = append(sidecars, c)
		}
	}
	oom, bad := container.oomKilled, container.exitedBadly
	return []failureClass{
		{natives, oom, v1.TaskRunReasonSidecarOOM, initPrefix},
		{inits, oom, v1.TaskRunReasonInitContainerOOM, initPrefix},
		{natives, causeOf(stepList), v1.TaskRunReasonSidecarFailed, initPrefix},
		{inits, bad, v1.TaskRunReasonInitContainerFailed, initPrefix},
		{sidecars, oom, v1.TaskRunReasonSidecarOOM, ""},
		{stepList, oom, v1.TaskRunReasonStepOOM, ""},
		{sidecars, bad, v1.TaskRunReasonSidecarFailed, ""},
		{stepList, bad, v1.TaskRunReasonStepFailed, ""},
	}
}

// causeOf matches native sidecars that may have made the pod fail. Kubernetes stops native sidecars after the last step with a
// signal, which makes many of them exit badly; when a step failed, that exit is a consequence and not the cause.
func causeOf(stepList []container) func(container) bool {
	var failed *corev1.ContainerStateTerminated
	for _, s := range stepList {
		if s.exitedBadly() {
			failed = s.terminated()
			break
		}
	}
	return func(c container) bool {
		if !c.exitedBadly() || failed == nil {
			return c.exitedBadly()
		}
		t := c.terminated()
		const sigkill, sigterm = 128 + 9, 128 + 15
		stopped := t.ExitCode == sigkill || t.ExitCode == sigterm
		return !stopped && !t.FinishedAt.After(failed.FinishedAt.Time)
	}
}

// splitInits separates native sidecars of the Task from the init containers that prepare the pod.
func splitInits(pod *corev1.Pod) (natives, inits []container) {
	for _, c := range initial(pod) {
		if c.prepares() && preparedAnyway(pod) {
			continue
		}
		if isNative(c.spec) {
			if IsSidecar(c.spec.Name) {
				natives = append(natives, c)
			}
			continue
		}
		inits = append(inits, c)
	}
	return natives, inits
}

func exitText(pod *corev1.Pod, c container, stepText StepText) string {
	t := c.terminated()
	if t.ExitCode == 0 && t.Reason == reasonOOMKilled {
		return reasonOOMKilled
	}
	if stepText != nil && IsStep(c.spec.Name) {
		if text := stepText(c.spec.Name, t); text != "" {
			return text
		}
	}
	text := fmt.Sprintf("%q exited with code %d", c.spec.Name, t.ExitCode)
	if t.Reason != "" {
		text += ": " + t.Reason
	}
	if neverRan(t) && t.Message != "" {
		text += ": " + t.Message
	}
	if why := whyStopped(pod, t.FinishedAt); why != "" && t.Reason != reasonOOMKilled {
		text += ". " + why
	}
	return text
}

// whyStopped says what stopped a pod from outside before a container of it ended: the exit code that the container got from that
// tells nothing. It is empty if nothing did. The zero time stands for an end that Kubernetes does not know.
func whyStopped(pod *corev1.Pod, ended metav1.Time) string {
	after := func(t time.Time) bool { return ended.IsZero() || !ended.Time.Before(t) }
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.DisruptionTarget && c.Status == corev1.ConditionTrue && after(c.LastTransitionTime.Time) {
			return fmt.Sprintf("The pod was taken off its node (%s): %s", c.Reason, c.Message)
		}
	}
	if pod.DeletionTimestamp == nil {
		return ""
	}
	// The timestamp is that of the end of the grace period.
	grace := time.Duration(ptr.Deref(pod.DeletionGracePeriodSeconds, 0)) * time.Second
	if !after(pod.DeletionTimestamp.Add(-grace)) {
		return ""
	}
	return "The pod was deleted while it ran"
}
