package v1

import (
	"context"

	"knative.dev/pkg/apis"
)

var _ apis.Defaultable = (*Pipeline)(nil)

// SetDefaults applies default D-40 (contract 1 §4.3).
func (p *Pipeline) SetDefaults(ctx context.Context) {
	p.Spec.SetDefaults(ctx)
	if old := Baseline[Pipeline](ctx); old != nil {
		dropStaleDeprecations(ctx, p, old, p.Spec.inlineTasks())
	}
}

// SetDefaults infers the types of parameters and completes the tasks. Inline child Pipelines are completed too, so that
// their parameters need no explicit type (contract 1 §8 #15).
func (ps *PipelineSpec) SetDefaults(ctx context.Context) {
	ps.Params.SetDefaults()
	for _, section := range ps.sections() {
		for i := range section.tasks {
			section.tasks[i].SetDefaults(ctx)
		}
	}
}

// SetDefaults completes the reference or the inline spec of a pipeline task.
func (pt *PipelineTask) SetDefaults(ctx context.Context) {
	if pt.TaskRef != nil {
		pt.TaskRef.SetDefaults(ctx)
	}
	if pt.TaskSpec != nil {
		pt.TaskSpec.SetDefaults(ctx)
	}
	if pt.PipelineSpec != nil {
		pt.PipelineSpec.SetDefaults(ctx)
	}
}
