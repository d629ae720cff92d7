// Package clients lets the resolver for definitions of the cluster read from an API server.
package clients

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	clientset "github.com/tenon-ci/tenon/pkg/client/clientset/versioned"
	"github.com/tenon-ci/tenon/pkg/resolver/cluster"
)

// New returns a client that asks the API server each time.
func New(api clientset.Interface) cluster.Client { return client{api} }

type client struct{ api clientset.Interface }

// Task implements cluster.Client.
func (c client) Task(ctx context.Context, namespace, name string) (*v1.Task, error) {
	return c.api.TektonV1().Tasks(namespace).Get(ctx, name, metav1.GetOptions{})
}

// Pipeline implements cluster.Client.
func (c client) Pipeline(ctx context.Context, namespace, name string) (*v1.Pipeline, error) {
	return c.api.TektonV1().Pipelines(namespace).Get(ctx, name, metav1.GetOptions{})
}

// StepAction implements cluster.Client.
func (c client) StepAction(ctx context.Context, namespace, name string) (*v1beta1.StepAction, error) {
	return c.api.TektonV1beta1().StepActions(namespace).Get(ctx, name, metav1.GetOptions{})
}
