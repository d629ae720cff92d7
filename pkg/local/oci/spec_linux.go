package oci

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// configure writes the configuration of a container for the runtime.
func (s *sandbox) configure(bundle, root string, spec *container.Spec) (*specs.Process, error) {
	process, err := s.process(spec)
	if err != nil {
		return nil, err
	}
	mounts, err := s.mounts(spec)
	if err != nil {
		return nil, err
	}
	config := &specs.Spec{
		Version: "1.0.2",
		Process: process,
		Root:    &specs.Root{Path: root, Readonly: spec.ReadOnlyRoot},
		Mounts:  mounts,
		Linux:   &specs.Linux{Namespaces: s.namespaces(), Sysctl: s.sysctls},
	}
	if spec.Privileged {
		config.Linux.Devices = hostDevices(s.runtime.ids)
	} else {
		config.Linux.MaskedPaths = strings.Fields(`/proc/asound /proc/acpi /proc/interrupts /proc/kcore /proc/keys /proc/latency_stats
/proc/timer_list /proc/timer_stats /proc/sched_debug /proc/scsi /sys/firmware /sys/devices/virtual/powercap`)
		config.Linux.ReadonlyPaths = strings.Fields("/proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger")
	}
	if !s.runtime.program.crun && !s.runtime.ids.own {
		// crun leaves control groups alone here; runc makes one.
		config.Linux.CgroupsPath = "/" + s.runtime.folder.id + "-" + filepath.Base(bundle)
		config.Linux.Resources = &specs.LinuxResources{Devices: []specs.LinuxDeviceCgroup{{Allow: true, Access: "rwm"}}}
	}
	data, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	return process, os.WriteFile(filepath.Join(bundle, "config.json"), data, 0o600)
}

func (s *sandbox) process(spec *container.Spec) (*specs.Process, error) {
	if len(spec.Args) == 0 {
		return nil, fmt.Errorf("container %s has no command", spec.Name)
	}
	user, err := lookUpUser(spec)
	if err != nil {
		return nil, err
	}
	if err := s.runtime.ids.check(&user); err != nil {
		return nil, err
	}
	names, err := capabilities(spec, s.runtime.capabilities)
	if err != nil {
		return nil, err
	}
	process := &specs.Process{
		Terminal:        spec.TTY,
		User:            user,
		Args:            spec.Args,
		Env:             environment(spec, s.hostname),
		Cwd:             spec.WorkingDir,
		NoNewPrivileges: spec.NoNewPrivileges,
		Capabilities:    &specs.LinuxCapabilities{Bounding: names, Effective: names, Permitted: names},
	}
	if process.Cwd == "" {
		process.Cwd = "/"
	}
	return process, nil
}

// environment is that of the container, with each name once, and what every container has.
func environment(spec *container.Spec, hostname string) []string {
	all := []string{defaultPath, "HOSTNAME=" + hostname}
	if spec.TTY {
		all = append(all, "TERM=xterm")
	}
	all = append(all, spec.Env...)
	at := map[string]int{}
	var env []string
	for _, entry := range all {
		name, _, _ := strings.Cut(entry, "=")
		if i, ok := at[name]; ok {
			env[i] = entry
			continue
		}
		at[name] = len(env)
		env = append(env, entry)
	}
	return env
}

// mounts are those of every container and those of the pod.
func (s *sandbox) mounts(spec *container.Spec) ([]specs.Mount, error) {
	pts := []string{"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"}
	if has(s.runtime.ids.gid, 5) {
		pts = append(pts, "gid=5")
	}
	access := "ro"
	if spec.Privileged {
		access = "rw"
	}
	sys := specs.Mount{Destination: "/sys", Type: "sysfs", Source: "sysfs", Options: []string{"nosuid", "noexec", "nodev", access}}
	if s.runtime.ids.own && !s.ownNetwork {
		// /sys belongs to the network, which is not ours.
		sys = specs.Mount{Destination: "/sys", Type: "bind", Source: "/sys", Options: []string{"rbind", "nosuid", "noexec", "nodev", access}}
	}
	mounts := []specs.Mount{
		{Destination: "/proc", Type: "proc", Source: "proc", Options: []string{"nosuid", "noexec", "nodev"}},
		{Destination: "/dev", Type: "tmpfs", Source: "tmpfs", Options: []string{"nosuid", "strictatime", "mode=755", "size=65536k"}},
		{Destination: "/dev/pts", Type: "devpts", Source: "devpts", Options: pts},
		{Destination: "/dev/mqueue", Type: "mqueue", Source: "mqueue", Options: []string{"nosuid", "noexec", "nodev"}},
		sys,
	}
	if s.hostPID && s.runtime.ids.own {
		mounts[0] = specs.Mount{Destination: "/proc", Type: "bind", Source: "/proc", Options: []string{"rbind", "nosuid", "noexec", "nodev"}}
	}
	targets := map[string]bool{}
	var own []specs.Mount
	for _, mount := range spec.Mounts {
		converted, err := bindMount(mount)
		if err != nil {
			return nil, err
		}
		targets[converted.Destination] = true
		own = append(own, converted)
	}
	for _, file := range []struct{ target, source string }{
		{"/dev/shm", "shm"}, {"/etc/hosts", "hosts"}, {"/etc/hostname", "hostname"}, {"/etc/resolv.conf", "resolv.conf"},
	} {
		if targets[file.target] {
			continue
		}
		mounts = append(mounts, specs.Mount{
			Destination: file.target, Type: "bind", Source: filepath.Join(s.dir, file.source), Options: []string{"bind", "rw"},
		})
	}
	return append(mounts, own...), nil
}

// bindMount turns a mount of a pod into one for the runtime.
func bindMount(mount container.Mount) (specs.Mount, error) {
	source, readOnly, kind := mount.Source, mount.ReadOnly, "bind"
	if mount.Image != nil {
		path, err := inRoot(mount.Image.Root, mount.Source)
		if err != nil {
			return specs.Mount{}, fmt.Errorf("mounting %q of image %s: %w", mount.Source, mount.Image.Ref, err)
		}
		source, readOnly = path, true
	}
	if mount.Recursive {
		kind = "rbind"
	}
	options := []string{kind, "rprivate", "rw"}
	if readOnly {
		options[2] = "ro"
	}
	return specs.Mount{Destination: filepath.Clean(mount.Target), Type: "bind", Source: source, Options: options}, nil
}

func (s *sandbox) namespaces() []specs.LinuxNamespace {
	list := []specs.LinuxNamespace{{Type: specs.MountNamespace}}
	for kind, path := range s.joined {
		list = append(list, specs.LinuxNamespace{Type: namespaceTypes(kind), Path: path})
	}
	if !s.hostPID && s.joined["pid"] == "" {
		list = append(list, specs.LinuxNamespace{Type: specs.PIDNamespace})
	}
	slices.SortFunc(list, func(a, b specs.LinuxNamespace) int { return strings.Compare(string(a.Type), string(b.Type)) })
	return list
}

func namespaceTypes(kind string) specs.LinuxNamespaceType {
	if kind == "net" {
		return specs.NetworkNamespace
	}
	return specs.LinuxNamespaceType(kind)
}
