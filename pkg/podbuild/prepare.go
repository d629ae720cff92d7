package podbuild

import (
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
)

// canPrepareFirst tells whether prepare can be the first ordinary container, which saves the second or so that the kubelet
// takes to notice the end of an init container. The kubelet starts ordinary containers in order and finishes the postStart
// hook of one before it starts the next. Native sidecars start before ordinary containers, and limits for containers in a
// namespace apply to the sum of ordinary containers, so there prepare stays an init container.
func (f *facts) canPrepareFirst() bool {
	if f.in.Config.Defaults.DefaultPrepareInInitContainer || f.nativeSidecars || f.windows {
		return false
	}
	return !slices.ContainsFunc(f.in.LimitRanges, func(r *corev1.LimitRange) bool {
		return slices.ContainsFunc(r.Spec.Limits, func(l corev1.LimitRangeItem) bool { return l.Type == corev1.LimitTypeContainer })
	})
}

// prepareContainer runs its image's own entrypoint, the step runner, which installs a copy of itself and makes everything
// else that steps need.
func (f *facts) prepareContainer() (corev1.Container, error) {
	dirs := f.workingDirs()
	config, err := protocol.EncodeInit(protocol.Init{
		Containers:      f.containers,
		Scripts:         f.scripts.files,
		SidecarRunner:   f.needsSidecarRunner(),
		WorkingDirs:     dirs,
		DebugOnFailure:  f.pauseOnFailure,
		DebugBeforeStep: len(f.pauseBefore) > 0,
		Hold:            f.prepareFirst,
	})
	if err != nil {
		return corev1.Container{}, stepError(PrepareContainer, err)
	}
	c := corev1.Container{
		Name:            PrepareContainer,
		Image:           f.in.HelperImages.Entrypoint,
		Args:            append([]string{protocol.CommandInit}, config...),
		WorkingDir:      "/",
		SecurityContext: f.internalSecurityContext(),
		VolumeMounts: []corev1.VolumeMount{
			{Name: BinVolume, MountPath: protocol.BinDir},
			{Name: StepsVolume, MountPath: protocol.StepsDir},
		},
	}
	program := "entrypoint"
	if f.usesCEL {
		c.Image, program = f.in.HelperImages.EntrypointCEL, "entrypoint-cel"
	}
	if f.prepareFirst {
		c.Lifecycle = &corev1.Lifecycle{PostStart: &corev1.LifecycleHandler{
			Exec: &corev1.ExecAction{Command: []string{program, protocol.CommandAwait}},
		}}
	}
	if len(f.scripts.files) > 0 {
		c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: ScriptsVolume, MountPath: protocol.ScriptsDir})
	}
	if len(dirs) > 0 {
		c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: WorkspaceVolume, MountPath: protocol.WorkspaceDir})
	}
	if f.hasBreakpoints() {
		c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: DebugScriptsVolume, MountPath: protocol.DebugScriptsDir})
	}
	return c, nil
}

// workingDirs are the working directories of steps below /workspace; relative ones start there. Those inside a workspace's
// volume are made on the internal volume, where the mount hides them, as the contract has it (2 §2.6).
func (f *facts) workingDirs() []string {
	var dirs []string
	for _, s := range f.steps {
		if s.WorkingDir == "" {
			continue
		}
		dir := path.Clean(s.WorkingDir)
		if !path.IsAbs(dir) {
			dir = path.Join(protocol.WorkspaceDir, dir)
		}
		if strings.HasPrefix(dir, protocol.WorkspaceDir+"/") && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}
