package kubelet

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"

	corev1 "k8s.io/api/core/v1"
)

// hostPath checks what is at a path of this machine, or makes it.
func hostPath(source *corev1.HostPathVolumeSource) (*volume, error) {
	kind := corev1.HostPathUnset
	if source.Type != nil {
		kind = *source.Type
	}
	if !filepath.IsAbs(source.Path) {
		return nil, fmt.Errorf("hostPath %q is not absolute", source.Path)
	}
	info, err := os.Stat(source.Path)
	if errors.Is(err, fs.ErrNotExist) {
		switch kind {
		case corev1.HostPathDirectoryOrCreate, corev1.HostPathUnset:
			// A container runtime makes a folder for a path without type.
			return &volume{path: source.Path}, os.MkdirAll(source.Path, 0o755) //nolint:gosec // as kubelets do
		case corev1.HostPathFileOrCreate:
			f, err := os.OpenFile(source.Path, os.O_WRONLY|os.O_CREATE, 0o644) //nolint:gosec // as kubelets do
			if err != nil {
				return nil, err
			}
			return &volume{path: source.Path}, f.Close()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("hostPath type check failed: %w", err)
	}
	if what, ok := hasType(info.Mode(), kind); !ok {
		return nil, fmt.Errorf("hostPath type check failed: %s is not a %s", source.Path, what)
	}
	real, err := filepath.EvalSymlinks(source.Path)
	if err != nil {
		return nil, err
	}
	return &volume{path: real}, nil
}

func hasType(mode fs.FileMode, kind corev1.HostPathType) (what string, ok bool) {
	switch kind {
	case corev1.HostPathDirectory, corev1.HostPathDirectoryOrCreate:
		return "directory", mode.IsDir()
	case corev1.HostPathFile, corev1.HostPathFileOrCreate:
		return "file", mode.IsRegular()
	case corev1.HostPathSocket:
		return "socket file", mode&fs.ModeSocket != 0
	case corev1.HostPathCharDev:
		return "character device", mode&fs.ModeCharDevice != 0
	case corev1.HostPathBlockDev:
		return "block device", mode&fs.ModeDevice != 0 && mode&fs.ModeCharDevice == 0
	}
	return "", true
}

// kindOf names the kind of a volume as it stands in YAML.
func kindOf(spec *corev1.Volume) string {
	source := reflect.ValueOf(spec.VolumeSource)
	for i := range source.NumField() {
		if !source.Field(i).IsNil() {
			tag := source.Type().Field(i).Tag.Get("json")
			for at := range tag {
				if tag[at] == ',' {
					return tag[:at]
				}
			}
			return tag
		}
	}
	return "unknown"
}
