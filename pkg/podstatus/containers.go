package podstatus

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/names"
)

const (
	// ResultSidecarContainer is the container that carries results out of the pod through its log (contract 2 §4.4).
	ResultSidecarContainer = "sidecar-tekton-log-results"

	// unnamedSidecar is the container of a sidecar without a name.
	unnamedSidecar = "sidecar"

	reasonOOMKilled = "OOMKilled"
)

// IsStep tells whether the container of that name runs a step.
func IsStep(container string) bool { return strings.HasPrefix(container, names.StepPrefix) }

// IsSidecar tells whether the container of that name runs a sidecar of the Task.
func IsSidecar(container string) bool { return strings.HasPrefix(container, names.SidecarPrefix) }

// IsResultSidecar tells whether the container of that name reports results through its log.
func IsResultSidecar(container string) bool { return container == ResultSidecarContainer }

// StepName is the name of the step that runs in the container.
func StepName(container string) string { return strings.TrimPrefix(container, names.StepPrefix) }

// SidecarName is the name of the sidecar that runs in the container.
func SidecarName(container string) string { return strings.TrimPrefix(container, names.SidecarPrefix) }

// HasResultSidecar tells whether the pod reports results through the log of a sidecar.
func HasResultSidecar(pod *corev1.Pod) bool {
	for _, list := range [][]corev1.Container{pod.Spec.Containers, pod.Spec.InitContainers} {
		for i := range list {
			if IsResultSidecar(list[i].Name) {
				return true
			}
		}
	}
	return false
}

// UsesNativeSidecars tells whether sidecars of the Task run as init containers that Kubernetes starts and stops.
func UsesNativeSidecars(pod *corev1.Pod) bool {
	for i := range pod.Spec.InitContainers {
		if c := &pod.Spec.InitContainers[i]; IsSidecar(c.Name) && isNative(c) {
			return true
		}
	}
	return false
}

func isNative(c *corev1.Container) bool {
	return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
}

// container is one container of a pod with its state, which is nil until the kubelet reports one.
type container struct {
	spec   *corev1.Container
	status *corev1.ContainerStatus
}

func (c container) terminated() *corev1.ContainerStateTerminated {
	if c.status == nil {
		return nil
	}
	return c.status.State.Terminated
}

func (c container) waiting() *corev1.ContainerStateWaiting {
	if c.status == nil {
		return nil
	}
	return c.status.State.Waiting
}

func (c container) prepares() bool { return c.spec.Name == names.PrepareContainer }

func (c container) running() bool { return c.status != nil && c.status.State.Running != nil }

func (c container) oomKilled() bool {
	t := c.terminated()
	return t != nil && t.Reason == reasonOOMKilled
}

func (c container) exitedBadly() bool {
	t := c.terminated()
	return t != nil && t.ExitCode != 0
}

// regular lists the containers of the pod but prepare in pod order, whatever order their states are reported in.
func regular(pod *corev1.Pod) []container {
	all := join(pod.Spec.Containers, pod.Status.ContainerStatuses)
	return slices.DeleteFunc(all, container.prepares)
}

// initial lists the init containers of the pod in pod order, and prepare where it is an ordinary container.
func initial(pod *corev1.Pod) []container {
	all := join(pod.Spec.InitContainers, pod.Status.InitContainerStatuses)
	for i := range pod.Spec.Containers {
		if pod.Spec.Containers[i].Name == names.PrepareContainer {
			all = append(all, join(pod.Spec.Containers[i:i+1], pod.Status.ContainerStatuses)...)
		}
	}
	return all
}

func join(specs []corev1.Container, statuses []corev1.ContainerStatus) []container {
	out := make([]container, len(specs))
	for i := range specs {
		out[i].spec = &specs[i]
		for j := range statuses {
			if statuses[j].Name == specs[i].Name {
				out[i].status = &statuses[j]
				break
			}
		}
	}
	return out
}

func steps(pod *corev1.Pod) []container {
	var out []container
	for _, c := range regular(pod) {
		if IsStep(c.spec.Name) {
			out = append(out, c)
		}
	}
	return out
}
