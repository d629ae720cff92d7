// Package computeresources decides the requests and limits of the containers of a TaskRun's pod (contract 2 §2.13). It is
// pure. The rules are functions that pod building calls in the contract's order: Override, ForTask, ApplyDefaults,
// ApplyLimitRanges.
package computeresources

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Override returns base with the entries of over put in place of its own, requests and limits independently.
func Override(base, over corev1.ResourceRequirements) corev1.ResourceRequirements {
	result := *base.DeepCopy()
	result.Requests = overlay(result.Requests, over.Requests)
	result.Limits = overlay(result.Limits, over.Limits)
	if len(over.Claims) > 0 {
		result.Claims = slices.Clone(over.Claims)
	}
	return result
}

func overlay(base, over corev1.ResourceList) corev1.ResourceList {
	if len(over) == 0 {
		return base
	}
	result := make(corev1.ResourceList, len(base)+len(over))
	maps.Copy(result, base)
	maps.Copy(result, over.DeepCopy())
	return result
}

// ForTask returns the resources of one of n steps under the resources of the whole task: the task's limits as they are,
// because steps run one after the other, and its requests (its limits, if neither it nor the step has requests) divided
// by n, because Kubernetes adds up all containers. As the contract has it, limits without requests on the task drop the
// requests of the step.
func ForTask(step, task corev1.ResourceRequirements, n int) corev1.ResourceRequirements {
	if len(task.Requests) == 0 && len(task.Limits) == 0 {
		return step
	}
	requests := task.Requests
	if len(requests) == 0 && len(step.Requests) == 0 {
		requests = task.Limits
	}
	return corev1.ResourceRequirements{
		Limits:   task.Limits.DeepCopy(),
		Requests: divide(requests, n),
		Claims:   step.Claims,
	}
}

func divide(list corev1.ResourceList, n int) corev1.ResourceList {
	if len(list) == 0 {
		return nil
	}
	result := make(corev1.ResourceList, len(list))
	for name, q := range list {
		result[name] = divideQuantity(name, q, n)
	}
	return result
}

// divideQuantity divides whole bytes for memory and storage, thousandths otherwise, and drops the remainder.
func divideQuantity(name corev1.ResourceName, q resource.Quantity, n int) resource.Quantity {
	if n <= 1 {
		return q.DeepCopy()
	}
	if name == corev1.ResourceMemory || name == corev1.ResourceEphemeralStorage {
		return *resource.NewQuantity(q.Value()/int64(n), q.Format)
	}
	return *resource.NewMilliQuantity(q.MilliValue()/int64(n), q.Format)
}

// ApplyDefaults gives the containers that have no resources those that lookup knows for their name: what the
// administrator configured under default-container-resource-requirements.
func ApplyDefaults(containers []corev1.Container, lookup func(container string) (corev1.ResourceRequirements, bool)) {
	for i := range containers {
		c := &containers[i]
		if len(c.Resources.Requests) > 0 || len(c.Resources.Limits) > 0 {
			continue
		}
		if found, ok := lookup(c.Name); ok {
			c.Resources = Override(c.Resources, found)
		}
	}
}
