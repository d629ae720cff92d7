package oci

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// pauseName is the name under which the program executes itself to be the first process of pods that share theirs.
const pauseName = "tenon-oci-pause"

// Main carries out the hidden command of this backend if args, with the name of the program first, is one: done is true then. The main
// function of the program calls it before anything else, and so do tests.
func Main(args []string) (exitCode int, done bool) {
	if len(args) == 0 || args[0] != pauseName {
		return 0, false
	}
	// Processes that lose their parents become this one's, and vanish when they end since nobody asks for them.
	signal.Ignore(syscall.SIGCHLD)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	<-stop
	return 0, true
}

// shareProcesses makes a namespace of processes for the pod. It lives as long as its first process, which the kernel kills with this one.
func (s *sandbox) shareProcesses() error {
	path := filepath.Join(s.dir, "ns", "pid")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return err
	}
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{pauseName}, Dir: "/",
		SysProcAttr: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setsid: true, Cloneflags: syscall.CLONE_NEWPID},
	}
	err := s.runtime.place.do(func() error {
		if err := cmd.Start(); err != nil {
			return fmt.Errorf("starting the first process: %w", err)
		}
		return unix.Mount("/proc/"+strconv.Itoa(cmd.Process.Pid)+"/ns/pid", path, "", unix.MS_BIND, "")
	})
	if cmd.Process != nil {
		s.stops = append(s.stops, func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait() // it is killed
		})
	}
	if err != nil {
		return fmt.Errorf("making a namespace of processes: %w", err)
	}
	s.joined["pid"] = path
	return nil
}
