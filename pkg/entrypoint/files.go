package entrypoint

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Permissions of what the runner leaves for others: steps of one pod may run as different users.
const (
	publicFile = 0o644
	publicDir  = 0o755
	// sharedDir is for directories that the user's process writes to, which may be another user than the runner's.
	sharedDir = 0o777
)

// writeFile puts a file in place as a whole, so that whoever sees it sees all of it, with exactly the mode given.
func writeFile(path string, content []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Chmod(mode), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// makeDir makes a directory with its parents and gives it exactly the mode, if it is this user's.
func makeDir(path string, mode os.FileMode) error {
	if err := os.MkdirAll(path, mode); err != nil {
		return err
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm() == mode {
		return nil
	}
	if err := os.Chmod(path, mode); err != nil && !errors.Is(err, os.ErrPermission) {
		return err
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
