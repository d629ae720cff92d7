package computeresources

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// ranged are the resources for which LimitRanges are considered.
var ranged = []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage}

// ApplyLimitRanges gives the containers chosen by isStep the requests that the namespace's LimitRanges suggest, where
// they have none: the default request divided by the number of steps, but not less than the minimum. Other containers
// and all limits are left alone.
func ApplyLimitRanges(containers []corev1.Container, isStep func(corev1.Container) bool, ranges []*corev1.LimitRange) {
	least, wanted := merge(ranges)
	if len(least) == 0 && len(wanted) == 0 {
		return
	}
	var steps []*corev1.Container
	for i := range containers {
		if isStep(containers[i]) {
			steps = append(steps, &containers[i])
		}
	}
	requests := stepRequests(least, wanted, len(steps))
	for _, step := range steps {
		fill(&step.Resources, requests)
	}
}

// merge returns the largest minimum and the smallest default request of all ranges for containers. A range that does not
// say anything about a resource does not count for it.
func merge(ranges []*corev1.LimitRange) (least, wanted corev1.ResourceList) {
	least, wanted = corev1.ResourceList{}, corev1.ResourceList{}
	for _, r := range ranges {
		for _, item := range r.Spec.Limits {
			if item.Type != corev1.LimitTypeContainer {
				continue
			}
			for _, name := range ranged {
				keep(least, name, item.Min, func(old, q resource.Quantity) bool { return q.Cmp(old) > 0 })
				keep(wanted, name, item.DefaultRequest, func(old, q resource.Quantity) bool { return q.Cmp(old) < 0 })
			}
		}
	}
	return least, wanted
}

func keep(into corev1.ResourceList, name corev1.ResourceName, from corev1.ResourceList, better func(old, q resource.Quantity) bool) {
	q, ok := from[name]
	if !ok {
		return
	}
	if old, ok := into[name]; !ok || better(old, q) {
		into[name] = q.DeepCopy()
	}
}

func stepRequests(least, wanted corev1.ResourceList, n int) corev1.ResourceList {
	requests := corev1.ResourceList{}
	for _, name := range ranged {
		q := wanted[name]
		r := divideQuantity(name, q, n)
		if m := least[name]; m.Cmp(r) > 0 {
			r = m
		}
		if !r.IsZero() {
			requests[name] = r
		}
	}
	return requests
}

// fill sets the requests that are missing or zero. A request above the container's own limit is lowered to it, because
// Kubernetes would refuse the pod otherwise.
func fill(resources *corev1.ResourceRequirements, requests corev1.ResourceList) {
	missing := corev1.ResourceList{}
	for name, q := range requests {
		if old, ok := resources.Requests[name]; ok && !old.IsZero() {
			continue
		}
		if limit, ok := resources.Limits[name]; ok && limit.Cmp(q) < 0 {
			q = limit
		}
		missing[name] = q
	}
	resources.Requests = overlay(resources.Requests, missing)
}
