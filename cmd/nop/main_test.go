//go:build unix

package main

import (
	"bufio"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// childVar makes this binary be the command instead of the test.
const childVar = "NOP_TEST_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(childVar) {
	case "nop":
		main()
		os.Exit(0)
	case "subreaper":
		os.Exit(subreaper())
	case "print and end":
		_, _ = os.Stdout.WriteString(strconv.Itoa(os.Getpid()) + "\n")
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func command(t *testing.T, mode string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.Command(os.Args[0], args...)
	c.Env = []string{childVar + "=" + mode}
	return c
}

func TestEndsAtOnce(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"anything", "--else"}} {
		if err := command(t, "nop", args...).Run(); err != nil {
			t.Errorf("%v: %v", args, err)
		}
	}
}

// subreaper does nothing as a process to which others are left. One of those it starts itself, before it waits.
func subreaper() int {
	if unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != nil {
		return 1
	}
	go func() {
		c := exec.Command(os.Args[0])
		c.Env = []string{childVar + "=print and end"}
		c.Stdout = os.Stdout
		_ = c.Start()
	}()
	wait()
	return 0
}

func TestWaitsAndReaps(t *testing.T) {
	t.Parallel()
	c := command(t, "subreaper")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	text, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		t.Fatal(err)
	}
	// The number goes when the ended process was collected.
	for syscall.Kill(pid, 0) == nil {
	}
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil {
		t.Errorf("told to end: %v", err)
	}
}
