package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// Places are the folders in which the program keeps things.
type Places struct {
	// Cache has images and programs, State the folders of runs, Data the claims of users.
	Cache, State, Data string
}

// Images is the cache of images.
func (p Places) Images() string { return filepath.Join(p.Cache, "images") }

// Programs is where the step runner is unpacked.
func (p Places) Programs() string { return filepath.Join(p.Cache, "programs") }

// Runs has the folders of runs.
func (p Places) Runs() string { return filepath.Join(p.State, "runs") }

// Containers is what backends keep.
func (p Places) Containers() string { return filepath.Join(p.State, "containers") }

// Claims has the folders of claims.
func (p Places) Claims() string { return filepath.Join(p.Data, "claims") }

// FindPlaces returns the folders as the XDG Base Directory Specification has them, and below LOCALAPPDATA on Windows.
func FindPlaces(getenv func(string) string) (Places, error) {
	home := getenv("HOME")
	if home == "" {
		home, _ = os.UserHomeDir()
	}
	find := func(variable string, below ...string) (string, error) {
		if dir := getenv(variable); filepath.IsAbs(dir) {
			return filepath.Join(dir, "tenon"), nil
		}
		if runtime.GOOS == "windows" && filepath.IsAbs(getenv("LOCALAPPDATA")) {
			return filepath.Join(getenv("LOCALAPPDATA"), "tenon", below[len(below)-1]), nil
		}
		if home == "" {
			return "", fmt.Errorf("there is no folder to keep things in: set HOME, or %s", variable)
		}
		return filepath.Join(append(append([]string{home}, below...), "tenon")...), nil
	}
	var p Places
	var err error
	if p.Cache, err = find("XDG_CACHE_HOME", ".cache"); err != nil {
		return p, err
	}
	if p.State, err = find("XDG_STATE_HOME", ".local", "state"); err != nil {
		return p, err
	}
	p.Data, err = find("XDG_DATA_HOME", ".local", "share")
	return p, err
}
