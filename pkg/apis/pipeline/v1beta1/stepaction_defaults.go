package v1beta1

import (
	"context"

	"knative.dev/pkg/apis"
)

var _ apis.Defaultable = (*StepAction)(nil)

// SetDefaults applies default D-42 (contract 1 §4.3).
func (s *StepAction) SetDefaults(ctx context.Context) { s.Spec.SetDefaults(ctx) }

// SetDefaults infers the types of parameters and results.
func (ss *StepActionSpec) SetDefaults(context.Context) {
	ss.Params.SetDefaults()
	for i := range ss.Results {
		ss.Results[i].SetDefaults()
	}
}
