package definition

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/failure"
)

// Object is what all kinds of definitions are.
type Object interface {
	runtime.Object
	metav1.Object
}

// Kind is what has to be known about one kind of definition.
type Kind[T Object] struct {
	// Name is the kind, Article the words for it in messages.
	Name, Article string
	Resource      schema.GroupResource
	// Empty returns a new object of the hub version.
	Empty func() T
	// Settle gives the object the spec that admission made of it.
	Settle func(object, tried T)
	// Refused is the reason when admission refuses the object.
	Refused string
	// Signed tells whether signatures are checked.
	Signed bool
}

// Tasks is the kind Task.
func Tasks() Kind[*v1.Task] {
	return Kind[*v1.Task]{
		Name: pipeline.TaskControllerKind, Article: "a task", Resource: pipeline.TaskResource,
		Empty:   func() *v1.Task { return &v1.Task{} },
		Settle:  func(t, tried *v1.Task) { t.Spec = tried.Spec },
		Refused: string(v1.TaskRunReasonTaskFailedValidation), Signed: true,
	}
}

// Pipelines is the kind Pipeline.
func Pipelines() Kind[*v1.Pipeline] {
	return Kind[*v1.Pipeline]{
		Name: pipeline.PipelineControllerKind, Article: "a pipeline", Resource: pipeline.PipelineResource,
		Empty:   func() *v1.Pipeline { return &v1.Pipeline{} },
		Settle:  func(p, tried *v1.Pipeline) { p.Spec = tried.Spec },
		Refused: string(v1.PipelineRunReasonFailedValidation), Signed: true,
	}
}

// StepActions is the kind StepAction.
func StepActions() Kind[*v1beta1.StepAction] {
	return Kind[*v1beta1.StepAction]{
		Name: pipeline.StepActionControllerKind, Article: "a StepAction", Resource: pipeline.StepActionResource,
		Empty:   func() *v1beta1.StepAction { return &v1beta1.StepAction{} },
		Settle:  func(a, tried *v1beta1.StepAction) { a.Spec = tried.Spec },
		Refused: string(v1.TaskRunReasonTaskFailedValidation),
	}
}

// OfCluster returns the document of an object of the cluster: a copy of it, with defaults.
func OfCluster[T Object](ctx context.Context, found T, k Kind[T]) (*Document[T], error) {
	copied, err := Copy(found, k)
	if err != nil {
		return nil, err
	}
	setDefaults(ctx, copied)
	return &Document[T]{Object: copied}, nil
}

// Copy returns a copy of an object, which has to be of the kind.
func Copy[T Object](object runtime.Object, k Kind[T]) (T, error) {
	copied, ok := object.DeepCopyObject().(T)
	if !ok {
		return copied, k.other()
	}
	return copied, nil
}

// other is the failure of what is no object of the kind.
func (k Kind[T]) other() *failure.Failure {
	return failure.Invalidf("", "resource is not %s", k.Article)
}

func setDefaults(ctx context.Context, o runtime.Object) {
	if d, ok := o.(apis.Defaultable); ok {
		d.SetDefaults(ctx)
	}
}
