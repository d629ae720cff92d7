//go:build unix

package foreign

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Permissions of what Append makes, less the umask (contract 2 §3.9).
const (
	newFile = 0o644
	newDir  = 0o777
)

// openIn opens the last element of name. To open a pipe would take until somebody writes to it, but for the flag.
func openIn(dir, name string) (*os.File, error) {
	return at(dir, name, false, func(parent int, last string) (int, error) {
		return unix.Openat(parent, last, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	})
}

func appendTo(dir, name string) (*os.File, error) {
	return at(dir, name, true, func(parent int, last string) (int, error) {
		return unix.Openat(parent, last, unix.O_WRONLY|unix.O_APPEND|unix.O_CREAT|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, newFile)
	})
}

// at goes down to the directory of the last element, making directories on the way if it may, and opens it.
func at(dir, name string, create bool, last func(parent int, name string) (int, error)) (*os.File, error) {
	elements, err := split(name)
	if err != nil {
		return nil, fail(name, err)
	}
	parent, err := retry(func() (int, error) { return unix.Open(dir, directory, 0) })
	if err != nil {
		return nil, fail(dir, err)
	}
	defer func() { _ = unix.Close(parent) }()
	for _, element := range elements[:len(elements)-1] {
		below, err := down(parent, element, create)
		if err != nil {
			return nil, fail(name, plain(err))
		}
		_ = unix.Close(parent)
		parent = below
	}
	fd, err := retry(func() (int, error) { return last(parent, elements[len(elements)-1]) })
	if err != nil {
		return nil, fail(name, plain(err))
	}
	return os.NewFile(uintptr(fd), name), nil
}

// down opens a directory in another one.
func down(parent int, name string, create bool) (int, error) {
	open := func() (int, error) { return unix.Openat(parent, name, directory|unix.O_NOFOLLOW, 0) }
	fd, err := retry(open)
	if !create || !errors.Is(err, unix.ENOENT) {
		return fd, err
	}
	if err := unix.Mkdirat(parent, name, newDir); err != nil && !errors.Is(err, unix.EEXIST) {
		return 0, err
	}
	return retry(open)
}

// MakeDirs makes the directories of name below dir that are not there, for every user to write to, whatever the umask.
func MakeDirs(dir, name string) error {
	elements, err := split(name)
	if err != nil {
		return fail(name, err)
	}
	parent, err := retry(func() (int, error) { return unix.Open(dir, directory, 0) })
	if err != nil {
		return fail(dir, err)
	}
	defer func() { _ = unix.Close(parent) }()
	for _, element := range elements {
		below, err := makeDir(parent, element)
		if err != nil {
			return fail(name, plain(err))
		}
		_ = unix.Close(parent)
		parent = below
	}
	return nil
}

// makeDir opens a directory, which it makes if need be. That of others it leaves as it is.
func makeDir(parent int, name string) (int, error) {
	switch err := unix.Mkdirat(parent, name, newDir); {
	case errors.Is(err, unix.EEXIST):
		return down(parent, name, false)
	case err != nil:
		return 0, err
	}
	fd, err := retry(func() (int, error) {
		return unix.Openat(parent, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return 0, err
	}
	var stat unix.Stat_t
	err = unix.Fstat(fd, &stat)
	if err == nil {
		// The bit that lets files below inherit the group stays.
		err = unix.Fchmod(fd, uint32(stat.Mode)&unix.S_ISGID|newDir)
	}
	if err != nil {
		_ = unix.Close(fd)
		return 0, err
	}
	return fd, nil
}

func retry(open func() (int, error)) (int, error) {
	for {
		fd, err := open()
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}

// plain says in words what the kernel says about links, and about pipes and sockets that nobody reads.
func plain(err error) error {
	switch {
	case errors.Is(err, unix.ELOOP), errors.Is(err, unix.EMLINK), errors.Is(err, unix.ENOTDIR):
		return errLink
	case errors.Is(err, unix.ENXIO):
		return errNoFile
	}
	return err
}

// links is the number of a file's names.
func links(info os.FileInfo) uint64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(stat.Nlink)
	}
	return 1
}
