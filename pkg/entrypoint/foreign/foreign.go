// Package foreign opens files in directories that processes of others, which nobody trusts, can write to. Whoever reads
// or writes there for a step does so with that step's rights and files in sight, so nothing that was left there may lead
// him elsewhere: no link is followed, at the end of a path or in the middle of it, and no file is taken that has a second
// name or is none. Names are looked up from an open directory, each once, so that nothing can be exchanged in between.
// Read, Publish, Append and MakeDirs are the entry points. It depends on the standard library and x/sys only.
package foreign

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
)

// Reasons not to take a file.
var (
	errLink     = errors.New("it is a link, or below one, which is not followed")
	errNoFile   = errors.New("it is not a regular file")
	errTwoNames = errors.New("it has more than one name")
	errName     = errors.New("it is not below its directory")
)

// TooLargeError says that a file has more bytes than were asked for.
type TooLargeError struct {
	// Size is the file's size in bytes, Limit the most that would have been read.
	Size, Limit int64
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("it has %d bytes, more than %d", e.Size, e.Limit)
}

// Read returns the content of a regular file, whose name may have several elements, below dir, which is trusted. A file
// that is not there is fs.ErrNotExist. Of a larger file than limit it returns that many bytes with a TooLargeError.
func Read(dir, name string, limit int64) ([]byte, error) {
	f, info, err := open(dir, name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	content, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if size := int64(len(content)); size > limit {
		return content[:limit], fail(name, &TooLargeError{Size: max(size, info.Size()), Limit: limit})
	}
	return content, nil
}

// readable are the permissions to read.
const readable = 0o444

// Publish lets everybody read a file below dir. It does nothing about a file that is not there.
func Publish(dir, name string) error {
	f, info, err := open(dir, name)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	if info.Mode().Perm()&readable == readable {
		return nil
	}
	return f.Chmod(info.Mode().Perm() | readable)
}

// Append opens a file to write at its end, and makes it and the directories above it as needed. A device, such as
// /dev/null, is taken too: nobody can leave one that works.
func Append(file string) (*os.File, error) {
	dir, name := "/", strings.TrimPrefix(path.Clean(file), "/")
	if !path.IsAbs(file) {
		dir = "."
	}
	f, err := appendTo(dir, name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = check(info, info.Mode()&os.ModeCharDevice != 0)
	}
	if err != nil {
		return nil, errors.Join(fail(file, err), f.Close())
	}
	return f, nil
}

// open opens a regular file to read.
func open(dir, name string) (*os.File, os.FileInfo, error) {
	f, err := openIn(dir, name)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = check(info, false)
	}
	if err != nil {
		return nil, nil, errors.Join(fail(name, err), f.Close())
	}
	return f, info, nil
}

func check(info os.FileInfo, device bool) error {
	switch {
	case device:
		return nil
	case !info.Mode().IsRegular():
		return errNoFile
	case links(info) > 1:
		return errTwoNames
	}
	return nil
}

func fail(name string, err error) error { return &os.PathError{Op: "open", Path: name, Err: err} }

// split returns the elements of a name.
func split(name string) ([]string, error) {
	elements := strings.Split(name, "/")
	for _, e := range elements {
		if e == "" || e == "." || e == ".." || strings.ContainsRune(e, 0) {
			return nil, errName
		}
	}
	return elements, nil
}
