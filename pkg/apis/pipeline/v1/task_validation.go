package v1

import (
	"context"
	"fmt"
	"path"

	"knative.dev/pkg/apis"
)

// ReservedSidecarName is the name of the sidecar that carries results out of the pod; users cannot take it.
const ReservedSidecarName = "tekton-log-results"

const defaultWorkspaceDir = "/workspace/"

var _ apis.Validatable = (*Task)(nil)

// Validate applies the rules for a Task as an object of its own (contract 1 §5.1 to §5.5).
func (t *Task) Validate(ctx context.Context) *apis.FieldError {
	base := Baseline[Task](ctx)
	errs := ValidateObjectMetadata(t)
	if base == nil {
		return errs.Also(t.validateSpec(ctx, nil), validateReadable(ctx, t, nil))
	}
	stale := warnOfStaleDeprecations(ctx, t, base, map[string]*TaskSpec{t.Name: &t.Spec})
	return errs.Also(t.validateSpec(ctx, &base.Spec), validateReadable(ctx, t, base), stale)
}

func (t *Task) validateSpec(ctx context.Context, old *TaskSpec) *apis.FieldError {
	return ValidateSpec(ctx, old, &t.Spec, func(ctx context.Context, spec *TaskSpec) *apis.FieldError {
		return spec.validateAsObject(ctx)
	}).ViaField("spec")
}

func (ts *TaskSpec) validateAsObject(ctx context.Context) *apis.FieldError {
	steps, err := ts.mergedSteps()
	return err.Also(ts.validateMerged(ctx, steps), ts.Params.ValidateProperties(), NewKnownParams(ts.Params).ValidateUsage(steps))
}

// Validate applies all rules of a Task's spec but those that need to know every parameter: rules S, T, V-01 to V-03, V-05
// to V-09 and V-14 to V-18 (contract 1 §5.2 to §5.5). That is what an inline spec must satisfy by itself; what it refers
// to is then checked with [TaskSpec.ValidateParams].
func (ts *TaskSpec) Validate(ctx context.Context) *apis.FieldError {
	steps, err := ts.mergedSteps()
	return err.Also(ts.validateMerged(ctx, steps))
}

// ValidateParams applies the rules that need to know every parameter that the steps can refer to: V-04 for the spec's own
// declarations, V-10 to V-15 for all (contract 1 §5.2).
func (ts *TaskSpec) ValidateParams(known ParamSpecs) *apis.FieldError {
	steps, _ := ts.mergedSteps() // Validate reports the error
	params := NewKnownParams(known)
	return ts.Params.ValidateProperties().Also(params.ValidateUsage(steps), params.ValidateArrays(steps))
}

// mergedSteps returns the steps with the template's settings or, with rule T-05 broken, as they are.
func (ts *TaskSpec) mergedSteps() ([]Step, *apis.FieldError) {
	steps, err := MergeStepTemplate(ts.StepTemplate, ts.Steps)
	if err != nil {
		return ts.Steps, withDetails(fmt.Sprintf("error merging step template and steps: %v", err), err.Error(), "stepTemplate")
	}
	return steps, nil
}

func (ts *TaskSpec) validateMerged(ctx context.Context, steps []Step) *apis.FieldError {
	var errs FieldErrors
	if len(steps) == 0 {
		errs.Add(apis.ErrMissingField("steps"))
	}
	errs.Add(ts.validateVolumes())
	errs.Add(ts.validateWorkspaces())
	errs.Add(ts.validateSteps(ctx, steps))
	errs.Add(ts.validateSidecars(ctx))
	errs.Add(ts.Params.ValidateTypes())
	errs.Add(ts.Params.ValidateEnums(ctx))
	errs.Add(ts.Params.ValidateNames())
	errs.Add(ts.validateResults())
	errs.Add(NewKnownParams(ts.Params).ValidateArrays(steps))
	errs.Add(validateContext(steps))
	errs.Add(validateResultPaths(steps, ts.Results))
	errs.Add(Warnings(ctx, ts.warnings))
	return errs.Err()
}

// validateVolumes applies rule T-02.
func (ts *TaskSpec) validateVolumes() *apis.FieldError {
	var errs FieldErrors
	seen := make(map[string]struct{}, len(ts.Volumes))
	for i := range ts.Volumes {
		name := ts.Volumes[i].Name
		if _, again := seen[name]; again {
			errs.Add(apis.ErrGeneric(fmt.Sprintf("multiple volumes with same name %q", name), "name").ViaFieldIndex("volumes", i))
		}
		seen[name] = struct{}{}
	}
	return errs.Err()
}

// validateWorkspaces applies rules T-03 and T-04.
func (ts *TaskSpec) validateWorkspaces() *apis.FieldError {
	mounts := map[string]struct{}{}
	for i := range ts.Steps {
		for _, m := range ts.Steps[i].VolumeMounts {
			mounts[path.Clean(m.MountPath)] = struct{}{}
		}
	}
	if ts.StepTemplate != nil {
		for _, m := range ts.StepTemplate.VolumeMounts {
			mounts[path.Clean(m.MountPath)] = struct{}{}
		}
	}
	var errs FieldErrors
	names := make(map[string]struct{}, len(ts.Workspaces))
	for i := range ts.Workspaces {
		w := &ts.Workspaces[i]
		if _, again := names[w.Name]; again {
			errs.Add(apis.ErrGeneric(fmt.Sprintf("workspace name %q must be unique", w.Name), "name").ViaFieldIndex("workspaces", i))
		}
		names[w.Name] = struct{}{}
		mount := w.cleanMountPath()
		if _, again := mounts[mount]; again {
			errs.Add(apis.ErrGeneric(fmt.Sprintf("workspace mount path %q must be unique", mount), "mountpath").ViaFieldIndex("workspaces", i))
		}
		mounts[mount] = struct{}{}
	}
	return errs.Err()
}

func (w *WorkspaceDeclaration) cleanMountPath() string {
	if w.MountPath == "" {
		return path.Clean(defaultWorkspaceDir + w.Name)
	}
	return path.Clean(w.MountPath)
}

func (ts *TaskSpec) validateSteps(ctx context.Context, merged []Step) *apis.FieldError {
	rules := ts.stepRules()
	var errs FieldErrors
	for i := range merged {
		if errs.Full() {
			break
		}
		rules.templateCommand = ts.StepTemplate != nil && len(ts.StepTemplate.Command) > 0 && len(ts.Steps[i].Command) == 0
		errs.AddAt(rules.validate(ctx, &merged[i]), "steps", i)
	}
	return errs.Err()
}

func (ts *TaskSpec) stepRules() *stepRules {
	rules := &stepRules{workspaces: make(map[string]struct{}, len(ts.Workspaces)), names: make(map[string]struct{}, len(ts.Steps))}
	for i := range ts.Workspaces {
		rules.workspaces[ts.Workspaces[i].Name] = struct{}{}
	}
	return rules
}

// validateSidecars applies rules T-06 and T-30 to T-32, and S-10.
func (ts *TaskSpec) validateSidecars(ctx context.Context) *apis.FieldError {
	rules := ts.stepRules()
	var errs FieldErrors
	for i := range ts.Sidecars {
		sc := &ts.Sidecars[i]
		var own FieldErrors
		if sc.Name == ReservedSidecarName {
			own.Add(apis.ErrGeneric(fmt.Sprintf("Invalid: cannot use reserved sidecar name %s ", sc.Name), "name"))
		}
		if sc.Image == "" {
			own.Add(apis.ErrMissingField("image"))
		}
		if sc.Script != "" && len(sc.Command) > 0 {
			own.Add(apis.ErrGeneric(scriptWithCommand, "script"))
		}
		own.Add(validateVolumeNames(sc.VolumeMounts))
		own.Add(rules.validateWorkspaces(ctx, sc.Workspaces, "sidecar workspaces"))
		errs.AddAt(own.Err(), "sidecars", i)
	}
	return errs.Err()
}

func (ts *TaskSpec) validateResults() *apis.FieldError {
	var errs FieldErrors
	for i := range ts.Results {
		errs.AddAt(ts.Results[i].validate(), "results", i)
	}
	return errs.Err()
}
