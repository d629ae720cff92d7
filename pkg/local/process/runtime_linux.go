package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// Runtime carries out containers as processes.
type Runtime struct {
	server  *exec.Cmd
	control *net.UnixConn
	says    *tail
	ids     atomic.Int64

	sending sync.Mutex
	closing sync.Once
	ended   chan struct{}
}

var _ container.Runtime = (*Runtime)(nil)

// closeTimeout is how long the server may take to go when it is asked to.
const closeTimeout = 5 * time.Second

// Available says why there are no containers of this kind here, and what to use instead. It is nil if there are.
func Available() error {
	var errs []error
	for _, attributes := range attempts() {
		// A program that is not there is looked for when all namespaces have been made, which is what counts.
		_, err := os.StartProcess("/proc/self/nonesuch", []string{"nonesuch"}, &os.ProcAttr{Sys: attributes})
		if errors.Is(err, fs.ErrNotExist) {
			return restricted(attributes)
		}
		errs = append(errs, err)
	}
	return fmt.Errorf("this system allows no mount namespaces here (%w): use --backend docker", errors.Join(errs...))
}

// restricted says whether the system allows user namespaces but nothing in them.
func restricted(attributes *syscall.SysProcAttr) error {
	if attributes.Cloneflags&unix.CLONE_NEWUSER == 0 {
		return nil
	}
	value, err := os.ReadFile("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
	if err == nil && strings.TrimSpace(string(value)) == "1" {
		return errors.New("AppArmor lets ordinary users mount nothing (kernel.apparmor_restrict_unprivileged_userns is 1): " +
			"set it to 0, or use --backend docker")
	}
	return nil
}

// attempts are the ways to get a mount namespace, in the order in which they are tried.
func attempts() []*syscall.SysProcAttr {
	const flags = unix.CLONE_NEWNS | unix.CLONE_NEWPID
	// People keep their number in it, and nobody else has one.
	inUserNamespace := &syscall.SysProcAttr{
		Cloneflags:  flags | unix.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: os.Geteuid(), HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: os.Getegid(), HostID: os.Getegid(), Size: 1}},
		AmbientCaps: []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_SYS_CHROOT},
		Setsid:      true,
	}
	if os.Geteuid() != 0 {
		return []*syscall.SysProcAttr{inUserNamespace}
	}
	// A terminal's Ctrl-C is for this program only; hence the session.
	return []*syscall.SysProcAttr{{Cloneflags: flags, Setsid: true}, inUserNamespace}
}

// New starts the server. It does not wait until the server is ready.
func New(o Options) (*Runtime, error) {
	command := o.Server
	if len(command) == 0 {
		command = []string{"/proc/self/exe", Command}
	}
	var errs []error
	for _, attributes := range attempts() {
		r, err := serve(command, attributes)
		if err == nil {
			return r, nil
		}
		errs = append(errs, err)
	}
	return nil, fmt.Errorf("starting the server of processes: %w", errors.Join(errs...))
}

// serve starts the server with one end of a connection as its standard input.
func serve(command []string, attributes *syscall.SysProcAttr) (*Runtime, error) {
	mine, its, err := socketpair()
	if err != nil {
		return nil, err
	}
	defer func() { _ = its.Close() }()
	r := &Runtime{control: mine, says: &tail{}, ended: make(chan struct{})}
	r.server = exec.Command(command[0], command[1:]...)
	r.server.Stdin, r.server.Stderr = its, r.says
	r.server.SysProcAttr = attributes
	if err := r.server.Start(); err != nil {
		_ = mine.Close()
		return nil, err
	}
	go func() {
		defer close(r.ended)
		_ = r.server.Wait()
	}()
	return r, nil
}

// socketpair makes a connection and a file with its other end.
func socketpair() (*net.UnixConn, *os.File, error) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	mine, its := os.NewFile(uintptr(ends[0]), "connection"), os.NewFile(uintptr(ends[1]), "connection")
	defer func() { _ = mine.Close() }()
	conn, err := net.FileConn(mine)
	if err != nil {
		_ = its.Close()
		return nil, nil, err
	}
	return conn.(*net.UnixConn), its, nil
}

// Close implements [container.Runtime]. The end of the server is that of all processes.
func (r *Runtime) Close() error {
	r.closing.Do(func() { _ = r.control.Close() })
	select {
	case <-r.ended:
		return nil
	case <-time.After(closeTimeout):
	}
	if err := r.server.Process.Kill(); err != nil {
		return fmt.Errorf("ending the server of processes: %w", err)
	}
	<-r.ended
	return nil
}

// session opens a connection to the server for one process, which writes to output, and waits until it runs.
func (r *Runtime) session(ctx context.Context, req request, output *os.File) (*net.UnixConn, *json.Decoder, error) {
	conn, its, err := socketpair()
	if err != nil {
		return nil, nil, err
	}
	r.sending.Lock()
	_, _, err = r.control.WriteMsgUnix([]byte{0}, unix.UnixRights(int(its.Fd()), int(output.Fd())), nil)
	r.sending.Unlock()
	// Nobody but the server may have that end, or its death would not be noticed.
	_ = its.Close()
	if err == nil {
		err = json.NewEncoder(conn).Encode(req)
	}
	var answer started
	decoder := json.NewDecoder(conn)
	if err == nil {
		// A caller that gives up ends the process with the connection.
		stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
		err = decoder.Decode(&answer)
		if !stop() {
			err = ctx.Err()
		}
	}
	switch {
	case ctx.Err() != nil:
		err = ctx.Err()
	case err != nil:
		err = fmt.Errorf("the server of processes has ended: %w%s", err, r.lastWords())
	case answer.Error != "":
		err = &container.StartError{Reason: answer.Reason, ExitCode: answer.Code, Err: errors.New(answer.Error)}
	}
	if err != nil {
		_ = conn.Close()
		return nil, nil, err
	}
	return conn, decoder, nil
}

// lastWords is what the server has written, if it has ended.
func (r *Runtime) lastWords() string {
	select {
	case <-r.ended:
	case <-time.After(time.Second):
	}
	if text := strings.TrimSpace(r.says.String()); text != "" {
		return ": " + text
	}
	return ""
}

// tail keeps the beginning of what is written.
type tail struct {
	mu   sync.Mutex
	kept []byte
	max  int
}

// Write implements [io.Writer].
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	limit := t.max
	if limit == 0 {
		limit = 4 << 10
	}
	t.kept = append(t.kept, p[:min(len(p), limit-len(t.kept))]...)
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.kept)
}
