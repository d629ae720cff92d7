package v1alpha1

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

var (
	_ apis.Defaultable = (*VerificationPolicy)(nil)
	_ apis.Validatable = (*VerificationPolicy)(nil)

	// hashAlgorithms are the supported algorithms in lower case; empty stands for the default.
	hashAlgorithms = []string{"", "sha224", "sha256", "sha384", "sha512"}
)

// SetDefaults does nothing: a VerificationPolicy has no defaults (contract 1 §4.3).
func (*VerificationPolicy) SetDefaults(context.Context) {}

// SetDefaults does nothing.
func (*VerificationPolicySpec) SetDefaults(context.Context) {}

// Validate applies rules VP (contract 1 §5.9).
func (v *VerificationPolicy) Validate(ctx context.Context) *apis.FieldError {
	var old *VerificationPolicySpec
	if base := v1.Baseline[VerificationPolicy](ctx); base != nil {
		old = &base.Spec
	}
	errs := v1.ValidateSpec(ctx, old, &v.Spec, func(ctx context.Context, spec *VerificationPolicySpec) *apis.FieldError {
		return spec.validate().Also(v1.Warnings(ctx, spec.warnings))
	})
	return v1.ValidateObjectMetadata(v).Also(errs)
}

// warnings is about authorities without a key, which admission has to accept (contract 4 §4.1).
func (vs *VerificationPolicySpec) warnings(add func(message, path string)) {
	for i := range vs.Authorities {
		if vs.Authorities[i].Key == nil {
			add("an authority without a key never verifies anything, and resources that the policy applies to fail its check: "+
				"give it data, secretRef or kms", fmt.Sprintf("spec.authorities[%d].key", i))
		}
	}
}

// validate returns paths as the contract has them, without "spec".
func (vs *VerificationPolicySpec) validate() *apis.FieldError {
	var errs v1.FieldErrors
	if len(vs.Resources) == 0 {
		errs.Add(apis.ErrMissingField("resources"))
	}
	for _, r := range vs.Resources {
		if _, err := regexp.Compile(r.Pattern); err != nil {
			errs.Add(apis.ErrInvalidValue(r.Pattern, "ResourcePattern", fmt.Sprintf("resourcePattern cannot be compiled by regex: %v", err)))
		}
	}
	if len(vs.Authorities) == 0 {
		errs.Add(apis.ErrMissingField("authorities"))
	}
	for i := range vs.Authorities {
		if key := vs.Authorities[i].Key; key != nil {
			errs.Add(key.validate().ViaFieldIndex("key", i))
		}
	}
	if vs.Mode != "" && vs.Mode != ModeEnforce && vs.Mode != ModeWarn {
		errs.Add(apis.ErrInvalidValue(fmt.Sprintf("available values are: %s, %s, but got: %s", ModeEnforce, ModeWarn, vs.Mode), "mode"))
	}
	return errs.Err()
}

// validate applies rules VP-05 and VP-06.
func (k *KeyRef) validate() *apis.FieldError {
	sources := 0
	for _, given := range []bool{k.Data != "", k.KMS != "", k.SecretRef != nil} {
		if given {
			sources++
		}
	}
	var errs v1.FieldErrors
	switch {
	case sources == 0:
		errs.Add(apis.ErrMissingOneOf("data", "kms", "secretref"))
	case sources > 1:
		errs.Add(apis.ErrMultipleOneOf("data", "kms", "secretref"))
	}
	if !slices.Contains(hashAlgorithms, strings.ToLower(string(k.HashAlgorithm))) {
		errs.Add(apis.ErrInvalidValue(k.HashAlgorithm, "HashAlgorithm"))
	}
	return errs.Err()
}
