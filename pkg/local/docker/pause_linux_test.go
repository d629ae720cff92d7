package docker

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestPauseProgram(t *testing.T) {
	t.Parallel()
	for _, arch := range []string{"amd64", "arm64"} {
		content, err := pauseProgram(arch)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "pause")
		if err := os.WriteFile(path, content, 0o755); err != nil {
			t.Fatal(err)
		}
		file, err := elf.Open(path)
		if err != nil {
			t.Fatalf("%s: %v", arch, err)
		}
		if file.Entry != loadAddress+codeOffset || file.Progs[0].Filesz != uint64(len(content)) {
			t.Errorf("%s: entry %#x, segment %+v", arch, file.Entry, file.Progs[0])
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		if arch == runtime.GOARCH {
			sleeps(t, path)
		}
	}
	if _, err := pauseProgram("riscv64"); err == nil || !strings.Contains(err.Error(), `architecture "riscv64"`) {
		t.Errorf("error %v", err)
	}
}

// sleeps runs a program that must neither end nor work.
func sleeps(t *testing.T, path string) {
	t.Helper()
	program := exec.Command(path)
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	if err := program.Process.Signal(syscall.SIGCHLD); err != nil {
		t.Errorf("it has ended: %v", err)
	}
	time.Sleep(50 * time.Millisecond)
	if err := program.Process.Kill(); err != nil {
		t.Errorf("it has ended: %v", err)
	}
	_ = program.Wait()
	status, ok := program.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || status.Signal() != syscall.SIGKILL || program.ProcessState.UserTime() > 20*time.Millisecond {
		t.Errorf("it ended with %v after %v of work, want killed and none", program.ProcessState, program.ProcessState.UserTime())
	}
}

func TestAbandoned(t *testing.T) {
	t.Parallel()
	labels := ownLabels("run")
	if abandoned(labels) {
		t.Errorf("this program is said to be gone: %v", labels)
	}
	if startTime(os.Getpid()) == 0 || startTime(1<<30) != 0 {
		t.Errorf("start times: %d, %d", startTime(os.Getpid()), startTime(1<<30))
	}
}
