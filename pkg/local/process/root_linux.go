package process

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// old is where the root of the machine is while the new one is made.
const old = "/.tenon-root"

// maxLinks is how many links a path may lead through, as in the kernel.
const maxLinks = 40

// newRoot is the root of one container: what the machine has at the top, and below what a pod mounts. It is made by the thread that
// the process is started from, in a mount namespace of that thread.
type newRoot struct {
	// own are folders that were made here, and may be added to without changing anything of the machine.
	own map[string]bool
	// volumes are the targets of mounts; folders are made in them as container runtimes do.
	volumes []string
}

// makeRoot gives the calling thread a root with the mounts. dir is an empty folder, or one that may be hidden.
func makeRoot(dir string, mounts []bind, workingDir string, hosts []string) error {
	if err := unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("making mounts private: %w", err)
	}
	if err := unix.Mount("tenon", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0755"); err != nil {
		return fmt.Errorf("mounting the new root: %w", err)
	}
	if err := os.Mkdir(dir+old, 0o700); err != nil {
		return err
	}
	if err := unix.PivotRoot(dir, dir+old); err != nil {
		return fmt.Errorf("changing the root: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	r := &newRoot{own: map[string]bool{"/": true}}
	if err := r.fill("/"); err != nil {
		return err
	}
	if err := r.mount(mounts, workingDir); err != nil {
		return err
	}
	if err := addHosts(hosts); err != nil {
		return err
	}
	if err := unix.Unmount(old, unix.MNT_DETACH); err != nil {
		return fmt.Errorf("leaving the root of the machine: %w", err)
	}
	return os.Remove(old)
}

// fill puts all that the machine has in a folder into ours of the same name.
func (r *newRoot) fill(dir string) error {
	entries, err := os.ReadDir(old + dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		target := path.Join(dir, entry.Name())
		if target == old {
			continue
		}
		// What goes away meanwhile, and what may not be used, is not there.
		if err := r.show(target, entry.Type()); err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			return fmt.Errorf("showing %s: %w", target, err)
		}
	}
	return nil
}

// show makes one entry of the machine's folder visible in ours.
func (r *newRoot) show(target string, kind fs.FileMode) error {
	switch {
	case kind&fs.ModeSymlink != 0:
		link, err := os.Readlink(old + target)
		if err != nil {
			return err
		}
		return os.Symlink(link, target)
	case kind.IsDir():
		if err := os.Mkdir(target, 0o755); err != nil {
			return err
		}
	default:
		if err := os.WriteFile(target, nil, 0o644); err != nil {
			return err
		}
	}
	return unix.Mount(old+target, target, "", unix.MS_BIND|unix.MS_REC, "")
}

// expand replaces a folder of the machine by one of ours with the same in it, to which more can be added.
func (r *newRoot) expand(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if err := unix.Mount("tenon", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, fmt.Sprintf("mode=%o", info.Mode().Perm())); err != nil {
		return fmt.Errorf("covering %s: %w", dir, err)
	}
	if info.Mode()&fs.ModeSticky != 0 {
		if err := os.Chmod(dir, info.Mode().Perm()|fs.ModeSticky); err != nil {
			return err
		}
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && os.Geteuid() == 0 {
		// Fails for owners that a user namespace does not know; they are strangers there anyway.
		_ = os.Chown(dir, int(stat.Uid), int(stat.Gid))
	}
	r.own[dir] = true
	return r.fill(dir)
}

// mount makes the mounts. All folders that have to be covered are covered first, those above others before them, since that hides
// what was mounted below.
func (r *newRoot) mount(mounts []bind, workingDir string) error {
	paths := make([]string, 0, len(mounts)+1)
	for _, m := range mounts {
		paths = append(paths, m.Target)
	}
	if workingDir != "" {
		paths = append(paths, workingDir)
	}
	var cover []string
	for i, p := range paths {
		if below(p, paths[:min(i, len(mounts))]) {
			continue
		}
		anchor, missing, err := r.walk(p)
		if err != nil {
			return err
		}
		if missing != "" && !r.own[anchor] && !slices.Contains(cover, anchor) {
			cover = append(cover, anchor)
		}
	}
	slices.SortFunc(cover, func(a, b string) int { return strings.Count(a, "/") - strings.Count(b, "/") })
	for _, dir := range cover {
		if err := r.expand(dir); err != nil {
			return err
		}
	}
	for _, m := range mounts {
		if err := r.mountOne(m); err != nil {
			return fmt.Errorf("mounting on %s: %w", m.Target, err)
		}
	}
	if workingDir == "" {
		return nil
	}
	_, err := r.ensure(workingDir, true)
	return err
}

// below says whether a path is one of the others, or in it.
func below(p string, others []string) bool {
	return slices.ContainsFunc(others, func(other string) bool {
		return p == other || strings.HasPrefix(p, strings.TrimSuffix(other, "/")+"/")
	})
}

func (r *newRoot) mountOne(m bind) error {
	source := old + m.Source
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	target, err := r.ensure(m.Target, info.IsDir())
	if err != nil {
		return err
	}
	flags := uintptr(unix.MS_BIND)
	if m.Recursive {
		flags |= unix.MS_REC
	}
	err = unix.Mount(source, target, "", flags, "")
	if errors.Is(err, unix.EINVAL) && !m.Recursive {
		// In a user namespace what is mounted below cannot be left out.
		err = unix.Mount(source, target, "", flags|unix.MS_REC, "")
	}
	if err != nil {
		return err
	}
	r.volumes = append(r.volumes, target)
	if !m.ReadOnly {
		return nil
	}
	return readOnly(target, m.Recursive)
}

// readOnly forbids to write below a mount.
func readOnly(target string, recursive bool) error {
	var flags uint
	if recursive {
		flags = unix.AT_RECURSIVE
	}
	err := unix.MountSetattr(unix.AT_FDCWD, target, flags, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY})
	if !errors.Is(err, unix.ENOSYS) {
		return err
	}
	// Before Linux 5.12. What the mount has already must be kept.
	var stat unix.Statfs_t
	if err := unix.Statfs(target, &stat); err != nil {
		return err
	}
	const kept = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC | unix.MS_NOATIME | unix.MS_NODIRATIME | unix.MS_RELATIME
	return unix.Mount("", target, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY|uintptr(stat.Flags)&kept, "")
}

// walk follows a path, with its links, as far as it exists. It returns the folder that it comes to and what is missing below, "" if
// nothing is.
func (r *newRoot) walk(p string) (reached, missing string, err error) {
	reached, missing = "/", strings.Trim(path.Clean("/"+p), "/")
	for links := 0; missing != ""; {
		first, rest, _ := strings.Cut(missing, "/")
		next := path.Join(reached, first)
		info, err := os.Lstat(next)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return reached, missing, nil
		case err != nil:
			return "", "", err
		case info.Mode()&fs.ModeSymlink != 0:
			if links++; links > maxLinks {
				return "", "", fmt.Errorf("too many links in %s", p)
			}
			link, err := os.Readlink(next)
			if err != nil {
				return "", "", err
			}
			if !path.IsAbs(link) {
				link = path.Join(reached, link)
			}
			reached, missing = "/", strings.Trim(path.Join(path.Clean("/"+link), rest), "/")
		case rest != "" && !info.IsDir():
			return "", "", fmt.Errorf("%s is no folder", next)
		default:
			reached, missing = next, rest
		}
	}
	return reached, "", nil
}

// ensure makes a folder or an empty file unless there is something, and returns its path without links.
func (r *newRoot) ensure(p string, folder bool) (string, error) {
	reached, missing, err := r.walk(p)
	if err != nil {
		return "", err
	}
	if missing == "" {
		info, err := os.Stat(reached)
		if err == nil && info.IsDir() != folder {
			err = fmt.Errorf("one of what is mounted and %s is a folder, and the other is not", reached)
		}
		return reached, err
	}
	if !below(reached, r.volumes) && !r.isOwn(reached) {
		// A link that a mount brought leads to it.
		if err := r.expand(reached); err != nil {
			return "", err
		}
	}
	target := path.Join(reached, missing)
	if folder {
		return target, os.MkdirAll(target, 0o755)
	}
	if err := os.MkdirAll(path.Dir(target), 0o755); err != nil {
		return "", err
	}
	return target, os.WriteFile(target, nil, 0o644)
}

// isOwn says whether a folder was made here, and is on no mount of the machine's.
func (r *newRoot) isOwn(dir string) bool {
	if r.own[dir] {
		return true
	}
	if _, err := os.Lstat(old + dir); err == nil {
		return false
	}
	return dir != "/" && r.isOwn(path.Dir(dir))
}

// addHosts adds lines to what the container sees of /etc/hosts.
func addHosts(lines []string) error {
	if len(lines) == 0 {
		return nil
	}
	content, err := os.ReadFile("/etc/hosts")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file := old + "-hosts"
	if err := os.WriteFile(file, append(content, "\n"+strings.Join(lines, "\n")+"\n"...), 0o644); err != nil {
		return err
	}
	if err := unix.Mount(file, "/etc/hosts", "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mounting /etc/hosts: %w", err)
	}
	return os.Remove(file)
}
