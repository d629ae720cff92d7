package v1

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
)

var _ apis.Validatable = (*TaskRun)(nil)

// Validate applies rules TR (contract 1 §5.7). Writes to the status always pass.
func (tr *TaskRun) Validate(ctx context.Context) *apis.FieldError {
	if apis.GetUpdatedSubresource(ctx) != "" {
		return nil
	}
	var old *TaskRunSpec
	errs := ValidateObjectMetadata(tr)
	if base := Baseline[TaskRun](ctx); base != nil {
		old = &base.Spec
		errs = errs.Also(tr.validateChange(ctx, base).ViaField("spec"), validateReadable(ctx, tr, base))
	} else {
		errs = errs.Also(validateReadable(ctx, tr, nil))
	}
	if tr.IsPending() && tr.HasStarted() {
		errs = errs.Also(apis.ErrInvalidValue("TaskRun cannot be Pending after it is started", "spec.status"))
	}
	spec := ValidateSpec(ctx, old, &tr.Spec, func(ctx context.Context, spec *TaskRunSpec) *apis.FieldError { return spec.Validate(ctx) })
	return errs.Also(spec.ViaField("spec"))
}

// validateChange applies rules TR-20 to TR-22. Both sides are compared with today's defaults, so that a changed default
// does not block writes to runs that are older than it (contract 1 §8 #2).
func (tr *TaskRun) validateChange(ctx context.Context, base *TaskRun) *apis.FieldError {
	if err := ValidateManagedBy(base.Spec.ManagedBy, tr.Spec.ManagedBy); err != nil {
		return err
	}
	if base.IsDone() {
		if !unchanged(ctx, &base.Spec, &tr.Spec, func(*TaskRunSpec) {}) {
			return apis.ErrInvalidValue("Once the TaskRun is complete, no updates are allowed", apis.CurrentField)
		}
		return nil
	}
	steering := func(s *TaskRunSpec) { s.Status, s.StatusMessage = "", "" }
	if !unchanged(ctx, &base.Spec, &tr.Spec, steering) {
		return apis.ErrInvalidValue("Once the TaskRun has started, only status and statusMessage updates are allowed", apis.CurrentField)
	}
	return nil
}

// ValidateManagedBy applies rules TR-20 and PR-20; the path is "managedBy".
func ValidateManagedBy(old, updated *string) *apis.FieldError {
	if equality.Semantic.DeepEqual(old, updated) {
		return nil
	}
	return apis.ErrInvalidValue("managedBy is immutable", "managedBy")
}

// unchanged tells whether two specs are equal but for what ignore clears, as they are or with today's defaults.
func unchanged[T any, S Spec[T]](ctx context.Context, old, updated S, ignore func(S)) bool {
	old, updated = old.DeepCopy(), updated.DeepCopy()
	ignore(old)
	ignore(updated)
	return equality.Semantic.DeepEqual(old, updated) || equality.Semantic.DeepEqual(withDefaults(ctx, old), withDefaults(ctx, updated))
}

// Validate applies the rules TR that look at the spec alone.
func (ts *TaskRunSpec) Validate(ctx context.Context) *apis.FieldError {
	var errs FieldErrors
	errs.Add(ts.validateTask(ctx))
	errs.Add(ts.Params.ValidateUnique().ViaField("params"))
	errs.Add(ValidateWorkspaceBindings(ts.Workspaces).ViaField("workspaces"))
	errs.Add(ts.Debug.validate(ctx).ViaField("debug"))
	errs.Add(ValidateStepSpecs(ctx, ts.StepSpecs))
	errs.Add(ValidateSidecarSpecs(ctx, ts.SidecarSpecs))
	errs.Add(ValidateComputeResources(ctx, ts.ComputeResources, ts.StepSpecs))
	if ts.Retries < 0 {
		errs.Add(apis.ErrInvalidValue(fmt.Sprintf("%d should be >= 0", ts.Retries), "retries"))
	}
	errs.Add(ts.validateStatus())
	errs.Add(ValidatePodTemplateEnv(ctx, ts.PodTemplate))
	if ts.Timeout != nil && ts.Timeout.Duration < 0 {
		errs.Add(apis.ErrInvalidValue(fmt.Sprintf("%v should be >= 0", ts.Timeout.Duration), "timeout"))
	}
	errs.Add(Warnings(ctx, ts.warnings))
	return errs.Err()
}

// validateTask applies rules TR-03 to TR-07.
func (ts *TaskRunSpec) validateTask(ctx context.Context) *apis.FieldError {
	var errs FieldErrors
	switch {
	case ts.TaskRef == nil && ts.TaskSpec == nil:
		errs.Add(apis.ErrMissingOneOf("taskRef", "taskSpec"))
	case ts.TaskRef != nil && ts.TaskSpec != nil:
		errs.Add(apis.ErrMultipleOneOf("taskRef", "taskSpec"))
	}
	if ts.TaskRef != nil {
		errs.Add(ts.TaskRef.Validate(ctx).ViaField("taskRef"))
	}
	if ts.TaskSpec != nil {
		errs.Add(ForbidInlineSpec(ctx, config.InlineSpecTaskRun, "taskSpec"))
		errs.Add(ts.TaskSpec.Validate(ctx).ViaField("taskSpec"))
		errs.Add(ts.TaskSpec.ValidateParams(ts.TaskSpec.Params.Union(ts.Params)).ViaField("taskSpec"))
		errs.Add(ParamSpecs(nil).Union(ts.Params).ValidateNames())
	}
	return errs.Err()
}

// ForbidInlineSpec returns an error if disable-inline-spec lists the kind: rules TR-06, PR-06 and P-06.
func ForbidInlineSpec(ctx context.Context, kind, path string) *apis.FieldError {
	if !flags(ctx).InlineSpecDisabled(kind) {
		return nil
	}
	return gateError(ctx, config.KeyDisableInlineSpec+" "+kind, apis.ErrDisallowedFields().Message, path)
}

// validate applies rule TR-10, but takes breakpoints before steps without one for failures (contract 1 §8 #15).
func (d *TaskRunDebug) validate(ctx context.Context) *apis.FieldError {
	if d == nil {
		return nil
	}
	var errs FieldErrors
	errs.Add(RequireAlpha(ctx, "debug"))
	if d.Breakpoints != nil {
		errs.Add(d.Breakpoints.validate().ViaField("breakpoints"))
	}
	return errs.Err()
}

func (b *TaskBreakpoints) validate() *apis.FieldError {
	var errs FieldErrors
	switch {
	case b.OnFailure == BreakpointOnFailureEnabled:
	case b.OnFailure != "":
		message := fmt.Sprintf("%s is not a valid onFailure breakpoint value, onFailure breakpoint is only allowed to be set as enabled", b.OnFailure)
		errs.Add(apis.ErrInvalidValue(message, "onFailure"))
	case len(b.BeforeSteps) == 0:
		errs.Add(apis.ErrInvalidValue("onFailure breakpoint is empty, it is only allowed to be set as enabled", "onFailure"))
	}
	seen := make(map[string]struct{}, len(b.BeforeSteps))
	for i, step := range b.BeforeSteps {
		if _, again := seen[step]; again {
			message := fmt.Sprintf("before step must be unique, the same step: %s is defined multiple times at", step)
			errs.Add(apis.ErrGeneric(message, indexed("beforeSteps", i)))
		}
		seen[step] = struct{}{}
	}
	return errs.Err()
}

// ValidateStepSpecs applies rule TR-11; paths begin with "stepSpecs".
func ValidateStepSpecs(ctx context.Context, specs []TaskRunStepSpec) *apis.FieldError {
	names := make([]string, len(specs))
	for i := range specs {
		names[i] = specs[i].Name
	}
	return validateOverrides(ctx, "stepSpecs", names)
}

// ValidateSidecarSpecs applies rule TR-12; paths begin with "sidecarSpecs".
func ValidateSidecarSpecs(ctx context.Context, specs []TaskRunSidecarSpec) *apis.FieldError {
	names := make([]string, len(specs))
	for i := range specs {
		names[i] = specs[i].Name
	}
	return validateOverrides(ctx, "sidecarSpecs", names)
}

func validateOverrides(ctx context.Context, field string, names []string) *apis.FieldError {
	if len(names) == 0 {
		return nil
	}
	var errs FieldErrors
	errs.Add(RequireBeta(ctx, field, field))
	seen := make(map[string]struct{}, len(names))
	for i, name := range names {
		if name == "" {
			errs.Add(apis.ErrMissingField("name").ViaFieldIndex(field, i))
			continue
		}
		lower := strings.ToLower(name)
		if _, again := seen[lower]; again {
			errs.Add(apis.ErrMultipleOneOf("name").ViaFieldIndex(field, i))
		}
		seen[lower] = struct{}{}
	}
	return errs.Err()
}

// ValidateComputeResources applies rule TR-13.
func ValidateComputeResources(ctx context.Context, resources *corev1.ResourceRequirements, steps []TaskRunStepSpec) *apis.FieldError {
	if resources == nil {
		return nil
	}
	errs := RequireBeta(ctx, "computeResources", "computeResources")
	if slices.ContainsFunc(steps, func(s TaskRunStepSpec) bool {
		return !equality.Semantic.DeepEqual(s.ComputeResources, corev1.ResourceRequirements{})
	}) {
		errs = errs.Also(apis.ErrMultipleOneOf("stepSpecs.resources", "computeResources"))
	}
	return errs
}

// validateStatus applies rules TR-15 and TR-16.
func (ts *TaskRunSpec) validateStatus() *apis.FieldError {
	switch ts.Status {
	case TaskRunSpecStatusCancelled, TaskRunSpecStatusPending:
		return nil
	case "":
		return ValidateStatusMessage(string(ts.StatusMessage))
	default:
		message := fmt.Sprintf("%s should be %s or %s", ts.Status, TaskRunSpecStatusCancelled, TaskRunSpecStatusPending)
		return apis.ErrInvalidValue(message, "status")
	}
}

// ValidateStatusMessage applies rules TR-16 and CR-07 to the message of a run without a status.
func ValidateStatusMessage(message string) *apis.FieldError {
	if message == "" {
		return nil
	}
	text := fmt.Sprintf("statusMessage should not be set if status is not set, but it is currently set to %s", message)
	return apis.ErrInvalidValue(text, "statusMessage")
}

// ValidatePodTemplateEnv applies rules TR-17 and PR-17; the path is "PodTemplate.Env".
func ValidatePodTemplateEnv(ctx context.Context, template *pod.Template) *apis.FieldError {
	if template == nil {
		return nil
	}
	forbidden := config.FromContextOrDefaults(ctx).Defaults.DefaultForbiddenEnv
	var errs FieldErrors
	for i := range template.Env {
		if name := template.Env[i].Name; slices.Contains(forbidden, name) {
			errs.Add(apis.ErrInvalidValue("PodTemplate cannot update a forbidden env: "+name, "PodTemplate.Env"))
		}
	}
	return errs.Err()
}
