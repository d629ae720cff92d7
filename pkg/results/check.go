package results

import (
	"fmt"
	"slices"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// Declaration says what is known in advance about the results of a pipeline task.
type Declaration struct {
	// Custom says that it is a custom task, whose results are not declared.
	Custom bool
	// Spec is the Task behind the pipeline task; nil if it is not known, as for child pipelines.
	Spec *v1.TaskSpec
}

// CheckReference returns an error if a reference to a result can never have a value. find looks a pipeline task up
// (contract 3 §1.3).
func CheckReference(ref substitution.TaskResultRef, find func(task string) (Declaration, bool)) error {
	producer, ok := find(ref.Task)
	switch {
	case !ok:
		return fmt.Errorf("referenced pipeline task %q does not exist", ref.Task)
	case producer.Custom:
		return nil
	case producer.Spec == nil:
		return fmt.Errorf("unable to validate result referencing pipeline task %q: task spec not found", ref.Task)
	}
	declares := func(r v1.TaskResult) bool { return r.Name == ref.Result }
	if !slices.ContainsFunc(producer.Spec.Results, declares) {
		return fmt.Errorf("%q is not a named result returned by pipeline task %q", ref.Result, ref.Task)
	}
	return nil
}
