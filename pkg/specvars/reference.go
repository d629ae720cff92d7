package specvars

import (
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// TaskRef returns a copy of a reference to a Task with values in place of references in its name and resolver params.
// Each of values is a pass that sees what the one before has put in. nil stays nil.
func TaskRef(ref *v1.TaskRef, values ...substitution.Values) (*v1.TaskRef, error) {
	if ref == nil {
		return nil, nil
	}
	out := ref.DeepCopy()
	return out, replaceRef(&out.Name, out.Params, values)
}

// PipelineRef is TaskRef for a reference to a Pipeline.
func PipelineRef(ref *v1.PipelineRef, values ...substitution.Values) (*v1.PipelineRef, error) {
	if ref == nil {
		return nil, nil
	}
	out := ref.DeepCopy()
	return out, replaceRef(&out.Name, out.Params, values)
}

// StepRef is TaskRef for a reference to a StepAction.
func StepRef(ref *v1.Ref, values ...substitution.Values) (*v1.Ref, error) {
	if ref == nil {
		return nil, nil
	}
	out := ref.DeepCopy()
	return out, replaceRef(&out.Name, out.Params, values)
}

func replaceRef(name *string, list v1.Params, passes []substitution.Values) error {
	for _, values := range passes {
		r := substitution.NewReplacer(values)
		w := walker{visit: func(f Field) { f.replace(r) }}
		w.text(Other, w.path.field("name"), name)
		w.params(list)
		if err := r.Err(); err != nil {
			return err
		}
	}
	return nil
}
