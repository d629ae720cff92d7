package docker

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"

	cerrdefs "github.com/containerd/errdefs"
	api "github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// sandbox is what the containers of a pod share. Without a network of its own it has no container for that.
type sandbox struct {
	runtime *Runtime
	request container.SandboxRequest
	// holder is the container whose namespaces the others join; "" if there is none.
	holder string
	// ready is closed when the holder runs, or does not, which failed tells then.
	ready  chan struct{}
	failed error
	ip     string

	mu      sync.Mutex
	removed bool
	members []string
	running []*running
	volumes map[string]*volume
	// starts are containers that are being made.
	starts sync.WaitGroup
}

// NewSandbox implements [container.Runtime]. The holder of the network starts while the caller goes on.
func (r *Runtime) NewSandbox(ctx context.Context, req container.SandboxRequest) (container.Sandbox, error) {
	req.HostNetwork = req.HostNetwork || r.options.HostNetwork
	s := &sandbox{runtime: r, request: req, ready: make(chan struct{}), ip: "127.0.0.1", volumes: map[string]*volume{}}
	if req.HostNetwork && !req.ShareProcesses {
		close(s.ready)
	} else if err := s.hold(ctx); err != nil {
		return nil, fmt.Errorf("creating the sandbox of pod %s: %w", req.ID, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sandboxes[req.ID] = s
	return s, nil
}

// hold makes the container that holds what is shared.
func (s *sandbox) hold(ctx context.Context) error {
	r := s.runtime
	image, err := r.loadPause(ctx)
	if err != nil {
		return err
	}
	dns, err := dnsOf(s.request)
	if err != nil {
		return err
	}
	noTime := 0
	host := &api.HostConfig{
		IpcMode: api.IPCModeShareable, Sysctls: s.request.Sysctls, LogConfig: api.LogConfig{Type: "none"},
		DNS: dns.servers, DNSSearch: dns.searches, DNSOptions: dns.options, ExtraHosts: dns.hosts,
	}
	if s.request.HostNetwork {
		host.NetworkMode = "host"
	}
	created, err := r.api.ContainerCreate(ctx, client.ContainerCreateOptions{
		Config: &api.Config{
			Image: image, Hostname: s.request.Hostname, StopTimeout: &noTime, StopSignal: "SIGKILL",
			Labels: r.labelled(s.request.ID, "", roleSandbox),
		},
		HostConfig: host,
	})
	if err != nil {
		return err
	}
	s.holder = created.ID
	go func() {
		defer close(s.ready)
		s.failed = s.startHolder(context.WithoutCancel(ctx))
	}()
	return nil
}

func (s *sandbox) startHolder(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, removeTimeout)
	defer cancel()
	if _, err := s.runtime.api.ContainerStart(ctx, s.holder, client.ContainerStartOptions{}); err != nil {
		return fmt.Errorf("starting the container that holds the network of the pod: %w", err)
	}
	found, err := s.runtime.api.ContainerInspect(ctx, s.holder, client.ContainerInspectOptions{})
	if err != nil {
		return fmt.Errorf("asking for the address of the pod: %w", err)
	}
	if found.Container.NetworkSettings == nil {
		return nil
	}
	for _, network := range found.Container.NetworkSettings.Networks {
		if network.IPAddress.IsValid() && !network.IPAddress.IsUnspecified() {
			s.ip = network.IPAddress.String()
			return nil
		}
	}
	return nil
}

// IP implements [container.Sandbox]. Engines without a bridge (rootless ones, and the machine's own network) have no address that
// others could use; it is that of the loopback interface there.
func (s *sandbox) IP() string {
	<-s.ready
	return s.ip
}

// begin says that a container is being made, until done is called. It fails once the sandbox is being removed.
func (s *sandbox) begin() (done func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.removed {
		return nil, errors.New("the pod has been removed")
	}
	s.starts.Add(1)
	return s.starts.Done, nil
}

// add remembers a container that was made.
func (s *sandbox) add(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.members = append(s.members, id)
}

// Remove implements [container.Sandbox].
func (s *sandbox) Remove(ctx context.Context) error {
	s.mu.Lock()
	s.removed = true
	s.mu.Unlock()
	s.starts.Wait()
	<-s.ready
	s.mu.Lock()
	members, started := s.members, s.running
	s.members, s.running = nil, nil
	s.mu.Unlock()
	for _, c := range started {
		c.gone.Store(true)
	}
	errs := make([]error, len(members))
	var all sync.WaitGroup
	for i, id := range members {
		all.Go(func() { errs[i] = remove(ctx, s.runtime.api, id) })
	}
	all.Wait()
	if s.holder != "" {
		errs = append(errs, remove(ctx, s.runtime.api, s.holder))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("removing pod %s: %w", s.request.ID, err)
	}
	for _, c := range started {
		select {
		case <-c.done:
		case <-ctx.Done():
			return fmt.Errorf("removing pod %s: %w", s.request.ID, ctx.Err())
		}
	}
	s.runtime.mu.Lock()
	defer s.runtime.mu.Unlock()
	delete(s.runtime.sandboxes, s.request.ID)
	return nil
}

// dns is what a pod says about names.
type dns struct {
	servers                  []netip.Addr
	searches, options, hosts []string
}

func dnsOf(req container.SandboxRequest) (dns, error) {
	var d dns
	for _, line := range req.Hosts {
		fields := strings.Fields(line)
		for _, host := range fields[min(1, len(fields)):] {
			d.hosts = append(d.hosts, host+":"+fields[0])
		}
	}
	if req.DNS == nil {
		return d, nil
	}
	for _, server := range req.DNS.Nameservers {
		address, err := netip.ParseAddr(server)
		if err != nil {
			return dns{}, fmt.Errorf("name server %q: %w", server, err)
		}
		d.servers = append(d.servers, address)
	}
	d.searches = req.DNS.Searches
	for _, option := range req.DNS.Options {
		text := option.Name
		if option.Value != nil {
			text += ":" + *option.Value
		}
		d.options = append(d.options, text)
	}
	return d, nil
}

// isGone says that the engine does not know the container, or that it does not run.
func isGone(err error) bool { return cerrdefs.IsNotFound(err) || cerrdefs.IsConflict(err) }
