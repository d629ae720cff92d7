package kubelet

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

const defaultFileMode = 0o644

// payload are the files of a volume that the Kubelet writes, by their path in it.
type payload map[string]payloadFile

type payloadFile struct {
	data []byte
	mode os.FileMode
}

// Names in a volume of files. What readers see are links through dataLink, which is replaced as a whole.
const (
	dataLink = "..data"
	newLink  = "..data_tmp"
)

// write puts all files in place of those that were there, at once for every reader.
func (f payload) write(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close() //nolint:errcheck // it only names a folder
	old, _ := root.Readlink(dataLink)
	data, err := os.MkdirTemp(dir, "..data-")
	if err != nil {
		return err
	}
	name := filepath.Base(data)
	if err := root.Chmod(name, 0o755); err != nil {
		return err
	}
	for _, file := range slices.Sorted(maps.Keys(f)) {
		if err := writeIn(root, path.Join(name, file), f[file]); err != nil {
			return err
		}
	}
	_ = root.Remove(newLink)
	if err := root.Symlink(name, newLink); err != nil {
		return err
	}
	if err := root.Rename(newLink, dataLink); err != nil {
		return err
	}
	if err := f.link(root); err != nil {
		return err
	}
	if old != "" && old == filepath.Base(old) {
		return root.RemoveAll(old)
	}
	return nil
}

func writeIn(root *os.Root, name string, file payloadFile) error {
	if dir := path.Dir(name); dir != "." {
		if err := root.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, privateFile)
	if err != nil {
		return err
	}
	_, err = f.Write(file.data)
	// The umask does not count.
	return errors.Join(err, f.Chmod(file.mode), f.Close())
}

// link makes the names that readers know, and takes away those that are gone.
func (f payload) link(root *os.Root) error {
	wanted := map[string]bool{}
	for name := range f {
		top, _, _ := strings.Cut(name, "/")
		wanted[top] = true
	}
	entries, err := os.ReadDir(root.Name())
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "..") && !wanted[e.Name()] {
			if err := root.Remove(e.Name()); err != nil {
				return err
			}
		}
	}
	for top := range wanted {
		if _, err := root.Lstat(top); err == nil {
			continue
		}
		if err := root.Symlink(path.Join(dataLink, top), top); err != nil {
			return err
		}
	}
	return nil
}

// add puts in a file, whose path the API server has checked in a cluster.
func (f payload) add(name string, data []byte, mode os.FileMode) error {
	clean := path.Clean(name)
	first, _, _ := strings.Cut(clean, "/")
	if name == "" || path.IsAbs(name) || strings.HasPrefix(first, "..") || clean == "." {
		return fmt.Errorf("invalid path %q", name)
	}
	f[clean] = payloadFile{data, mode}
	return nil
}

// payloadOf returns what makes the files of a volume; nil if it is of another kind.
func (p *pod) payloadOf(spec *corev1.Volume) func() (payload, error) {
	return func() func() (payload, error) {
		switch {
		case spec.ConfigMap != nil:
			s := spec.ConfigMap
			return p.loader(func(f payload) error {
				return p.addConfigMap(f, s.Name, s.Items, mode(s.DefaultMode), isTrue(s.Optional))
			})
		case spec.Secret != nil:
			s := spec.Secret
			return p.loader(func(f payload) error {
				return p.addSecret(f, s.SecretName, s.Items, mode(s.DefaultMode), isTrue(s.Optional))
			})
		case spec.DownwardAPI != nil:
			s := spec.DownwardAPI
			return p.loader(func(f payload) error { return p.addDownward(f, s.Items, mode(s.DefaultMode)) })
		case spec.Projected != nil:
			return p.loader(func(f payload) error { return p.addProjected(f, spec.Projected) })
		}
		return nil
	}()
}

func (*pod) loader(fill func(payload) error) func() (payload, error) {
	return func() (payload, error) {
		f := payload{}
		return f, fill(f)
	}
}

// isAboutPod tells whether files of a volume say something of the pod.
func isAboutPod(spec *corev1.Volume) bool {
	return spec.DownwardAPI != nil || spec.Projected != nil &&
		slices.ContainsFunc(spec.Projected.Sources, func(s corev1.VolumeProjection) bool { return s.DownwardAPI != nil })
}

func mode(m *int32) os.FileMode {
	if m == nil {
		return defaultFileMode
	}
	return os.FileMode(*m) & os.ModePerm
}

func (p *pod) addConfigMap(f payload, name string, items []corev1.KeyToPath, mode os.FileMode, optional bool) error {
	cm, err := p.objects.ConfigMap(p.current().Namespace, name)
	if err != nil {
		if apierrors.IsNotFound(err) && optional {
			return nil
		}
		return p.missing("configmap", name, err, nil)
	}
	data := map[string][]byte{}
	for key, value := range cm.Data {
		data[key] = []byte(value)
	}
	maps.Copy(data, cm.BinaryData)
	return addKeys(f, data, items, mode, optional)
}

func (p *pod) addSecret(f payload, name string, items []corev1.KeyToPath, mode os.FileMode, optional bool) error {
	secret, err := p.objects.Secret(p.current().Namespace, name)
	if err != nil {
		if apierrors.IsNotFound(err) && optional {
			return nil
		}
		return p.missing("secret", name, err, nil)
	}
	return addKeys(f, secretData(secret), items, mode, optional)
}

func addKeys(f payload, data map[string][]byte, items []corev1.KeyToPath, defaultMode os.FileMode, optional bool) error {
	if len(items) == 0 {
		for key, value := range data {
			if err := f.add(key, value, defaultMode); err != nil {
				return err
			}
		}
		return nil
	}
	for _, item := range items {
		value, ok := data[item.Key]
		if !ok && optional {
			continue
		}
		if !ok {
			return fmt.Errorf("references non-existent config key: %s", item.Key)
		}
		m := defaultMode
		if item.Mode != nil {
			m = mode(item.Mode)
		}
		if err := f.add(item.Path, value, m); err != nil {
			return err
		}
	}
	return nil
}

func (p *pod) addDownward(f payload, items []corev1.DownwardAPIVolumeFile, defaultMode os.FileMode) error {
	pod := p.current()
	for _, item := range items {
		value, err := p.downward(pod, item)
		if err != nil {
			return err
		}
		m := defaultMode
		if item.Mode != nil {
			m = mode(item.Mode)
		}
		if err := f.add(item.Path, []byte(value), m); err != nil {
			return err
		}
	}
	return nil
}

func (p *pod) downward(pod *corev1.Pod, item corev1.DownwardAPIVolumeFile) (string, error) {
	switch {
	case item.FieldRef != nil:
		return p.field(pod, item.FieldRef.FieldPath)
	case item.ResourceFieldRef != nil:
		return resourceField(find(pod, item.ResourceFieldRef.ContainerName), item.ResourceFieldRef)
	}
	return "", nil
}

func (p *pod) addProjected(f payload, spec *corev1.ProjectedVolumeSource) error {
	m := mode(spec.DefaultMode)
	for i := range spec.Sources {
		var err error
		switch s := &spec.Sources[i]; {
		case s.ConfigMap != nil:
			err = p.addConfigMap(f, s.ConfigMap.Name, s.ConfigMap.Items, m, isTrue(s.ConfigMap.Optional))
		case s.Secret != nil:
			err = p.addSecret(f, s.Secret.Name, s.Secret.Items, m, isTrue(s.Secret.Optional))
		case s.DownwardAPI != nil:
			err = p.addDownward(f, s.DownwardAPI.Items, m)
		case s.ServiceAccountToken != nil:
			err = errors.New("there are no tokens of service accounts (serviceAccountToken) on this machine")
		default:
			err = errors.New("a source of this projected volume does not exist on this machine")
		}
		if err != nil {
			return err
		}
	}
	return nil
}
