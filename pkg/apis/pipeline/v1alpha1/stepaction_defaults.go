package v1alpha1

import (
	"context"

	"knative.dev/pkg/apis"
)

var _ apis.Defaultable = (*StepAction)(nil)

// SetDefaults applies default D-42 (contract 1 §4.3).
func (s *StepAction) SetDefaults(ctx context.Context) { s.Spec.SetDefaults(ctx) }
