package v1

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
)

var _ apis.Defaultable = (*PipelineRun)(nil)

// SetDefaults applies defaults D-01, D-24 and D-30 to D-32 (contract 1 §4).
func (pr *PipelineRun) SetDefaults(ctx context.Context) {
	DropReservedAnnotations(ctx, pr)
	pr.Spec.SetDefaults(ctx)
	pr.anticipate(ctx)
}

// anticipate gives a new run the label that the controller would write in its first pass, if that is known already.
func (pr *PipelineRun) anticipate(ctx context.Context) {
	if !apis.IsInCreate(ctx) || pr.Spec.ManagedBy != nil || pr.Labels[pipeline.PipelineLabelKey] != "" {
		return
	}
	if ref := pr.Spec.PipelineRef; ref != nil && ref.Resolver == "" && isLabelValue(ref.Name) {
		metav1.SetMetaDataLabel(&pr.ObjectMeta, pipeline.PipelineLabelKey, ref.Name)
	}
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
	for i := range ps.TaskRunSpecs {
		dropEmptyOverrides(ps.TaskRunSpecs[i].StepSpecs, ps.TaskRunSpecs[i].SidecarSpecs)
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
