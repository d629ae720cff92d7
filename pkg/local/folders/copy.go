package folders

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Copy makes a folder dst that is like folder src: files, folders, links, modes, times, and owners where that is allowed. File systems that
// can do so share the content until one side changes. Devices, sockets and pipes are left out, with a warning, as is what cannot be read.
// dst must not be there, and may be below src: it is not copied into itself. When ctx ends, so does the copying, with its error.
func Copy(ctx context.Context, dst, src string, warn func(string)) error {
	c := copier{ended: ctx.Err, warn: warn}
	if info, err := os.Lstat(filepath.Dir(dst)); err == nil {
		c.skip = info
	}
	if err := c.folder(dst, src); err != nil {
		return err
	}
	// Writing into a folder changes its time, so that it is set at the end, the innermost ones first.
	for i := len(c.folders) - 1; i >= 0; i-- {
		f := c.folders[i]
		if err := os.Chmod(f.path, f.mode); err != nil {
			return err
		}
		if err := os.Chtimes(f.path, time.Time{}, f.at); err != nil {
			return err
		}
	}
	return nil
}

type copier struct {
	ended func() error
	warn  func(string)
	// skip is the folder that the copy is made in.
	skip    fs.FileInfo
	folders []made
}

type made struct {
	path string
	mode fs.FileMode
	at   time.Time
}

func (c *copier) folder(dst, src string) error {
	info, err := os.Stat(src)
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(src)
	if err != nil {
		if len(c.folders) > 0 && errors.Is(err, fs.ErrPermission) {
			c.warn(fmt.Sprintf("%s is left out: it may not be read", src))
			return nil
		}
		return err
	}
	if err := os.Mkdir(dst, 0o700); err != nil {
		return err
	}
	own(dst, info)
	c.folders = append(c.folders, made{path: dst, mode: bits(info.Mode()), at: info.ModTime()})
	for _, e := range entries {
		if err := c.entry(filepath.Join(dst, e.Name()), filepath.Join(src, e.Name()), e); err != nil {
			return err
		}
	}
	return nil
}

func (c *copier) entry(dst, src string, e fs.DirEntry) error {
	if err := c.ended(); err != nil {
		return err
	}
	switch {
	case e.IsDir():
		if info, err := e.Info(); err == nil && c.skip != nil && os.SameFile(info, c.skip) {
			return nil
		}
		return gone(c.folder(dst, src))
	case e.Type()&fs.ModeSymlink != 0:
		target, err := os.Readlink(src)
		if err != nil {
			return gone(err)
		}
		if err := os.Symlink(target, dst); err != nil {
			return err
		}
		if info, err := e.Info(); err == nil {
			own(dst, info)
		}
		return nil
	case e.Type().IsRegular():
		return c.file(dst, src)
	default:
		c.warn(fmt.Sprintf("%s is left out: it is neither a file, nor a folder, nor a link", src))
		return nil
	}
}

// gone overlooks what was removed since the folder was read.
func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (c *copier) file(dst, src string) (err error) {
	from, err := os.Open(src)
	switch {
	case errors.Is(err, fs.ErrPermission):
		c.warn(fmt.Sprintf("%s is left out: it may not be read", src))
		return nil
	case err != nil:
		return gone(err)
	}
	defer func() { _ = from.Close() }()
	info, err := from.Stat()
	if err != nil {
		return err
	}
	to, err := os.OpenFile(dst, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	if info.Size() > 0 && !share(to, from) {
		if _, err := io.Copy(to, from); err != nil {
			return fmt.Errorf("copying %s: %w", src, err)
		}
	}
	own(dst, info)
	if err := to.Chmod(bits(info.Mode())); err != nil {
		return err
	}
	return os.Chtimes(dst, time.Time{}, info.ModTime())
}

// bits are the permissions and what goes with them.
func bits(mode fs.FileMode) fs.FileMode {
	return mode & (fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky)
}
