package podstatus

import (
	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/names"
)

// SidecarsReady tells whether nothing keeps the first step from starting: the pod runs, and every container that is no step is
// ready or has ended (contract 2 §2.10).
func SidecarsReady(pod *corev1.Pod) bool {
	if pod.Status.Phase != corev1.PodRunning {
		return false
	}
	for _, c := range regular(pod) {
		if IsStep(c.spec.Name) || c.terminated() != nil {
			continue
		}
		if !c.running() || !c.status.Ready {
			return false
		}
	}
	return true
}

// Stoppable lists the positions in spec.containers of the containers that have to be stopped after the last step: all that
// run and are neither steps nor the sidecar that reports results, which ends by itself. It is empty if the pod does not run.
// Native sidecars are not among them; Kubernetes stops them after all others.
func Stoppable(pod *corev1.Pod, nopImage string) []int {
	if pod.Status.Phase != corev1.PodRunning {
		return nil
	}
	var out []int
	for i, c := range join(pod.Spec.Containers, pod.Status.ContainerStatuses) {
		if !c.prepares() && !IsStep(c.spec.Name) && !IsResultSidecar(c.spec.Name) && c.running() && c.spec.Image != nopImage {
			out = append(out, i)
		}
	}
	return out
}

// Injected counts the containers that somebody else has added to a pod made for the Task: ordinary ones, and init containers with
// them. Names alone do not tell: others may use our prefixes.
func Injected(pod *corev1.Pod, spec *v1.TaskSpec) (ordinary, all int) {
	own := map[string]bool{names.PrepareContainer: true, placeScripts: true, workingDirInitializer: true, ResultSidecarContainer: true}
	for i := range spec.Steps {
		own[names.StepContainer(spec.Steps[i].Name, i)] = true
	}
	for i := range spec.Sidecars {
		own[names.SidecarContainer(spec.Sidecars[i].Name)] = true
	}
	count := func(list []corev1.Container) int {
		n := 0
		for i := range list {
			if !own[list[i].Name] {
				n++
			}
		}
		return n
	}
	ordinary = count(pod.Spec.Containers)
	return ordinary, ordinary + count(pod.Spec.InitContainers)
}

// HasInjected tells whether somebody else has added containers to the pod, which the controller made with steps and sidecars.
func HasInjected(pod *corev1.Pod) bool {
	for i := range pod.Spec.Containers {
		switch name := pod.Spec.Containers[i].Name; {
		case IsStep(name), IsSidecar(name), name == unnamedSidecar, name == names.PrepareContainer:
		default:
			return true
		}
	}
	return false
}
