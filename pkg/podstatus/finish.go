package podstatus

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// Finished tells whether the pod's outcome is known (contract 2 §1.7). That can be so while containers still run: sidecars,
// and everything else once a step ran out of memory, or could not be started at all and so keeps the others waiting.
func Finished(pod *corev1.Pod) bool {
	switch {
	case pod.Status.Phase == corev1.PodSucceeded, pod.Status.Phase == corev1.PodFailed, anyStepOOMKilled(pod), NeverRan(pod):
		return true
	case pod.Status.Phase != corev1.PodRunning || len(pod.Status.ContainerStatuses) == 0:
		return false
	default:
		return allStepsTerminated(pod) && resultSidecarTerminated(pod) && nativeSidecarsTerminated(pod)
	}
}

// Failed tells whether the pod counts as failed. A failing sidecar alone does not make it so.
func Failed(pod *corev1.Pod) bool {
	if anyStepOOMKilled(pod) || NeverRan(pod) || pod.Status.Phase == corev1.PodFailed && !onlyPrepareLost(pod) {
		return true
	}
	for _, s := range steps(pod) {
		if s.exitedBadly() {
			return true
		}
	}
	return false
}

// onlyPrepareLost tells whether the one thing that failed in a pod is its container prepare, after the steps had all that they need:
// it was only there to keep the pod ready.
func onlyPrepareLost(pod *corev1.Pod) bool {
	prepare, _ := prepareOf(pod)
	if pod.Status.Reason != "" || !prepare.exitedBadly() || !preparedAnyway(pod) {
		return false
	}
	return !slices.ContainsFunc(all(pod), func(c container) bool {
		return !c.prepares() && (c.terminated() == nil || c.exitedBadly())
	})
}

func anyStepOOMKilled(pod *corev1.Pod) bool {
	for _, s := range steps(pod) {
		if s.oomKilled() {
			return true
		}
	}
	return false
}

func allStepsTerminated(pod *corev1.Pod) bool {
	for _, s := range steps(pod) {
		if s.terminated() == nil {
			return false
		}
	}
	return true
}

func resultSidecarTerminated(pod *corev1.Pod) bool {
	for _, c := range append(regular(pod), initial(pod)...) {
		if IsResultSidecar(c.spec.Name) && c.terminated() == nil {
			return false
		}
	}
	return true
}

// nativeSidecarsTerminated tells whether there is no native sidecar to wait for. The kubelet stops them after all ordinary
// containers; other sidecars, and what was added, are stopped only once the pod has finished.
func nativeSidecarsTerminated(pod *corev1.Pod) bool {
	if !UsesNativeSidecars(pod) || len(Stoppable(pod, "")) > 0 {
		return true
	}
	for _, c := range initial(pod) {
		if c.terminated() == nil {
			return false
		}
	}
	return true
}
