package v1beta1

import (
	"context"
	"regexp"
	"slices"

	"k8s.io/apimachinery/pkg/util/sets"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

var (
	_ apis.Validatable = (*PipelineRun)(nil)
	_ apis.Defaultable = (*PipelineRun)(nil)

	runMemberNames = []rename{
		{regexp.MustCompile(`^spec\.taskRunTemplate\.`), "spec."},
		{regexp.MustCompile(`^(spec\.taskRunSpecs\[\d+\])\.podTemplate(\.|$)`), "$1.taskPodTemplate$2"},
		{regexp.MustCompile(`^(spec\.taskRunSpecs\[\d+\])\.serviceAccountName$`), "$1.taskServiceAccountName"},
	}
	timeoutName = rename{regexp.MustCompile(`^spec\.timeouts\.pipeline$`), "spec.timeout"}
)

// Validate applies the rules of v1 and rules B-01 to B-05, B-07 and B-09 (contract 1 §3.4).
func (pr *PipelineRun) Validate(ctx context.Context) *apis.FieldError {
	beta := newTranslation()
	beta.addParams(pr.Spec.Params)
	if pr.Spec.PipelineSpec != nil {
		beta.addPipeline("spec.pipelineSpec", pr.Spec.PipelineSpec)
	}
	beta.renames = runMemberNames
	if pr.Spec.Timeout != nil {
		beta.renames = slices.Concat(runMemberNames, []rename{timeoutName})
	}
	errs := beta.translate(validateAsHub[v1.PipelineRun](ctx, pr))
	errs = errs.Also(pr.validateInlineWorkspaces(ctx))
	var old *PipelineRunSpec
	if base := v1.Baseline[PipelineRun](ctx); base != nil {
		old = &base.Spec
	}
	return errs.Also(validateForbidden(ctx, old, &pr.Spec, func(f *forbidden) {
		f.add(len(pr.Spec.Resources) > 0, "spec.resources")
		f.add(pr.Spec.ServiceAccountNames != nil, "spec.serviceAccountNames")
		f.inPipelineRef("spec.pipelineRef", pr.Spec.PipelineRef)
		f.inPipeline("spec.pipelineSpec", pr.Spec.PipelineSpec)
		both := pr.Spec.Timeout != nil && pr.Spec.Timeouts != nil
		f.add(both, "spec.timeout")
		f.add(both, "spec.timeouts")
	}))
}

// validateInlineWorkspaces applies rule B-09 to a new run. The spec of others does not change.
func (pr *PipelineRun) validateInlineWorkspaces(ctx context.Context) *apis.FieldError {
	spec := pr.Spec.PipelineSpec
	if spec == nil || !apis.IsInCreate(ctx) {
		return nil
	}
	known := sets.Set[string]{}
	for i := range pr.Spec.Workspaces {
		known.Insert(pr.Spec.Workspaces[i].Name)
	}
	for i := range spec.Workspaces {
		known.Insert(spec.Workspaces[i].Name)
	}
	var errs v1.FieldErrors
	for i := range spec.Tasks {
		task := v1.PipelineTask{Name: spec.Tasks[i].Name, Workspaces: spec.Tasks[i].Workspaces}
		for _, binding := range task.Workspaces {
			known.Insert(binding.Name)
		}
		errs.Add(task.ValidateWorkspaces(known).ViaFieldIndex("tasks", i).ViaField("spec", "pipelineSpec"))
	}
	return errs.Err()
}

// SetDefaults applies the defaults of v1 and rule B-08: a run without any limit gets timeout, which v1 does not have.
func (pr *PipelineRun) SetDefaults(ctx context.Context) {
	defaulted, ok := defaultAsHub[v1.PipelineRun](ctx, pr)
	if !ok {
		return
	}
	timeout, timeouts := pr.Spec.Timeout, pr.Spec.Timeouts
	pr.ObjectMeta, pr.Spec = defaulted.ObjectMeta, defaulted.Spec
	switch {
	case timeout != nil:
		pr.Spec.Timeout, pr.Spec.Timeouts = timeout, timeouts
	case timeouts == nil && pr.Spec.Timeouts != nil:
		pr.Spec.Timeout, pr.Spec.Timeouts = pr.Spec.Timeouts.Pipeline, nil
	}
}
