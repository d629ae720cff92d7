//go:build unix

package handover

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
)

// lockFile is locked by a step's runner for as long as it lives. The kernel drops the lock with the process, so that
// the next step learns of the end even if the whole container was killed and could not hand over.
const lockFile = "alive"

// Hold shows that the runner of step index is alive until the result is closed, or the program ends.
func Hold(index int, place Place) (io.Closer, error) {
	return Lock(filepath.Join(place(protocol.StepRunDir(index)), lockFile))
}

// Lock makes a file by which others see with OnUnlock that this program is alive, until the result is closed or the
// program ends.
func Lock(file string) (io.Closer, error) {
	f, err := os.CreateTemp(filepath.Dir(file), ".new-*")
	if err != nil {
		return nil, fmt.Errorf("showing to be alive: %w", err)
	}
	err = f.Chmod(fileMode)
	if err == nil {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
	}
	if err == nil {
		// Only a locked file gets the name, so nobody takes a program for dead that has just begun.
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		_ = f.Close()
		return nil, fmt.Errorf("showing to be alive: %w", err)
	}
	return f, nil
}

// OnDeath calls gone when the program that locked the file ends, if the lock was seen to hold before. It returns false
// while there is no such file. That the lock is free from the start proves nothing: there are runtimes in which the
// containers of a pod do not see each other's locks.
func OnDeath(file string, gone func()) bool {
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	if !isLocked(f) {
		_ = f.Close()
		return true
	}
	go wait(f, gone)
	return true
}

// isLocked reports whether somebody else's lock is seen.
func isLocked(f *os.File) bool {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			return errors.Is(err, syscall.EWOULDBLOCK)
		}
	}
}

// OnUnlock calls gone when the program that locked the file ends, or has ended. It returns false while there is no such
// file. It also calls it where the containers of a pod do not see each other's locks.
func OnUnlock(file string, gone func()) bool {
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	go wait(f, gone)
	return true
}

func wait(f *os.File, gone func()) {
	defer f.Close() //nolint:errcheck // nothing was written
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH)
		if err == nil {
			gone()
		}
		if !errors.Is(err, syscall.EINTR) {
			return
		}
	}
}
