package v1

import (
	"context"
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

var _ apis.Validatable = (*PipelineRun)(nil)

// Validate applies rules PR (contract 1 §5.7). Writes to the status always pass.
func (pr *PipelineRun) Validate(ctx context.Context) *apis.FieldError {
	if apis.GetUpdatedSubresource(ctx) != "" {
		return nil
	}
	var old *PipelineRunSpec
	errs := ValidateObjectMetadata(pr)
	if base := Baseline[PipelineRun](ctx); base != nil {
		old = &base.Spec
		errs = errs.Also(pr.validateChange(ctx, base).ViaField("spec"), validateReadable(ctx, pr, base))
	} else {
		errs = errs.Also(validateReadable(ctx, pr, nil))
	}
	if pr.IsPending() && pr.HasStarted() {
		errs = errs.Also(apis.ErrInvalidValue("PipelineRun cannot be Pending after it is started", "spec.status"))
	}
	spec := ValidateSpec(ctx, old, &pr.Spec, func(ctx context.Context, spec *PipelineRunSpec) *apis.FieldError { return spec.Validate(ctx) })
	return errs.Also(spec.ViaField("spec"))
}

// validateChange applies rules PR-20 to PR-22, with today's defaults on both sides (contract 1 §8 #2).
func (pr *PipelineRun) validateChange(ctx context.Context, base *PipelineRun) *apis.FieldError {
	if err := ValidateManagedBy(base.Spec.ManagedBy, pr.Spec.ManagedBy); err != nil {
		return err
	}
	if base.IsDone() {
		if !unchanged(ctx, &base.Spec, &pr.Spec, func(*PipelineRunSpec) {}) {
			return apis.ErrInvalidValue("Once the PipelineRun is complete, no updates are allowed", apis.CurrentField)
		}
		return nil
	}
	if !unchanged(ctx, &base.Spec, &pr.Spec, func(s *PipelineRunSpec) { s.Status = "" }) {
		return apis.ErrInvalidValue("Once the PipelineRun has started, only status updates are allowed", apis.CurrentField)
	}
	return nil
}

// Validate applies the rules PR that look at the spec alone.
func (ps *PipelineRunSpec) Validate(ctx context.Context) *apis.FieldError {
	var errs FieldErrors
	errs.Add(ps.validatePipeline(ctx))
	errs.Add(ps.validateParams())
	errs.Add(ps.Timeouts.validate().ViaField("timeouts"))
	for i := range ps.TaskRunSpecs {
		errs.Add(ps.TaskRunSpecs[i].validate(ctx, ps.Timeouts).ViaFieldIndex("taskRunSpecs", i))
	}
	errs.Add(ps.validateStatus())
	errs.Add(ps.validateWorkspaces())
	errs.Add(ValidatePodTemplateEnv(ctx, ps.TaskRunTemplate.PodTemplate).ViaField("taskRunTemplate"))
	return errs.Err()
}

// validatePipeline applies rules PR-03 to PR-07.
func (ps *PipelineRunSpec) validatePipeline(ctx context.Context) *apis.FieldError {
	var errs FieldErrors
	switch {
	case ps.PipelineRef == nil && ps.PipelineSpec == nil:
		errs.Add(apis.ErrMissingOneOf("pipelineRef", "pipelineSpec"))
	case ps.PipelineRef != nil && ps.PipelineSpec != nil:
		errs.Add(apis.ErrMultipleOneOf("pipelineRef", "pipelineSpec"))
	}
	if ps.PipelineRef != nil {
		errs.Add(ps.PipelineRef.Validate(ctx).ViaField("pipelineRef"))
	}
	if ps.PipelineSpec != nil {
		errs.Add(ForbidInlineSpec(ctx, config.InlineSpecPipelineRun, "pipelineSpec"))
		errs.Add(ps.PipelineSpec.Validate(ctx).ViaField("pipelineSpec"))
		errs.Add(ps.validateInlineUsage().ViaField("pipelineSpec"))
	}
	return errs.Err()
}

// validateInlineUsage applies rule PR-07: what inline specs refer to is known somewhere, as values propagate into them.
// Paths lead to the task, where the contract's lead to its step only (contract 1 §8 #7).
func (ps *PipelineRunSpec) validateInlineUsage() *apis.FieldError {
	var declared ParamSpecs
	passed := slices.Clone(ps.Params)
	for _, section := range ps.PipelineSpec.sections() {
		for i := range section.tasks {
			passed = append(passed, section.tasks[i].Params...)
			if spec := section.tasks[i].TaskSpec; spec != nil {
				declared = append(declared, spec.Params...)
			}
		}
	}
	known := NewKnownParams(ps.PipelineSpec.Params.overlaid(declared).Union(passed))
	var errs FieldErrors
	for _, section := range ps.PipelineSpec.sections() {
		for i := range section.tasks {
			if errs.Full() {
				break
			}
			pt := &section.tasks[i]
			if section.name == "tasks" {
				errs.Add(known.ValidatePipelineTask(pt).ViaFieldIndex(section.name, i))
			}
			if pt.TaskSpec != nil && len(pt.TaskSpec.Steps) > 0 {
				errs.Add(pt.TaskSpec.validateUsage(known).ViaField("taskSpec").ViaFieldIndex(section.name, i))
			}
		}
	}
	return errs.Err()
}

// validateParams applies rules PR-08 and PR-09.
func (ps *PipelineRunSpec) validateParams() *apis.FieldError {
	var errs FieldErrors
	errs.Add(ps.Params.ValidateUnique().ViaField("params"))
	for i := range ps.Params {
		var found []substitution.TaskResultRef
		for _, text := range ps.Params[i].Value.texts() {
			found = append(found, substitution.TaskResults(text)...)
		}
		if len(found) > 0 {
			message := fmt.Sprintf("cannot use result expressions in %v as PipelineRun parameter values", texts(found))
			errs.Add(apis.ErrInvalidValue(message, "value").ViaFieldKey("params", ps.Params[i].Name))
		}
	}
	return errs.Err()
}

// validate applies rules PR-10 to PR-13. A pipeline timeout of 0 means none, so that nothing exceeds it (contract 1 §9 #9).
func (t *TimeoutFields) validate() *apis.FieldError {
	if t == nil {
		return nil
	}
	var errs FieldErrors
	for _, limit := range []struct {
		name  string
		value *metav1.Duration
	}{{"pipeline", t.Pipeline}, {"tasks", t.Tasks}, {"finally", t.Finally}} {
		if limit.value == nil {
			continue
		}
		errs.Add(notNegative(limit.value.Duration, limit.name))
		if limit.name == "pipeline" || t.Pipeline == nil || t.Pipeline.Duration == 0 {
			continue
		}
		switch d := limit.value.Duration; {
		case d == 0:
			errs.Add(apis.ErrInvalidValue("0s (no timeout) should be <= pipeline duration", limit.name))
		case d > t.Pipeline.Duration:
			errs.Add(t.explain(apis.ErrInvalidValue(fmt.Sprintf("%v should be <= pipeline duration", d), limit.name)))
		}
	}
	if t.Tasks != nil && t.Finally != nil && t.Pipeline != nil && t.Pipeline.Duration > 0 && t.Tasks.Duration+t.Finally.Duration > t.Pipeline.Duration {
		message := fmt.Sprintf("invalid value: %v + %v should be <= pipeline duration", t.Tasks.Duration, t.Finally.Duration)
		errs.Add(t.explain(apis.ErrGeneric(message, "tasks", "finally")))
	}
	return errs.Err()
}

// explain says which limit was exceeded: it need not be written in the object (contract 1 §8 #6).
func (t *TimeoutFields) explain(err *apis.FieldError) *apis.FieldError {
	err.Details = fmt.Sprintf("the pipeline duration is %v; set timeouts.pipeline if that is only the configured default", t.Pipeline.Duration)
	return err
}

func notNegative(d time.Duration, path string) *apis.FieldError {
	if d >= 0 {
		return nil
	}
	return apis.ErrInvalidValue(fmt.Sprintf("%v should be >= 0", d), path)
}

// validate applies rule PR-14; paths are relative to the entry.
func (ts *PipelineTaskRunSpec) validate(ctx context.Context, timeouts *TimeoutFields) *apis.FieldError {
	var errs FieldErrors
	errs.Add(ValidateStepSpecs(ctx, ts.StepSpecs))
	errs.Add(ValidateSidecarSpecs(ctx, ts.SidecarSpecs))
	errs.Add(ValidateComputeResources(ctx, ts.ComputeResources, ts.StepSpecs))
	errs.Add(ValidatePodTemplateEnv(ctx, ts.PodTemplate))
	if ts.Timeout == nil {
		return errs.Err()
	}
	d := ts.Timeout.Duration
	errs.Add(notNegative(d, "timeout"))
	if timeouts == nil {
		return errs.Err()
	}
	limit, what := timeouts.Tasks, "pipeline tasks duration"
	if limit == nil {
		limit, what = timeouts.Pipeline, "pipeline duration"
	}
	if limit != nil && limit.Duration > 0 && d > limit.Duration {
		errs.Add(apis.ErrInvalidValue(fmt.Sprintf("%v should be <= %s %v", d, what, limit.Duration), "timeout"))
	}
	return errs.Err()
}

// validateStatus applies rule PR-15.
func (ps *PipelineRunSpec) validateStatus() *apis.FieldError {
	switch ps.Status {
	case "", PipelineRunSpecStatusCancelled, PipelineRunSpecStatusCancelledRunFinally, PipelineRunSpecStatusStoppedRunFinally, PipelineRunSpecStatusPending:
		return nil
	default:
		message := fmt.Sprintf("%s should be %s, %s, %s or %s", ps.Status, PipelineRunSpecStatusCancelled,
			PipelineRunSpecStatusCancelledRunFinally, PipelineRunSpecStatusStoppedRunFinally, PipelineRunSpecStatusPending)
		return apis.ErrInvalidValue(message, "status")
	}
}

// validateWorkspaces applies rule PR-16.
func (ps *PipelineRunSpec) validateWorkspaces() *apis.FieldError {
	var errs FieldErrors
	first := make(map[string]int, len(ps.Workspaces))
	for i := range ps.Workspaces {
		errs.Add(ps.Workspaces[i].Validate().ViaFieldIndex("workspaces", i))
		name := ps.Workspaces[i].Name
		if a, again := first[name]; again {
			message := fmt.Sprintf("workspace %q provided by pipelinerun more than once, at index %d and %d", name, a, i)
			errs.Add(apis.ErrGeneric(message, "name").ViaFieldIndex("workspaces", i))
			continue
		}
		first[name] = i
	}
	return errs.Err()
}
