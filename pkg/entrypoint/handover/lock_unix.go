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
	dir := place(protocol.StepRunDir(index))
	f, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return nil, fmt.Errorf("showing that the step is alive: %w", err)
	}
	err = f.Chmod(fileMode)
	if err == nil {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
	}
	if err == nil {
		// Only a locked file gets the name, so nobody takes a step for dead that has just begun.
		err = os.Rename(f.Name(), filepath.Join(dir, lockFile))
	}
	if err != nil {
		_ = os.Remove(f.Name())
		_ = f.Close()
		return nil, fmt.Errorf("showing that the step is alive: %w", err)
	}
	return f, nil
}

// watchLock calls gone when the runner that holds the file in dir ends. It returns false while there is no such file.
func watchLock(dir string, gone func()) bool {
	f, err := os.Open(filepath.Join(dir, lockFile))
	if err != nil {
		return false
	}
	go func() {
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
	}()
	return true
}
