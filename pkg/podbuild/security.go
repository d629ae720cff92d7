package podbuild

import corev1 "k8s.io/api/core/v1"

// internalSecurityContext is for the containers that are added to the Pod; steps and sidecars keep what the user wrote
// (contract 2 §2.14).
func (f *facts) internalSecurityContext() *corev1.SecurityContext {
	if !f.flags.SetSecurityContext {
		return nil
	}
	yes, no := true, false
	if f.windows {
		return &corev1.SecurityContext{RunAsNonRoot: &yes}
	}
	sc := &corev1.SecurityContext{
		AllowPrivilegeEscalation: &no,
		Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		RunAsNonRoot:             &yes,
		SeccompProfile:           &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
	}
	if f.flags.SetSecurityContextReadOnlyRootFilesystem {
		sc.ReadOnlyRootFilesystem = &yes
	}
	return sc
}
