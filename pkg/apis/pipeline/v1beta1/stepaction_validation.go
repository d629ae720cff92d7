package v1beta1

import (
	"context"
	"strconv"

	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

var _ apis.Validatable = (*StepAction)(nil)

// Validate applies rules SA-01 to SA-11 (contract 1 §5.9).
func (s *StepAction) Validate(ctx context.Context) *apis.FieldError {
	var old *StepActionSpec
	if base := v1.Baseline[StepAction](ctx); base != nil {
		old = &base.Spec
	}
	errs := v1.ValidateSpec(ctx, old, &s.Spec, func(ctx context.Context, spec *StepActionSpec) *apis.FieldError { return spec.Validate(ctx) })
	return v1.ValidateObjectMetadata(s).Also(errs.ViaField("spec"))
}

// Validate applies the rules for the spec; paths are relative to it.
func (ss *StepActionSpec) Validate(ctx context.Context) *apis.FieldError {
	var errs v1.FieldErrors
	if ss.Image == "" {
		errs.Add(apis.ErrMissingField("Image"))
	}
	errs.Add(ss.validateScript(ctx))
	errs.Add(ss.Params.ValidateTypes())
	errs.Add(ss.Params.ValidateProperties())
	errs.Add(ss.Params.ValidateNames())
	errs.Add(ss.validateVariables())
	errs.Add(v1.ValidateStepResults(ss.Results))
	errs.Add(ss.validateVolumeMounts())
	return errs.Err()
}

// validateScript applies rules SA-03 to SA-05 and SA-09.
func (ss *StepActionSpec) validateScript(ctx context.Context) *apis.FieldError {
	var errs v1.FieldErrors
	if ss.Script != "" && len(ss.Command) > 0 {
		errs.Add(apis.ErrGeneric("script cannot be used with command", "script"))
	}
	errs.Add(v1.ValidateScript(ctx, ss.Script))
	if len(substitution.Variables(ss.Script, substitution.RootParams)) > 0 {
		errs.Add(apis.ErrGeneric("param substitution in scripts is not allowed.", "script"))
	}
	errs.Add(v1.ValidateStepResultPaths(ss.Script, ss.Results))
	errs.Add(v1.ValidateTaskResultPaths(ss.Script, ss.Results))
	return errs.Err()
}

// validateVariables applies rule SA-06.
func (ss *StepActionSpec) validateVariables() *apis.FieldError {
	known := v1.NewKnownParams(ss.Params)
	step := &v1.Step{Image: ss.Image, Script: ss.Script, Command: ss.Command, Args: ss.Args, Env: ss.Env}
	errs := v1.FieldErrors{}
	errs.Add(known.ValidateStepUsage(step))
	errs.Add(known.ValidateStepArrays(step))
	for i := range ss.VolumeMounts {
		errs.Add(known.ValidateText("volumeMounts["+strconv.Itoa(i)+"]", ss.VolumeMounts[i].Name))
	}
	return errs.Err()
}

// validateVolumeMounts applies rule SA-11: the Task decides which volume is mounted.
func (ss *StepActionSpec) validateVolumeMounts() *apis.FieldError {
	for i := range ss.VolumeMounts {
		name := ss.VolumeMounts[i].Name
		if refs := substitution.Variables(name, substitution.RootParams); len(refs) != 1 || refs[0].Text != name {
			return apis.ErrInvalidValue(name, "name", "expect the Name to be a single param reference").ViaFieldIndex("volumeMounts", i)
		}
	}
	return nil
}
