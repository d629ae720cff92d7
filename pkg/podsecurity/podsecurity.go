// Package podsecurity makes the security context of containers that are ours in users' namespaces: what is added to the pods of
// TaskRuns, and affinity assistants. Such a container is within the pod security standard "restricted" whatever the pod around it
// says, so that a namespace can enforce the standard, and nothing of ours has rights that it does not use. It is pure. The
// entry point is Restricted.
package podsecurity

import (
	corev1 "k8s.io/api/core/v1"
)

// User is who our containers run as where the pod names nobody, or root. Images without a user of their own are common, so it is
// not left to the image.
const User int64 = 65532

// Options say what the context depends on besides the pod.
type Options struct {
	// Windows leaves out what nodes with Windows refuse.
	Windows bool
	// ReadOnlyRoot makes the root file system read-only; not on Windows.
	ReadOnlyRoot bool
}

// IsWindows tells whether pods with this node selector run on Windows (contract 2 §2.14).
func IsWindows(nodeSelector map[string]string) bool {
	return nodeSelector[corev1.LabelOSStable] == "windows"
}

// Restricted returns the security context of a container of ours in a pod with that context, which may be nil. A user other than
// root that the pod names stays: the pod's volumes may be made for it.
func Restricted(pod *corev1.PodSecurityContext, o Options) *corev1.SecurityContext {
	yes, no := true, false
	if o.Windows {
		return &corev1.SecurityContext{RunAsNonRoot: &yes}
	}
	sc := &corev1.SecurityContext{
		AllowPrivilegeEscalation: &no,
		Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		RunAsNonRoot:             &yes,
		SeccompProfile:           &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
	}
	if pod == nil || pod.RunAsUser == nil || *pod.RunAsUser == 0 {
		user := User
		sc.RunAsUser = &user
	}
	if o.ReadOnlyRoot {
		sc.ReadOnlyRootFilesystem = &yes
	}
	return sc
}
