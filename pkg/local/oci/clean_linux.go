package oci

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Clean takes away what programs have left in dir that did not end by themselves: processes, control groups, mounts and folders. What
// belongs to programs that live is left alone. It is no error if dir does not exist. Ordinary users call it in their user namespace,
// since the folders have files of other users of it.
func Clean(dir string) error {
	dir, err := filepath.EvalSymlinks(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	all, err := lockDir(dir)
	if err != nil {
		return err
	}
	defer all.Close() //nolint:errcheck // nothing was written
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, entry := range entries {
		if entry.IsDir() && strings.HasPrefix(entry.Name(), runPrefix) {
			errs = append(errs, cleanRun(filepath.Join(dir, entry.Name())))
		}
	}
	return errors.Join(errs...)
}

// cleanRun takes away what is left of a run, unless it is alive.
func cleanRun(path string) error {
	lock, err := tryLock(path)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("locking %s: %w", path, err)
	}
	defer lock.Close() //nolint:errcheck // nothing was written
	id := filepath.Base(path)
	removeGroupsOf(path)
	if !killMarked(id) {
		return fmt.Errorf("processes of %s do not end after SIGKILL", id)
	}
	removeEmptyGroups(id)
	unmountBelow(path)
	return os.RemoveAll(path)
}

// killMarked kills all processes that see a mount with the mark in it, which is random: their roots are below the folder of that name.
// It reports whether they have ended.
func killMarked(mark string) bool {
	return killAll(func(proc string) bool {
		mounts, err := os.ReadFile(proc + "/mountinfo") //nolint:gosec // of the kernel
		return err == nil && bytes.Contains(mounts, []byte(mark))
	})
}

// killMembers kills all processes in a mount namespace.
func killMembers(namespace string) bool {
	return namespace == "" || killAll(func(proc string) bool {
		found, err := os.Readlink(proc + "/ns/mnt")
		return err == nil && found == namespace
	})
}

func killAll(match func(proc string) bool) bool {
	for range 200 {
		found := false
		// A process that is being killed may just have made another one, hence again until there is none.
		for _, pid := range matching(match) {
			found = true
			_ = unix.Kill(pid, unix.SIGKILL)
		}
		if !found {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

// matching are the numbers of processes whose folder of /proc matches.
func matching(match func(proc string) bool) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	own := os.Getpid()
	var pids []int
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil && pid != own && match("/proc/"+entry.Name()) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// unmountBelow takes away mounts that are seen by everybody. This package makes none; a runtime that was killed might have.
func unmountBelow(path string) {
	data, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return
	}
	lines := strings.Split(string(data), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if fields := strings.Fields(lines[i]); len(fields) > 4 && strings.HasPrefix(fields[4], path+"/") {
			_ = unix.Unmount(fields[4], unix.MNT_DETACH)
		}
	}
}
