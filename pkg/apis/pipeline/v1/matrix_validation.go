package v1

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/util/sets"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// validateMatrix applies rules P-30 to P-33; paths are relative to the pipeline task.
func (pt *PipelineTask) validateMatrix(ctx context.Context) *apis.FieldError {
	if !pt.IsMatrixed() {
		return nil
	}
	var errs FieldErrors
	errs.Add(RequireBeta(ctx, "matrix", "matrix"))
	limit := config.FromContextOrDefaults(ctx).Defaults.DefaultMaxMatrixCombinationsCount
	if n := pt.Matrix.writtenOut().Count(); n > limit {
		err := apis.ErrOutOfBoundsValue(n, 0, limit, "matrix")
		err.Details = fmt.Sprintf("the limit is set by %s in ConfigMap %s", config.KeyDefaultMaxMatrixCombinationsCount, config.DefaultsConfigName())
		errs.Add(err)
	}
	errs.Add(uniqueParamNames(pt.Matrix.Params).ViaField("matrix"))
	for k := range pt.Matrix.Include {
		errs.Add(uniqueParamNames(pt.Matrix.Include[k].Params).ViaFieldIndex("include", k).ViaField("matrix"))
	}
	errs.Add(pt.validateMatrixOrParams())
	return errs.Err()
}

// validateMatrixOrParams applies rule P-33.
func (pt *PipelineTask) validateMatrixOrParams() *apis.FieldError {
	fanned := sets.Set[string]{}
	for _, p := range pt.Matrix.Params {
		fanned.Insert(p.Name)
	}
	for _, include := range pt.Matrix.Include {
		for _, p := range include.Params {
			fanned.Insert(p.Name)
		}
	}
	var errs FieldErrors
	for _, p := range pt.Params {
		if fanned.Has(p.Name) {
			errs.Add(apis.ErrMultipleOneOf("matrix["+p.Name+"]", "params["+p.Name+"]"))
		}
	}
	return errs.Err()
}

// writtenOut returns the matrix without empty arrays, which admission passes over: the task will be skipped
// (contract 1 §5.8 P-31).
func (m *Matrix) writtenOut() *Matrix {
	isEmpty := func(p Param) bool { return p.Value.Type == ParamTypeArray && len(p.Value.ArrayVal) == 0 }
	return &Matrix{Params: slices.DeleteFunc(slices.Clone(m.Params), isEmpty), Include: m.Include}
}

// validateMatrixConsumers applies rules P-34 and P-35.
func (ps *PipelineSpec) validateMatrixConsumers() *apis.FieldError {
	var errs FieldErrors
	for _, section := range ps.sections() {
		matrixed := map[string]*PipelineTask{}
		for i := range section.tasks {
			if section.tasks[i].IsMatrixed() {
				matrixed[section.tasks[i].Name] = &section.tasks[i]
			}
		}
		if len(matrixed) == 0 {
			continue
		}
		for i := range section.tasks {
			errs.Add(section.tasks[i].validateAggregates(matrixed))
		}
	}
	return errs.Err()
}

func (pt *PipelineTask) validateAggregates(matrixed map[string]*PipelineTask) *apis.FieldError {
	var errs FieldErrors
	for _, p := range pt.Params {
		for _, text := range p.Value.texts() {
			for _, ref := range substitution.TaskResults(text) {
				producer, ok := matrixed[ref.Task]
				if !ok {
					continue
				}
				if !ref.Star {
					errs.Add(apis.ErrGeneric("A matrixed pipelineTask can only be consumed in aggregate using [*] notation, but is currently set to "+
						ref.Text[len("$("):len(ref.Text)-1], apis.CurrentField))
				}
				errs.Add(producer.validateAggregated(ref.Result))
			}
		}
	}
	return errs.Err()
}

// validateAggregated checks that a result which is put together from those of many runs is a string.
func (pt *PipelineTask) validateAggregated(result string) *apis.FieldError {
	if pt.TaskSpec == nil {
		return nil
	}
	for _, r := range pt.TaskSpec.Results {
		if r.Name == result && r.Type != ResultsTypeString && r.Type != "" {
			message := fmt.Sprintf("Matrixed PipelineTasks emitting results must have an underlying type string, but result %s has type %s in pipelineTask", r.Name, r.Type)
			return apis.ErrInvalidValue(message, "tasks")
		}
	}
	return nil
}
