package v1

import (
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
)

// MergeStepTemplate returns the steps with the template's settings in place of those that a step leaves open, by the rules
// of Kubernetes for patching a container (contract 2 §2.9): env is merged by name, volume mounts by path, other lists are
// taken whole. A variable that would get both a value and a source is taken from the step alone. Steps with a ref
// stay as they are. The steps that are passed are not changed.
func MergeStepTemplate(template *StepTemplate, steps []Step) ([]Step, error) {
	if template == nil {
		return steps, nil
	}
	base, err := json.Marshal(template.ToK8sContainer())
	if err != nil {
		return nil, fmt.Errorf("writing step template: %w", err)
	}
	merged := make([]Step, len(steps))
	for i := range steps {
		merged[i] = steps[i]
		if steps[i].Ref != nil {
			continue
		}
		container, err := patchContainer(base, steps[i].ToK8sContainer())
		if err != nil {
			return nil, fmt.Errorf("step %d: %w", i, err)
		}
		merged[i].SetContainerFields(*container)
	}
	return merged, nil
}

func patchContainer(base []byte, step *corev1.Container) (*corev1.Container, error) {
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
