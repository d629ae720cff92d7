package oci

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// runPrefix is how names of folders of runs begin. The rest is random: mounts and control groups that have such a name are of that run.
const runPrefix = "tenon-"

// folder is what one run keeps in Options.Dir. Its lock is held while the process lives.
type folder struct {
	id, path string
	lock     *os.File
}

// newFolder makes the folder of a run.
func newFolder(dir string) (*folder, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	// Overlays take only paths without links and signs that mean something to them.
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, err
	}
	all, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	defer all.Close() //nolint:errcheck // nothing was written
	f := &folder{id: runPrefix + randomID(8)}
	f.path = filepath.Join(dir, f.id)
	if err := os.Mkdir(f.path, 0o700); err != nil {
		return nil, err
	}
	if f.lock, err = tryLock(f.path); err != nil {
		_ = os.RemoveAll(f.path)
		return nil, err
	}
	for _, name := range []string{"state", "pids", "sandboxes"} {
		if err := os.Mkdir(filepath.Join(f.path, name), 0o700); err != nil {
			f.remove()
			return nil, err
		}
	}
	return f, nil
}

func (f *folder) remove() {
	_ = os.RemoveAll(f.path)
	_ = f.lock.Close()
}

// lockDir keeps others from making folders of runs and cleaning up.
func lockDir(dir string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("locking %s: %w", dir, err)
	}
	return file, nil
}

// tryLock takes the lock of a run's folder; it is EWOULDBLOCK if a living program has it.
func tryLock(path string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(path, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	fd := int(file.Fd())
	self := owner()
	for range 200 {
		if err = unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err == nil || !leftBehind(file, self) {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	// A lock of the other kind is not passed on to children, but does not keep this process itself away.
	if err == nil {
		err = unix.FcntlFlock(uintptr(fd), unix.F_SETLK, &unix.Flock_t{Type: unix.F_WRLCK})
	}
	if err == nil {
		err = file.Truncate(0)
	}
	if err == nil {
		_, err = file.WriteAt([]byte(self), 0)
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// leftBehind reports whether a lock is held by nobody but a child of a program that was killed, which has not come to its own
// program yet.
func leftBehind(file *os.File, self string) bool {
	data := make([]byte, 256)
	n, _ := file.ReadAt(data, 0) // it is short
	if string(data[:n]) == self {
		return false
	}
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	return unix.FcntlFlock(file.Fd(), unix.F_GETLK, &lock) == nil && lock.Type == unix.F_UNLCK
}

// owner is what this process is called in its lock.
func owner() string {
	namespace, _ := os.Readlink("/proc/self/ns/pid") // then only the number counts
	return fmt.Sprintf("%d %s", os.Getpid(), namespace)
}

// randomID is n random bytes in hexadecimal.
func randomID(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
