package v1beta1

import (
	"context"

	"k8s.io/apimachinery/pkg/api/equality"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

var _ apis.Validatable = (*CustomRun)(nil)

// Validate applies rules CR (contract 1 §5.9) and stops at the first problem.
func (r *CustomRun) Validate(ctx context.Context) *apis.FieldError {
	if err := v1.ValidateObjectMetadata(r); err != nil {
		return err
	}
	var old *CustomRunSpec
	if base := v1.Baseline[CustomRun](ctx); base != nil {
		old = &base.Spec
	}
	return v1.ValidateSpec(ctx, old, &r.Spec, func(ctx context.Context, spec *CustomRunSpec) *apis.FieldError {
		return spec.validate().Also(v1.Warnings(ctx, spec.warnings))
	})
}

// validate returns paths relative to the object: not all of them begin with "spec".
func (rs *CustomRunSpec) validate() *apis.FieldError {
	if equality.Semantic.DeepEqual(rs, &CustomRunSpec{}) {
		return apis.ErrMissingField("spec")
	}
	if err := rs.validateDefinition(); err != nil {
		return err.ViaField("spec")
	}
	if rs.Status == "" {
		if err := v1.ValidateStatusMessage(string(rs.StatusMessage)); err != nil {
			return err
		}
	}
	if err := rs.Params.ValidateUnique(); err != nil {
		return err.ViaField("spec", "params")
	}
	return v1.ValidateWorkspaceBindings(rs.Workspaces).ViaField("spec", "workspaces")
}

func (rs *CustomRunSpec) warnings(add func(message, path string)) {
	if rs.Status != "" && rs.Status != CustomRunSpecStatusCancelled {
		add("the only status with a meaning is "+string(CustomRunSpecStatusCancelled), "spec.status")
	}
}

// validateDefinition applies rules CR-03 to CR-06.
func (rs *CustomRunSpec) validateDefinition() *apis.FieldError {
	switch {
	case rs.CustomRef != nil && rs.CustomSpec != nil:
		return apis.ErrMultipleOneOf("customRef", "customSpec")
	case rs.CustomRef != nil:
		return validateCustomKind(rs.CustomRef.APIVersion, string(rs.CustomRef.Kind)).ViaField("customRef")
	case rs.CustomSpec != nil:
		return validateCustomKind(rs.CustomSpec.APIVersion, rs.CustomSpec.Kind).ViaField("customSpec")
	default:
		return apis.ErrMissingOneOf("customRef", "customSpec")
	}
}

func validateCustomKind(apiVersion, kind string) *apis.FieldError {
	switch {
	case apiVersion == "":
		return apis.ErrMissingField("apiVersion")
	case kind == "":
		return apis.ErrMissingField("kind")
	default:
		return nil
	}
}
