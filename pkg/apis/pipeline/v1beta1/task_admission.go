package v1beta1

import (
	"context"

	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

var (
	_ apis.Validatable = (*Task)(nil)
	_ apis.Defaultable = (*Task)(nil)
)

// Validate applies the rules of v1 and rules B-01 to B-04 (contract 1 §3.4).
func (t *Task) Validate(ctx context.Context) *apis.FieldError {
	beta := newTranslation()
	beta.addTask("spec", &t.Spec)
	errs := beta.translate(validateAsHub[v1.Task](ctx, t))
	var old *TaskSpec
	if base := v1.Baseline[Task](ctx); base != nil {
		old = &base.Spec
	}
	return errs.Also(validateForbidden(ctx, old, &t.Spec, func(f *forbidden) { f.inTask("spec", &t.Spec) }))
}

// SetDefaults applies the defaults of v1.
func (t *Task) SetDefaults(ctx context.Context) {
	if defaulted, ok := defaultAsHub[v1.Task](ctx, t); ok {
		t.ObjectMeta, t.Spec = defaulted.ObjectMeta, defaulted.Spec
	}
}
