package local

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/cache"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	policylisters "github.com/tenon-ci/tenon/pkg/client/listers/pipeline/v1alpha1"
	"github.com/tenon-ci/tenon/pkg/kubereader"
)

// Kube returns what resolvers may read of the API: Secrets and ServiceAccounts among the objects. Nothing else is there.
func Kube(objects []runtime.Object, namespace string) (kubereader.Reader, error) {
	if namespace == "" {
		namespace = defaultNamespace
	}
	found, err := newFiles(objects, namespace)
	if err != nil {
		return nil, err
	}
	return kube{found}, nil
}

// kube reads Secrets and ServiceAccounts.
type kube struct{ files *files }

// Secret implements kubereader.Secrets.
func (k kube) Secret(_ context.Context, namespace, name string) (*corev1.Secret, error) {
	return k.files.secret(namespace, name)
}

// ServiceAccount implements kubereader.ServiceAccounts.
func (k kube) ServiceAccount(_ context.Context, namespace, name string) (*corev1.ServiceAccount, error) {
	return k.files.serviceAccount(namespace, name), nil
}

// policies lists the VerificationPolicies.
func (f *files) policies() policylisters.VerificationPolicyLister {
	indexer := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	for _, p := range f.verifications {
		// The only error is that of an object without metadata.
		_ = indexer.Add(p)
	}
	return policylisters.NewVerificationPolicyLister(indexer)
}

// definitionReader is what the resolver for definitions of the cluster reads.
type definitionReader struct{ files *files }

// Task implements cluster.Client.
func (d definitionReader) Task(_ context.Context, namespace, name string) (*v1.Task, error) {
	return get(d.files.tasks, pipeline.TaskResource, namespace, name)
}

// Pipeline implements cluster.Client.
func (d definitionReader) Pipeline(_ context.Context, namespace, name string) (*v1.Pipeline, error) {
	return get(d.files.pipelines, pipeline.PipelineResource, namespace, name)
}

// StepAction implements cluster.Client.
func (d definitionReader) StepAction(_ context.Context, namespace, name string) (*v1beta1.StepAction, error) {
	return get(d.files.stepActions, pipeline.StepActionResource, namespace, name)
}
