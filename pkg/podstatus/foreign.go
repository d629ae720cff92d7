package podstatus

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/names"
)

// Containers that prepare a pod of another engine, beside the one that both engines call prepare (contract 2 §2.3).
const (
	placeScripts          = "place-scripts"
	workingDirInitializer = "working-dir-initializer"
)

// IsForeign tells whether another engine made the pod. Its runner waits for files of its own and keeps no locks, and its containers
// cannot be put together again by this controller: such a pod is followed to its end, and never replaced.
func IsForeign(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == names.ForeignRunVolume })
}

// isEngines tells whether the container of that name belongs to the engine that made the pod, and not to a user.
func isEngines(container string) bool {
	return container == names.PrepareContainer || container == placeScripts || container == workingDirInitializer
}

// runnerLost tells whether the runner of a step was killed together with it in a pod of another engine. The runners after it hear
// nothing of that, where those of this engine do, and would wait for as long as the pod may be active.
func runnerLost(pod *corev1.Pod) bool {
	const sigkill = 128 + 9
	return IsForeign(pod) && slices.ContainsFunc(steps(pod), func(s container) bool {
		return s.oomKilled() && s.terminated().ExitCode == sigkill
	})
}
