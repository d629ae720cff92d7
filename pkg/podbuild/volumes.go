package podbuild

import (
	"fmt"
	"path"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
)

// volumes returns all volumes of the Pod, internal ones first (contract 2 §2.5).
func (f *facts) volumes() ([]corev1.Volume, error) {
	var volumes []corev1.Volume
	for _, name := range []string{WorkspaceVolume, HomeVolume, ResultsVolume, StepsVolume, ArtifactsVolume, BinVolume} {
		volumes = append(volumes, emptyDir(name))
	}
	for i := range f.steps {
		volumes = append(volumes, emptyDir(RunVolume(i)))
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
	if !f.flags.DisableCredsInit {
		for i := range f.steps {
			v := emptyDir(CredentialsVolume(i))
			v.EmptyDir.Medium = corev1.StorageMediumMemory
			volumes = append(volumes, v)
		}
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

// stepMounts returns the mounts of a step: the internal ones, unless the step mounts something itself at the public
// paths among them, its credentials, its workspaces, and its own.
func (f *facts) stepMounts(i int) []corev1.VolumeMount {
	s := f.steps[i]
	var mounts []corev1.VolumeMount
	for _, m := range []corev1.VolumeMount{
		{Name: WorkspaceVolume, MountPath: protocol.WorkspaceDir},
		{Name: HomeVolume, MountPath: protocol.HomeDir},
	} {
		if !mountsAt(s.VolumeMounts, m.MountPath) {
			mounts = append(mounts, m)
		}
	}
	mounts = append(mounts,
		corev1.VolumeMount{Name: ResultsVolume, MountPath: protocol.ResultsDir},
		corev1.VolumeMount{Name: StepsVolume, MountPath: protocol.StepsDir, ReadOnly: true},
		corev1.VolumeMount{Name: ArtifactsVolume, MountPath: protocol.ArtifactsDir},
		corev1.VolumeMount{Name: BinVolume, MountPath: protocol.BinDir, ReadOnly: true},
	)
	for j := range f.steps {
		mounts = append(mounts, runMount(j, j != i))
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
	if !f.flags.DisableCredsInit {
		mounts = append(mounts, corev1.VolumeMount{Name: CredentialsVolume(i), MountPath: protocol.CredsDir})
		mounts = append(mounts, f.in.Credentials.Mounts()...)
	}
	mounts = append(mounts, f.bound.Mounts(s.Workspaces)...)
	return append(mounts, s.VolumeMounts...)
}

func runMount(step int, readOnly bool) corev1.VolumeMount {
	return corev1.VolumeMount{Name: RunVolume(step), MountPath: protocol.StepRunDir(step), ReadOnly: readOnly}
}

func scriptsMount() corev1.VolumeMount {
	return corev1.VolumeMount{Name: ScriptsVolume, MountPath: protocol.ScriptsDir, ReadOnly: true}
}
