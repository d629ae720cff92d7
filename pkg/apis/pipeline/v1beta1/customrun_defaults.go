package v1beta1

import (
	"context"

	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/config"
)

var _ apis.Defaultable = (*CustomRun)(nil)

// SetDefaults applies default D-43 (contract 1 §4.3).
func (r *CustomRun) SetDefaults(ctx context.Context) { r.Spec.SetDefaults(ctx) }

// SetDefaults fills in the ServiceAccount.
func (rs *CustomRunSpec) SetDefaults(ctx context.Context) {
	if rs.ServiceAccountName == "" {
		rs.ServiceAccountName = config.FromContextOrDefaults(ctx).Defaults.DefaultServiceAccount
	}
}
