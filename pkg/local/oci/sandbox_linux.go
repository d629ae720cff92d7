package oci

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

type sandbox struct {
	runtime *Runtime
	// id is that of the pod; dir is where the sandbox keeps its files.
	id, dir, hostname, ip string
	hostPID, ownNetwork   bool
	// joined are files that stand for the namespaces of the pod, by kind ("uts", "ipc", "net", "pid").
	joined  map[string]string
	sysctls map[string]string
	// stops end what belongs to the sandbox, the last one first.
	stops []func()

	mu         sync.Mutex
	removed    bool
	starting   sync.WaitGroup
	containers map[*process]bool
}

// NewSandbox implements [container.Runtime].
func (r *Runtime) NewSandbox(ctx context.Context, req container.SandboxRequest) (container.Sandbox, error) {
	s := &sandbox{
		runtime: r, id: req.ID, hostname: req.Hostname, ip: "127.0.0.1", hostPID: req.HostPID, joined: map[string]string{},
		dir:        filepath.Join(r.folder.path, "sandboxes", randomID(6)),
		containers: map[*process]bool{},
	}
	r.mu.Lock()
	closed := r.closed
	if !closed {
		r.sandboxes[s] = true
	}
	r.mu.Unlock()
	if closed {
		return nil, errClosed
	}
	if err := s.prepare(ctx, req); err != nil {
		return nil, errors.Join(fmt.Errorf("preparing pod %s: %w", req.ID, err), s.Remove(context.WithoutCancel(ctx)))
	}
	return s, nil
}

func (s *sandbox) prepare(ctx context.Context, req container.SandboxRequest) error {
	for _, dir := range []string{"", "ns", "shm", "c"} {
		if err := os.Mkdir(filepath.Join(s.dir, dir), 0o700); err != nil {
			return err
		}
	}
	network := s.runtime.options.Network
	if req.HostNetwork {
		network = NetworkHost
	}
	s.ownNetwork = network != NetworkHost
	s.setSysctls(req.Sysctls)
	if err := s.makeNamespaces(); err != nil {
		return err
	}
	if network == NetworkPrivate {
		if err := s.connect(ctx); err != nil {
			return err
		}
	}
	if req.ShareProcesses && !req.HostPID {
		if err := s.shareProcesses(); err != nil {
			return err
		}
	}
	return s.writeFiles(req, network)
}

// makeNamespaces makes what the containers share, under files that only the place sees.
func (s *sandbox) makeNamespaces() error {
	kinds := []string{"uts", "ipc"}
	if s.ownNetwork {
		kinds = append(kinds, "net")
	}
	for _, kind := range kinds {
		path := filepath.Join(s.dir, "ns", kind)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			return err
		}
		s.joined[kind] = path
	}
	s.stops = append(s.stops, func() {
		_ = s.runtime.place.do(func() error {
			for _, path := range s.joined {
				_ = unix.Unmount(path, unix.MNT_DETACH)
			}
			return unix.Unmount(filepath.Join(s.dir, "shm"), unix.MNT_DETACH)
		})
	})
	return s.runtime.place.inNew(kinds, func() error {
		if err := unix.Sethostname([]byte(s.hostname)); err != nil {
			return fmt.Errorf("setting the host name: %w", err)
		}
		if s.ownNetwork {
			if err := loopbackUp(); err != nil {
				return err
			}
		}
		for _, kind := range kinds {
			if err := unix.Mount("/proc/thread-self/ns/"+kind, s.joined[kind], "", unix.MS_BIND, ""); err != nil {
				return fmt.Errorf("keeping the %s namespace: %w", kind, err)
			}
		}
		flags := uintptr(unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC)
		if err := unix.Mount("shm", filepath.Join(s.dir, "shm"), "tmpfs", flags, "mode=1777,size=65536k"); err != nil {
			return fmt.Errorf("mounting shared memory: %w", err)
		}
		return nil
	})
}

// IP implements [container.Sandbox].
func (s *sandbox) IP() string { return s.ip }

// Remove implements [container.Sandbox].
func (s *sandbox) Remove(ctx context.Context) error {
	s.mu.Lock()
	if s.removed {
		s.mu.Unlock()
		return nil
	}
	s.removed = true
	s.mu.Unlock()
	s.starting.Wait()
	s.mu.Lock()
	var left []*process
	for p := range s.containers {
		left = append(left, p)
	}
	s.mu.Unlock()
	for _, p := range left {
		_ = p.Signal(unix.SIGKILL)
	}
	err := waitGone(ctx, left)
	for i := len(s.stops) - 1; i >= 0; i-- {
		s.stops[i]()
	}
	s.runtime.mu.Lock()
	delete(s.runtime.sandboxes, s)
	s.runtime.mu.Unlock()
	return errors.Join(err, os.RemoveAll(s.dir))
}

func waitGone(ctx context.Context, left []*process) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for _, p := range left {
		select {
		case <-p.gone:
		case <-ctx.Done():
			return fmt.Errorf("container %s does not end after SIGKILL", p.name)
		}
	}
	return nil
}
