package oci_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/pkg/local/container"
	"github.com/tenon-ci/tenon/pkg/local/oci"
)

func pointer(n int64) *int64 { return &n }

func TestContainers(t *testing.T) {
	t.Parallel()
	for _, program := range programs(t) {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(o *oci.Options) { o.Program = program })
			s := w.sandbox(t, func(req *container.SandboxRequest) { req.Hosts = []string{"1.2.3.4 far"} })
			outside := t.TempDir()
			must(t, os.Chmod(outside, 0o777))
			must(t, os.WriteFile(filepath.Join(outside, "in"), []byte("hello"), 0o644))
			for _, tc := range []struct {
				name string
				spec container.Spec
				want string
				code int32
			}{
				{"exit code", container.Spec{Args: sh("echo out; exit 7")}, "out\n", 7},
				{"second stream", container.Spec{Args: sh("echo err >&2; exit 7")}, "err\n", 7},
				{"signal", container.Spec{Args: sh("sh -c 'kill -9 $$'; exit $?")}, "Killed\n", 137},
				{"host name", container.Spec{Args: sh("hostname; cat /etc/hostname; grep far /etc/hosts")}, "my-pod\nmy-pod\n1.2.3.4 far\n", 0},
				{"environment", container.Spec{Args: sh("echo $A $HOSTNAME"), Env: []string{"A=1", "A=2"}}, "2 my-pod\n", 0},
				{"user of the image", container.Spec{Args: []string{"id"}, User: "builder"},
					"uid=1000(builder) gid=1001(builders) groups=2000(extra)\n", 0},
				{"group of the image", container.Spec{Args: sh("id -u; id -g"), User: "5:extra"}, "5\n2000\n", 0},
				{"user of the pod", container.Spec{Args: sh("id -u; id -g; id -G"), User: "builder", UID: pointer(7), GID: pointer(8), Groups: []int64{9}},
					"7\n8\n8 9\n", 0},
				{"working directory", container.Spec{Args: sh("pwd"), WorkingDir: "/a/b"}, "/a/b\n", 0},
				{"mounts", container.Spec{Args: sh("cat /w/in; echo $?; touch /w/out; touch /r/no 2>/dev/null; echo $?; cat /p | head -n 1"), Mounts: []container.Mount{
					{Source: outside, Target: "/w"}, {Source: outside, Target: "/r", ReadOnly: true, Recursive: true},
					{Image: w.image, Source: "data/link", Target: "/p"},
				}}, "hello0\n1\nroot:x:0:0:root:/root:/bin/sh\n", 0},
				{"root can be written", container.Spec{Args: sh("echo x > /bin/new && cat /bin/new")}, "x\n", 0},
				{"but not the image", container.Spec{Args: sh("cat /bin/new 2>/dev/null")}, "", 1},
				{"read-only root", container.Spec{Args: sh("touch /x 2>/dev/null; echo $?; touch /w/ok; echo $?"), ReadOnlyRoot: true,
					Mounts: []container.Mount{{Source: outside, Target: "/w"}}}, "1\n0\n", 0},
				{"no devices", container.Spec{Args: sh("mknod /x b 8 0 2>/dev/null; echo $?")}, "1\n", 0},
				{"drop", container.Spec{Args: sh("grep CapEff /proc/self/status"), DropCapabilities: []string{"ALL"}, AddCapabilities: []string{"KILL"}},
					"CapEff:\t0000000000000020\n", 0},
				{"no new privileges", container.Spec{Args: sh("grep NoNewPrivs /proc/self/status"), NoNewPrivileges: true}, "NoNewPrivs:\t1\n", 0},
				{"terminal", container.Spec{Args: sh("tty; sleep 0.3"), TTY: true}, "/dev/pts/0\r\n", 0},
				{"home", container.Spec{Args: sh("echo $HOME"), User: "builder"}, "/home/builder\n", 0},
				{"first process", container.Spec{Args: sh("echo $$")}, "1\n", 0},
				{"shared memory", container.Spec{Args: sh("echo 1 > /dev/shm/x; ls /dev/shm")}, "x\n", 0},
			} {
				got, exit := w.run(t, s, tc.spec)
				if diff := cmp.Diff(tc.want, got); diff != "" || exit.Code != tc.code {
					t.Errorf("%s: exit code %d, want %d; output (-want +got):\n%s", tc.name, exit.Code, tc.code, diff)
				}
			}
			must(t, s.Remove(t.Context()))
		})
	}
}

func TestSignalAndExec(t *testing.T) {
	t.Parallel()
	for _, program := range programs(t) {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(o *oci.Options) { o.Program = program })
			s := w.sandbox(t, nil)
			output := &buffer{}
			c := w.start(t, s, container.Spec{
				Args: sh("trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.05; done"), Env: []string{"A=b"}, WorkingDir: "/data",
			}, output)
			code, out, err := c.Exec(t.Context(), sh("echo $A; pwd; exit 4"))
			if err != nil || code != 4 || string(out) != "b\n/data\n" {
				t.Errorf("Exec: %d, %q, %v", code, out, err)
			}
			if code, _, err := c.Exec(t.Context(), []string{"nothing"}); err != nil || code == 0 {
				t.Errorf("Exec of what is not there: %d, %v; want another exit code than 0", code, err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			if _, _, err := c.Exec(ctx, []string{"sleep", "99"}); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Exec that takes too long: %v, want the context's error", err)
			}
			if _, out, err := c.Exec(t.Context(), sh("ps | grep -v grep | grep -c 'sleep 99'")); err != nil || string(out) != "0\n" {
				t.Errorf("processes left of it: %s, %v, want 0", out, err)
			}
			must(t, c.Signal(syscall.SIGTERM))
			<-c.Done()
			if got := output.String(); got != "ready\nbye\n" || c.Exit().Code != 3 {
				t.Errorf("output %q, exit code %d, want ready, bye and 3", got, c.Exit().Code)
			}
			must(t, c.Signal(syscall.SIGKILL))
			if !strings.HasPrefix(c.ID(), "oci://") || c.Started().IsZero() {
				t.Errorf("ID %q, started %v", c.ID(), c.Started())
			}
		})
	}
}

func TestStartErrors(t *testing.T) {
	t.Parallel()
	for _, program := range programs(t) {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(o *oci.Options) { o.Program = program })
			bad := filepath.Join(w.image.Root, "bin/bad")
			must(t, os.WriteFile(bad, []byte("#!/nothing\n"), 0o755))
			s := w.sandbox(t, nil)
			for _, tc := range []struct {
				spec   container.Spec
				reason string
				code   int32
				text   string
			}{
				{container.Spec{Args: []string{"nothing"}}, "StartError", 127, "not found"},
				{container.Spec{Args: []string{"/bin/bad"}}, "StartError", 127, "o such file"},
				{container.Spec{Args: []string{"/etc/passwd"}}, "StartError", 128, "ermission denied"},
				{container.Spec{Args: []string{"true"}, User: "nobody"}, "CreateContainerError", 128, `the image has no user "nobody"`},
				{container.Spec{Args: []string{"true"}, AddCapabilities: []string{"FLY"}}, "CreateContainerError", 128, `unknown capability "CAP_FLY"`},
			} {
				tc.spec.Image = w.image
				c, err := s.Start(t.Context(), tc.spec)
				var start *container.StartError
				if err == nil && tc.code == 127 {
					// On a busy machine the failure may come after the container counts as started. It must not look like a success.
					if <-c.Done(); c.Exit().Code == 0 {
						t.Errorf("%v: ended well", tc.spec.Args)
					}
					continue
				}
				if !errors.As(err, &start) {
					t.Errorf("%v: %v, want a StartError", tc.spec.Args, err)
					continue
				}
				if start.Reason != tc.reason || start.ExitCode != tc.code || !strings.Contains(start.Error(), tc.text) {
					t.Errorf("%v: %s, %d, %v; want %s, %d, %s", tc.spec.Args, start.Reason, start.ExitCode, start, tc.reason, tc.code, tc.text)
				}
			}
		})
	}
}

func TestRemoveEndsAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	s := w.sandbox(t, nil)
	c := w.start(t, s, container.Spec{Args: []string{"sleep", "1000"}}, &buffer{})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.Start(ctx, container.Spec{Image: w.image, Args: []string{"sleep", "1000"}}); err == nil {
		t.Log("the second container was faster than expected")
	}
	must(t, s.Remove(t.Context()))
	<-c.Done()
	if c.Exit().Code != 137 {
		t.Errorf("exit code %d, want 137", c.Exit().Code)
	}
	if _, err := s.Start(t.Context(), container.Spec{Image: w.image, Args: []string{"true"}}); err == nil {
		t.Error("a container was started in a sandbox that was removed")
	}
}

func TestShareProcesses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	s := w.sandbox(t, func(req *container.SandboxRequest) { req.ShareProcesses = true })
	first := w.start(t, s, container.Spec{Args: sh("sleep 1001 & exec sleep 1000")}, &buffer{})
	if got, _ := w.run(t, s, container.Spec{Args: sh("ps | grep -v grep | grep -c 'sleep 100[01]'")}); got != "2\n" {
		t.Errorf("the second container sees %q of the first one's processes, want 2", got)
	}
	must(t, first.Signal(syscall.SIGKILL))
	<-first.Done()
	if got, _ := w.run(t, s, container.Spec{Args: sh("ps | grep -v grep | grep -c 'sleep 100[01]'")}); got != "0\n" {
		t.Errorf("after the end of the first container, %q of its processes are left, want 0", got)
	}
}

func TestCopiedRoots(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.CopyRoots()
	s := w.sandbox(t, nil)
	for range 2 {
		got, exit := w.run(t, s, container.Spec{Args: sh("test -e /new || echo none; echo x > /new; cat /new /data/link | head -n 2"), User: "0"})
		if want := "none\nx\nroot:x:0:0:root:/root:/bin/sh\n"; got != want || exit.Code != 0 {
			t.Errorf("exit code %d, output %q, want %q", exit.Code, got, want)
		}
	}
}
