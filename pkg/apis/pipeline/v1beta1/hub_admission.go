package v1beta1

import (
	"context"

	"knative.dev/pkg/apis"
)

// Rules and defaults are those of v1: an object is converted, admitted, and what comes out of it is translated back.

type convertible[T any] interface {
	*T
	apis.Convertible
}

type hubObject[H any] interface {
	convertible[H]
	apis.Validatable
	apis.Defaultable
}

// validateAsHub applies the rules of v1. Paths and messages are those of v1.
func validateAsHub[H any, HP hubObject[H], T any, TP convertible[T]](ctx context.Context, object TP) *apis.FieldError {
	hub := HP(new(H))
	if err := object.ConvertTo(ctx, hub); err != nil {
		return apis.ErrGeneric(err.Error(), apis.CurrentField)
	}
	return hub.Validate(hubBaseline[H, HP, T, TP](ctx))
}

// defaultAsHub returns a copy of object with the defaults of v1, and false if it cannot be converted.
func defaultAsHub[H any, HP hubObject[H], T any, TP convertible[T]](ctx context.Context, object TP) (TP, bool) {
	hub, back := HP(new(H)), TP(new(T))
	if object.ConvertTo(ctx, hub) != nil {
		return nil, false
	}
	hub.SetDefaults(hubBaseline[H, HP, T, TP](ctx))
	if back.ConvertFrom(ctx, hub) != nil {
		return nil, false
	}
	return back, true
}

// hubBaseline returns a context in which the object that an update replaces is one of v1, too.
func hubBaseline[H any, HP hubObject[H], T any, TP convertible[T]](ctx context.Context) context.Context {
	base, ok := apis.GetBaseline(ctx).(TP)
	if !ok || base == nil {
		return ctx
	}
	hub := HP(new(H))
	if base.ConvertTo(ctx, hub) != nil {
		return ctx
	}
	if subresource := apis.GetUpdatedSubresource(ctx); subresource != "" {
		return apis.WithinSubResourceUpdate(ctx, hub, subresource)
	}
	return apis.WithinUpdate(ctx, hub)
}
