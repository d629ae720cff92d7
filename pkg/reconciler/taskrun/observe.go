package taskrun

import (
	"context"
	"io"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/reconciler/fresh"
	"github.com/tenon-ci/tenon/pkg/resultlog"
)

// accounts reads ServiceAccounts and Secrets.
type accounts struct {
	lister corelisters.ServiceAccountLister
	kube   kubernetes.Interface
	reader *fresh.Reader
}

// of returns what reads for tr.
func (a accounts) of(tr *v1.TaskRun) accountsOf { return accountsOf{a, tr} }

// accountsOf implements credentials.Getter for one run. ServiceAccounts come from the informer, and from the API unless it is known to
// be as new as the run; Secrets are not watched and come from the API.
type accountsOf struct {
	accounts
	run *v1.TaskRun
}

// ServiceAccount implements credentials.Getter.
func (a accountsOf) ServiceAccount(ctx context.Context, namespace, name string) (*corev1.ServiceAccount, error) {
	return fresh.Get(ctx, a.reader, a.run, fresh.Key{Kind: "ServiceAccount", Namespace: namespace, Name: name},
		func() (*corev1.ServiceAccount, error) { return a.lister.ServiceAccounts(namespace).Get(name) },
		func(ctx context.Context) (*corev1.ServiceAccount, error) {
			return a.kube.CoreV1().ServiceAccounts(namespace).Get(ctx, name, metav1.GetOptions{})
		})
}

// Secret implements credentials.Getter.
func (a accountsOf) Secret(ctx context.Context, namespace, name string) (*corev1.Secret, error) {
	return a.kube.CoreV1().Secrets(namespace).Get(ctx, name, metav1.GetOptions{})
}

// openLog reads logs of containers from the API.
func openLog(kube kubernetes.Interface) resultlog.Opener {
	return func(ctx context.Context, pod *corev1.Pod, container string) (io.ReadCloser, error) {
		return kube.CoreV1().Pods(pod.Namespace).GetLogs(pod.Name, &corev1.PodLogOptions{Container: container}).Stream(ctx)
	}
}
