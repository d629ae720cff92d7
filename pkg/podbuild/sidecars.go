package podbuild

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/computeresources"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
	"github.com/tenon-ci/tenon/pkg/names"
)

// sidecarContainers makes the declared sidecars, those that become init containers apart, and, last, the results sidecar.
func (f *facts) sidecarContainers() (natives, ordinary []corev1.Container, err error) {
	add := func(c corev1.Container, native bool) {
		// A Pod with another policy for an ordinary container is refused, or never ends.
		c.RestartPolicy = nil
		if !native {
			ordinary = append(ordinary, c)
			return
		}
		always := corev1.ContainerRestartPolicyAlways
		c.RestartPolicy = &always
		natives = append(natives, c)
	}
	for i := range f.in.Task.Sidecars {
		add(f.sidecarContainer(i), f.isNative(i))
	}
	if f.resultsSidecar {
		c, err := f.resultsContainer()
		if err != nil {
			return nil, nil, stepError(ResultsSidecarContainer, err)
		}
		add(c, f.nativeSidecars)
	}
	return natives, ordinary, nil
}

// isNative tells whether a sidecar becomes an init container: all do with enable-kubernetes-sidecar, and without it those that ask
// for it with restartPolicy Always.
func (f *facts) isNative(i int) bool {
	policy := f.in.Task.Sidecars[i].RestartPolicy
	return f.nativeSidecars || f.in.NativeSidecars && policy != nil && *policy == corev1.ContainerRestartPolicyAlways
}

// hasNativeSidecar tells whether something starts before all ordinary containers.
func (f *facts) hasNativeSidecar() bool {
	for i := range f.in.Task.Sidecars {
		if f.isNative(i) {
			return true
		}
	}
	return f.nativeSidecars
}

// sidecarContainer takes a sidecar as it is; it gets no internal mounts but the scripts and the workspaces.
func (f *facts) sidecarContainer(i int) corev1.Container {
	s := f.in.Task.Sidecars[i]
	c := s.ToK8sContainer()
	c.Name = names.SidecarContainer(s.Name)
	c.Resources = f.sidecarResources(s)
	c.VolumeMounts = slices.Clip(c.VolumeMounts)
	if script := f.scripts.sidecars[i]; script != nil {
		c.Command = f.sidecarCommand(i, script)
		c.VolumeMounts = append(c.VolumeMounts, scriptsMount())
	}
	c.VolumeMounts = append(c.VolumeMounts, f.workspaceMounts(s.Workspaces, s.VolumeMounts)...)
	return *c
}

// sidecarCommand is what runs the script of a sidecar. Where the sidecar is stopped by another image, the runner has to be
// there to end well in it. Kubernetes stops native ones.
func (f *facts) sidecarCommand(i int, script []string) []string {
	if f.windows || f.isNative(i) {
		return script
	}
	return append([]string{protocol.SidecarRunner, protocol.CommandSidecar}, script...)
}

// needsSidecarRunner tells whether sidecars have scripts and are stopped by another image.
func (f *facts) needsSidecarRunner() bool {
	for i, s := range f.in.Task.Sidecars {
		if s.Script != "" && !f.windows && !f.isNative(i) {
			return true
		}
	}
	return false
}

// resultsContainer makes the container that reports results in its log (contract 2 §4.4).
func (f *facts) resultsContainer() (corev1.Container, error) {
	report := protocol.ResultsSidecar{
		Containers:     f.containers,
		TaskResults:    taskResults(f.in.Task.Results),
		StepResults:    f.resultsByContainer(),
		Artifacts:      f.flags.EnableArtifacts,
		PauseOnFailure: f.pauseOnFailure,
		PollInterval:   f.in.Config.Defaults.DefaultSidecarLogPollingInterval,
		Native:         f.nativeSidecars,
	}
	config, err := protocol.EncodeResultsSidecar(report)
	if err != nil {
		return corev1.Container{}, err
	}
	mounts := []corev1.VolumeMount{
		{Name: WorkspaceVolume, MountPath: protocol.WorkspaceDir},
		{Name: HomeVolume, MountPath: protocol.HomeDir},
		{Name: ResultsVolume, MountPath: protocol.ResultsDir},
		{Name: StepsVolume, MountPath: protocol.StepsDir, ReadOnly: true},
		{Name: RunVolume, MountPath: protocol.RunDir, ReadOnly: true},
	}
	if f.flags.EnableArtifacts {
		mounts = append(mounts, corev1.VolumeMount{Name: ArtifactsVolume, MountPath: protocol.ArtifactsDir, ReadOnly: true})
	}
	return corev1.Container{
		Name:            ResultsSidecarContainer,
		Image:           f.in.HelperImages.ResultsSidecar,
		Args:            []string{config},
		VolumeMounts:    mounts,
		SecurityContext: f.internalSecurityContext(),
	}, nil
}

func (f *facts) resultsByContainer() map[string][]protocol.Result {
	byContainer := map[string][]protocol.Result{}
	for i, s := range f.steps {
		if results := stepResults(s.Results); len(results) > 0 {
			byContainer[f.containers[i]] = results
		}
	}
	return byContainer
}

func (f *facts) sidecarResources(s v1.Sidecar) corev1.ResourceRequirements {
	for _, override := range f.in.TaskRun.Spec.SidecarSpecs {
		if override.Name == s.Name && s.Name != "" {
			return computeresources.Override(s.ComputeResources, override.ComputeResources)
		}
	}
	return s.ComputeResources
}
