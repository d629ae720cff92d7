// Package cluster reads Secrets and ServiceAccounts from an API server.
package cluster

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/tenon-ci/tenon/pkg/kubereader"
)

// New returns a reader that asks the API server each time.
func New(kube kubernetes.Interface) kubereader.Reader { return reader{kube} }

type reader struct{ kube kubernetes.Interface }

// Secret implements kubereader.Secrets.
func (r reader) Secret(ctx context.Context, namespace, name string) (*corev1.Secret, error) {
	return r.kube.CoreV1().Secrets(namespace).Get(ctx, name, metav1.GetOptions{})
}

// ServiceAccount implements kubereader.ServiceAccounts.
func (r reader) ServiceAccount(ctx context.Context, namespace, name string) (*corev1.ServiceAccount, error) {
	return r.kube.CoreV1().ServiceAccounts(namespace).Get(ctx, name, metav1.GetOptions{})
}
