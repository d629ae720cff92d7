package v1

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
)

// MergeStepTemplate returns the steps with the template's settings in place of those that a step leaves open, by the rules
// of Kubernetes for patching a container (contract 2 §2.9): env is merged by name, volume mounts by path, other lists are
// taken whole. A variable that would get both a value and a source is taken from the step alone. Steps with a ref
// stay as they are. The arguments are not changed, but the result may share memory with them.
func MergeStepTemplate(template *StepTemplate, steps []Step) ([]Step, error) {
	if template == nil {
		return steps, nil
	}
	base := template.ToK8sContainer()
	merged := make([]Step, len(steps))
	for i := range steps {
		merged[i] = steps[i]
		if steps[i].Ref != nil {
			continue
		}
		container := steps[i].ToK8sContainer()
		if mergesByKey(base, container) {
			patched, err := patchContainer(base, container)
			if err != nil {
				return nil, fmt.Errorf("step %d: %w", i, err)
			}
			container = patched
		} else {
			fillContainer(container, base)
		}
		merged[i].SetContainerFields(*container)
	}
	return merged, nil
}

// mergesByKey tells whether both set a member of which neither side is taken whole.
func mergesByKey(base, step *corev1.Container) bool {
	return len(base.Env) > 0 && len(step.Env) > 0 ||
		len(base.VolumeMounts) > 0 && len(step.VolumeMounts) > 0 ||
		len(base.VolumeDevices) > 0 && len(step.VolumeDevices) > 0 ||
		base.SecurityContext != nil && step.SecurityContext != nil ||
		!isZeroResources(&base.Resources) && !isZeroResources(&step.Resources)
}

func isZeroResources(r *corev1.ResourceRequirements) bool {
	return len(r.Limits) == 0 && len(r.Requests) == 0 && len(r.Claims) == 0
}

// fillContainer does for the others what patchContainer does, and is much faster.
func fillContainer(step, base *corev1.Container) {
	step.Image = cmp.Or(step.Image, base.Image)
	step.WorkingDir = cmp.Or(step.WorkingDir, base.WorkingDir)
	step.ImagePullPolicy = cmp.Or(step.ImagePullPolicy, base.ImagePullPolicy)
	step.SecurityContext = cmp.Or(step.SecurityContext, base.SecurityContext)
	fillList(&step.Command, base.Command)
	fillList(&step.Args, base.Args)
	fillList(&step.EnvFrom, base.EnvFrom)
	fillList(&step.Env, base.Env)
	fillList(&step.VolumeMounts, base.VolumeMounts)
	fillList(&step.VolumeDevices, base.VolumeDevices)
	if isZeroResources(&step.Resources) {
		step.Resources = base.Resources
	}
}

func fillList[T any](target *[]T, value []T) {
	if len(*target) == 0 {
		*target = slices.Clone(value)
	}
}

func patchContainer(template, step *corev1.Container) (*corev1.Container, error) {
	base, err := json.Marshal(template)
	if err != nil {
		return nil, fmt.Errorf("writing step template: %w", err)
	}
	patch, err := json.Marshal(step)
	if err != nil {
		return nil, fmt.Errorf("writing step: %w", err)
	}
	text, err := strategicpatch.StrategicMergePatch(base, patch, corev1.Container{})
	if err != nil {
		return nil, fmt.Errorf("merging: %w", err)
	}
	merged := &corev1.Container{}
	if err := json.Unmarshal(text, merged); err != nil {
		return nil, fmt.Errorf("reading merged step: %w", err)
	}
	own := make(map[string]corev1.EnvVar, len(step.Env))
	for _, e := range step.Env {
		own[e.Name] = e
	}
	for i, e := range merged.Env {
		if ofStep, ok := own[e.Name]; ok && e.Value != "" && e.ValueFrom != nil {
			merged.Env[i] = ofStep
		}
	}
	return merged, nil
}
