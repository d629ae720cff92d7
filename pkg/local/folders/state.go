package folders

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// lockName is the file of a run's folder that is locked while the run goes on.
const lockName = "lock"

// keptName is the file of a folder that stays although its run is over.
const keptName = "kept"

// State is the folder of one run. Its lock tells others that the run goes on, and goes with the program, however that ends.
type State struct {
	Dir  string
	lock *os.File
}

// NewState makes a folder for a run below dir.
func NewState(dir string) (*State, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of runs: %w", err)
	}
	// Its name is unfinished until it is locked, so that nobody takes it for one that was left behind.
	made, err := os.MkdirTemp(dir, ".new-")
	if err != nil {
		return nil, fmt.Errorf("making the folder of the run: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(made, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("making the lock of the run: %w", err)
	}
	if ok, err := tryLock(lock); err != nil || !ok {
		return nil, fmt.Errorf("locking the folder of the run: %w", err)
	}
	name := time.Now().UTC().Format("20060102T150405") + "-" + filepath.Base(made)[len(".new-"):]
	target := filepath.Join(dir, name)
	if err := os.Rename(made, target); err != nil {
		return nil, fmt.Errorf("naming the folder of the run: %w", err)
	}
	// The folders of volumes are below it, and steps need not be the user who runs this program.
	if err := os.Chmod(target, 0o755); err != nil { //nolint:gosec // the folder above it is closed
		return nil, fmt.Errorf("opening the folder of the run: %w", err)
	}
	return &State{Dir: target, lock: lock}, nil
}

// Path is Dir, and empty if there is no state.
func (s *State) Path() string {
	if s == nil {
		return ""
	}
	return s.Dir
}

// Close gives the folder up: it is removed unless keep is set.
func (s *State) Close(keep bool) error {
	defer func() { _ = s.lock.Close() }()
	if keep {
		if err := os.WriteFile(filepath.Join(s.Dir, keptName), nil, 0o600); err != nil {
			return fmt.Errorf("keeping the folder of the run: %w", err)
		}
		return nil
	}
	if err := RemoveAll(s.Dir); err != nil {
		return fmt.Errorf("removing the folder of the run: %w", err)
	}
	return nil
}

// Abandoned returns the folders of runs below dir whose programs are gone; those that were kept on purpose are among them only if kept is
// set.
func Abandoned(dir string, kept bool) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the folder of runs: %w", err)
	}
	var out []string
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if _, err := os.Lstat(filepath.Join(path, keptName)); err == nil && !kept {
			continue
		}
		if e.IsDir() && isAbandoned(path, e) {
			out = append(out, path)
		}
	}
	return out, nil
}

// unfinished is how long the making of a folder can take.
const unfinished = time.Minute

func isAbandoned(path string, e os.DirEntry) bool {
	if e.Name()[0] == '.' {
		info, err := e.Info()
		return err == nil && time.Since(info.ModTime()) > unfinished
	}
	lock, err := os.OpenFile(filepath.Join(path, lockName), os.O_RDWR, 0)
	if os.IsNotExist(err) {
		return true
	}
	if err != nil {
		return false
	}
	defer func() { _ = lock.Close() }()
	ok, err := tryLock(lock)
	return err == nil && ok
}
