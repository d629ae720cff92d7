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
// the content already is left alone. The home may be shared with other steps: no link in it leads out of it.
func write(dir string, f File) error {
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close() //nolint:errcheck // nothing was written
	name := filepath.FromSlash(f.Name)
	if err := makeParent(root, name); err != nil {
		return err
	}
	if same(root, name, f.Content) {
		return nil
	}
	err = replace(root, name, f.Content)
	if err == nil {
		return nil
	}
	if inPlace(root, name, f.Content) == nil {
		return nil
	}
	return err
}

// makeParent makes the directory of name, if it is not the root, for this user alone.
func makeParent(root *os.Root, name string) error {
	parent := filepath.Dir(name)
	if parent == "." {
		return nil
	}
	if err := root.MkdirAll(parent, dirMode); err != nil {
		return err
	}
	// ssh insists on it; a directory of somebody else shows in the writing.
	_ = root.Chmod(parent, dirMode)
	return nil
}

func same(root *os.Root, name string, content []byte) bool {
	info, err := root.Lstat(name)
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm() != fileMode || info.Size() != int64(len(content)) {
		return false
	}
	old, err := root.ReadFile(name)
	return err == nil && bytes.Equal(old, content)
}

func replace(root *os.Root, name string, content []byte) error {
	temporary := filepath.Join(filepath.Dir(name), ".tmp-"+filepath.Base(name))
	// What a runner that was killed left.
	_ = root.Remove(temporary)
	f, err := root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Chmod(fileMode), f.Close())
	if err == nil {
		err = root.Rename(temporary, name)
	}
	if err != nil {
		_ = root.Remove(temporary)
	}
	return err
}

func inPlace(root *os.Root, name string, content []byte) error {
	if info, err := root.Lstat(name); err != nil || !info.Mode().IsRegular() {
		return errors.Join(err, errors.New("it is not a regular file"))
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_TRUNC|noFollow, fileMode)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}
