package kubelet

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// mounts are those of a container, those above others first.
func (w *worker) mounts(proc *process, env environ) ([]container.Mount, error) {
	if len(proc.spec.VolumeDevices) > 0 {
		return nil, errors.New("volumeDevices do not exist on this machine")
	}
	var mounts []container.Mount
	for i := range proc.spec.VolumeMounts {
		m, err := w.mount(proc.pod, &proc.spec.VolumeMounts[i], env)
		if err != nil {
			return nil, err
		}
		mounts = append(mounts, m)
	}
	file, err := makeMessageFile(proc)
	if err != nil {
		return nil, fmt.Errorf("making the file for the termination message: %w", err)
	}
	mounts = append(mounts, file)
	slices.SortStableFunc(mounts, func(a, b container.Mount) int { return depth(a.Target) - depth(b.Target) })
	return mounts, nil
}

func depth(target string) int { return strings.Count(strings.TrimSuffix(target, "/"), "/") }

func (w *worker) mount(pod *corev1.Pod, m *corev1.VolumeMount, env environ) (container.Mount, error) {
	target := path.Clean(m.MountPath)
	if !path.IsAbs(target) {
		target = path.Join("/", target)
	}
	sub, err := subPath(m, env)
	if err != nil {
		return container.Mount{}, err
	}
	v, err := w.p.volumes.get(pod, m.Name)
	if err != nil {
		return container.Mount{}, err
	}
	out := container.Mount{Source: v.path, Target: target, ReadOnly: m.ReadOnly || v.readOnly, Recursive: true}
	if v.image != nil {
		out.Source, out.ReadOnly = sub, true
		out.Image, err = w.imageVolume(pod, v.image)
		return out, err
	}
	if sub == "" {
		return out, nil
	}
	if out.Source, err = below(v, sub); err != nil {
		return out, fmt.Errorf("failed to prepare subPath for volumeMount %q of container %q: %w", m.Name, w.name, err)
	}
	return out, nil
}

func subPath(m *corev1.VolumeMount, env environ) (string, error) {
	if m.SubPathExpr == "" {
		return m.SubPath, checkSubPath(m.SubPath)
	}
	missing := ""
	sub := expand(m.SubPathExpr, func(name string) (string, bool) {
		value, ok := env[name]
		if !ok {
			missing = name
		}
		return value, ok
	})
	if missing != "" {
		return "", fmt.Errorf("failed to expand subPathExpr %q: missing value for %q", m.SubPathExpr, missing)
	}
	return sub, checkSubPath(sub)
}

func checkSubPath(sub string) error {
	if path.IsAbs(sub) {
		return fmt.Errorf("error SubPath %q must not be an absolute path", sub)
	}
	if slices.Contains(strings.Split(sub, "/"), "..") {
		return fmt.Errorf("unable to provision SubPath %q: must not contain '..'", sub)
	}
	return nil
}

// below returns the place of a subPath in a volume, which is made if it is missing. Links lead nowhere, unless the Kubelet has made
// them itself.
func below(v *volume, sub string) (string, error) {
	root, err := os.OpenRoot(v.path)
	if err != nil {
		return "", err
	}
	defer root.Close() //nolint:errcheck // it only names a folder
	sub = path.Clean(sub)
	if v.managed {
		real, err := filepath.EvalSymlinks(filepath.Join(v.path, sub))
		if err == nil {
			return real, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	info, err := root.Stat(".")
	if err != nil {
		return "", err
	}
	at := "."
	for _, element := range strings.Split(sub, "/") {
		at = path.Join(at, element)
		found, err := root.Lstat(at)
		if errors.Is(err, fs.ErrNotExist) {
			if err := makeSub(root, at, info.Mode().Perm()); err != nil {
				return "", err
			}
			continue
		}
		if err != nil {
			return "", err
		}
		if found.Mode()&fs.ModeSymlink != 0 {
			return "", fmt.Errorf("%s is a link", at)
		}
	}
	return filepath.Join(v.path, filepath.FromSlash(sub)), nil
}

// makeSub makes a folder with the mode of the volume. Another container may have made it meanwhile.
func makeSub(root *os.Root, name string, mode fs.FileMode) error {
	if err := root.Mkdir(name, mode); err != nil {
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
		info, err := root.Lstat(name)
		if err == nil && !info.IsDir() {
			err = fmt.Errorf("%s is no folder", name)
		}
		return err
	}
	return root.Chmod(name, mode)
}

// imageVolume is the image that is a volume.
func (w *worker) imageVolume(pod *corev1.Pod, source *corev1.ImageVolumeSource) (*container.Image, error) {
	image, err := w.ask(pod, &corev1.Container{Image: source.Reference, ImagePullPolicy: source.PullPolicy})
	if err != nil {
		return nil, fmt.Errorf("image volume %s: %w", source.Reference, err)
	}
	return image, nil
}
