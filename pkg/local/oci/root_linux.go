package oci

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// root makes the root of a container in dir, from that of its image: an overlay, or a copy where the kernel can't do that. It returns
// its path, which is seen on the thread of the place only, and what to call when the container is gone.
func (r *Runtime) root(dir, lower string) (path string, release func(), err error) {
	path = filepath.Join(dir, "root")
	for _, name := range []string{"root", "upper", "work"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			return "", nil, err
		}
	}
	// The folder on top of all is that of the image, with its rights and owner.
	if err := copyOwner(lower, filepath.Join(dir, "upper")); err != nil {
		return "", nil, err
	}
	if !r.noOverlay.Load() {
		err := r.place.do(func() error {
			return mountOverlay(path, lower, filepath.Join(dir, "upper"), filepath.Join(dir, "work"), r.ids.own)
		})
		if err == nil {
			return path, func() {
				_ = r.place.do(func() error { return unix.Unmount(path, unix.MNT_DETACH) })
			}, nil
		}
		if errors.Is(err, errClosed) {
			return "", nil, err
		}
		r.noOverlay.Store(true)
		r.warn("overlay", fmt.Sprintf("roots of containers are copies of their images, which takes time and space: %v", err))
	}
	if err := copyTree(lower, path); err != nil {
		return "", nil, fmt.Errorf("copying the root of the image: %w", err)
	}
	return path, func() {}, nil
}

func mountOverlay(target, lower, upper, work string, userNamespace bool) error {
	options := "lowerdir=" + escapeOverlay(lower) + ",upperdir=" + escapeOverlay(upper) + ",workdir=" + escapeOverlay(work)
	if userNamespace {
		options += ",userxattr"
	}
	// Nobody reads a root after a crash: what containers write needs not reach the disk. Kernels before 5.10 don't know that. Devices
	// in roots are of no use: those that containers may have are in /dev.
	err := unix.Mount("overlay", target, "overlay", unix.MS_NODEV, options+",volatile")
	if err != nil {
		err = unix.Mount("overlay", target, "overlay", unix.MS_NODEV, options)
	}
	if err != nil {
		return fmt.Errorf("mounting an overlay: %w", err)
	}
	return nil
}

// escapeOverlay makes a path fit for the options of an overlay.
func escapeOverlay(path string) string {
	return strings.NewReplacer(`\`, `\\`, `:`, `\:`, `,`, `\,`).Replace(path)
}

func copyOwner(from, to string) error {
	var stat unix.Stat_t
	if err := unix.Stat(from, &stat); err != nil {
		return fmt.Errorf("reading the root of the image: %w", err)
	}
	_ = unix.Chown(to, int(stat.Uid), int(stat.Gid)) // ids that don't exist here stay ours
	return unix.Chmod(to, stat.Mode&0o7777)
}

// inRoot returns the path of name below root, with links in it followed as they are seen by somebody whose root it is.
func inRoot(root, name string) (string, error) {
	fd, err := openInRoot(root, name, unix.O_PATH)
	if err != nil {
		return "", err
	}
	defer unix.Close(fd) //nolint:errcheck // nothing was written
	return os.Readlink("/proc/thread-self/fd/" + strconv.Itoa(fd))
}

func openInRoot(root, name string, flags uint64) (int, error) {
	dir, err := unix.Open(root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, &os.PathError{Op: "open", Path: root, Err: err}
	}
	defer unix.Close(dir) //nolint:errcheck // nothing was written
	name = strings.TrimLeft(name, "/")
	if name == "" {
		name = "."
	}
	how := &unix.OpenHow{Flags: flags | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS}
	fd, err := unix.Openat2(dir, name, how)
	if err != nil {
		return -1, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return fd, nil
}

// readInRoot reads a file of an image, at most 1 MiB of it.
func readInRoot(root, name string) ([]byte, error) {
	fd, err := openInRoot(root, name, unix.O_RDONLY|unix.O_NONBLOCK)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), name)
	defer file.Close() //nolint:errcheck // nothing was written
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file", name)
	}
	return readAtMost(file, 1<<20)
}
