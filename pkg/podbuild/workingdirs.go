package podbuild

import (
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
)

// workingDirs are the working directories of steps that prepare makes, and the workspaces that it needs for that: those
// below /workspace, where relative ones start, and those inside a workspace wherever it is mounted. The container runtime
// would make them for root alone (contract 2 §2.6).
func (f *facts) workingDirs() (dirs []string, workspaces []corev1.VolumeMount) {
	for _, s := range f.steps {
		if s.WorkingDir == "" {
			continue
		}
		dir := path.Clean(s.WorkingDir)
		if !path.IsAbs(dir) {
			dir = path.Join(protocol.WorkspaceDir, dir)
		}
		mount, ok := innermost(dir, f.workspaceMounts(s.Workspaces, s.VolumeMounts))
		switch own, mounted := innermost(dir, s.VolumeMounts); {
		case mounted && len(own.MountPath) >= len(mount.MountPath):
			continue // a volume of the step's own, which nobody else has
		case !ok && !isBelow(dir, protocol.WorkspaceDir):
			continue
		case ok && !f.canMakeDirs(mount):
			continue
		case ok && !slices.Contains(workspaces, mount):
			if mountsAt(workspaces, mount.MountPath) {
				continue // another step has another volume there
			}
			workspaces = append(workspaces, mount)
		}
		if !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs, workspaces
}

// innermost returns the mount that dir is in, below its path.
func innermost(dir string, mounts []corev1.VolumeMount) (corev1.VolumeMount, bool) {
	var found corev1.VolumeMount
	for _, m := range mounts {
		if at := path.Clean(m.MountPath); isBelow(dir, at) && len(at) > len(found.MountPath) {
			found = m
			found.MountPath = at
		}
	}
	return found, found.MountPath != ""
}

func isBelow(dir, other string) bool { return strings.HasPrefix(dir, other+"/") }

// canMakeDirs tells whether the volume of a workspace can be written to.
func (f *facts) canMakeDirs(mount corev1.VolumeMount) bool {
	return !mount.ReadOnly && slices.ContainsFunc(f.bound.Volumes, func(v corev1.Volume) bool {
		claim := v.PersistentVolumeClaim
		return v.Name == mount.Name && (v.EmptyDir != nil || claim != nil && !claim.ReadOnly)
	})
}

// workingDirMounts are what prepare needs to make working directories.
func workingDirMounts(dirs []string, workspaces []corev1.VolumeMount) []corev1.VolumeMount {
	inside := func(dir string) bool {
		_, ok := innermost(dir, workspaces)
		return ok
	}
	if slices.ContainsFunc(dirs, func(dir string) bool { return !inside(dir) }) && !mountsAt(workspaces, protocol.WorkspaceDir) {
		return append([]corev1.VolumeMount{{Name: WorkspaceVolume, MountPath: protocol.WorkspaceDir}}, workspaces...)
	}
	return workspaces
}

func mountPaths(mounts []corev1.VolumeMount) []string {
	var paths []string
	for _, m := range mounts {
		paths = append(paths, m.MountPath)
	}
	return paths
}
