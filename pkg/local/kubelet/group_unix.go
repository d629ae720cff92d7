//go:build unix

package kubelet

import (
	"errors"
	"io/fs"
	"os"
)

// chgrp gives a file to a group that may read and write it, as far as this user may do that.
func chgrp(name string, gid int, entry fs.DirEntry) error {
	err := os.Lchown(name, -1, gid)
	if errors.Is(err, os.ErrPermission) {
		return nil
	}
	if err != nil || entry.Type()&fs.ModeSymlink != 0 {
		return err
	}
	info, err := entry.Info()
	if err != nil {
		return err
	}
	mode := info.Mode().Perm() | 0o660
	if info.IsDir() {
		mode |= 0o110 | os.ModeSetgid
	}
	return os.Chmod(name, mode)
}
