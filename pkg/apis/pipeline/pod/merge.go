package pod

import corev1 "k8s.io/api/core/v1"

// Merge fills what high leaves open from low (contract 1 §1.10): env and volumes are merged by name, with the entries of
// high first and without those that have no name; hostNetwork is true if it is in either; everything else is taken
// whole. Nil stands for an empty template. The result shares nothing with low, and high is not changed.
func Merge(high, low *Template) *Template {
	if low == nil {
		return high.DeepCopy()
	}
	if high == nil {
		return low.DeepCopy()
	}
	out, fill := high.DeepCopy(), low.DeepCopy()
	fillMap(&out.NodeSelector, fill.NodeSelector)
	out.Env = mergeNamed(out.Env, fill.Env, func(e corev1.EnvVar) string { return e.Name })
	out.Volumes = mergeNamed(out.Volumes, fill.Volumes, func(v corev1.Volume) string { return v.Name })
	fillList(&out.Tolerations, fill.Tolerations)
	fillList(&out.ImagePullSecrets, fill.ImagePullSecrets)
	fillList(&out.HostAliases, fill.HostAliases)
	fillList(&out.TopologySpreadConstraints, fill.TopologySpreadConstraints)
	fillPointer(&out.Affinity, fill.Affinity)
	fillPointer(&out.SecurityContext, fill.SecurityContext)
	fillPointer(&out.RuntimeClassName, fill.RuntimeClassName)
	fillPointer(&out.PriorityClassName, fill.PriorityClassName)
	fillPointer(&out.DNSPolicy, fill.DNSPolicy)
	fillPointer(&out.DNSConfig, fill.DNSConfig)
	fillPointer(&out.AutomountServiceAccountToken, fill.AutomountServiceAccountToken)
	fillPointer(&out.EnableServiceLinks, fill.EnableServiceLinks)
	fillPointer(&out.HostUsers, fill.HostUsers)
	if out.SchedulerName == "" {
		out.SchedulerName = fill.SchedulerName
	}
	out.HostNetwork = out.HostNetwork || fill.HostNetwork
	return out
}

// fillMap counts an empty map as unset, as fillList does an empty list: neither outlives storing.
func fillMap(target *map[string]string, value map[string]string) {
	if len(*target) == 0 {
		*target = value
	}
}

func fillList[T any](target *[]T, value []T) {
	if len(*target) == 0 {
		*target = value
	}
}

func fillPointer[T any](target **T, value *T) {
	if *target == nil {
		*target = value
	}
}

// mergeNamed returns the named entries of high, then those of low with other names.
func mergeNamed[T any](high, low []T, name func(T) string) []T {
	taken := map[string]bool{"": true}
	var out []T
	for _, e := range high {
		if name(e) != "" {
			out = append(out, e)
			taken[name(e)] = true
		}
	}
	for _, e := range low {
		if !taken[name(e)] {
			out = append(out, e)
			taken[name(e)] = true
		}
	}
	return out
}
