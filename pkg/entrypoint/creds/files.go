package creds

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Permissions: what is in these files is for the step's user alone.
const (
	dirMode  = 0o700
	fileMode = 0o600
)

// FromDir returns a Reader of mounted Secrets: one directory for each below dir.
func FromDir(dir string) Reader {
	return func(secret, key string) ([]byte, error) {
		if !filepath.IsLocal(secret) || strings.ContainsAny(secret, `/\`) {
			return nil, fmt.Errorf("secret name %q is not valid", secret)
		}
		content, err := os.ReadFile(filepath.Join(dir, secret, key))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, ErrNoKey
		}
		return content, err
	}
}

// Write writes files below dir.
func Write(dir string, files []File) error {
	for _, f := range files {
		if err := write(dir, f); err != nil {
			return err
		}
	}
	return nil
}

// CopyError says which item could not be copied.
type CopyError struct {
	Item string
	Err  error
}

// Copy puts files into the home too and returns what failed, once for each item directly below home.
func Copy(home string, files []File) []CopyError {
	var failed []CopyError
	seen := map[string]bool{}
	for _, f := range files {
		item, _, _ := strings.Cut(f.Name, "/")
		if err := write(home, f); err != nil && !seen[item] {
			seen[item] = true
			failed = append(failed, CopyError{Item: item, Err: err})
		}
	}
	return failed
}

// write replaces a file as a whole, so that a link that stands in its place is not followed. Where that is impossible,
// as for a file that is a mount of its own or in a directory of somebody else, it is written in place. A file that has
// the content already is left alone.
func write(dir string, f File) error {
	path := filepath.Join(dir, filepath.FromSlash(f.Name))
	if err := makeParent(dir, path); err != nil {
		return err
	}
	if same(path, f.Content) {
		return nil
	}
	err := replace(path, f.Content)
	if err == nil {
		return nil
	}
	if inPlace(path, f.Content) == nil {
		return nil
	}
	return err
}

// makeParent makes the directory between dir and path, if there is one, for this user alone.
func makeParent(dir, path string) error {
	parent := filepath.Dir(path)
	if err := os.MkdirAll(parent, dirMode); err != nil {
		return err
	}
	if parent == filepath.Clean(dir) {
		return nil
	}
	// ssh insists on it; a directory of somebody else shows in the writing.
	_ = os.Chmod(parent, dirMode)
	return nil
}

func same(path string, content []byte) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm() != fileMode || info.Size() != int64(len(content)) {
		return false
	}
	old, err := os.ReadFile(path)
	return err == nil && bytes.Equal(old, content)
}

func replace(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".tmp-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Chmod(fileMode), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

func inPlace(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC|noFollow, fileMode)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}
