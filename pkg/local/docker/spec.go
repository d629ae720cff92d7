package docker

import (
	"slices"
	"strconv"
	"strings"

	api "github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/client"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// createOptions says to the engine what a container is. mounts are the spec's, with images replaced by folders.
func (s *sandbox) createOptions(spec container.Spec, mounts []container.Mount) (client.ContainerCreateOptions, error) {
	noTime := 0
	config := &api.Config{
		Image: s.runtime.engineImage(spec.Image),
		// All of it, since engines differ in what they take from the image otherwise.
		Entrypoint: spec.Args, Cmd: []string{},
		Env: lastWins(spec.Env), WorkingDir: spec.WorkingDir, User: user(spec), Tty: spec.TTY,
		AttachStdout: true, AttachStderr: true,
		Labels: s.runtime.labelled(s.request.ID, spec.Name, roleContainer),
		// Removing a container must not wait for it, and what the image says about health is not for pods.
		StopTimeout: &noTime, StopSignal: "SIGKILL", Healthcheck: &api.HealthConfig{Test: []string{"NONE"}},
	}
	host := &api.HostConfig{
		// The output comes by attaching; a copy on the disk would only grow.
		LogConfig:  api.LogConfig{Type: "none"},
		Privileged: spec.Privileged, ReadonlyRootfs: spec.ReadOnlyRoot,
		CapAdd: spec.AddCapabilities, CapDrop: spec.DropCapabilities,
		// Folders of users must not get other labels of SELinux because a container uses them.
		SecurityOpt: []string{"label=disable"},
		Resources:   api.Resources{Memory: spec.Memory, MemorySwap: spec.Memory, NanoCPUs: spec.CPU * 1_000_000},
		Mounts:      binds(mounts),
	}
	if spec.NoNewPrivileges {
		host.SecurityOpt = append(host.SecurityOpt, "no-new-privileges")
	}
	for _, group := range spec.Groups {
		host.GroupAdd = append(host.GroupAdd, strconv.FormatInt(group, 10))
	}
	if err := s.join(config, host); err != nil {
		return client.ContainerCreateOptions{}, err
	}
	return client.ContainerCreateOptions{Config: config, HostConfig: host}, nil
}

// join puts the container into the namespaces of its pod.
func (s *sandbox) join(config *api.Config, host *api.HostConfig) error {
	if s.request.HostPID {
		host.PidMode = "host"
	}
	if s.holder == "" {
		d, err := dnsOf(s.request)
		if err != nil {
			return err
		}
		host.NetworkMode, config.Hostname = "host", s.request.Hostname
		host.DNS, host.DNSSearch, host.DNSOptions, host.ExtraHosts = d.servers, d.searches, d.options, d.hosts
		host.Sysctls = s.request.Sysctls
		return nil
	}
	holder := "container:" + s.holder
	host.NetworkMode, host.IpcMode = api.NetworkMode(holder), api.IpcMode(holder)
	if s.request.ShareProcesses && !s.request.HostPID {
		host.PidMode = api.PidMode(holder)
	}
	if s.request.HostNetwork {
		host.NetworkMode, config.Hostname = "host", s.request.Hostname
	} else if s.runtime.podman {
		// Docker gives the name of the holder to those that join its network, Podman that of the namespace.
		host.UTSMode = api.UTSMode(holder)
	}
	return nil
}

// user is what the process runs as, in the form of images.
func user(spec container.Spec) string {
	name := spec.User
	if spec.UID != nil {
		name = strconv.FormatInt(*spec.UID, 10)
	}
	if spec.GID == nil {
		return name
	}
	owner, _, _ := strings.Cut(name, ":")
	if owner == "" {
		owner = "0"
	}
	return owner + ":" + strconv.FormatInt(*spec.GID, 10)
}

// lastWins leaves the last of the variables of each name, since engines differ in which they take.
func lastWins(env []string) []string {
	seen := make(map[string]bool, len(env))
	kept := make([]string, 0, len(env))
	for _, variable := range slices.Backward(env) {
		name, _, _ := strings.Cut(variable, "=")
		if !seen[name] {
			seen[name] = true
			kept = append(kept, variable)
		}
	}
	slices.Reverse(kept)
	return kept
}

// binds are mounts of this machine's files.
func binds(mounts []container.Mount) []mount.Mount {
	bound := make([]mount.Mount, len(mounts))
	for i, m := range mounts {
		bound[i] = mount.Mount{
			Type: mount.TypeBind, Source: m.Source, Target: m.Target, ReadOnly: m.ReadOnly,
			BindOptions: &mount.BindOptions{Propagation: mount.PropagationRPrivate, NonRecursive: !m.Recursive},
		}
	}
	return bound
}
