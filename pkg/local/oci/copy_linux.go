package oci

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

func readAtMost(r io.Reader, limit int64) ([]byte, error) {
	return io.ReadAll(io.LimitReader(r, limit))
}

// copyTree copies the root of an image into an existing folder. Devices are left out.
func copyTree(from, to string) error {
	links := map[uint64]string{}
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		return copyEntry(path, filepath.Join(to, name), info, links)
	})
}

func copyEntry(from, to string, info fs.FileInfo, links map[uint64]string) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	switch {
	case info.IsDir():
		if err := os.Mkdir(to, 0o700); err != nil && !os.IsExist(err) {
			return err
		}
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		if err := os.Symlink(target, to); err != nil {
			return err
		}
		_ = os.Lchown(to, int(stat.Uid), int(stat.Gid))
		return nil
	case info.Mode().IsRegular():
		if first, ok := links[stat.Ino]; ok && stat.Nlink > 1 {
			return os.Link(first, to)
		}
		links[stat.Ino] = to
		if err := copyFile(from, to); err != nil {
			return err
		}
	default:
		return nil
	}
	// The owner first: a change of it takes away bits of the mode, and capabilities.
	_ = os.Lchown(to, int(stat.Uid), int(stat.Gid))
	if err := unix.Chmod(to, stat.Mode&0o7777); err != nil {
		return err
	}
	copyCapabilities(from, to)
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // nothing was written
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if unix.IoctlFileClone(int(out.Fd()), int(in.Fd())) != nil {
		if _, err := io.Copy(out, in); err != nil {
			_ = out.Close()
			return err
		}
	}
	return out.Close()
}

// copyCapabilities copies the capabilities of a program, such as ping's.
func copyCapabilities(from, to string) {
	value := make([]byte, 64)
	if n, err := unix.Lgetxattr(from, "security.capability", value); err == nil {
		_ = unix.Lsetxattr(to, "security.capability", value[:n], 0)
	}
}
