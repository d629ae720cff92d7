package v1

import (
	"context"

	"knative.dev/pkg/apis"
)

var _ apis.Defaultable = (*Task)(nil)

// SetDefaults applies default D-41 (contract 1 §4.3).
func (t *Task) SetDefaults(ctx context.Context) { t.Spec.SetDefaults(ctx) }

// SetDefaults infers the types of parameters and results and completes the references of steps.
func (ts *TaskSpec) SetDefaults(ctx context.Context) {
	ts.Params.SetDefaults()
	for i := range ts.Results {
		ts.Results[i].SetDefaults()
	}
	for i := range ts.Steps {
		if ref := ts.Steps[i].Ref; ref != nil {
			ref.SetDefaults(ctx)
		}
	}
}
