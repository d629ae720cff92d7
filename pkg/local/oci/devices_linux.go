package oci

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// hostDevices are the devices of this machine, which privileged containers have.
func hostDevices(ids idMap) []specs.LinuxDevice {
	var devices []specs.LinuxDevice
	// What can't be read is left out.
	_ = filepath.WalkDir("/dev", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // a device less
		}
		if entry.IsDir() {
			if slices.Contains([]string{"/dev/pts", "/dev/shm", "/dev/mqueue", "/dev/fd", "/dev/.lxc", "/dev/hugepages"}, path) {
				return fs.SkipDir
			}
			return nil
		}
		if entry.Type()&fs.ModeDevice == 0 || path == "/dev/console" || path == "/dev/ptmx" || strings.HasPrefix(path, "/dev/tty") {
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return nil //nolint:nilerr // a device less
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		if !ok || ids.own && (!has(ids.uid, stat.Uid) || !has(ids.gid, stat.Gid)) {
			return nil
		}
		kind, mode := "b", info.Mode().Perm()
		if entry.Type()&fs.ModeCharDevice != 0 {
			kind = "c"
		}
		devices = append(devices, specs.LinuxDevice{
			Path: path, Type: kind, Major: int64(unix.Major(stat.Rdev)), Minor: int64(unix.Minor(stat.Rdev)),
			FileMode: &mode, UID: &stat.Uid, GID: &stat.Gid,
		})
		return nil
	})
	return devices
}
