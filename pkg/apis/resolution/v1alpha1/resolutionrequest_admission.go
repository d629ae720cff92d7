package v1alpha1

import (
	"context"

	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/resolution"
)

var (
	_ apis.Defaultable = (*ResolutionRequest)(nil)
	_ apis.Validatable = (*ResolutionRequest)(nil)
)

// SetDefaults fills in kind and API version (contract 4 §1.1).
func (rr *ResolutionRequest) SetDefaults(context.Context) {
	if rr.Kind == "" {
		rr.Kind = resolution.ResolutionRequestKind
	}
	if rr.APIVersion == "" {
		rr.APIVersion = SchemeGroupVersion.String()
	}
}

// Validate checks the label that names the resolver (contract 4 §1.1).
func (rr *ResolutionRequest) Validate(ctx context.Context) *apis.FieldError {
	return resolution.ValidateRequest(ctx, rr)
}
