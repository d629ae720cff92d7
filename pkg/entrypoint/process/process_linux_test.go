package process_test

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tenon-ci/tenon/pkg/entrypoint/process"
)

func TestHermetic(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	spec := self("network")
	spec.Hermetic = true
	spec.Stdout = w
	c, err := process.Start(spec)
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EINVAL) {
		t.Skipf("no user namespaces here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	<-c.Done()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var pid, uid, links, interfaces int
	if _, err := fmt.Fscan(r, &pid, &uid, &links, &interfaces); err != nil {
		t.Fatal(err)
	}
	if pid != 1 || uid != os.Getuid() || interfaces != 1 {
		t.Errorf("process %d of user %d sees %d interfaces, want process 1 of user %d with the loopback alone", pid, uid, interfaces, os.Getuid())
	}
}

// reaper runs as a process to which orphans are left.
func reaper() int {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return 1
	}
	gateOut, gateIn, _ := os.Pipe()
	out, in, _ := os.Pipe()
	if _, err := unix.FcntlInt(gateOut.Fd(), unix.F_SETFD, 0); err != nil {
		return 3
	}
	first := self("orphan", strconv.Itoa(int(gateOut.Fd())))
	first.Stdout = in
	first.Reap = true
	c, err := process.Start(first)
	if err != nil {
		return 4
	}
	<-c.Done()
	var orphan int
	if _, err := fmt.Fscan(out, &orphan); err != nil {
		return 5
	}
	// The next process outlives the orphan: when the orphan is gone from the process table, it was collected.
	second := self("echo signal")
	second.Reap = true
	second.Stdout = in
	if c, err = process.Start(second); err != nil {
		return 6
	}
	var ready string
	if _, err := fmt.Fscan(out, &ready); err != nil || ready != "ready" {
		return 7
	}
	fd, err := unix.PidfdOpen(orphan, 0)
	if err != nil {
		return 8
	}
	if _, err := gateIn.Write([]byte{0}); err != nil {
		return 9
	}
	for unix.Kill(orphan, 0) == nil {
		if _, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, -1); err != nil && !errors.Is(err, unix.EINTR) {
			return 10
		}
	}
	_ = c.Signal(syscall.SIGTERM)
	<-c.Done()
	if c.Exit() != (process.Exit{}) {
		return 11
	}
	return 0
}

func TestReapsOrphans(t *testing.T) {
	t.Parallel()
	c := start(t, self("reaper"))
	<-c.Done()
	if got := c.Exit(); got != (process.Exit{}) {
		t.Errorf("exit %+v", got)
	}
}

func TestParseIDs(t *testing.T) {
	t.Parallel()
	ids, err := process.ParseIDs(strings.NewReader("         0     100000      65536\n     70000     200000       5\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, id := range ids {
		got = append(got, strconv.Itoa(id.ContainerID)+" "+strconv.Itoa(id.HostID)+" "+strconv.Itoa(id.Size))
	}
	if strings.Join(got, ", ") != "0 0 65536, 70000 70000 5" {
		t.Errorf("mapping %v", got)
	}
	for _, text := range []string{"1 2", "a 2 3", "1 2 b"} {
		if _, err := process.ParseIDs(strings.NewReader(text)); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}
