package oci

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

const cgroupRoot = "/sys/fs/cgroup"

// unifiedCgroups reports whether the machine has control groups of version 2 and no others.
func unifiedCgroups() bool {
	var stat unix.Statfs_t
	return unix.Statfs(cgroupRoot, &stat) == nil && stat.Type == unix.CGROUP2_SUPER_MAGIC
}

// groups are control groups for those containers that have limits.
type groups struct {
	// dir is the one above all; empty if there can't be any.
	dir string
}

// newGroups makes the group above all, beside that of this process or, for root, at the top.
func newGroups(f *folder) *groups {
	g := &groups{}
	if !unifiedCgroups() {
		return g
	}
	for _, parent := range groupParents() {
		dir := filepath.Join(parent, f.id)
		enable(parent)
		if os.Mkdir(dir, 0o755) != nil {
			continue
		}
		enable(dir)
		if data, err := os.ReadFile(dir + "/cgroup.subtree_control"); err == nil && strings.Contains(string(data), "memory") {
			// For Clean.
			if os.WriteFile(f.path+"/cgroup", []byte(dir), 0o600) == nil {
				g.dir = dir
				return g
			}
		}
		_ = os.Remove(dir)
	}
	return g
}

func groupParents() []string {
	var parents []string
	if os.Geteuid() == 0 {
		parents = append(parents, cgroupRoot)
	}
	data, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return parents
	}
	for line := range strings.Lines(string(data)) {
		if path, ok := strings.CutPrefix(strings.TrimSpace(line), "0::/"); ok && path != "" && !strings.HasPrefix(path, "..") {
			parents = append(parents, filepath.Dir(filepath.Join(cgroupRoot, path)))
		}
	}
	return parents
}

func enable(dir string) {
	for _, controller := range []string{"+memory", "+cpu"} {
		_ = os.WriteFile(dir+"/cgroup.subtree_control", []byte(controller), 0) //nolint:gosec // the file is there
	}
}

func (g *groups) remove() {
	if g.dir != "" {
		_ = os.Remove(g.dir)
	}
}

// removeGroupsOf ends everything in the groups of a run that has died.
func removeGroupsOf(run string) {
	data, err := os.ReadFile(filepath.Join(run, "cgroup")) //nolint:gosec // of this package
	dir := string(data)
	if err != nil || filepath.Base(dir) != filepath.Base(run) || !strings.HasPrefix(dir, cgroupRoot+"/") {
		return
	}
	_ = os.WriteFile(dir+"/cgroup.kill", []byte("1"), 0) //nolint:gosec // the file is there
	for range 100 {
		children, _ := filepath.Glob(dir + "/*/cgroup.procs")
		for _, child := range children {
			_ = os.Remove(filepath.Dir(child))
		}
		if err := os.Remove(dir); err == nil || os.IsNotExist(err) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// removeEmptyGroups takes away those that runc has made, in hierarchies of version 1 or 2. A process that has been killed is in its
// groups for some time after its mounts have gone.
func removeEmptyGroups(id string) {
	for range 100 {
		busy := false
		for _, pattern := range []string{cgroupRoot + "/" + id + "-*", cgroupRoot + "/*/" + id + "-*"} {
			found, _ := filepath.Glob(pattern) // the pattern is right
			for _, dir := range found {
				if err := os.Remove(dir); errors.Is(err, unix.EBUSY) {
					busy = true
				}
			}
		}
		if !busy {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// group is the control group of one container; nil if it has no limits.
type group struct {
	dir string
	fd  int
}

// limit makes the group of a container. Without control groups its limits don't hold.
func (r *Runtime) limit(id string, spec *container.Spec) (*group, error) {
	if spec.Memory <= 0 && spec.CPU <= 0 {
		return nil, nil //nolint:nilnil // no group is a group without limits
	}
	if r.groups.dir == "" {
		r.warn("limits", "limits of memory and CPU don't hold here: control groups (version 2) are missing or can't be written")
		return nil, nil //nolint:nilnil // no group is a group without limits
	}
	g := &group{dir: filepath.Join(r.groups.dir, id), fd: -1}
	if err := os.Mkdir(g.dir, 0o755); err != nil {
		return nil, fmt.Errorf("making a control group: %w", err)
	}
	settings := map[string]string{}
	if spec.Memory > 0 {
		settings["memory.max"] = strconv.FormatInt(spec.Memory, 10)
		settings["memory.swap.max"] = "0"
		settings["memory.oom.group"] = "1"
	}
	if spec.CPU > 0 {
		settings["cpu.max"] = strconv.FormatInt(max(spec.CPU*100, 1000), 10) + " 100000"
	}
	for name, value := range settings {
		err := os.WriteFile(filepath.Join(g.dir, name), []byte(value), 0) //nolint:gosec // the file is there
		if err != nil && name != "memory.swap.max" && name != "memory.oom.group" {
			g.remove()
			return nil, fmt.Errorf("setting %s of a control group: %w", name, err)
		}
	}
	fd, err := unix.Open(g.dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		g.remove()
		return nil, fmt.Errorf("opening a control group: %w", err)
	}
	g.fd = fd
	return g, nil
}

// use makes the kernel start a process in the group.
func (g *group) use(attr *syscall.SysProcAttr) {
	if g != nil {
		attr.UseCgroupFD, attr.CgroupFD = true, g.fd
	}
}

// outOfMemory reports whether the kernel has killed something in the group because of its limit.
func (g *group) outOfMemory() bool {
	if g == nil {
		return false
	}
	data, err := os.ReadFile(g.dir + "/memory.events")
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(data)) {
		if count, ok := strings.CutPrefix(line, "oom_kill "); ok {
			return strings.TrimSpace(count) != "0"
		}
	}
	return false
}

func (g *group) remove() {
	if g == nil {
		return
	}
	if g.fd >= 0 {
		_ = unix.Close(g.fd)
		g.fd = -1
	}
	_ = os.Remove(g.dir)
}
