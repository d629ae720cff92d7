//go:build !unix

package foreign

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// Permissions of what Append makes.
const (
	newFile = 0o644
	newDir  = 0o777
)

// openIn opens the last element of name. Links are looked for before, and the opened file is compared with what was seen;
// none leads out of dir in any case.
func openIn(dir, name string) (*os.File, error) {
	return at(dir, name, os.O_RDONLY)
}

// MakeDirs makes the directories of name below dir that are not there.
func MakeDirs(dir, name string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close() //nolint:errcheck // nothing was written
	return root.MkdirAll(filepath.FromSlash(name), newDir)
}

func appendTo(dir, name string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(filepath.FromSlash(name))), newDir); err != nil {
		return nil, err
	}
	return at(dir, name, os.O_WRONLY|os.O_APPEND|os.O_CREATE)
}

func at(dir, name string, flags int) (*os.File, error) {
	elements, err := split(name)
	if err != nil {
		return nil, fail(name, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close() //nolint:errcheck // nothing was written
	var seen os.FileInfo
	for i := range elements {
		seen, err = root.Lstat(filepath.FromSlash(strings.Join(elements[:i+1], "/")))
		if errors.Is(err, os.ErrNotExist) && flags&os.O_CREATE != 0 {
			seen = nil
			break
		}
		if err != nil {
			return nil, fail(name, err)
		}
		if last := i == len(elements)-1; last && !seen.Mode().IsRegular() || !last && !seen.IsDir() {
			return nil, fail(name, errLink)
		}
	}
	f, err := root.OpenFile(filepath.FromSlash(name), flags, newFile)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || seen != nil && !os.SameFile(seen, info) {
		return nil, errors.Join(fail(name, errLink), err, f.Close())
	}
	return f, nil
}

func links(os.FileInfo) uint64 { return 1 }
