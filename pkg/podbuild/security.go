package podbuild

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/podsecurity"
)

// internalSecurityContext is for the containers that are added to the Pod; steps and sidecars keep what the user wrote
// (contract 2 §2.14). It does not depend on set-security-context: a namespace that enforces restricted refuses the whole Pod for
// one container.
func (f *facts) internalSecurityContext() *corev1.SecurityContext {
	return podsecurity.Restricted(f.template.SecurityContext, podsecurity.Options{
		Windows:      f.windows,
		ReadOnlyRoot: f.flags.SetSecurityContextReadOnlyRootFilesystem,
	})
}
