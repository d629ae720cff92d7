package v1

import (
	"context"
	"fmt"

	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/config"
)

// RequireAlpha returns an error unless alpha fields are enabled. The feature is named as in contract 1 §0.4, GATE.
func RequireAlpha(ctx context.Context, feature string, path ...string) *apis.FieldError {
	current := flags(ctx).EnableAPIFields
	if current == config.AlphaAPIFields {
		return nil
	}
	message := fmt.Sprintf(`%s requires "enable-api-fields" feature gate to be "alpha" but it is %q`, feature, current)
	return gateError(ctx, feature, message, path...)
}

// RequireBeta returns an error unless beta or alpha fields are enabled. The feature is named as in contract 1 §0.4, GATE.
func RequireBeta(ctx context.Context, feature string, path ...string) *apis.FieldError {
	current := flags(ctx).EnableAPIFields
	if current == config.AlphaAPIFields || current == config.BetaAPIFields {
		return nil
	}
	message := fmt.Sprintf(`%s requires "enable-api-fields" feature gate to be "alpha" or "beta" but it is %q`, feature, current)
	return gateError(ctx, feature, message, path...)
}

func flags(ctx context.Context) *config.FeatureFlags {
	return config.FromContextOrDefaults(ctx).FeatureFlags
}

type gateKey struct{}

// gateNotes remembers the gates that a stored object runs into. While recording, gates are noted and not reported; later
// the noted ones are not reported either.
type gateNotes struct {
	recording bool
	noted     map[string]struct{}
}

// gateError reports a closed gate. The key stands for the gate; without a path the error is about the current field.
func gateError(ctx context.Context, key, message string, path ...string) *apis.FieldError {
	if notes, ok := ctx.Value(gateKey{}).(*gateNotes); ok {
		if notes.recording {
			notes.noted[key] = struct{}{}
		}
		if _, noted := notes.noted[key]; noted {
			return nil
		}
	}
	if len(path) == 0 {
		path = []string{apis.CurrentField}
	}
	return apis.ErrGeneric(message, path...)
}

// withoutGatesOf returns a context in which gates are open that the rules, applied to the stored object, run into. An
// object that was admitted before a gate was closed can so be changed further (contract 1 §8 #1).
func withoutGatesOf(ctx context.Context, rules func(context.Context)) context.Context {
	notes := &gateNotes{recording: true, noted: map[string]struct{}{}}
	ctx = context.WithValue(ctx, gateKey{}, notes)
	rules(ctx)
	notes.recording = false
	return ctx
}
