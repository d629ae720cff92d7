package v1beta1

import (
	"context"

	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

var (
	_ apis.Validatable = (*Pipeline)(nil)
	_ apis.Defaultable = (*Pipeline)(nil)
)

// Validate applies the rules of v1 and rules B-01 to B-05 (contract 1 §3.4).
func (p *Pipeline) Validate(ctx context.Context) *apis.FieldError {
	beta := newTranslation()
	beta.addPipeline("spec", &p.Spec)
	errs := beta.translate(validateAsHub[v1.Pipeline](ctx, p))
	var old *PipelineSpec
	if base := v1.Baseline[Pipeline](ctx); base != nil {
		old = &base.Spec
	}
	return errs.Also(validateForbidden(ctx, old, &p.Spec, func(f *forbidden) { f.inPipeline("spec", &p.Spec) }))
}

// SetDefaults applies the defaults of v1.
func (p *Pipeline) SetDefaults(ctx context.Context) {
	if defaulted, ok := defaultAsHub[v1.Pipeline](ctx, p); ok {
		p.ObjectMeta, p.Spec = defaulted.ObjectMeta, defaulted.Spec
	}
}
