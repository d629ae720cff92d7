package v1

import (
	"context"

	"github.com/tenon-ci/tenon/pkg/apis/config"
)

// SetDefaults applies defaults D-01 and D-02 (contract 1 §4.1).
func (r *TaskRef) SetDefaults(ctx context.Context) {
	r.setDefaultResolver(ctx, r.Name)
	if r.Kind == "" && r.Resolver == "" {
		r.Kind = NamespacedTaskKind
	}
}

// SetDefaults applies default D-01 (contract 1 §4.1).
func (r *PipelineRef) SetDefaults(ctx context.Context) { r.setDefaultResolver(ctx, r.Name) }

// SetDefaults applies default D-01 (contract 1 §4.1).
func (r *Ref) SetDefaults(ctx context.Context) { r.setDefaultResolver(ctx, r.Name) }

func (r *ResolverRef) setDefaultResolver(ctx context.Context, name string) {
	if name == "" && r.Resolver == "" {
		r.Resolver = ResolverName(config.FromContextOrDefaults(ctx).Defaults.DefaultResolverType)
	}
}
