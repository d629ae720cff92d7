package v1beta1

import (
	"context"
	"fmt"

	"knative.dev/pkg/apis"
)

var _ apis.Convertible = (*StepAction)(nil)

// ConvertTo lets the older version, which knows both, read the StepAction.
func (s *StepAction) ConvertTo(ctx context.Context, to apis.Convertible) error {
	if _, same := to.(*StepAction); same {
		return fmt.Errorf("no conversion between two objects of type %T", to)
	}
	return to.ConvertFrom(ctx, s)
}

// ConvertFrom lets the older version, which knows both, fill the StepAction.
func (s *StepAction) ConvertFrom(ctx context.Context, from apis.Convertible) error {
	if _, same := from.(*StepAction); same {
		return fmt.Errorf("no conversion between two objects of type %T", from)
	}
	return from.ConvertTo(ctx, s)
}
