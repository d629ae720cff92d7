package resolve

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/reconciler/fresh"
)

// object is what all kinds of definitions are.
type object interface {
	runtime.Object
	metav1.Object
}

// kind is what fetch has to know about one kind of definition.
type kind[T object] struct {
	// name is the kind, article the words for it in messages.
	name, article string
	resource      schema.GroupResource
	// empty returns a new object of the hub version.
	empty func() T
	// cached reads from an informer, get from the API, try creates without effect.
	cached func(namespace, name string) (T, error)
	get    func(ctx context.Context, namespace, name string) (T, error)
	try    func(ctx context.Context, object T) (T, error)
	// settle gives the object the spec that the cluster made of it.
	settle func(object, tried T)
	// refused is the reason when the cluster refuses the object.
	refused string
	// signed tells whether signatures are checked.
	signed bool
}

var dryRun = metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}

func (r *Resolver) taskKind() kind[*v1.Task] {
	return kind[*v1.Task]{
		name: pipeline.TaskControllerKind, article: "a task", resource: pipeline.TaskResource,
		empty:  func() *v1.Task { return &v1.Task{} },
		cached: func(ns, name string) (*v1.Task, error) { return r.Tasks.Tasks(ns).Get(name) },
		get: func(ctx context.Context, ns, name string) (*v1.Task, error) {
			return r.Client.TektonV1().Tasks(ns).Get(ctx, name, metav1.GetOptions{})
		},
		try: func(ctx context.Context, t *v1.Task) (*v1.Task, error) {
			return r.Client.TektonV1().Tasks(t.Namespace).Create(ctx, t, dryRun)
		},
		settle:  func(t, tried *v1.Task) { t.Spec = tried.Spec },
		refused: reasonTaskRefused, signed: true,
	}
}

func (r *Resolver) pipelineKind() kind[*v1.Pipeline] {
	return kind[*v1.Pipeline]{
		name: pipeline.PipelineControllerKind, article: "a pipeline", resource: pipeline.PipelineResource,
		empty:  func() *v1.Pipeline { return &v1.Pipeline{} },
		cached: func(ns, name string) (*v1.Pipeline, error) { return r.Pipelines.Pipelines(ns).Get(name) },
		get: func(ctx context.Context, ns, name string) (*v1.Pipeline, error) {
			return r.Client.TektonV1().Pipelines(ns).Get(ctx, name, metav1.GetOptions{})
		},
		try: func(ctx context.Context, p *v1.Pipeline) (*v1.Pipeline, error) {
			return r.Client.TektonV1().Pipelines(p.Namespace).Create(ctx, p, dryRun)
		},
		settle:  func(p, tried *v1.Pipeline) { p.Spec = tried.Spec },
		refused: reasonPipelineRefused, signed: true,
	}
}

func (r *Resolver) stepActionKind() kind[*v1beta1.StepAction] {
	return kind[*v1beta1.StepAction]{
		name: pipeline.StepActionControllerKind, article: "a StepAction", resource: pipeline.StepActionResource,
		empty:  func() *v1beta1.StepAction { return &v1beta1.StepAction{} },
		cached: func(ns, name string) (*v1beta1.StepAction, error) { return r.StepActions.StepActions(ns).Get(name) },
		get: func(ctx context.Context, ns, name string) (*v1beta1.StepAction, error) {
			return r.Client.TektonV1beta1().StepActions(ns).Get(ctx, name, metav1.GetOptions{})
		},
		try: func(ctx context.Context, a *v1beta1.StepAction) (*v1beta1.StepAction, error) {
			return r.Client.TektonV1beta1().StepActions(a.Namespace).Create(ctx, a, dryRun)
		},
		settle:  func(a, tried *v1beta1.StepAction) { a.Spec = tried.Spec },
		refused: reasonTaskRefused,
	}
}

// fetch gets the definition from where the reference says.
func fetch[T object](ctx context.Context, r *Resolver, req Request, k kind[T]) (*Document[T], error) {
	if req.Resolver != "" {
		return fetchRemote(ctx, r, req, k)
	}
	namespace := req.Owner.GetObjectMeta().GetNamespace()
	found, err := fresh.Get(ctx, r.Fresh, req.Owner.GetObjectMeta(), fresh.Key{Kind: k.name, Namespace: namespace, Name: req.Name},
		func() (T, error) { return k.cached(namespace, req.Name) },
		func(ctx context.Context) (T, error) { return k.get(ctx, namespace, req.Name) })
	switch {
	case apierrors.IsNotFound(err):
		return nil, failure.NotFoundf("", "%w", apierrors.NewNotFound(k.resource, req.Name))
	case err != nil:
		return nil, failure.Transientf("", "reading %s %s/%s: %w", k.name, namespace, req.Name, err)
	}
	copied, ok := found.DeepCopyObject().(T)
	if !ok {
		return nil, failure.Invalidf("", "resource is not %s", k.article)
	}
	setDefaults(ctx, copied)
	return &Document[T]{Object: copied}, nil
}
