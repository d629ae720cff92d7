package podbuild

import (
	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/computeresources"
	"github.com/tenon-ci/tenon/pkg/names"
)

// stepResources applies the run's own settings to a step: those for the step, then those for the whole task.
func (f *facts) stepResources(s v1.Step) corev1.ResourceRequirements {
	resources := s.ComputeResources
	for _, override := range f.in.TaskRun.Spec.StepSpecs {
		if override.Name == s.Name && s.Name != "" {
			resources = computeresources.Override(resources, override.ComputeResources)
		}
	}
	if task := f.in.TaskRun.Spec.ComputeResources; task != nil {
		resources = computeresources.ForTask(resources, *task, len(f.steps))
	}
	return resources
}

// applyResources fills in what the administrator and the namespace say about containers without requests. The entry "default" is
// for what users' containers need; ours add up with them, and take only entries that name them.
func (f *facts) applyResources(spec *corev1.PodSpec) {
	lookup := func(container string) (corev1.ResourceRequirements, bool) {
		ours := container == PrepareContainer || container == ResultsSidecarContainer
		return f.in.Config.Defaults.ContainerResources(container, !ours)
	}
	computeresources.ApplyDefaults(spec.InitContainers, lookup)
	computeresources.ApplyDefaults(spec.Containers, lookup)
	isStep := func(c corev1.Container) bool {
		_, ok := names.StepOfContainer(c.Name)
		return ok
	}
	computeresources.ApplyLimitRanges(spec.Containers, isStep, f.in.LimitRanges)
}
