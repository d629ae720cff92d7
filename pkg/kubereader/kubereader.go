// Package kubereader is what is read of Secrets and ServiceAccounts, one by one. Packages that need no more of the API than that take
// these interfaces, so that they can be used without a client for all of Kubernetes, which is large and slow to start. The package
// cluster reads from an API server.
package kubereader

import (
	"context"

	corev1 "k8s.io/api/core/v1"
)

// Secrets reads Secrets.
type Secrets interface {
	// Secret returns a Secret, which must not be changed. Errors are those of the API: apierrors.IsNotFound tells whether there is none.
	Secret(ctx context.Context, namespace, name string) (*corev1.Secret, error)
}

// ServiceAccounts reads ServiceAccounts.
type ServiceAccounts interface {
	// ServiceAccount returns a ServiceAccount, which must not be changed. Errors are those of the API.
	ServiceAccount(ctx context.Context, namespace, name string) (*corev1.ServiceAccount, error)
}

// Reader reads both.
type Reader interface {
	Secrets
	ServiceAccounts
}
