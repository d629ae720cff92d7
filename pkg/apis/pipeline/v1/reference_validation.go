package v1

import (
	"context"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/config"
)

var urlLike = regexp.MustCompile(`[\w-]+:/+`)

// IsURLLike tells whether the name in a reference is meant for a resolver, as in git://host/repo (contract 4 §2.8).
func IsURLLike(name string) bool { return urlLike.MatchString(name) }

// Validate applies rules R (contract 1 §5.1); paths are relative to the reference.
func (r *TaskRef) Validate(ctx context.Context) *apis.FieldError {
	return validateReference(ctx, r.Name, &r.ResolverRef)
}

// Validate applies rules R (contract 1 §5.1); paths are relative to the reference.
func (r *PipelineRef) Validate(ctx context.Context) *apis.FieldError {
	return validateReference(ctx, r.Name, &r.ResolverRef)
}

// Validate applies rules R (contract 1 §5.1); paths are relative to the reference.
func (r *Ref) Validate(ctx context.Context) *apis.FieldError {
	return validateReference(ctx, r.Name, &r.ResolverRef)
}

func validateReference(ctx context.Context, name string, r *ResolverRef) *apis.FieldError {
	if r.Resolver == "" && len(r.Params) == 0 {
		return validateLocalName(ctx, name)
	}
	var errs FieldErrors
	if len(r.Params) > 0 {
		errs.Add(RequireBeta(ctx, "resolver params", "params"))
		if name != "" {
			errs.Add(apis.ErrMultipleOneOf("name", "params"))
		}
		if r.Resolver == "" {
			errs.Add(apis.ErrMissingField("resolver"))
		}
		errs.Add(r.Params.ValidateUnique())
	}
	if r.Resolver != "" {
		errs.Add(RequireBeta(ctx, "resolver", "resolver"))
		if name != "" {
			errs.Add(validateConciseName(ctx, name))
		}
	}
	return errs.Err()
}

// validateLocalName checks a name without resolver and params: that of an object in the namespace.
func validateLocalName(ctx context.Context, name string) *apis.FieldError {
	if name == "" {
		return apis.ErrMissingField("name")
	}
	if IsURLLike(name) {
		return requireConciseSyntax(ctx).Also(apis.ErrMissingField("resolver"))
	}
	if problems := validation.IsQualifiedName(name); len(problems) > 0 {
		return apis.ErrInvalidValue(strings.Join(problems, ","), "name")
	}
	return nil
}

func validateConciseName(ctx context.Context, name string) *apis.FieldError {
	if !IsURLLike(name) {
		return apis.ErrInvalidValue("invalid URI for request", "name")
	}
	return requireConciseSyntax(ctx)
}

func requireConciseSyntax(ctx context.Context) *apis.FieldError {
	if flags(ctx).EnableConciseResolverSyntax {
		return nil
	}
	const message = "feature flag " + config.KeyEnableConciseResolverSyntax + " should be set to true to use concise resolver syntax"
	return gateError(ctx, config.KeyEnableConciseResolverSyntax, message)
}
