package v1

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// validate applies the rules for one pipeline task (contract 1 §5.8); paths are relative to it.
func (pt *PipelineTask) validate(ctx context.Context) *apis.FieldError {
	var errs FieldErrors
	if len(validation.IsDNS1123Label(pt.Name)) > 0 {
		errs.Add(withDetails(fmt.Sprintf("invalid value %q", pt.Name), "Pipeline Task name must be a valid DNS Label."+
			"For more info refer to https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#names", "name"))
	}
	errs.Add(pt.validateWhatRuns(ctx))
	errs.Add(pt.validateOnError(ctx))
	errs.Add(pt.When.Validate(ctx).ViaField("when"))
	errs.Add(pt.validateMatrix(ctx))
	errs.Add(pt.validateParamNames())
	return errs.Err()
}

// validateWhatRuns applies rules P-04 to P-07 and P-09 to P-14.
func (pt *PipelineTask) validateWhatRuns(ctx context.Context) *apis.FieldError {
	var errs FieldErrors
	errs.Add(pt.validateOneOf(ctx))
	if pt.PipelineRef != nil {
		errs.Add(RequireAlpha(ctx, "pipelineRef", "pipelineRef"))
		errs.Add(pt.PipelineRef.Validate(ctx).ViaField("pipelineRef"))
	}
	if pt.PipelineSpec != nil {
		errs.Add(RequireAlpha(ctx, "pipelineSpec", "pipelineSpec"))
		errs.Add(ForbidInlineSpec(ctx, config.InlineSpecPipeline, "pipelineSpec"))
		errs.Add(firstOf(pt.PipelineSpec.Validate(ctx), maxNestedErrors).ViaField("pipelineSpec"))
	}
	if pt.TaskSpec != nil {
		errs.Add(ForbidInlineSpec(ctx, config.InlineSpecPipeline, "taskSpec"))
	}
	if pt.looksLikeCustomTask() {
		errs.Add(pt.validateCustomTask())
		return errs.Err()
	}
	if pt.TaskRef != nil {
		errs.Add(pt.validateTaskRef(ctx))
	}
	if pt.TaskSpec != nil {
		errs.Add(pt.TaskSpec.Validate(ctx).ViaField("taskSpec"))
	}
	return errs.Err()
}

// validateOneOf applies rule P-04.
func (pt *PipelineTask) validateOneOf(ctx context.Context) *apis.FieldError {
	var given []string
	for _, field := range []struct {
		name string
		set  bool
	}{
		{"taskRef", pt.TaskRef != nil}, {"taskSpec", pt.TaskSpec != nil}, {"pipelineRef", pt.PipelineRef != nil}, {"pipelineSpec", pt.PipelineSpec != nil},
	} {
		if field.set {
			given = append(given, field.name)
		}
	}
	switch {
	case len(given) == 0:
		possible := []string{"taskRef", "taskSpec"}
		if RequireAlpha(ctx, "pipelineRef") == nil {
			possible = append(possible, "pipelineRef", "pipelineSpec")
		}
		return apis.ErrMissingOneOf(possible...)
	case len(given) > 1:
		return apis.ErrGeneric("expected exactly one, got multiple", given...)
	}
	return nil
}

// looksLikeCustomTask tells whether rule P-09 holds for the pipeline task.
func (pt *PipelineTask) looksLikeCustomTask() bool {
	switch {
	case pt.TaskRef != nil:
		return pt.TaskRef.APIVersion != "" || pt.TaskRef.Kind != "" && pt.TaskRef.Kind != pipeline.TaskControllerKind
	case pt.TaskSpec != nil:
		// With steps it is a Task that is mistaken about itself, see P-07.
		return len(pt.TaskSpec.Steps) == 0 && (pt.TaskSpec.APIVersion != "" || pt.TaskSpec.Kind != "" && pt.TaskSpec.Kind != pipeline.TaskControllerKind)
	default:
		return false
	}
}

// validateCustomTask applies rule P-09.
func (pt *PipelineTask) validateCustomTask() *apis.FieldError {
	if pt.TaskRef != nil {
		return validateCustomType("ref", string(pt.TaskRef.Kind), pt.TaskRef.APIVersion).ViaField("taskRef")
	}
	return validateCustomType("spec", pt.TaskSpec.Kind, pt.TaskSpec.APIVersion).ViaField("taskSpec")
}

// kindClusterTask is a kind of old Tekton releases.
const kindClusterTask = "ClusterTask"

func validateCustomType(what, kind, apiVersion string) *apis.FieldError {
	var errs FieldErrors
	if kind == "" {
		errs.Add(apis.ErrInvalidValue(fmt.Sprintf("custom task %s must specify kind", what), "kind"))
	}
	if apiVersion == "" {
		err := apis.ErrInvalidValue(fmt.Sprintf("custom task %s must specify apiVersion", what), "apiVersion")
		if kind == kindClusterTask {
			err.Details = "ClusterTask is gone: use resolver cluster with the params kind, name and namespace"
		}
		errs.Add(err)
		return errs.Err()
	}
	gv, err := schema.ParseGroupVersion(apiVersion)
	if err != nil || gv.Group == "" {
		errs.Add(apis.ErrInvalidValue(fmt.Sprintf("invalid apiVersion format %q, must be in the format \"group/version\"", apiVersion), "apiVersion"))
	}
	return errs.Err()
}

// validateTaskRef applies rules P-10 and P-12.
func (pt *PipelineTask) validateTaskRef(ctx context.Context) *apis.FieldError {
	var errs FieldErrors
	errs.Add(pt.TaskRef.Validate(ctx).ViaField("taskRef"))
	if pt.TaskRef.Resolver != "" {
		errs.Add(RequireBeta(ctx, "taskref.resolver", "taskRef.resolver"))
	}
	if len(pt.TaskRef.Params) > 0 {
		errs.Add(RequireBeta(ctx, "taskref.params", "taskRef.params"))
	}
	return errs.Err()
}

// Validate applies rules P-07 and P-11; paths are relative to the inline spec.
func (et *EmbeddedTask) Validate(ctx context.Context) *apis.FieldError {
	var errs FieldErrors
	if len(et.Steps) > 0 {
		if et.APIVersion != "" {
			errs.Add(apis.ErrGeneric("taskSpec.apiVersion cannot be specified when using taskSpec.steps", "apiVersion"))
		}
		if et.Kind != "" {
			errs.Add(apis.ErrGeneric("taskSpec.kind cannot be specified when using taskSpec.steps", "kind"))
		}
	}
	errs.Add(et.TaskSpec.Validate(ctx))
	return errs.Err()
}

// validateOnError applies rule P-08.
func (pt *PipelineTask) validateOnError(ctx context.Context) *apis.FieldError {
	if pt.OnError == "" || strings.HasPrefix(string(pt.OnError), "$("+substitution.RootParams) {
		return nil
	}
	var errs FieldErrors
	errs.Add(RequireBeta(ctx, "OnError", "onError"))
	if pt.OnError != PipelineTaskContinue && pt.OnError != PipelineTaskStopAndFail {
		errs.Add(apis.ErrInvalidValue(pt.OnError, "OnError", `PipelineTask OnError must be either "continue" or "stopAndFail"`))
	}
	if pt.OnError == PipelineTaskContinue && pt.Retries > 0 {
		errs.Add(apis.ErrGeneric(`PipelineTask OnError cannot be set to "continue" when Retries is greater than 0`, "onError", "retries"))
	}
	return errs.Err()
}

// validateParamNames applies rule P-53.
func (pt *PipelineTask) validateParamNames() *apis.FieldError {
	return uniqueParamNames(pt.Params)
}

// uniqueParamNames finds repeated names; paths are params[i].name.
func uniqueParamNames(params Params) *apis.FieldError {
	var errs FieldErrors
	seen := make(sets.Set[string], len(params))
	for i := range params {
		if seen.Has(params[i].Name) {
			message := fmt.Sprintf("parameter names must be unique, the parameter %q is also defined at", params[i].Name)
			errs.Add(apis.ErrGeneric(message, "name").ViaFieldIndex("params", i))
		}
		seen.Insert(params[i].Name)
	}
	return errs.Err()
}

// ValidateWorkspaces applies rules P-51 and P-52: the workspaces of the pipeline task are declared, and listed once.
func (pt *PipelineTask) ValidateWorkspaces(declared sets.Set[string]) *apis.FieldError {
	var errs FieldErrors
	seen := make(sets.Set[string], len(pt.Workspaces))
	for j := range pt.Workspaces {
		w := &pt.Workspaces[j]
		if seen.Has(w.Name) {
			errs.Add(apis.ErrGeneric(fmt.Sprintf("workspace name %q must be unique", w.Name), apis.CurrentField).ViaFieldIndex("workspaces", j))
		}
		seen.Insert(w.Name)
		source := w.Workspace
		if source == "" {
			source = w.Name
		}
		if !declared.Has(source) {
			message := fmt.Sprintf("pipeline task %q expects workspace with name %q but none exists in pipeline spec", pt.Name, source)
			errs.Add(apis.ErrInvalidValue(message, apis.CurrentField).ViaFieldIndex("workspaces", j))
		}
	}
	return errs.Err()
}
