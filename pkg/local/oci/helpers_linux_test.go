package oci_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tenon-ci/tenon/pkg/local/container"
	"github.com/tenon-ci/tenon/pkg/local/oci"
)

func TestMain(m *testing.M) {
	if code, done := oci.Main(os.Args); done {
		os.Exit(code)
	}
	if dir := os.Getenv("TENON_OCI_TEST_VICTIM"); dir != "" {
		os.Exit(victim(dir))
	}
	if dir := os.Getenv("TENON_OCI_TEST_ORDINARY"); dir != "" {
		os.Exit(ordinary(dir))
	}
	os.Exit(m.Run())
}

// unpacked has one image, whatever is asked for.
type unpacked struct{ root string }

func (u unpacked) Get(_ context.Context, req container.ImageRequest) (*container.Image, error) {
	return &container.Image{Ref: req.Ref, Root: u.root}, nil
}

// buffer is an output that can be read while it is written.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// busyboxRoot makes the root of an image with nothing but busybox.
func busyboxRoot(tb testing.TB, dir string) string {
	tb.Helper()
	root := filepath.Join(dir, "image")
	data, err := os.ReadFile("/bin/busybox")
	if err != nil {
		tb.Skip("needs a static /bin/busybox")
	}
	for _, name := range []string{"bin", "etc", "tmp", "data"} {
		must(tb, os.MkdirAll(filepath.Join(root, name), 0o755))
	}
	must(tb, os.WriteFile(filepath.Join(root, "bin/busybox"), data, 0o755))
	applets := "sh true false sleep echo cat id ls touch mkdir mknod hostname kill ps env mount grep head wc tty stat ping nc ip wget dd tail ln trap df"
	for _, name := range strings.Fields(applets) {
		must(tb, os.Symlink("busybox", filepath.Join(root, "bin", name)))
	}
	passwd := "root:x:0:0:root:/root:/bin/sh\nbuilder:x:1000:1001::/home/builder:/bin/sh\n"
	must(tb, os.WriteFile(filepath.Join(root, "etc/passwd"), []byte(passwd), 0o644))
	must(tb, os.WriteFile(filepath.Join(root, "etc/group"), []byte("root:x:0:\nbuilders:x:1001:\nextra:x:2000:builder\n"), 0o644))
	must(tb, os.Symlink("/etc/passwd", filepath.Join(root, "data/link")))
	return root
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// programs are the runtimes of this machine.
func programs(tb testing.TB) []string {
	tb.Helper()
	var found []string
	for _, name := range []string{"crun", "runc"} {
		if _, err := exec.LookPath(name); err == nil {
			found = append(found, name)
		}
	}
	if len(found) == 0 {
		tb.Skip("needs crun or runc")
	}
	return found
}

// world is a runtime for a test.
type world struct {
	*oci.Runtime
	image *container.Image
	dir   string

	mu     sync.Mutex
	warned []string
}

func newWorld(tb testing.TB, change func(*oci.Options)) *world {
	tb.Helper()
	if os.Geteuid() != 0 {
		tb.Skip("needs root")
	}
	programs(tb)
	w := &world{dir: tb.TempDir()}
	must(tb, os.Chmod(w.dir, 0o755))
	root := busyboxRoot(tb, w.dir)
	o := oci.Options{Images: unpacked{root}, Dir: filepath.Join(w.dir, "state"), Warn: func(text string) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.warned = append(w.warned, text)
	}}
	if change != nil {
		change(&o)
	}
	if err := oci.Available(); err != nil {
		tb.Skip(err)
	}
	var err error
	if w.Runtime, err = oci.New(o); err != nil {
		tb.Fatal(err)
	}
	w.image = &container.Image{Ref: "busybox", Root: root}
	tb.Cleanup(func() {
		if err := w.Close(); err != nil {
			tb.Error(err)
		}
		left, err := os.ReadDir(o.Dir)
		if err != nil || len(left) != 1 {
			tb.Errorf("left in the folder for state: %v, %v; want only the lock", left, err)
		}
	})
	return w
}

func (w *world) sandbox(tb testing.TB, change func(*container.SandboxRequest)) container.Sandbox {
	tb.Helper()
	req := container.SandboxRequest{ID: "pod", Hostname: "my-pod", Dir: tb.TempDir()}
	if change != nil {
		change(&req)
	}
	s, err := w.NewSandbox(tb.Context(), req)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// run runs a container to its end.
func (w *world) run(tb testing.TB, s container.Sandbox, spec container.Spec) (string, container.Exit) {
	tb.Helper()
	output := &buffer{}
	c := w.start(tb, s, spec, output)
	<-c.Done()
	return output.String(), c.Exit()
}

func (w *world) start(tb testing.TB, s container.Sandbox, spec container.Spec, output *buffer) container.Container {
	tb.Helper()
	if spec.Image == nil {
		spec.Image = w.image
	}
	spec.Name = "step"
	spec.Output = output
	c, err := s.Start(tb.Context(), spec)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func sh(script string) []string { return []string{"sh", "-c", script} }
