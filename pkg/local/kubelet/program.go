package kubelet

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// runnerDir, in the folder in memory, has this run's copy of the step runner. Pods get hard links to it, which takes no time and no
// memory for each. Steps see the file through read-only mounts; one that gets around that, being privileged, changes it for this run
// alone, and not what later runs take from the cache.
const runnerDir = "runner"

func (k *Kubelet) copyRunner(name string, cel bool) (string, error) {
	if k.o.Runner == nil {
		return "", errors.New("there is no step runner")
	}
	from, err := k.o.Runner.Path(cel)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(k.o.Memory, runnerDir)
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // a program for every user
		return "", fmt.Errorf("copying the step runner: %w", err)
	}
	to := filepath.Join(dir, name)
	// A child between fork and exec must not hold the file open for writing, or it cannot be executed.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := copyFile(from, to); err != nil {
		return "", fmt.Errorf("copying the step runner: %w", err)
	}
	return to, nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // nothing was written
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, privateFile)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Chmod(0o755), out.Close()) //nolint:gosec // a program for every user
}
