package resolution

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"
)

// ValidateRequest applies the one rule for ResolutionRequests of all versions (contract 4 §1.1): the label that names the
// resolver is set. Writes to the status always pass.
func ValidateRequest(ctx context.Context, request metav1.Object) *apis.FieldError {
	if apis.GetUpdatedSubresource(ctx) != "" || request.GetLabels()[LabelKeyResolverType] != "" {
		return nil
	}
	return apis.ErrMissingField("meta.labels." + LabelKeyResolverType)
}
