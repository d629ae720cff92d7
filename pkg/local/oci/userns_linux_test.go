package oci_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tenon-ci/tenon/pkg/local/container"
	"github.com/tenon-ci/tenon/pkg/local/oci"
)

// ordinary carries out containers as an ordinary user does, with a folder for state and one for an image.
func ordinary(dir string) int {
	code, parent, err := oci.EnterUserNamespace()
	if err != nil {
		fmt.Println("forbidden:", err)
		return 1
	}
	if parent {
		return code
	}
	root := filepath.Join(dir, "image")
	state := filepath.Join(dir, "state")
	if err := oci.Clean(state); err != nil {
		fmt.Println(err)
		return 1
	}
	r, err := oci.New(oci.Options{
		Images: unpacked{root}, Dir: state, Program: os.Getenv("TENON_OCI_TEST_PROGRAM"), Network: oci.Network(os.Getenv("TENON_OCI_TEST_NETWORK")),
		Warn: func(text string) { fmt.Println("warning:", text) },
	})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	s, err := r.NewSandbox(context.Background(), container.SandboxRequest{ID: "pod", Hostname: "ordinary"})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	if os.Getenv("TENON_OCI_TEST_STAY") != "" {
		return stay(s, root)
	}
	for _, spec := range []container.Spec{
		{Args: sh("id -u; hostname; touch /new && echo written; ls /sys/class >/dev/null && echo sys; ls /dev/pts >/dev/null && echo pts")},
		{Args: sh(os.Getenv("TENON_OCI_TEST_SCRIPT")), TTY: true},
		{Args: []string{"id", "-u"}, User: "builder"},
	} {
		spec.Image = &container.Image{Root: root}
		output := &buffer{}
		spec.Output = output
		c, err := s.Start(context.Background(), spec)
		if err != nil {
			fmt.Println("start:", err)
			continue
		}
		<-c.Done()
		fmt.Print(output.String())
		fmt.Println("exit code", c.Exit().Code)
	}
	if err := r.Close(); err != nil {
		fmt.Println(err)
		return 1
	}
	return 5
}

// stay runs a container until a signal comes.
func stay(s container.Sandbox, root string) int {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	if _, err := s.Start(context.Background(), container.Spec{Image: &container.Image{Root: root}, Args: []string{"sleep", "1234"}}); err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("running")
	<-signals
	return 6
}

// asNobody prepares a run of this program as an ordinary user.
func asNobody(t *testing.T, dir, program string) *exec.Cmd {
	t.Helper()
	for _, path := range []string{filepath.Dir(dir), dir} {
		must(t, os.Chmod(path, 0o755))
	}
	busyboxRoot(t, dir)
	must(t, os.Mkdir(filepath.Join(dir, "state"), 0o700))
	// Images of ordinary users are their own.
	must(t, filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, 65534, 65534)
	}))
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe")
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), "TENON_OCI_TEST_ORDINARY="+dir, "TENON_OCI_TEST_PROGRAM="+program, "TENON_OCI_TEST_SCRIPT=tty")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	return cmd
}

func TestOrdinaryUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("needs root, to become an ordinary user")
	}
	for _, program := range programs(t) {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			cmd := asNobody(t, dir, program)
			output, _ := cmd.CombinedOutput() // the exit code is looked at
			got := string(output)
			if strings.HasPrefix(got, "forbidden:") {
				t.Skip(got)
			}
			for _, want := range []string{"0\nordinary\nwritten\nsys\npts\nexit code 0\n", "/dev/pts/0\r\nexit code 0\n"} {
				if !strings.Contains(got, want) {
					t.Errorf("got %s, want %q in it", got, want)
				}
			}
			if !strings.Contains(got, "user 1000, which does not exist") && !strings.Contains(got, "1000\nexit code 0\n") {
				t.Errorf("got %s, want user 1000 or an explanation", got)
			}
			if cmd.ProcessState.ExitCode() != 5 {
				t.Errorf("exit code %d, want 5", cmd.ProcessState.ExitCode())
			}
			checkNothingLeft(t, dir, "tenon-none")
		})
	}
}

func TestSignalsOfOrdinaryUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("needs root, to become an ordinary user")
	}
	for _, tc := range []struct {
		signal syscall.Signal
		want   int
	}{{syscall.SIGTERM, 6}, {syscall.SIGKILL, -1}} {
		t.Run(tc.signal.String(), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			cmd := asNobody(t, dir, programs(t)[0])
			cmd.Env = append(cmd.Env, "TENON_OCI_TEST_STAY=1")
			output, err := cmd.StdoutPipe()
			must(t, err)
			must(t, cmd.Start())
			first, _ := bufio.NewReader(output).ReadString('\n') // it is looked at
			if strings.HasPrefix(first, "forbidden:") {
				t.Skip(first)
			}
			if first != "running\n" {
				t.Fatalf("got %q, want running", first)
			}
			must(t, cmd.Process.Signal(tc.signal))
			_ = cmd.Wait() // the exit code is looked at
			if got := cmd.ProcessState.ExitCode(); got != tc.want {
				t.Errorf("exit code %d, want %d", got, tc.want)
			}
			// The kernel ends the processes, only the folder is left.
			for range 200 {
				if len(processesBelow(t, dir)) == 0 {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			if left := processesBelow(t, dir); len(left) > 0 {
				t.Errorf("left: %q", left)
			}
			must(t, oci.Clean(filepath.Join(dir, "state")))
			checkNothingLeft(t, dir, "tenon-none")
		})
	}
}
