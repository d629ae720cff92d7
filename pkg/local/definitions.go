package local

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/definition"
)

// definitions implements definition.Source.
type definitions struct{ engine *Engine }

// Task implements definition.Source.
func (d definitions) Task(ctx context.Context, req definition.Request) (*definition.Document[*v1.Task], error) {
	return fetch(ctx, d.engine, req, definition.Tasks(), d.engine.files.tasks)
}

// Pipeline implements definition.Source.
func (d definitions) Pipeline(ctx context.Context, req definition.Request) (*definition.Document[*v1.Pipeline], error) {
	return fetch(ctx, d.engine, req, definition.Pipelines(), d.engine.files.pipelines)
}

// StepAction implements definition.Source.
func (d definitions) StepAction(ctx context.Context, req definition.Request) (*definition.Document[*v1beta1.StepAction], error) {
	return fetch(ctx, d.engine, req, definition.StepActions(), d.engine.files.stepActions)
}

// fetch gets the definition from where the reference says.
func fetch[T definition.Object](
	ctx context.Context, e *Engine, req definition.Request, k definition.Kind[T], given map[name]T,
) (*definition.Document[T], error) {
	if req.Resolver != "" {
		return fetchRemote(e.remote, req, k)
	}
	found, ok := given[name{req.Owner.GetObjectMeta().GetNamespace(), req.Name}]
	if !ok {
		return nil, definition.NotFound(k.Resource, req.Name)
	}
	return definition.OfCluster(ctx, found, k)
}

// webhook is the name of the admission webhook in the messages of the API server.
const webhook = "validation.webhook.pipeline.tekton.dev"

// denied is how the API server hands on the refusal of the webhook.
func denied(err *apis.FieldError) error {
	return apierrors.NewBadRequest(fmt.Sprintf("admission webhook %q denied the request: validation failed: %v", webhook, err))
}

func missingClaim(name string) error {
	return apierrors.NewNotFound(corev1.Resource("persistentvolumeclaims"), name)
}
