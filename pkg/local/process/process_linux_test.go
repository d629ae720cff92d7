package process_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/local/container"
	"github.com/tenon-ci/tenon/pkg/local/process"
)

// helper makes the test program carry out a part of a test in another process.
const helper = "TENON_PROCESS_TEST"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == process.Command {
		os.Exit(process.Main(os.Args[2:]))
	}
	if os.Getenv(helper) == "leave" {
		leave()
		return
	}
	os.Exit(m.Run())
}

func start(t testing.TB) *process.Runtime {
	t.Helper()
	if err := process.Available(); err != nil {
		t.Skip(err)
	}
	runtime, err := process.New(process.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := runtime.Close(); err != nil {
			t.Error(err)
		}
	})
	return runtime
}

func pod(t testing.TB, runtime *process.Runtime, dir string) container.Sandbox {
	t.Helper()
	sandbox, err := runtime.NewSandbox(t.Context(), container.SandboxRequest{ID: "pod", Dir: dir, Hosts: []string{"10.1.2.3 build.example"}})
	if err != nil {
		t.Fatal(err)
	}
	return sandbox
}

// output is a writer that can be read from meanwhile.
type output struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buffer.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buffer.String()
}

func shell(script string) (container.Spec, *output) {
	out := &output{}
	return container.Spec{
		Name: "step-one", Image: &container.Image{Ref: "none", ID: "host"}, Args: []string{"sh", "-c", script},
		Env: []string{"PATH=/usr/bin:/bin", "A=1", "A=2"}, WorkingDir: "/workspace/source", Output: out,
	}, out
}

func await(t testing.TB, c container.Container) container.Exit {
	t.Helper()
	select {
	case <-c.Done():
	case <-time.After(20 * time.Second):
		t.Fatal("the container does not end")
	}
	return c.Exit()
}

func run(t *testing.T, sandbox container.Sandbox, spec container.Spec) container.Exit {
	t.Helper()
	c, err := sandbox.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	return await(t, c)
}

type containerCase struct {
	name   string
	script string
	change func(*container.Spec)
	code   int32
	want   string
}

// mounts mounts a folder on all targets.
func mounts(dir string, targets ...string) []container.Mount {
	all := make([]container.Mount, len(targets))
	for i, target := range targets {
		all[i] = container.Mount{Source: dir, Target: target}
	}
	return all
}

// processCases are about the process.
func processCases() []containerCase {
	return []containerCase{
		{name: "exit code and both streams", script: "echo out; echo err >&2; exit 7", code: 7, want: "out\nerr\n"},
		{name: "killed", script: "kill -9 $$", code: 137},
		{name: "environment", script: "echo $A; env | grep -c ^A=", want: "2\n1\n"},
		{name: "much output", script: "head -c 3000000 /dev/zero | wc -c", want: "3000000\n"},
		{
			name: "own processes only", script: "test -d /proc/$$; ls -d /proc/[0-9]* | wc -l | grep -c '^[0-9]$'",
			want: "1\n",
		},
		{
			name: "no new privileges", script: "grep NoNewPrivs /proc/self/status",
			change: func(s *container.Spec) { s.NoNewPrivileges = true }, want: "NoNewPrivs:\t1\n",
		},
		{
			name: "terminal", script: "test -t 1 && test -t 0 && echo yes",
			change: func(s *container.Spec) { s.TTY = true }, want: "yes\r\n",
		},
		{name: "what it leaves behind is ended", script: "setsid sleep 999 & echo started", want: "started\n"},
	}
}

// fileCases are about what the process sees of files. dir has the file "in".
func fileCases(dir string) []containerCase {
	return []containerCase{
		{name: "working directory is made", script: "pwd; ls -A", want: "/workspace/source\n"},
		{
			name:   "mounts",
			script: "cat in /etc/tenon-test/deep/in /run/tenon-test/in; test -e /etc/passwd && echo more > out; ls -d /etc/tenon*",
			change: func(s *container.Spec) {
				s.Mounts = mounts(dir, "/workspace/source", "/etc/tenon-test/deep", "/var/run/tenon-test", "/usr/share/tenon-test",
					"/workspace/source/sub")
			},
			want: "from outside\nfrom outside\nfrom outside\n/etc/tenon-test\n",
		},
		{
			name: "file", script: "cat /etc/tenon-file /etc/passwd",
			change: func(s *container.Spec) {
				s.Mounts = mounts(filepath.Join(dir, "in"), "/etc/tenon-file", "/etc/passwd")
			},
			want: "from outside\nfrom outside\n",
		},
		{
			name:   "file among devices",
			script: "echo done > /dev/tenon-test-log; echo x > /dev/null && test -c /dev/null && test -d /dev/shm && cat /dev/tenon-test-log",
			change: func(s *container.Spec) {
				s.Mounts = mounts(filepath.Join(dir, "message"), "/dev/tenon-test-log")
			},
			want: "done\n",
		},
		{
			name: "read-only mount", script: "echo more 2>/dev/null > x || echo no",
			change: func(s *container.Spec) {
				s.Mounts = mounts(dir, "/workspace/source")
				s.Mounts[0].ReadOnly, s.Mounts[0].Recursive = true, true
			},
			want: "no\n",
		},
		{name: "hosts", script: "tail -n 1 /etc/hosts", want: "10.1.2.3 build.example\n"},
		{name: "the root of the machine is gone", script: "ls -A / | grep -c tenon", code: 1, want: "0\n"},
	}
}

func TestContainer(t *testing.T) {
	t.Parallel()
	runtime := start(t)
	// Volumes are in the pod's folder, which the new root is mounted on meanwhile.
	home := t.TempDir()
	sandbox := pod(t, runtime, home)
	dir := filepath.Join(home, "volume")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"in": "from outside\n", "message": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range append(processCases(), fileCases(dir)...) {
		t.Run(tt.name, func(t *testing.T) {
			spec, out := shell(tt.script)
			if tt.change != nil {
				tt.change(&spec)
			}
			if exit := run(t, sandbox, spec); exit.Code != tt.code || exit.OOMKilled || time.Since(exit.At) > time.Minute {
				t.Errorf("exit %+v, want code %d", exit, tt.code)
			}
			if diff := cmp.Diff(tt.want, out.String()); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
	for name, want := range map[string]string{"out": "more\n", "message": "done\n"} {
		if content, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(content) != want {
			t.Errorf("written by the container to %s: %q, %v", name, content, err)
		}
	}
	for _, path := range []string{
		"/etc/tenon-test", "/run/tenon-test", "/etc/tenon-file", "/usr/share/tenon-test", "/dev/tenon-test-log", "/.tenon-root",
	} {
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the machine has %s now (%v)", path, err)
		}
	}
}

func TestUser(t *testing.T) {
	t.Parallel()
	runtime := start(t)
	sandbox := pod(t, runtime, t.TempDir())
	spec, out := shell("id -u; id -g; id -G")
	uid, gid := int64(1000), int64(2000)
	spec.UID, spec.GID, spec.Groups = &uid, &gid, []int64{3000}
	if exit := run(t, sandbox, spec); exit.Code != 0 {
		t.Errorf("exit %+v", exit)
	}
	want := "1000\n2000\n2000 3000\n"
	if os.Geteuid() != 0 {
		want = fmt.Sprintf("%d\n%d\n", os.Geteuid(), os.Getegid())
	}
	if got := out.String(); !strings.HasPrefix(got, want) {
		t.Errorf("output %q, want %q", got, want)
	}
}

func TestSignalsAndExec(t *testing.T) {
	t.Parallel()
	runtime := start(t)
	sandbox := pod(t, runtime, t.TempDir())
	spec, out := shell("trap 'echo term; exit 3' TERM; touch here; echo ready; while :; do sleep 0.05; done")
	c, err := sandbox.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); out.String() == "" && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond)
	}
	code, said, err := c.Exec(t.Context(), []string{"sh", "-c", "pwd; ls; echo $A; exit 5"})
	if code != 5 || string(said) != "/workspace/source\nhere\n2\n" || err != nil {
		t.Errorf("exec: %d, %q, %v", code, said, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, _, err := c.Exec(ctx, []string{"sleep", "999"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a command that takes too long: %v", err)
	}
	if err := c.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if exit := await(t, c); exit.Code != 3 || out.String() != "ready\nterm\n" {
		t.Errorf("exit %+v, output %q", exit, out)
	}
	if err := c.Signal(syscall.SIGKILL); err != nil {
		t.Errorf("signal after the end: %v", err)
	}
	if _, _, err := c.Exec(t.Context(), []string{"true"}); err == nil {
		t.Error("a command ran in a container that has ended")
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	runtime := start(t)
	sandbox := pod(t, runtime, t.TempDir())
	spec, _ := shell("sleep 999")
	c, err := sandbox.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	if err := sandbox.Remove(t.Context()); err != nil {
		t.Fatal(err)
	}
	if exit := await(t, c); exit.Code != 137 {
		t.Errorf("exit %+v, want 137", exit)
	}
	if _, err := sandbox.Start(t.Context(), spec); err == nil {
		t.Error("a container started in a pod that is gone")
	}
}

func TestStartError(t *testing.T) {
	t.Parallel()
	runtime := start(t)
	sandbox := pod(t, runtime, t.TempDir())
	image, err := runtime.Image(t.Context(), container.ImageRequest{Ref: "tools:v1", Policy: corev1.PullAlways})
	if err != nil || image.Ref != "tools:v1" || image.ID != "host" || len(image.Entrypoint)+len(image.Cmd) != 0 {
		t.Fatalf("image %+v, %v", image, err)
	}
	if !slices.Contains(image.Env, "PATH="+os.Getenv("PATH")) {
		t.Errorf("environment %q, want the machine's PATH", image.Env)
	}
	for _, tt := range []struct {
		name   string
		change func(*container.Spec)
		reason string
		code   int32
		says   string
	}{
		{
			"no such command", func(s *container.Spec) { s.Args = []string{"nonesuch"} },
			"StartError", 127, `exec: "nonesuch": executable file not found`,
		},
		{"no such file", func(s *container.Spec) { s.Args = []string{"/nonesuch"} }, "StartError", 127, "no such file"},
		{"not executable", func(s *container.Spec) { s.Args = []string{"/etc/passwd"} }, "StartError", 126, "permission denied"},
		{"no command", func(s *container.Spec) { s.Args = nil }, "CreateContainerError", 128, `container "step-one" names no command`},
		{"image volume", func(s *container.Spec) {
			s.Mounts = []container.Mount{{Image: image, Target: "/v"}}
		}, "CreateContainerError", 128, `image "tools:v1" cannot be mounted on /v`},
		{"no such folder", func(s *container.Spec) {
			s.Mounts = []container.Mount{{Source: "/nonesuch", Target: "/w"}}
		}, "CreateContainerError", 128, "mounting on /w"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			spec, _ := shell("true")
			tt.change(&spec)
			_, err := sandbox.Start(t.Context(), spec)
			var failure *container.StartError
			if !errors.As(err, &failure) || failure.Reason != tt.reason || failure.ExitCode != tt.code || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %#v: %v; want %s with %d that says %q", err, err, tt.reason, tt.code, tt.says)
			}
		})
	}
	if sandbox.IP() != "127.0.0.1" || runtime.Name() != "host" || !strings.Contains(runtime.Warning(), "nothing is isolated") {
		t.Errorf("IP %s, name %s, warning %s", sandbox.IP(), runtime.Name(), runtime.Warning())
	}
}

// leave starts a container and is killed before that ends.
func leave() {
	runtime, err := process.New(process.Options{})
	if err != nil {
		panic(err)
	}
	dir, err := os.MkdirTemp("", "leave")
	if err != nil {
		panic(err)
	}
	sandbox, _ := runtime.NewSandbox(context.Background(), container.SandboxRequest{ID: "pod", Dir: dir})
	spec, _ := shell("setsid setsid sleep 998877 & setsid sleep 998877")
	if _, err := sandbox.Start(context.Background(), spec); err != nil {
		panic(err)
	}
	_ = os.Remove(dir)
	fmt.Println("started")
	_, _ = os.Stdin.Read(make([]byte, 1))
}

// sleepers counts the processes that leave has begun.
func sleepers(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, entry := range entries {
		if _, err := strconv.Atoi(entry.Name()); err != nil {
			continue
		}
		line, err := os.ReadFile(filepath.Join("/proc", entry.Name(), "cmdline"))
		if err == nil && strings.HasPrefix(string(line), "sleep\x00998877") {
			found++
		}
	}
	return found
}

func TestKilledProgramLeavesNothing(t *testing.T) {
	t.Parallel()
	start(t)
	program := exec.Command("/proc/self/exe")
	program.Env = append(os.Environ(), helper+"=leave")
	stdin, err := program.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stdin.Close() }()
	stdout, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	if n, err := stdout.Read(make([]byte, 100)); n == 0 {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); sleepers(t) < 2 && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	if n := sleepers(t); n != 2 {
		t.Errorf("%d processes of the container, want 2", n)
	}
	if err := program.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = program.Wait()
	for deadline := time.Now().Add(10 * time.Second); sleepers(t) > 0 && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	if n := sleepers(t); n != 0 {
		t.Errorf("%d processes are left", n)
	}
}

// TestAsOrdinaryUser runs the other tests as one who is not root.
func TestAsOrdinaryUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("is run by root")
	}
	program := exec.Command("/proc/self/exe", "-test.v", "-test.timeout=90s", "-test.run=^Test(Container|User|SignalsAndExec|Remove|StartError)$")
	program.Env = append(os.Environ(), "HOME=/", "TMPDIR=/tmp")
	program.Dir = "/"
	program.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := program.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	if bytes.Contains(out, []byte("--- SKIP")) {
		t.Skipf("an ordinary user cannot:\n%s", out)
	}
	if !bytes.Contains(out, []byte("--- PASS: TestContainer/")) {
		t.Errorf("no test has run:\n%s", out)
	}
}

func BenchmarkFirstProcess(b *testing.B) {
	for b.Loop() {
		runtime := start(b)
		spec, _ := shell("true")
		c, err := pod(b, runtime, b.TempDir()).Start(b.Context(), spec)
		if err != nil {
			b.Fatal(err)
		}
		await(b, c)
		if err := runtime.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStart(b *testing.B) {
	sandbox := pod(b, start(b), b.TempDir())
	for b.Loop() {
		spec, _ := shell("true")
		c, err := sandbox.Start(b.Context(), spec)
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		await(b, c)
		b.StartTimer()
	}
}
