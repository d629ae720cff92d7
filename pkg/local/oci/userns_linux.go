package oci

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// stageVariable tells the program that it has been executed again: "wait" for its ids, or "enter" what was made for it.
const stageVariable = "TENON_OCI_USER_NAMESPACE"

// syncFD is a pipe from the parent, which is at its end when the parent has died.
const syncFD = 3

// EnterUserNamespace executes the program again, with the same arguments, in a user namespace in which it is root, and in namespaces of
// mounts and processes that belong to it. The main function calls it before anything else if the backend is to be this one. In the
// parent, it returns when the child has ended: parent is true, and the program has to end with exitCode. In the child, and for root,
// who needs no namespace, parent is false, and the program goes on. An error says what forbids it on this machine, and the way out.
//
// The child is the first process of its namespace: when it or its parent dies, the kernel kills all that is left.
func EnterUserNamespace() (exitCode int, parent bool, err error) {
	switch os.Getenv(stageVariable) {
	case "wait":
		return 0, false, waitForIDs()
	case "enter":
		return 0, false, enter()
	}
	own, err := boundingSet()
	if err != nil {
		return 0, false, err
	}
	if own&(1<<unix.CAP_SYS_ADMIN) != 0 {
		return 0, false, nil
	}
	if os.Geteuid() == 0 {
		return 0, false, errNotAllowed()
	}
	if err := userNamespacesForbidden(); err != nil {
		return 0, false, err
	}
	code, err := runInside()
	return code, err == nil, err
}

// userNamespacesForbidden says what forbids user namespaces to ordinary users, as far as settings of the kernel tell.
func userNamespacesForbidden() error {
	setting := func(name string) string {
		data, err := os.ReadFile("/proc/sys/" + name) //nolint:gosec // one of three
		if err != nil {
			return ""
		}
		return strings.TrimSpace(string(data))
	}
	const otherwise = "; or run as root, or use --backend docker"
	switch {
	case setting("user/max_user_namespaces") == "0":
		return errors.New("user namespaces are turned off (user.max_user_namespaces is 0): " +
			"sudo sysctl user.max_user_namespaces=10000" + otherwise)
	case setting("kernel/unprivileged_userns_clone") == "0":
		return errors.New("ordinary users may not make user namespaces (kernel.unprivileged_userns_clone is 0): " +
			"sudo sysctl kernel.unprivileged_userns_clone=1" + otherwise)
	case setting("kernel/apparmor_restrict_unprivileged_userns") == "1":
		return errors.New("AppArmor keeps ordinary users from using user namespaces (kernel.apparmor_restrict_unprivileged_userns is 1): " +
			"sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0, or give this program a profile with the permission userns" + otherwise)
	}
	return nil
}

// explain says why the kernel has refused a user namespace.
func explain(err error) error {
	if forbidden := userNamespacesForbidden(); forbidden != nil {
		return forbidden
	}
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		return fmt.Errorf("the system forbids user namespaces, as containers do to what runs in them: start that container with "+
			"--security-opt seccomp=unconfined --security-opt systempaths=unconfined, or use --backend host: %w", err)
	}
	if errors.Is(err, unix.ENOSPC) {
		return fmt.Errorf("there are too many user namespaces (user.max_user_namespaces): %w", err)
	}
	return fmt.Errorf("making a user namespace: %w", err)
}

// runInside is the parent: it starts the child and waits for it.
func runInside() (int, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	// It is kept open until the end: the child sees that this process has died.
	defer write.Close() //nolint:errcheck // a byte at most
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: os.Args, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, ExtraFiles: []*os.File{read},
		SysProcAttr: &syscall.SysProcAttr{
			Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS,
			Pdeathsig:  syscall.SIGKILL,
		},
	}
	ranges, full := subordinateIDs()
	stage := "wait"
	if !full {
		stage = "enter"
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	cmd.Env = append(os.Environ(), stageVariable+"="+stage)
	signals := make(chan os.Signal, 16)
	signal.Notify(signals)
	defer signal.Stop(signals)
	// The child is killed when the thread that has started it ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		return 0, explain(err)
	}
	_ = read.Close()
	go passOn(signals, cmd.Process)
	if full {
		if err := ranges.give(cmd.Process.Pid); err != nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait() // it was killed
			return 0, err
		}
		if _, err := write.Write([]byte{1}); err != nil {
			return 0, err
		}
	}
	_ = cmd.Wait() // what it returns is in the state of the process
	return int(exitCode(cmd.ProcessState)), nil
}

// passOn passes signals on to the child. Those of the keys of a terminal have reached it already if this program has the terminal.
func passOn(signals <-chan os.Signal, child *os.Process) {
	for sig := range signals {
		switch sig {
		case unix.SIGCHLD, unix.SIGURG, unix.SIGPIPE, unix.SIGTTIN, unix.SIGTTOU:
		case unix.SIGINT, unix.SIGQUIT, unix.SIGTSTP, unix.SIGWINCH:
			if !inForeground() {
				_ = child.Signal(sig)
			}
		default:
			_ = child.Signal(sig)
		}
	}
}

func inForeground() bool {
	fd, err := unix.Open("/dev/tty", unix.O_RDONLY|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd) //nolint:errcheck // nothing was written
	group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// idRanges are the arguments of newuidmap and newgidmap after the number of the process.
type idRanges struct{ uid, gid []string }

// subordinateIDs are the ids that the user may use besides its own; false if there are none, or no programs to get them.
func subordinateIDs() (idRanges, bool) {
	for _, program := range []string{"newuidmap", "newgidmap"} {
		if _, err := exec.LookPath(program); err != nil {
			return idRanges{}, false
		}
	}
	names := []string{strconv.Itoa(os.Geteuid())}
	if u, err := user.LookupId(names[0]); err == nil {
		names = append(names, u.Username)
	}
	uid, okUID := subordinates("/etc/subuid", names, os.Geteuid())
	gid, okGID := subordinates("/etc/subgid", names, os.Getegid())
	return idRanges{uid, gid}, okUID && okGID
}

// subordinates are the arguments for the ranges of a user in a file: its own id is root, and the others follow.
func subordinates(file string, names []string, own int) ([]string, bool) {
	data, err := os.ReadFile(file) //nolint:gosec // one of two
	if err != nil {
		return nil, false
	}
	args := []string{"0", strconv.Itoa(own), "1"}
	next := 1
	for line := range strings.Lines(string(data)) {
		fields := strings.Split(strings.TrimSpace(line), ":")
		if len(fields) != 3 || fields[0] != names[0] && fields[0] != names[len(names)-1] {
			continue
		}
		count, err := strconv.Atoi(fields[2])
		if err != nil || count <= 0 {
			continue
		}
		args = append(args, strconv.Itoa(next), fields[1], fields[2])
		next += count
	}
	return args, next > 1
}

// give gives the child its ids.
func (r idRanges) give(pid int) error {
	var wg sync.WaitGroup
	errs := make([]error, 2)
	for i, args := range [][]string{
		append([]string{"newuidmap", strconv.Itoa(pid)}, r.uid...), append([]string{"newgidmap", strconv.Itoa(pid)}, r.gid...),
	} {
		wg.Go(func() {
			if said, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil { //nolint:gosec // two programs of the system
				errs[i] = fmt.Errorf("getting ids of /etc/subuid and /etc/subgid with %s: %w: %s", args[0], err, strings.TrimSpace(string(said)))
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// waitForIDs waits until the parent has given this process its ids, and executes the program again: as root, it gets its rights then.
func waitForIDs() error {
	if n, err := unix.Read(syncFD, make([]byte, 1)); err == nil && n == 0 {
		exitForParent()
	} else if err != nil {
		return fmt.Errorf("waiting for ids: %w", err)
	}
	if err := os.Setenv(stageVariable, "enter"); err != nil {
		return err
	}
	return fmt.Errorf("executing the program again: %w", unix.Exec("/proc/self/exe", os.Args, os.Environ()))
}

// enter makes the namespaces fit for the program.
func enter() error {
	if err := os.Unsetenv(stageVariable); err != nil {
		return err
	}
	// The kernel has forgotten it when the program got its rights.
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("asking to die with the parent: %w", err)
	}
	if err := dieWithParent(); err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SLAVE, ""); err != nil {
		return explain(err)
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return explain(fmt.Errorf("mounting /proc: %w", err))
	}
	return nil
}

// dieWithParent ends this process, and with it all of its namespace, when the parent does. The signal that the kernel sends is not enough:
// it is bound to the thread that has asked for it, and is lost with it if that is one that the Go runtime throws away.
func dieWithParent() error {
	unix.CloseOnExec(syncFD)
	poll := []unix.PollFd{{Fd: syncFD, Events: unix.POLLIN}}
	if n, err := unix.Poll(poll, 0); err == nil && n > 0 && poll[0].Revents&unix.POLLHUP != 0 {
		exitForParent()
	}
	if err := unix.SetNonblock(syncFD, true); err != nil {
		return fmt.Errorf("watching the parent: %w", err)
	}
	parent := os.NewFile(syncFD, "parent")
	go func() {
		// Nothing is sent any more: this returns at the end of the pipe.
		_, _ = parent.Read(make([]byte, 1))
		exitForParent()
	}()
	return nil
}

// exitForParent ends this process as the signal would. An error would not do: those that forbid namespaces let the program go on without.
func exitForParent() { os.Exit(128 + int(unix.SIGKILL)) }
