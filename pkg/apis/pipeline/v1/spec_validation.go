package v1

import (
	"context"

	"k8s.io/apimachinery/pkg/api/equality"
	"knative.dev/pkg/apis"
)

// Spec is a pointer to the spec of a kind.
type Spec[T any] interface {
	*T
	SetDefaults(ctx context.Context)
	DeepCopy() *T
}

// ValidateSpec applies the rules to spec as far as the write in ctx can break them. Writes to a subresource and writes
// that leave the spec as it was, defaults apart, always pass: otherwise a rule or gate that is newer than the object
// would block its labels, finalizers and status (contract 1 §8 #1). If the spec does change, gates stay open for features
// that the old spec uses. The old spec is nil for a new object; see [Baseline].
func ValidateSpec[T any, S Spec[T]](ctx context.Context, old, spec S, rules func(context.Context, S) *apis.FieldError) *apis.FieldError {
	if apis.GetUpdatedSubresource(ctx) != "" {
		return nil
	}
	if old == nil {
		return rules(ctx, spec)
	}
	old = withDefaults(ctx, old)
	if equality.Semantic.DeepEqual(old, withDefaults(ctx, spec)) {
		return nil
	}
	ctx = withoutGatesOf(ctx, func(ctx context.Context) { _ = rules(ctx, old) })
	return rules(ctx, spec)
}

// Baseline returns the stored object that the write in ctx replaces, nil if it creates one.
func Baseline[T any](ctx context.Context) *T {
	old, _ := apis.GetBaseline(ctx).(*T)
	return old
}

// withDefaults returns a copy with today's defaults.
func withDefaults[T any, S Spec[T]](ctx context.Context, spec S) S {
	out := S(spec.DeepCopy())
	out.SetDefaults(ctx)
	return out
}
