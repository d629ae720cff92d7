package resolve

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/definition"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/reconciler/fresh"
)

// object is what all kinds of definitions are.
type object = definition.Object

// kind is what fetch has to know about one kind of definition.
type kind[T object] struct {
	definition.Kind[T]
	// cached reads from an informer, get from the API, try creates without effect.
	cached func(namespace, name string) (T, error)
	get    func(ctx context.Context, namespace, name string) (T, error)
	try    func(ctx context.Context, object T) (T, error)
}

var dryRun = metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}

func (r *Resolver) taskKind() kind[*v1.Task] {
	return kind[*v1.Task]{
		Kind:   definition.Tasks(),
		cached: func(ns, name string) (*v1.Task, error) { return r.Tasks.Tasks(ns).Get(name) },
		get: func(ctx context.Context, ns, name string) (*v1.Task, error) {
			return r.Client.TektonV1().Tasks(ns).Get(ctx, name, metav1.GetOptions{})
		},
		try: func(ctx context.Context, t *v1.Task) (*v1.Task, error) {
			return r.Client.TektonV1().Tasks(t.Namespace).Create(ctx, t, dryRun)
		},
	}
}

func (r *Resolver) pipelineKind() kind[*v1.Pipeline] {
	return kind[*v1.Pipeline]{
		Kind:   definition.Pipelines(),
		cached: func(ns, name string) (*v1.Pipeline, error) { return r.Pipelines.Pipelines(ns).Get(name) },
		get: func(ctx context.Context, ns, name string) (*v1.Pipeline, error) {
			return r.Client.TektonV1().Pipelines(ns).Get(ctx, name, metav1.GetOptions{})
		},
		try: func(ctx context.Context, p *v1.Pipeline) (*v1.Pipeline, error) {
			return r.Client.TektonV1().Pipelines(p.Namespace).Create(ctx, p, dryRun)
		},
	}
}

func (r *Resolver) stepActionKind() kind[*v1beta1.StepAction] {
	return kind[*v1beta1.StepAction]{
		Kind:   definition.StepActions(),
		cached: func(ns, name string) (*v1beta1.StepAction, error) { return r.StepActions.StepActions(ns).Get(name) },
		get: func(ctx context.Context, ns, name string) (*v1beta1.StepAction, error) {
			return r.Client.TektonV1beta1().StepActions(ns).Get(ctx, name, metav1.GetOptions{})
		},
		try: func(ctx context.Context, a *v1beta1.StepAction) (*v1beta1.StepAction, error) {
			return r.Client.TektonV1beta1().StepActions(a.Namespace).Create(ctx, a, dryRun)
		},
	}
}

// fetch gets the definition from where the reference says.
func fetch[T object](ctx context.Context, r *Resolver, req Request, k kind[T]) (*Document[T], error) {
	if req.Resolver != "" {
		return fetchRemote(ctx, r, req, k)
	}
	namespace := req.Owner.GetObjectMeta().GetNamespace()
	found, err := fresh.Get(ctx, r.Fresh, req.Owner.GetObjectMeta(), fresh.Key{Kind: k.Name, Namespace: namespace, Name: req.Name},
		func() (T, error) { return k.cached(namespace, req.Name) },
		func(ctx context.Context) (T, error) { return k.get(ctx, namespace, req.Name) })
	switch {
	case apierrors.IsNotFound(err):
		return nil, definition.NotFound(k.Resource, req.Name)
	case err != nil:
		return nil, failure.Transientf("", "reading %s %s/%s: %w", k.Name, namespace, req.Name, err)
	}
	return definition.OfCluster(ctx, found, k.Kind)
}
