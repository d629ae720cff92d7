package v1beta1

import (
	"context"

	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

var (
	_ apis.Validatable = (*TaskRun)(nil)
	_ apis.Defaultable = (*TaskRun)(nil)
)

// Validate applies the rules of v1 and rules B-01 to B-06 (contract 1 §3.4).
func (tr *TaskRun) Validate(ctx context.Context) *apis.FieldError {
	beta := newTranslation()
	beta.addParams(tr.Spec.Params)
	if tr.Spec.TaskSpec != nil {
		beta.addTask("spec.taskSpec", tr.Spec.TaskSpec)
	}
	beta.allowed = func(_, path string) bool { return path == "spec.retries" }
	errs := beta.translate(validateAsHub[v1.TaskRun](ctx, tr))
	var old *TaskRunSpec
	if base := v1.Baseline[TaskRun](ctx); base != nil {
		old = &base.Spec
	}
	return errs.Also(validateForbidden(ctx, old, &tr.Spec, func(f *forbidden) {
		f.add(tr.Spec.Resources != nil, "spec.resources")
		f.inTaskRef("spec.taskRef", tr.Spec.TaskRef)
		f.inTask("spec.taskSpec", tr.Spec.TaskSpec)
	}))
}

// SetDefaults applies the defaults of v1.
func (tr *TaskRun) SetDefaults(ctx context.Context) {
	if defaulted, ok := defaultAsHub[v1.TaskRun](ctx, tr); ok {
		tr.ObjectMeta, tr.Spec = defaulted.ObjectMeta, defaulted.Spec
	}
}
