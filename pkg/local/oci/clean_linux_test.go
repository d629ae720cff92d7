package oci_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tenon-ci/tenon/pkg/local/container"
	"github.com/tenon-ci/tenon/pkg/local/oci"
)

// victim carries out pods until it is killed. It says so when a pod runs.
func victim(dir string) int {
	fail := func(err error) int {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	root := filepath.Join(dir, "image")
	r, err := oci.New(oci.Options{Images: unpacked{root}, Dir: filepath.Join(dir, "state"), Network: oci.NetworkNone, Program: os.Getenv("TENON_OCI_TEST_PROGRAM")})
	if err != nil {
		return fail(err)
	}
	for i := range 3 {
		s, err := r.NewSandbox(context.Background(), container.SandboxRequest{ID: strconv.Itoa(i), Hostname: "victim", ShareProcesses: i == 1})
		if err != nil {
			return fail(err)
		}
		spec := container.Spec{Name: "step", Image: &container.Image{Root: root}, Args: sh("sleep 1234 & sleep 1234"), TTY: i == 2}
		if _, err := s.Start(context.Background(), spec); err != nil {
			return fail(err)
		}
		fmt.Println("running", i)
	}
	select {}
}

func TestKilledProgramLeavesNothing(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 || oci.Available() != nil {
		t.Skip("needs root and an OCI runtime")
	}
	for _, program := range programs(t) {
		for _, wait := range []time.Duration{0, 30, 60, 90, 120, 180, 250, 400, 5000} {
			t.Run(fmt.Sprintf("%s after %d ms", program, wait), func(t *testing.T) {
				dir := t.TempDir()
				busyboxRoot(t, dir)
				kill(t, dir, program, wait*time.Millisecond)
				run := "tenon-none"
				if runs, _ := filepath.Glob(filepath.Join(dir, "state/tenon-*")); len(runs) == 1 {
					run = filepath.Base(runs[0])
				}
				must(t, os.MkdirAll(filepath.Join(dir, "state"), 0o700)) // it may have been too early
				must(t, oci.Clean(filepath.Join(dir, "state")))
				checkNothingLeft(t, dir, run)
			})
		}
	}
}

// kill starts a victim and kills it after a time, or when its pods run.
func kill(t *testing.T, dir, program string, wait time.Duration) {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), "TENON_OCI_TEST_VICTIM="+dir, "TENON_OCI_TEST_PROGRAM="+program)
	output, err := cmd.StdoutPipe()
	must(t, err)
	cmd.Stderr = os.Stderr
	must(t, cmd.Start())
	running := make(chan bool, 1)
	go func() {
		lines := 0
		for scanner := bufio.NewScanner(output); scanner.Scan(); {
			if lines++; lines == 3 {
				running <- true
			}
		}
	}()
	select {
	case <-running:
	case <-time.After(wait):
	}
	must(t, cmd.Process.Kill())
	_ = cmd.Wait() // it was killed
}

func checkNothingLeft(t *testing.T, dir, run string) {
	t.Helper()
	left, err := os.ReadDir(filepath.Join(dir, "state"))
	if err == nil && (len(left) != 1 || left[0].Name() != "lock") {
		t.Errorf("left in the folder for state: %v", left)
	}
	groups, err := filepath.Glob("/sys/fs/cgroup/*/" + run + "*")
	must(t, err)
	if len(groups) > 0 {
		t.Errorf("left: %v", groups)
	}
	for _, process := range processesBelow(t, dir) {
		t.Errorf("%s is left", process)
	}
}

// processesBelow are the processes that see mounts below dir.
func processesBelow(t *testing.T, dir string) []string {
	t.Helper()
	var found []string
	processes, err := filepath.Glob("/proc/[0-9]*/mountinfo")
	must(t, err)
	for _, name := range processes {
		data, _ := os.ReadFile(name) // it may have ended
		if strings.Contains(string(data), filepath.Join(dir, "state")) {
			command, _ := os.ReadFile(filepath.Join(filepath.Dir(name), "cmdline")) // it may have ended
			found = append(found, filepath.Dir(name)+" "+string(command))
		}
	}
	return found
}

func TestCleanLeavesLivingRunsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	s := w.sandbox(t, nil)
	c := w.start(t, s, container.Spec{Args: []string{"sleep", "1000"}}, &buffer{})
	must(t, oci.Clean(filepath.Join(w.dir, "state")))
	select {
	case <-c.Done():
		t.Error("a container of a program that lives was ended")
	case <-time.After(50 * time.Millisecond):
	}
	must(t, oci.Clean(filepath.Join(w.dir, "nothing")))
}
