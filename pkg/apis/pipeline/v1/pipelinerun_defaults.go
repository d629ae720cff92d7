package v1

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
)

var _ apis.Defaultable = (*PipelineRun)(nil)

// SetDefaults applies defaults D-01, D-24 and D-30 to D-32 (contract 1 §4).
func (pr *PipelineRun) SetDefaults(ctx context.Context) {
	DropReservedAnnotations(ctx, pr)
	pr.Spec.SetDefaults(ctx)
}

// SetDefaults applies the defaults of the spec.
func (ps *PipelineRunSpec) SetDefaults(ctx context.Context) {
	defaults := config.FromContextOrDefaults(ctx).Defaults
	if ps.PipelineRef != nil {
		ps.PipelineRef.SetDefaults(ctx)
	}
	if ps.PipelineSpec != nil {
		ps.PipelineSpec.SetDefaults(ctx)
	}
	if ps.Timeouts == nil {
		ps.Timeouts = &TimeoutFields{}
	}
	if ps.Timeouts.Pipeline == nil {
		ps.Timeouts.Pipeline = &metav1.Duration{Duration: defaults.Timeout()}
	}
	if ps.TaskRunTemplate.ServiceAccountName == "" {
		ps.TaskRunTemplate.ServiceAccountName = defaults.DefaultServiceAccount
	}
	if defaults.DefaultPodTemplate != nil {
		ps.TaskRunTemplate.PodTemplate = pod.Merge(ps.TaskRunTemplate.PodTemplate, defaults.DefaultPodTemplate)
	}
}
