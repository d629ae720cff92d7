package v1

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/sets"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/substitution"
)

// validateResults applies rule V-31; paths are results[i].value.
func (ps *PipelineSpec) validateResults() *apis.FieldError {
	names := map[string]sets.Set[string]{substitution.RootTasks: {}, substitution.RootFinally: {}}
	for i := range ps.Tasks {
		names[substitution.RootTasks].Insert(ps.Tasks[i].Name)
	}
	for i := range ps.Finally {
		names[substitution.RootFinally].Insert(ps.Finally[i].Name)
	}
	var errs FieldErrors
	for i := range ps.Results {
		errs.Add(ps.Results[i].validate(names).ViaFieldIndex("results", i))
	}
	return errs.Err()
}

func (r *PipelineResult) validate(names map[string]sets.Set[string]) *apis.FieldError {
	var all []string
	var results []substitution.TaskResultRef
	candidates := 0
	for _, text := range r.Value.texts() {
		for _, ref := range substitution.Parse(text) {
			all = append(all, strings.TrimSuffix(strings.TrimPrefix(ref.Text, "$("), ")"))
			if len(ref.Path) < 3 || ref.Path[2] != substitution.RootResults || names[ref.Root()] == nil {
				continue
			}
			candidates++
			if result, ok := ref.TaskResult(); ok {
				results = append(results, result)
			}
		}
	}
	switch {
	case len(all) == 0:
		return apis.ErrInvalidValue("expected pipeline results to be task result expressions but no expressions were found", "value")
	case candidates == 0:
		return apis.ErrInvalidValue("expected pipeline results to be task result expressions but an invalid expressions was found", "value")
	case len(results) != len(all):
		message := fmt.Sprintf("expected all of the expressions %v to be result expressions but only %v were", all, texts(results))
		return apis.ErrInvalidValue(message, "value")
	}
	if r.Value.Type != ParamTypeString && r.Value.Type != "" {
		return nil
	}
	for _, ref := range results {
		if !names[ref.Section].Has(ref.Task) {
			return apis.ErrInvalidValue("referencing a nonexistent task", "value")
		}
	}
	return nil
}

func texts(refs []substitution.TaskResultRef) []string {
	out := make([]string, len(refs))
	for i, ref := range refs {
		out[i] = strings.TrimSuffix(strings.TrimPrefix(ref.Text, "$("), ")")
	}
	return out
}
