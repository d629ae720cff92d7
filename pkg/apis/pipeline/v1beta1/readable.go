package v1beta1

import (
	"context"

	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// Readable tells why a v1 object could not be read as v1beta1, now or once its status is complete; nil for other types. One such
// object would make every v1beta1 list of its kind fail, in all namespaces. See [v1.WithReader].
func Readable(ctx context.Context, object any) error {
	switch o := object.(type) {
	case *v1.Task:
		return new(Task).ConvertFrom(ctx, o)
	case *v1.Pipeline:
		return new(Pipeline).ConvertFrom(ctx, o)
	case *v1.TaskRun:
		return new(TaskRun).ConvertFrom(ctx, withTaskSpec(o))
	case *v1.PipelineRun:
		return new(PipelineRun).ConvertFrom(ctx, o)
	default:
		return nil
	}
}

var _ v1.Reader = Readable

// withTaskSpec returns a run with a status in which all annotations are read.
func withTaskSpec(tr *v1.TaskRun) apis.Convertible {
	if tr.Status.TaskSpec != nil {
		return tr
	}
	out := tr.DeepCopy()
	out.Status.TaskSpec = &v1.TaskSpec{}
	return out
}
