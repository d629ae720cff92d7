package image

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	whiteout = ".wh."
	opaque   = ".wh..wh..opq"
	// maxLinks is how many links are followed on the way to one name.
	maxLinks = 40
	// xattrPrefix is what names of extended attributes have before them in archives.
	xattrPrefix = "SCHILY.xattr."
)

// tree is a folder that layers are unpacked into. Names in layers are taken as they would be in a system that has this folder as its root:
// nothing of what they say leads out of it.
type tree struct {
	root   *os.Root
	owners ownership
	// dirs are the folders whose mode and time are set at the end.
	dirs map[string]*tar.Header
	// made are the names of this layer, which its whiteouts do not mean; nil in the first layer.
	made map[string]struct{}
	// above are the folders that something in made is below of.
	above map[string]struct{}
	first bool
	// at is the folder of the last entry, kept open.
	at     string
	dir    *os.Root
	dirFD  *os.File
	buffer []byte
}

func openTree(dir string, owners ownership) (*tree, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("making the image cache: %w", err)
	}
	dirs := map[string]*tar.Header{".": {Mode: 0o755, ModTime: time.Unix(0, 0)}}
	return &tree{root: root, owners: owners, dirs: dirs, first: true, buffer: make([]byte, chunk)}, nil
}

// close sets what has to be set last, if all went well.
func (t *tree) close(good bool) error {
	var err error
	if good {
		err = t.finish()
	}
	t.leave()
	return errors.Join(err, t.root.Close())
}

// layer unpacks one layer.
func (t *tree) layer(r io.Reader) error {
	t.made, t.above = nil, nil
	if !t.first {
		t.made, t.above = map[string]struct{}{}, map[string]struct{}{}
	}
	t.first = false
	archive := tar.NewReader(r)
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the archive: %w", err)
		}
		if err := t.entry(h, archive); err != nil {
			return fmt.Errorf("%q: %w", h.Name, err)
		}
	}
}

func (t *tree) entry(h *tar.Header, content io.Reader) error {
	if strings.ContainsRune(h.Name, 0) {
		return errors.New("it is no name of a file")
	}
	name := path.Clean("/" + h.Name)
	if name == "/" {
		if h.Typeflag == tar.TypeDir {
			t.dirs["."] = h
		}
		return nil
	}
	parent, err := t.resolve(path.Dir(name))
	if err != nil {
		return err
	}
	base := path.Base(name)
	if strings.HasPrefix(base, whiteout) {
		return t.whiteout(parent, base)
	}
	if err := t.enter(parent); err != nil {
		return err
	}
	full := path.Join(parent, base)
	if err := t.clear(full, base, h); err != nil {
		return err
	}
	t.note(full)
	return t.create(full, base, h, content)
}

// resolve returns the folder that a name stands for, below the root and without links; folders that are missing are made. It is never
// outside, because links are followed here, and absolute ones start at the root.
func (t *tree) resolve(name string) (string, error) {
	if name == "/"+t.at && t.dir != nil {
		return t.at, nil
	}
	todo := strings.Split(strings.Trim(name, "/"), "/")
	at, links := ".", 0
	for len(todo) > 0 {
		part := todo[0]
		todo = todo[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			at = path.Dir(at)
			continue
		}
		next := path.Join(at, part)
		info, err := t.root.Lstat(next)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if err := t.root.Mkdir(next, 0o700); err != nil {
				return "", err
			}
			t.dirs[next] = &tar.Header{Mode: 0o755, ModTime: time.Unix(0, 0)}
			at = next
		case err != nil:
			return "", err
		case info.Mode().Type() == fs.ModeSymlink:
			target, err := t.root.Readlink(next)
			if err != nil {
				return "", err
			}
			if links++; links > maxLinks {
				return "", fmt.Errorf("the link %s leads nowhere", next)
			}
			if path.IsAbs(target) {
				at = "."
			}
			todo = append(strings.Split(target, "/"), todo...)
		case info.IsDir():
			at = next
		default:
			return "", fmt.Errorf("%s is no folder", next)
		}
	}
	return at, nil
}

// enter opens the folder, which resolve has found, for what comes next.
func (t *tree) enter(dir string) error {
	if t.dir != nil && t.at == dir {
		return nil
	}
	t.leave()
	root, err := t.root.OpenRoot(dir)
	if err != nil {
		return err
	}
	f, err := root.Open(".")
	if err != nil {
		return errors.Join(err, root.Close())
	}
	t.at, t.dir, t.dirFD = dir, root, f
	return nil
}

func (t *tree) leave() {
	if t.dir != nil {
		_ = t.dirFD.Close()
		_ = t.dir.Close()
	}
	t.at, t.dir, t.dirFD = "", nil, nil
}

func (t *tree) fd() int { return int(t.dirFD.Fd()) }

// clear removes what has the name of an entry, unless both are folders.
func (t *tree) clear(full, base string, h *tar.Header) error {
	var st unix.Stat_t
	err := unix.Fstatat(t.fd(), base, &st, unix.AT_SYMLINK_NOFOLLOW)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		return unix.Unlinkat(t.fd(), base, 0)
	}
	if h.Typeflag == tar.TypeDir {
		return nil
	}
	t.forget(full)
	return t.dir.RemoveAll(base)
}

// forget drops what is known of a folder that is removed.
func (t *tree) forget(full string) {
	for name := range t.dirs {
		if name == full || strings.HasPrefix(name, full+"/") {
			delete(t.dirs, name)
		}
	}
}

// whiteout removes what lower layers have: a name, or everything in a folder.
func (t *tree) whiteout(parent, base string) error {
	t.leave()
	if base == opaque {
		return t.removeLower(parent, false)
	}
	name := strings.TrimPrefix(base, whiteout)
	if name == "" || name == "." || name == ".." || strings.HasPrefix(name, whiteout) {
		return nil // .wh..wh.plnk and the like are notes of old systems
	}
	return t.removeLower(path.Join(parent, name), true)
}

func (t *tree) removeLower(full string, self bool) error {
	if t.made == nil {
		return nil
	}
	_, mine := t.made[full]
	_, above := t.above[full]
	if self && !mine && !above {
		t.forget(full)
		return t.root.RemoveAll(full)
	}
	info, err := t.root.Lstat(full)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return nil
	}
	if err != nil {
		return err
	}
	dir, err := t.root.Open(full)
	if err != nil {
		return err
	}
	names, err := dir.Readdirnames(-1)
	if err := errors.Join(err, dir.Close()); err != nil {
		return err
	}
	for _, name := range names {
		if err := t.removeLower(path.Join(full, name), true); err != nil {
			return err
		}
	}
	return nil
}

// note remembers that a name is of this layer.
func (t *tree) note(full string) {
	if t.made == nil {
		return
	}
	t.made[full] = struct{}{}
	for dir := path.Dir(full); dir != "."; dir = path.Dir(dir) {
		if _, known := t.above[dir]; known {
			return
		}
		t.above[dir] = struct{}{}
	}
}

func (t *tree) create(full, base string, h *tar.Header, content io.Reader) error {
	switch h.Typeflag {
	case tar.TypeDir:
		err := unix.Mkdirat(t.fd(), base, 0o700|uint32(h.Mode)&0o777)
		if err != nil && !errors.Is(err, unix.EEXIST) {
			return err
		}
		t.dirs[full] = h
		return nil
	case tar.TypeReg, tar.TypeRegA: //nolint:staticcheck // old archives have it
		return t.file(base, h, content)
	case tar.TypeSymlink:
		if err := unix.Symlinkat(h.Linkname, t.fd(), base); err != nil {
			return err
		}
		if err := t.owners.chown(t.fd(), base, h.Uid, h.Gid); err != nil {
			return err
		}
		return setTime(t.fd(), base, h.ModTime)
	case tar.TypeLink:
		return t.link(base, h)
	case tar.TypeFifo:
		if err := unix.Mkfifoat(t.fd(), base, 0o600); err != nil {
			return err
		}
		if err := t.owners.chown(t.fd(), base, h.Uid, h.Gid); err != nil {
			return err
		}
		// It is no link: it was made a moment ago in a folder that nobody else writes to.
		if err := unix.Fchmodat(t.fd(), base, uint32(h.Mode)&0o7777, 0); err != nil {
			return err
		}
		return setTime(t.fd(), base, h.ModTime)
	}
	// Devices are not made: those that containers may have come from the runtime, and 0/0 would be a whiteout for overlays.
	return nil
}

func (t *tree) file(base string, h *tar.Header, content io.Reader) error {
	fd, err := unix.Openat(t.fd(), base, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	f := os.NewFile(uintptr(fd), base)
	_, err = io.CopyBuffer(struct{ io.Writer }{f}, content, t.buffer)
	if err == nil {
		err = t.owners.fchown(fd, h.Uid, h.Gid)
	}
	if err == nil {
		err = setXattrs(fd, h)
	}
	// After the owner, whose change takes setuid away.
	if err == nil {
		err = unix.Fchmod(fd, uint32(h.Mode)&0o7777)
	}
	if err == nil {
		err = setTime(t.fd(), base, h.ModTime)
	}
	return errors.Join(err, f.Close())
}

// link makes a hard link. It is to the name itself, also if that is a symbolic link.
func (t *tree) link(base string, h *tar.Header) error {
	target := path.Clean("/" + h.Linkname)
	if target == "/" {
		return errors.New("it is a hard link to a folder")
	}
	at := t.at
	parent, err := t.resolve(path.Dir(target))
	if err != nil {
		return err
	}
	dir, err := t.root.Open(parent)
	if err != nil {
		return err
	}
	defer dir.Close() //nolint:errcheck // nothing was written
	if err := t.enter(at); err != nil {
		return err
	}
	if err := unix.Linkat(int(dir.Fd()), path.Base(target), t.fd(), base, 0); err != nil {
		return fmt.Errorf("linking to %q: %w", h.Linkname, err)
	}
	return nil
}

// finish gives folders their owners, modes and times: those below first, because what is done in a folder changes its time, and not
// everybody may go where the mode says so.
func (t *tree) finish() error {
	names := make([]string, 0, len(t.dirs))
	for name := range t.dirs {
		names = append(names, name)
	}
	slices.Sort(names)
	slices.Reverse(names)
	for _, name := range names {
		if err := t.finishDir(name, t.dirs[name]); err != nil {
			return fmt.Errorf("unpacking %q: %w", name, err)
		}
	}
	return nil
}

func (t *tree) finishDir(name string, h *tar.Header) error {
	info, err := t.root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return nil
	}
	if err != nil {
		return err
	}
	f, err := t.root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	fd := int(f.Fd())
	if err := t.owners.fchown(fd, h.Uid, h.Gid); err != nil {
		return err
	}
	if err := setXattrs(fd, h); err != nil {
		return err
	}
	if err := unix.Fchmod(fd, uint32(h.Mode)&0o7777); err != nil {
		return err
	}
	when := unix.NsecToTimeval(h.ModTime.UnixNano())
	return unix.Futimes(fd, []unix.Timeval{when, when})
}

// setXattrs sets what containers may mean: capabilities of programs, and users' own attributes. Those of overlays would change what the
// root is.
func setXattrs(fd int, h *tar.Header) error {
	for key, value := range h.PAXRecords {
		name, ok := strings.CutPrefix(key, xattrPrefix)
		if !ok || name != "security.capability" && (!strings.HasPrefix(name, "user.") || strings.HasPrefix(name, "user.overlay.")) {
			continue
		}
		err := unix.Fsetxattr(fd, name, []byte(value), 0)
		if err != nil && !errors.Is(err, unix.ENOTSUP) && !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.EINVAL) {
			return fmt.Errorf("setting %s: %w", name, err)
		}
	}
	return nil
}

func setTime(dir int, base string, when time.Time) error {
	ts := unix.NsecToTimespec(when.UnixNano())
	return unix.UtimesNanoAt(dir, base, []unix.Timespec{ts, ts}, unix.AT_SYMLINK_NOFOLLOW)
}
