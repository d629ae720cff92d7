package oci

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// loopbackUp makes localhost work in the network namespace of the calling thread.
func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("opening a socket: %w", err)
	}
	defer unix.Close(fd) //nolint:errcheck // nothing was written
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request); err != nil {
		return fmt.Errorf("making localhost work: %w", err)
	}
	return nil
}

// connect gives the network of a pod a way out.
func (s *sandbox) connect(ctx context.Context) error {
	path, args, err := connector(s.joined["net"])
	if err != nil {
		return err
	}
	s.ip = "10.0.2.100"
	ready, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer ready.Close() //nolint:errcheck // nothing was written
	log, err := os.Create(filepath.Join(s.dir, "network.log"))
	if err != nil {
		_ = write.Close()
		return err
	}
	defer log.Close() //nolint:errcheck // only read after
	cmd := &exec.Cmd{
		Path: path, Args: append([]string{filepath.Base(path)}, args...), Dir: "/", Stdout: log, Stderr: log, ExtraFiles: []*os.File{write},
		SysProcAttr: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setsid: true},
	}
	err = s.runtime.place.do(cmd.Start)
	_ = write.Close()
	if err != nil {
		return fmt.Errorf("starting %s: %w", cmd.Args[0], err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // it is killed
		close(ended)
	}()
	s.stops = append(s.stops, func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	if err := waitReady(ctx, ready, ended); err != nil {
		said, _ := os.ReadFile(log.Name()) // then it has said nothing
		return fmt.Errorf("connecting the private network with %s: %w: %s", cmd.Args[0], err, strings.TrimSpace(string(said)))
	}
	return nil
}

// connector is the program that connects a network namespace, which tells that it is ready through file descriptor 3.
func connector(netns string) (path string, args []string, err error) {
	if path, err := exec.LookPath("slirp4netns"); err == nil {
		return path, []string{
			"--configure", "--mtu=65520", "--disable-host-loopback", "--ready-fd=3", "--netns-type=path", netns, "tap0",
		}, nil
	}
	if path, err := exec.LookPath("pasta"); err == nil {
		return path, []string{
			"--foreground", "--runas", "0:0", "--config-net", "--quiet", "--no-map-gw", "--ipv4-only", "--address", "10.0.2.100", "--netmask", "24",
			"--gateway", "10.0.2.2", "--dns-forward", forwarder, "--tcp-ports", "none", "--udp-ports", "none",
			"--tcp-ns", "none", "--udp-ns", "none", "--pid", "/dev/fd/3", "--netns", netns,
		}, nil
	}
	return "", nil, errors.New("a private network needs slirp4netns or pasta: apt-get install slirp4netns, or use the network host or none")
}

func waitReady(ctx context.Context, ready *os.File, ended <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	result := make(chan error, 1)
	go func() {
		_, err := ready.Read(make([]byte, 1))
		result <- err
	}()
	select {
	case err := <-result:
		if err != nil {
			<-ended // so that all that it has said is there
			return errors.New("it has ended")
		}
		return nil
	case <-ctx.Done():
		_ = ready.SetReadDeadline(time.Now())
		<-result //nolint:errcheck // the end of the wait is what counts
		return ctx.Err()
	}
}
