package podbuild

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
	"github.com/tenon-ci/tenon/pkg/names"
)

// tektonDir is where everything internal is mounted.
const tektonDir = "/tekton/"

// volumes returns all volumes of the Pod, internal ones first (contract 2 §2.5).
func (f *facts) volumes() ([]corev1.Volume, error) {
	var volumes []corev1.Volume
	for _, name := range []string{WorkspaceVolume, HomeVolume, ResultsVolume, StepsVolume, RunVolume} {
		volumes = append(volumes, emptyDir(name))
	}
	if f.flags.EnableArtifacts {
		volumes = append(volumes, emptyDir(ArtifactsVolume))
	}
	if len(f.scripts.files) > 0 {
		volumes = append(volumes, emptyDir(ScriptsVolume))
	}
	if f.hasBreakpoints() {
		volumes = append(volumes, emptyDir(DebugScriptsVolume), emptyDir(DebugInfoVolume))
	}
	if f.usesDownward() {
		volumes = append(volumes, f.downwardVolume())
	}
	if f.anyUsesCredentials() {
		v := emptyDir(CredentialsVolume)
		v.EmptyDir.Medium = corev1.StorageMediumMemory
		volumes = append(volumes, v)
		volumes = append(volumes, f.in.Credentials.Volumes()...)
	}
	volumes = append(volumes, f.bound.Volumes...)
	volumes = append(volumes, f.in.Task.Volumes...)
	volumes = append(volumes, f.template.Volumes...)
	seen := make(map[string]bool, len(volumes))
	for _, v := range volumes {
		if seen[v.Name] {
			return nil, fmt.Errorf("multiple volumes with same name %q", v.Name)
		}
		seen[v.Name] = true
	}
	return volumes, nil
}

func emptyDir(name string) corev1.Volume {
	return corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}
}

// downwardVolume shows the Pod's annotations to the step runner.
func (f *facts) downwardVolume() corev1.Volume {
	item := func(file, annotation string) corev1.DownwardAPIVolumeFile {
		return corev1.DownwardAPIVolumeFile{
			Path:     path.Base(file),
			FieldRef: &corev1.ObjectFieldSelector{FieldPath: fmt.Sprintf("metadata.annotations['%s']", annotation)},
		}
	}
	source := &corev1.DownwardAPIVolumeSource{}
	if f.waitReady {
		source.Items = append(source.Items, item(protocol.ReadyFile, pipeline.ReadyAnnotationKey))
	}
	if f.flags.EnableKeepPodOnCancel {
		source.Items = append(source.Items, item(protocol.CancelFile, pipeline.CancelAnnotationKey))
	}
	return corev1.Volume{Name: DownwardVolume, VolumeSource: corev1.VolumeSource{DownwardAPI: source}}
}

// stepMounts returns the mounts of a step. At one path the step's own mount wins over a workspace, and a workspace over an
// internal volume: Kubernetes takes one mount per path.
func (f *facts) stepMounts(i int) []corev1.VolumeMount {
	s := f.steps[i]
	users := append(f.workspaceMounts(s.Workspaces, s.VolumeMounts), s.VolumeMounts...)
	mounts := slices.DeleteFunc([]corev1.VolumeMount{
		{Name: WorkspaceVolume, MountPath: protocol.WorkspaceDir},
		{Name: HomeVolume, MountPath: protocol.HomeDir},
	}, func(m corev1.VolumeMount) bool { return mountsAt(users, m.MountPath) })
	mounts = append(mounts,
		corev1.VolumeMount{Name: ResultsVolume, MountPath: protocol.ResultsDir},
		corev1.VolumeMount{Name: StepsVolume, MountPath: protocol.StepsDir, ReadOnly: true},
		corev1.VolumeMount{Name: RunVolume, MountPath: protocol.RunDir, ReadOnly: true},
		runMount(i),
	)
	if f.flags.EnableArtifacts {
		mounts = append(mounts, corev1.VolumeMount{Name: ArtifactsVolume, MountPath: protocol.ArtifactsDir})
	}
	if f.scripts.steps[i] != nil {
		mounts = append(mounts, scriptsMount())
	}
	if f.hasBreakpoints() {
		mounts = append(mounts,
			corev1.VolumeMount{Name: DebugScriptsVolume, MountPath: protocol.DebugScriptsDir, ReadOnly: true},
			corev1.VolumeMount{Name: DebugInfoVolume, MountPath: path.Join(protocol.DebugInfoDir, strconv.Itoa(i))})
	}
	if i == 0 && f.waitReady || f.flags.EnableKeepPodOnCancel {
		mounts = append(mounts, corev1.VolumeMount{Name: DownwardVolume, MountPath: protocol.DownwardDir, ReadOnly: true})
	}
	if f.usesCredentials(i) {
		mounts = append(mounts, corev1.VolumeMount{Name: CredentialsVolume, MountPath: protocol.CredsDir, SubPath: strconv.Itoa(i)})
		mounts = append(mounts, f.in.Credentials.Mounts()...)
	}
	return append(mounts, users...)
}

// workspaceMounts returns the workspaces of a step or sidecar without those at whose path it mounts something itself. A workspace
// that it lists with a path of its own takes that path from one that all share.
func (f *facts) workspaceMounts(usages []v1.WorkspaceUsage, own []corev1.VolumeMount) []corev1.VolumeMount {
	shared := f.bound.Mounts(nil)
	mounts := f.bound.Mounts(usages)
	isListed := func(m corev1.VolumeMount) bool { return !slices.Contains(shared, m) }
	listed := slices.DeleteFunc(slices.Clone(mounts), func(m corev1.VolumeMount) bool { return !isListed(m) })
	return slices.DeleteFunc(mounts, func(m corev1.VolumeMount) bool {
		return mountsAt(own, m.MountPath) || !isListed(m) && mountsAt(listed, m.MountPath)
	})
}

// mountsAt tells whether one of the mounts is at that path.
func mountsAt(mounts []corev1.VolumeMount, at string) bool {
	return slices.ContainsFunc(mounts, func(m corev1.VolumeMount) bool { return path.Clean(m.MountPath) == path.Clean(at) })
}

// checkMounts refuses what a variable can put into mounts past admission: volumes through which a container could forge what
// steps tell each other, and places that steps need to run (contract 2 §2.5).
func (f *facts) checkMounts() error {
	for i, s := range f.steps {
		for _, m := range s.VolumeMounts {
			if at := path.Clean(m.MountPath); strings.HasPrefix(at, tektonDir) && !strings.HasPrefix(at, protocol.HomeDir) {
				return stepError(f.containers[i], fmt.Errorf("volumeMount cannot be mounted under %s (volumeMount %q mounted at %q)", tektonDir, m.Name, m.MountPath))
			}
		}
		if err := f.checkVolumes(s.VolumeMounts, s.VolumeDevices); err != nil {
			return stepError(f.containers[i], err)
		}
	}
	for _, s := range f.in.Task.Sidecars {
		if err := f.checkVolumes(s.VolumeMounts, s.VolumeDevices); err != nil {
			return stepError(names.SidecarContainer(s.Name), err)
		}
	}
	return nil
}

func (f *facts) checkVolumes(mounts []corev1.VolumeMount, devices []corev1.VolumeDevice) error {
	used := make([]string, 0, len(mounts)+len(devices))
	for _, m := range mounts {
		used = append(used, m.Name)
	}
	for _, d := range devices {
		used = append(used, d.Name)
	}
	for _, name := range used {
		if strings.HasPrefix(name, VolumePrefix) {
			return fmt.Errorf("volumeMount name %q cannot start with %q", name, VolumePrefix)
		}
		if f.isCredentials(name) {
			return fmt.Errorf("volumeMount name %q is that of a volume with credentials", name)
		}
	}
	return nil
}

// isCredentials tells whether the volume holds credentials of a step or of all.
func (f *facts) isCredentials(volume string) bool {
	if f.flags.DisableCredsInit {
		return false
	}
	return volume == CredentialsVolume || slices.ContainsFunc(f.in.Credentials.Volumes(), func(v corev1.Volume) bool { return v.Name == volume })
}

// runMount is the folder of a step over those of all steps, which it mounts read-only. prepare makes the folders.
func runMount(step int) corev1.VolumeMount {
	return corev1.VolumeMount{Name: RunVolume, MountPath: protocol.StepRunDir(step), SubPath: strconv.Itoa(step)}
}

// usesCredentials tells whether a step has credentials, or names the folder for them.
func (f *facts) usesCredentials(i int) bool {
	if f.flags.DisableCredsInit {
		return false
	}
	return len(f.in.Credentials.Credentials) > 0 || mentions(f.steps[i], protocol.CredsDir) || strings.Contains(f.steps[i].WorkingDir, protocol.CredsDir)
}

func (f *facts) anyUsesCredentials() bool {
	for i := range f.steps {
		if f.usesCredentials(i) {
			return true
		}
	}
	return false
}

func scriptsMount() corev1.VolumeMount {
	return corev1.VolumeMount{Name: ScriptsVolume, MountPath: protocol.ScriptsDir, ReadOnly: true}
}
