package oci

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// A program is the OCI runtime on this machine.
type program struct {
	// path is what is executed: a sealed copy in memory. A runtime makes such a copy of itself otherwise, each time, so that containers
	// can't change it through /proc, and executes itself again.
	path string
	copy *os.File
	name string
	crun bool
	// global are the arguments before the command.
	global []string
}

// findProgram looks for the runtime.
func findProgram(name string) (string, error) {
	if name != "" {
		path, err := exec.LookPath(name)
		if err != nil {
			return "", fmt.Errorf("looking for the OCI runtime: %w", err)
		}
		return path, nil
	}
	for _, name := range []string{"crun", "runc"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
		// They are outside of the search path of ordinary users on some systems.
		if path, err := exec.LookPath("/usr/sbin/" + name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("there is no OCI runtime (crun or runc) on this machine; get one with: apt-get install crun, or: dnf install crun")
}

func newProgram(name, state string) (*program, error) {
	path, err := findProgram(name)
	if err != nil {
		return nil, err
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	p := &program{path: path, name: filepath.Base(path), crun: strings.Contains(filepath.Base(path), "crun")}
	p.global = []string{"--root", state}
	if p.crun {
		p.global = append(p.global, "--cgroup-manager=disabled")
	}
	// It works without the copy too, only slower.
	if file, err := sealedCopy(path); err == nil {
		p.copy = file
		if open := pathOf(file); open != "" {
			p.path = open
		}
	}
	return p, nil
}

// pathOf returns a path of an open file. It names this process and not "self": between fork and exec, a child may put another file in the
// place of that number. It is empty if what is mounted at /proc does not show this process.
func pathOf(file *os.File) string {
	path := fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), file.Fd())
	there, err := os.Stat(path)
	if err != nil {
		return ""
	}
	if here, err := file.Stat(); err != nil || !os.SameFile(here, there) {
		return ""
	}
	return path
}

func sealedCopy(path string) (*os.File, error) {
	source, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer source.Close() //nolint:errcheck // nothing was written
	fd, err := unix.MemfdCreate("oci-runtime", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), "oci-runtime")
	if _, err := io.Copy(file, source); err != nil {
		_ = file.Close()
		return nil, err
	}
	const seals = unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals); err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// command prepares a run of the runtime. It is started on the thread of a place.
func (p *program) command(log string, args ...string) *exec.Cmd {
	global := p.global
	if log != "" {
		global = append(append([]string(nil), global...), "--log", log, "--log-format", "json")
	}
	return &exec.Cmd{
		Path: p.path,
		Args: append(append([]string{p.name}, global...), args...),
		Env:  []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
		Dir:  "/",
		// It is killed when the program dies. Ctrl-C in a terminal is for the program, which decides what it means.
		SysProcAttr: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setsid: true},
	}
}

func (p *program) close() {
	if p.copy != nil {
		_ = p.copy.Close()
	}
}
