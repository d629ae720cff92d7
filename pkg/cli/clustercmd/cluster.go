package clustercmd

import (
	"context"
	"fmt"
	"io"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
)

// Cluster is a namespace of a cluster.
type Cluster struct {
	Namespace    string
	PipelineRuns Resource[*v1.PipelineRun, *v1.PipelineRunList]
	TaskRuns     Resource[*v1.TaskRun, *v1.TaskRunList]
	CustomRuns   Resource[*v1beta1.CustomRun, *v1beta1.CustomRunList]
	Core         Core
}

// Core reads what Kubernetes itself has of a run.
type Core interface {
	Pods(ctx context.Context, namespace, labels string) ([]*corev1.Pod, error)
	// Events returns those about an object.
	Events(ctx context.Context, namespace, kind, name string) ([]*corev1.Event, error)
	Claim(ctx context.Context, namespace, name string) (*corev1.PersistentVolumeClaim, error)
	Log(ctx context.Context, namespace, pod string, o *corev1.PodLogOptions) (io.ReadCloser, error)
}

// Connect reaches a cluster by kubeconfig, or from within a pod by its service account.
func Connect(w Where) (*Cluster, error) {
	config, namespace, err := Config(w)
	if err != nil {
		return nil, err
	}
	return ConnectTo(config, namespace)
}

// Config reads the kubeconfig, and returns the namespace that the commands are about.
func Config(w Where) (config *rest.Config, namespace string, err error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = w.Kubeconfig
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{CurrentContext: w.Context})
	if config, err = loader.ClientConfig(); err != nil {
		return nil, "", fmt.Errorf("reading the kubeconfig: %w", err)
	}
	if w.Namespace != "" {
		return config, w.Namespace, nil
	}
	if namespace, _, err = loader.Namespace(); err != nil {
		return nil, "", fmt.Errorf("reading the namespace of the kubeconfig: %w", err)
	}
	return config, namespace, nil
}

// ConnectTo reaches the cluster of a client configuration.
func ConnectTo(config *rest.Config, namespace string) (*Cluster, error) {
	c := &Cluster{Namespace: namespace}
	// The client would hold back a burst of requests that the server can well take.
	config = rest.CopyConfig(config)
	config.QPS, config.Burst = 50, 100
	config.UserAgent = "tenon"
	var err error
	if err = c.connectRuns(config); err != nil {
		return nil, fmt.Errorf("connecting to the cluster: %w", err)
	}
	if c.Core, err = newCore(config); err != nil {
		return nil, fmt.Errorf("connecting to the cluster: %w", err)
	}
	return c, nil
}

// core asks for the few kinds that are needed. The clientset of Kubernetes would register hundreds at every start of the program.
type core struct {
	client rest.Interface
	codec  runtime.ParameterCodec
}

func newCore(config *rest.Config) (*core, error) {
	client, codec, err := restClient(config, "/api", corev1.SchemeGroupVersion, corev1.AddToScheme)
	if err != nil {
		return nil, err
	}
	return &core{client: client, codec: codec}, nil
}

// Pods implements Core.
func (c *core) Pods(ctx context.Context, namespace, labels string) ([]*corev1.Pod, error) {
	list := &corev1.PodList{}
	err := c.client.Get().Namespace(namespace).Resource("pods").
		VersionedParams(&metav1.ListOptions{LabelSelector: labels}, c.codec).Do(ctx).Into(list)
	if err != nil {
		return nil, fmt.Errorf("listing pods: %w", err)
	}
	return pointers(list.Items), nil
}

// Events implements Core.
func (c *core) Events(ctx context.Context, namespace, kind, name string) ([]*corev1.Event, error) {
	list := &corev1.EventList{}
	selector := fields.AndSelectors(
		fields.OneTermEqualSelector("involvedObject.kind", kind),
		fields.OneTermEqualSelector("involvedObject.name", name),
	).String()
	err := c.client.Get().Namespace(namespace).Resource("events").
		VersionedParams(&metav1.ListOptions{FieldSelector: selector}, c.codec).Do(ctx).Into(list)
	if err != nil {
		return nil, fmt.Errorf("listing events: %w", err)
	}
	return pointers(list.Items), nil
}

// Claim implements Core.
func (c *core) Claim(ctx context.Context, namespace, name string) (*corev1.PersistentVolumeClaim, error) {
	claim := &corev1.PersistentVolumeClaim{}
	if err := c.client.Get().Namespace(namespace).Resource("persistentvolumeclaims").Name(name).Do(ctx).Into(claim); err != nil {
		return nil, fmt.Errorf("getting the claim %s: %w", name, err)
	}
	return claim, nil
}

// Log implements Core.
func (c *core) Log(ctx context.Context, namespace, pod string, o *corev1.PodLogOptions) (io.ReadCloser, error) {
	stream, err := c.client.Get().Namespace(namespace).Resource("pods").Name(pod).SubResource("log").
		VersionedParams(o, c.codec).Stream(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the log of pod %s: %w", pod, err)
	}
	return stream, nil
}

func pointers[T any](items []T) []*T {
	list := make([]*T, len(items))
	for i := range items {
		list[i] = &items[i]
	}
	return list
}
