package podbuild

import (
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
)

// prepareContainer makes the one init container. It runs its image's own entrypoint, the step runner, which installs a
// copy of itself and everything else that steps need.
func (f *facts) prepareContainer() (corev1.Container, error) {
	dirs := f.workingDirs()
	config, err := protocol.EncodeInit(protocol.Init{
		Containers:      f.containers,
		Scripts:         f.scripts.files,
		WorkingDirs:     dirs,
		DebugOnFailure:  f.pauseOnFailure,
		DebugBeforeStep: len(f.pauseBefore) > 0,
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
	if f.usesCEL {
		c.Image = f.in.HelperImages.EntrypointCEL
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
