package podbuild

import (
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// mergeTemplate returns the steps of a Task, each over its step template by Kubernetes' strategic-merge rules for
// containers (contract 2 §2.9). Without a template they are the Task's own.
func mergeTemplate(task *v1.TaskSpec) ([]v1.Step, error) {
	if task.StepTemplate == nil {
		return task.Steps, nil
	}
	template, err := json.Marshal(task.StepTemplate.ToK8sContainer())
	if err != nil {
		return nil, fmt.Errorf("encoding the step template: %w", err)
	}
	steps := make([]v1.Step, 0, len(task.Steps))
	for i, s := range task.Steps {
		merged, err := mergeStep(template, s)
		if err != nil {
			return nil, fmt.Errorf("merging step %d (%q) over the step template: %w", i, s.Name, err)
		}
		steps = append(steps, merged)
	}
	return steps, nil
}

func mergeStep(template []byte, s v1.Step) (v1.Step, error) {
	own, err := json.Marshal(s.ToK8sContainer())
	if err != nil {
		return v1.Step{}, err
	}
	text, err := strategicpatch.StrategicMergePatch(template, own, corev1.Container{})
	if err != nil {
		return v1.Step{}, err
	}
	var merged corev1.Container
	if err := json.Unmarshal(text, &merged); err != nil {
		return v1.Step{}, err
	}
	takeWholeEnv(merged.Env, s.Env)
	s.SetContainerFields(merged)
	return s, nil
}

// takeWholeEnv puts the step's own entry where the merge left both a value and a source, which Kubernetes refuses.
func takeWholeEnv(merged, own []corev1.EnvVar) {
	for i, e := range merged {
		if e.Value == "" || e.ValueFrom == nil {
			continue
		}
		for _, o := range own {
			if o.Name == e.Name {
				merged[i] = o
			}
		}
	}
}
