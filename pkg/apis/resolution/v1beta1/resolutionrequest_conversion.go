package v1beta1

import (
	"context"
	"fmt"

	"knative.dev/pkg/apis"
)

var _ apis.Convertible = (*ResolutionRequest)(nil)

// ConvertTo lets the older version, which knows both, read the ResolutionRequest.
func (rr *ResolutionRequest) ConvertTo(ctx context.Context, to apis.Convertible) error {
	if _, same := to.(*ResolutionRequest); same {
		return fmt.Errorf("no conversion between two objects of type %T", to)
	}
	return to.ConvertFrom(ctx, rr)
}

// ConvertFrom lets the older version, which knows both, fill the ResolutionRequest.
func (rr *ResolutionRequest) ConvertFrom(ctx context.Context, from apis.Convertible) error {
	if _, same := from.(*ResolutionRequest); same {
		return fmt.Errorf("no conversion between two objects of type %T", from)
	}
	return from.ConvertTo(ctx, rr)
}
