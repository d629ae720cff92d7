package timing

import (
	"time"

	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/names"
)

// conditionTime returns when the condition of the Pod became true; zero if there is no Pod, or if the condition is not true.
func conditionTime(pod *corev1.Pod, kind corev1.PodConditionType) time.Time {
	if pod == nil {
		return time.Time{}
	}
	for i := range pod.Status.Conditions {
		if c := &pod.Status.Conditions[i]; c.Type == kind && c.Status == corev1.ConditionTrue {
			return c.LastTransitionTime.Time
		}
	}
	return time.Time{}
}

// lastStart returns when the last container of a step started; zero if one of them did not start.
func lastStart(pod *corev1.Pod) time.Time {
	var last time.Time
	for i := range pod.Status.ContainerStatuses {
		status := &pod.Status.ContainerStatuses[i]
		if _, ok := names.StepOfContainer(status.Name); !ok {
			continue
		}
		start := startOf(&status.State)
		if start.IsZero() {
			return start
		}
		last = later(last, start)
	}
	return last
}

// startOf returns when a container started; zero if it never did. Runtimes give 1970 to those that never did.
func startOf(state *corev1.ContainerState) time.Time {
	var at time.Time
	switch {
	case state.Running != nil:
		at = state.Running.StartedAt.Time
	case state.Terminated != nil:
		at = state.Terminated.StartedAt.Time
	}
	if at.Unix() <= 0 {
		return time.Time{}
	}
	return at
}

// stepTimes returns when the first step started and when the last one ended; zero for what did not happen. What the status says of
// steps is what the runner reported, or, for steps that were stopped from outside, made up: such steps did not run if their containers
// did not start.
func stepTimes(tr *v1.TaskRun, pod *corev1.Pod, containers time.Time) (first, last time.Time) {
	if pod != nil && containers.IsZero() {
		return first, last
	}
	for i := range tr.Status.Steps {
		step := &tr.Status.Steps[i]
		if step.Terminated == nil {
			return first, time.Time{}
		}
		if pod == nil && step.ImageID == "" {
			continue
		}
		if start := startOf(&step.ContainerState); first.IsZero() || start.Before(first) {
			first = start
		}
		last = later(last, step.Terminated.FinishedAt.Time)
	}
	return first, last
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
