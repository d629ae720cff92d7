package v1

import (
	"context"
	"fmt"
	"path"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

const (
	internalVolumePrefix    = "tekton-internal-"
	credentialsVolumePrefix = "tekton-creds-"
	internalDir             = "/tekton/"
	homeDir                 = "/tekton/home"
	windowsShebang          = "#!win"
	scriptWithCommand       = "script cannot be used with command"
)

// stepRules holds what the rules of a step need to know about its Task.
type stepRules struct {
	// workspaces are the names that the Task declares.
	workspaces map[string]struct{}
	// names are the names of the steps so far.
	names map[string]struct{}
	// templateCommand says that the step template sets a command.
	templateCommand bool
}

// validate applies rules S (contract 1 §5.3) to a step that is merged with the step template; paths are relative to the step.
func (r *stepRules) validate(ctx context.Context, s *Step) *apis.FieldError {
	if err := validateArtifactUse(ctx, s); err != nil {
		return err
	}
	if s.Timeout != nil && s.Timeout.Duration < 0 {
		return apis.ErrInvalidValue(s.Timeout.Duration, "negative timeout")
	}
	var errs FieldErrors
	if s.Ref != nil {
		errs.Add(validateStepWithRef(ctx, s))
	} else {
		errs.Add(r.validateStepWithoutRef(s))
	}
	errs.Add(r.validateStepName(s.Name))
	errs.Add(validateVolumeMounts(s))
	errs.Add(validateOnError(s.OnError))
	errs.Add(ValidateScript(ctx, s.Script))
	if s.StdoutConfig != nil {
		errs.Add(RequireAlpha(ctx, "step stdout stream support", "stdoutConfig"))
	}
	if s.StderrConfig != nil {
		errs.Add(RequireAlpha(ctx, "step stderr stream support", "stderrConfig"))
	}
	errs.Add(validateLateReferences(s))
	errs.Add(ValidateStepResults(s.Results))
	errs.Add(s.When.Validate(ctx).ViaField("when"))
	errs.Add(r.validateWorkspaces(ctx, s.Workspaces, "step workspaces"))
	return errs.Err()
}

// validateArtifactUse applies rule S-01.
func validateArtifactUse(ctx context.Context, s *Step) *apis.FieldError {
	if flags(ctx).EnableArtifacts {
		return nil
	}
	for _, text := range runTimeTexts(s) {
		if usesArtifacts(text) {
			return requireArtifacts(ctx)
		}
	}
	return nil
}

func requireArtifacts(ctx context.Context, path ...string) *apis.FieldError {
	const message = "feature flag " + config.KeyEnableArtifacts + " should be set to true to use artifacts feature."
	return gateError(ctx, config.KeyEnableArtifacts, message, path...)
}

// runTimeTexts returns the texts in which the step runner replaces references.
func runTimeTexts(s *Step) []string {
	texts := make([]string, 0, 1+len(s.Command)+len(s.Args)+len(s.Env))
	texts = append(texts, s.Script)
	texts = append(texts, s.Command...)
	texts = append(texts, s.Args...)
	for i := range s.Env {
		texts = append(texts, s.Env[i].Value)
	}
	return texts
}

func usesArtifacts(text string) bool {
	for _, r := range substitution.Parse(text) {
		if _, ok := r.Artifact(); ok {
			return true
		}
		if _, ok := r.ArtifactPath(); ok {
			return true
		}
	}
	return false
}

// validateStepWithRef applies rules S-03 and S-20.
func validateStepWithRef(ctx context.Context, s *Step) *apis.FieldError {
	var errs FieldErrors
	for _, f := range []struct {
		set        bool
		name, path string
	}{
		{s.Image != "", "image", "image"},
		{len(s.Command) > 0, "command", "command"},
		{len(s.Args) > 0, "args", "args"},
		{s.Script != "", "script", "script"},
		{s.WorkingDir != "", "working dir", "workingDir"},
		{len(s.Env) > 0, "env", "env"},
		{len(s.VolumeMounts) > 0, "volumeMounts", "volumeMounts"},
		{len(s.Results) > 0, "results", "results"},
	} {
		if f.set {
			errs.Add(apis.ErrGeneric(f.name+" cannot be used with Ref", f.path))
		}
	}
	errs.Add(s.Ref.Validate(ctx).ViaField("ref"))
	return errs.Err()
}

// validateStepWithoutRef applies rules S-04 to S-06.
func (r *stepRules) validateStepWithoutRef(s *Step) *apis.FieldError {
	var errs FieldErrors
	if len(s.Params) > 0 {
		errs.Add(apis.ErrGeneric("params cannot be used without Ref", "params"))
	}
	if s.Image == "" {
		errs.Add(apis.ErrMissingField("Image"))
	}
	if s.Script != "" && len(s.Command) > 0 {
		details := ""
		if r.templateCommand {
			details = "stepTemplate sets a command, which applies to every step without one of its own"
		}
		errs.Add(withDetails(scriptWithCommand, details, "script"))
	}
	return errs.Err()
}

// validateStepName applies rules S-02 and S-07.
func (r *stepRules) validateStepName(name string) *apis.FieldError {
	if name == "" {
		return nil
	}
	var errs FieldErrors
	if _, again := r.names[name]; again {
		errs.Add(apis.ErrMultipleOneOf("name"))
	}
	r.names[name] = struct{}{}
	if len(validation.IsDNS1123Label(name)) > 0 {
		errs.Add(withDetails(fmt.Sprintf("invalid value %q", name), "Task step name must be a valid DNS Label, For more info refer to "+
			"https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#names", "name"))
	}
	return errs.Err()
}

// validateVolumeMounts applies rules S-09 and S-10.
func validateVolumeMounts(s *Step) *apis.FieldError {
	var errs FieldErrors
	for i, m := range s.VolumeMounts {
		if isInternalPath(m.MountPath) {
			message := fmt.Sprintf("volumeMount cannot be mounted under %s (volumeMount %q mounted at %q)", internalDir, m.Name, m.MountPath)
			errs.Add(apis.ErrGeneric(message, "mountPath").ViaFieldIndex("volumeMounts", i))
		}
	}
	errs.Add(validateVolumeNames(s.VolumeMounts))
	return errs.Err()
}

func isInternalPath(mountPath string) bool {
	clean := path.Clean(mountPath)
	return strings.HasPrefix(clean, internalDir) && !strings.HasPrefix(clean, homeDir)
}

// validateVolumeNames applies rule S-10, and does so for sidecars and for volumes with credentials too: whoever mounts them could
// forge what steps hand to each other, or read what they log in with (contract 2 §2.5).
func validateVolumeNames(mounts []corev1.VolumeMount) *apis.FieldError {
	var errs FieldErrors
	for i := range mounts {
		for _, prefix := range []string{internalVolumePrefix, credentialsVolumePrefix} {
			if strings.HasPrefix(mounts[i].Name, prefix) {
				message := fmt.Sprintf("volumeMount name %q cannot start with %q", mounts[i].Name, prefix)
				errs.Add(apis.ErrGeneric(message, "name").ViaFieldIndex("volumeMounts", i))
			}
		}
	}
	return errs.Err()
}

// validateOnError applies rule S-11.
func validateOnError(mode OnErrorType) *apis.FieldError {
	if mode == "" || mode == Continue || mode == StopAndFail || strings.HasPrefix(string(mode), "$(params") {
		return nil
	}
	return withDetails(fmt.Sprintf("invalid value: %q", mode), `Task step onError must be either "continue" or "stopAndFail"`, "onError")
}

// ValidateScript applies rules S-12 and SA-04 (contract 1 §5.3, §5.9): Windows scripts are alpha. The path is "script".
func ValidateScript(ctx context.Context, script string) *apis.FieldError {
	if !strings.HasPrefix(strings.TrimSpace(script), windowsShebang) {
		return nil
	}
	return RequireAlpha(ctx, "windows script support", "script")
}

// validateLateReferences applies rules S-14 and S-15: what is only known inside the pod cannot be part of what makes the pod.
func validateLateReferences(s *Step) *apis.FieldError {
	var results, artifacts []string
	check := func(path, text string) {
		for _, r := range substitution.Parse(text) {
			if _, ok := r.StepResult(); ok {
				results = append(results, path)
			}
			if _, ok := r.Artifact(); ok && path != "script" {
				artifacts = append(artifacts, path)
			}
		}
	}
	check("name", s.Name)
	check("image", s.Image)
	check("script", s.Script)
	check("imagePullPolicy", string(s.ImagePullPolicy))
	check("workingDir", s.WorkingDir)
	for _, e := range s.EnvFrom {
		check("envFrom.prefix", e.Prefix)
		if e.ConfigMapRef != nil {
			check("envFrom.configMapRef", e.ConfigMapRef.Name)
		}
		if e.SecretRef != nil {
			check("envFrom.secretRef", e.SecretRef.Name)
		}
	}
	for _, m := range s.VolumeMounts {
		check("volumeMounts.name", m.Name)
		check("volumeMounts.mountPath", m.MountPath)
		check("volumeMounts.subPath", m.SubPath)
	}
	for _, d := range s.VolumeDevices {
		check("volumeDevices.name", d.Name)
		check("volumeDevices.devicePath", d.DevicePath)
	}
	var errs FieldErrors
	for _, path := range results {
		errs.Add(apis.ErrGeneric("stepResult substitutions are only allowed in env, command and args. Found usage in", path))
	}
	for _, path := range artifacts {
		errs.Add(apis.ErrGeneric("stepArtifact substitutions are only allowed in env, command, args and script. Found usage in", path))
	}
	return errs.Err()
}

// validateWorkspaces applies rules S-18, S-19 and T-06.
func (r *stepRules) validateWorkspaces(ctx context.Context, used []WorkspaceUsage, feature string) *apis.FieldError {
	if len(used) == 0 {
		return nil
	}
	var errs FieldErrors
	errs.Add(RequireBeta(ctx, feature, "workspaces"))
	for i, w := range used {
		if _, declared := r.workspaces[w.Name]; !declared {
			errs.Add(apis.ErrGeneric(fmt.Sprintf("undefined workspace %q", w.Name), "name").ViaFieldIndex("workspaces", i))
		}
	}
	return errs.Err()
}
