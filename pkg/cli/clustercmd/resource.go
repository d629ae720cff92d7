package clustercmd

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
)

// Resource reads the objects of one kind in a namespace, as typed clients do.
type Resource[T, L runtime.Object] interface {
	Get(ctx context.Context, name string, o metav1.GetOptions) (T, error)
	List(ctx context.Context, o metav1.ListOptions) (L, error)
	Watch(ctx context.Context, o metav1.ListOptions) (watch.Interface, error)
}

// resource is made here since the generated clients come with fakes and with applying, which would take time at each start.
type resource[T, L runtime.Object] struct {
	client          rest.Interface
	codec           runtime.ParameterCodec
	namespace, name string
	object          func() T
	list            func() L
}

// Get implements Resource.
func (r *resource[T, L]) Get(ctx context.Context, name string, o metav1.GetOptions) (T, error) {
	out := r.object()
	err := r.client.Get().Namespace(r.namespace).Resource(r.name).Name(name).VersionedParams(&o, r.codec).Do(ctx).Into(out)
	return out, err
}

// List implements Resource.
func (r *resource[T, L]) List(ctx context.Context, o metav1.ListOptions) (L, error) {
	out := r.list()
	err := r.client.Get().Namespace(r.namespace).Resource(r.name).VersionedParams(&o, r.codec).Do(ctx).Into(out)
	return out, err
}

// Watch implements Resource.
func (r *resource[T, L]) Watch(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
	o.Watch = true
	return r.client.Get().Namespace(r.namespace).Resource(r.name).VersionedParams(&o, r.codec).Watch(ctx)
}

// restClient talks to a group of the API, whose types add registers.
func restClient(config *rest.Config, path string, group schema.GroupVersion, add func(*runtime.Scheme) error) (
	rest.Interface, runtime.ParameterCodec, error) {
	scheme := runtime.NewScheme()
	if err := add(scheme); err != nil {
		return nil, nil, err
	}
	metav1.AddToGroupVersion(scheme, metav1.SchemeGroupVersion)
	own := rest.CopyConfig(config)
	own.APIPath = path
	own.GroupVersion = &group
	own.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	client, err := rest.RESTClientFor(own)
	return client, runtime.NewParameterCodec(scheme), err
}

// connectRuns sets what reads runs.
func (c *Cluster) connectRuns(config *rest.Config) error {
	client, codec, err := restClient(config, "/apis", v1.SchemeGroupVersion, v1.AddToScheme)
	if err != nil {
		return err
	}
	c.PipelineRuns = &resource[*v1.PipelineRun, *v1.PipelineRunList]{
		client, codec, c.Namespace, "pipelineruns",
		func() *v1.PipelineRun { return &v1.PipelineRun{} }, func() *v1.PipelineRunList { return &v1.PipelineRunList{} },
	}
	c.TaskRuns = &resource[*v1.TaskRun, *v1.TaskRunList]{
		client, codec, c.Namespace, "taskruns",
		func() *v1.TaskRun { return &v1.TaskRun{} }, func() *v1.TaskRunList { return &v1.TaskRunList{} },
	}
	if client, codec, err = restClient(config, "/apis", v1beta1.SchemeGroupVersion, v1beta1.AddToScheme); err != nil {
		return err
	}
	c.CustomRuns = &resource[*v1beta1.CustomRun, *v1beta1.CustomRunList]{
		client, codec, c.Namespace, "customruns",
		func() *v1beta1.CustomRun { return &v1beta1.CustomRun{} }, func() *v1beta1.CustomRunList { return &v1beta1.CustomRunList{} },
	}
	return nil
}
