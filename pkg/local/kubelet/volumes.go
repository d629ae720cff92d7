package kubelet

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/podbuild"
)

// sharedDir lets every user write: containers of a pod may run as different ones.
const sharedDir = 0o777

// volumes are the volumes of a pod as folders of this machine. Each is made when a container first needs it.
type volumes struct {
	p *pod

	mu   sync.Mutex
	made map[string]*volume
}

// volume is one that was made, or could not be.
type volume struct {
	// path is its folder, or its file for a hostPath of that kind.
	path string
	// image is the reference of a volume that is an image; path is empty then.
	image *corev1.ImageVolumeSource
	// managed says that the Kubelet alone writes what is in it, links too.
	managed  bool
	readOnly bool
	// payload is what has to follow the pod's annotations; nil if nothing.
	payload func() (payload, error)
	err     error
}

func newVolumes(p *pod) *volumes { return &volumes{p: p, made: map[string]*volume{}} }

// make makes the folder for the pod's volumes. The lock of the pod is held.
func (v *volumes) make() error {
	for _, dir := range v.roots() {
		if err := os.MkdirAll(dir, privateDir); err != nil {
			return err
		}
	}
	return nil
}

// roots are the folders that volumes lie in: on disk and in memory.
func (v *volumes) roots() []string {
	disk, memory := filepath.Join(v.p.dir, "volumes"), filepath.Join(v.p.memory, "volumes")
	if disk == memory {
		return []string{disk}
	}
	return []string{disk, memory}
}

// isSmall tells whether an emptyDir belongs into memory: if it asks for that, or is one of those through which steps talk to each
// other.
func isSmall(spec *corev1.Volume) bool {
	if spec.EmptyDir != nil && spec.EmptyDir.Medium == corev1.StorageMediumMemory {
		return true
	}
	return strings.HasPrefix(spec.Name, podbuild.VolumePrefix) && spec.Name != podbuild.WorkspaceVolume && spec.Name != podbuild.HomeVolume
}

// get returns the volume of that name.
func (v *volumes) get(pod *corev1.Pod, name string) (*volume, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	made := v.made[name]
	if made == nil {
		made = v.build(pod, name)
		v.made[name] = made
		if made.err != nil {
			// What it refers to may be there the next time.
			delete(v.made, name)
		}
	}
	return made, made.err
}

func (v *volumes) build(pod *corev1.Pod, name string) *volume {
	for i := range pod.Spec.Volumes {
		if spec := &pod.Spec.Volumes[i]; spec.Name == name {
			made, err := v.source(pod, spec)
			if err != nil {
				return &volume{err: fmt.Errorf("MountVolume.SetUp failed for volume %q : %w", name, err)}
			}
			return made
		}
	}
	return &volume{err: fmt.Errorf("volume %q is not in the pod", name)}
}

// source makes a volume of any kind.
func (v *volumes) source(pod *corev1.Pod, spec *corev1.Volume) (*volume, error) {
	if load := v.p.payloadOf(spec); load != nil {
		return v.files(pod, spec.Name, load)
	}
	switch {
	case spec.PersistentVolumeClaim != nil:
		dir, err := v.p.objects.Claim(pod.Namespace, spec.PersistentVolumeClaim.ClaimName)
		if err != nil {
			return nil, fmt.Errorf("persistentvolumeclaim %q: %w", spec.PersistentVolumeClaim.ClaimName, err)
		}
		if dir, err = filepath.EvalSymlinks(dir); err != nil {
			return nil, fmt.Errorf("persistentvolumeclaim %q: %w", spec.PersistentVolumeClaim.ClaimName, err)
		}
		// Folders behind claims may be the user's own: their owners stay as they are, whatever fsGroup says.
		return &volume{path: dir, readOnly: spec.PersistentVolumeClaim.ReadOnly}, nil
	case spec.HostPath != nil:
		return hostPath(spec.HostPath)
	case spec.Image != nil:
		return &volume{image: spec.Image, readOnly: true}, nil
	case spec.EmptyDir != nil, spec.Ephemeral != nil, spec.VolumeSource == (corev1.VolumeSource{}):
		dir, err := v.folder(spec.Name, isSmall(spec))
		if err != nil {
			return nil, err
		}
		return &volume{path: dir}, v.giveToGroup(pod, dir)
	}
	return nil, fmt.Errorf("volumes of kind %s do not exist on this machine", kindOf(spec))
}

// folder makes an empty folder that every user may write to.
func (v *volumes) folder(name string, small bool) (string, error) {
	if name == "" || filepath.Base(name) != name || name == "." || name == ".." {
		return "", fmt.Errorf("volume %q has no fit name", name)
	}
	dir := filepath.Join(v.p.dir, "volumes", name)
	if small {
		dir = filepath.Join(v.p.memory, "volumes", name)
	}
	if err := os.Mkdir(dir, sharedDir); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	return dir, os.Chmod(dir, sharedDir) //nolint:gosec // as kubelets do
}

// files makes a volume whose files the Kubelet writes.
func (v *volumes) files(pod *corev1.Pod, name string, load func() (payload, error)) (*volume, error) {
	dir, err := v.folder(name, true)
	if err != nil {
		return nil, err
	}
	content, err := load()
	if err != nil {
		return nil, err
	}
	if err := content.write(dir); err != nil {
		return nil, err
	}
	return &volume{path: dir, managed: true, readOnly: true, payload: load}, v.giveToGroup(pod, dir)
}

// refresh writes what has changed in the files that say something of the pod.
func (v *volumes) refresh() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	pod := v.p.current()
	var errs []error
	for i := range pod.Spec.Volumes {
		made := v.made[pod.Spec.Volumes[i].Name]
		if made == nil || made.payload == nil || !isAboutPod(&pod.Spec.Volumes[i]) {
			continue
		}
		content, err := made.payload()
		if err == nil {
			err = content.write(made.path)
		}
		errs = append(errs, err, v.giveToGroup(pod, made.path))
	}
	return errors.Join(errs...)
}

// giveToGroup applies fsGroup to a folder and all that is in it.
func (*volumes) giveToGroup(pod *corev1.Pod, dir string) error {
	sc := pod.Spec.SecurityContext
	if sc == nil || sc.FSGroup == nil {
		return nil
	}
	return filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return chgrp(name, int(*sc.FSGroup), entry)
	})
}

// remove takes away all folders. What containers have made in them may be closed to this user, unless it is root.
func (v *volumes) remove() error {
	var errs []error
	for _, dir := range v.roots() {
		if os.RemoveAll(dir) == nil {
			continue
		}
		_ = filepath.WalkDir(dir, func(name string, entry fs.DirEntry, _ error) error {
			if entry != nil && entry.IsDir() {
				_ = os.Chmod(name, privateDir) //nolint:gosec // about to be removed
			}
			return nil
		})
		errs = append(errs, os.RemoveAll(dir))
	}
	return errors.Join(errs...)
}
