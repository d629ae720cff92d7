package v1

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"knative.dev/pkg/apis"
)

var _ apis.Defaultable = (*Task)(nil)

// SetDefaults applies default D-41 (contract 1 §4.3).
func (t *Task) SetDefaults(ctx context.Context) {
	t.Spec.SetDefaults(ctx)
	if old := Baseline[Task](ctx); old != nil {
		dropStaleDeprecations(ctx, t, old, map[string]*TaskSpec{t.Name: &t.Spec})
	}
}

// SetDefaults infers the types of parameters and results and completes the references of steps.
func (ts *TaskSpec) SetDefaults(ctx context.Context) {
	ts.Params.SetDefaults()
	for i := range ts.Results {
		ts.Results[i].SetDefaults()
	}
	for i := range ts.Steps {
		dropEmptyResources(&ts.Steps[i].ComputeResources)
		if ref := ts.Steps[i].Ref; ref != nil {
			ref.SetDefaults(ctx)
		}
	}
	for i := range ts.Sidecars {
		dropEmptyResources(&ts.Sidecars[i].ComputeResources)
	}
	if ts.StepTemplate != nil {
		dropEmptyResources(&ts.StepTemplate.ComputeResources)
	}
}

// dropEmptyResources makes resources with empty maps those that are left out: written as an empty object once, they would be left out
// by the next write, which would then change the object.
func dropEmptyResources(r *corev1.ResourceRequirements) {
	if isZeroResources(r) {
		*r = corev1.ResourceRequirements{}
	}
}

func dropEmptyOverrides(steps []TaskRunStepSpec, sidecars []TaskRunSidecarSpec) {
	for i := range steps {
		dropEmptyResources(&steps[i].ComputeResources)
	}
	for i := range sidecars {
		dropEmptyResources(&sidecars[i].ComputeResources)
	}
}
