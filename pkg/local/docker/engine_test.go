package docker_test

import (
	"archive/tar"
	"bytes"
	"context"
	"debug/elf"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/local/container"
	"github.com/tenon-ci/tenon/pkg/local/docker"
)

// ref is the image of the tests; nothing but the loader knows it.
const ref = "registry.invalid/tools:v1"

// helper makes the test program carry out a part of a test in another process, with this image.
const helper = "TENON_DOCKER_TEST"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == docker.Command {
		os.Exit(docker.Main(os.Args[2:], os.Stderr))
	}
	if os.Getenv(helper) == "" {
		os.Exit(m.Run())
	}
	if err := begin(); err != nil {
		panic(err)
	}
	_, _ = os.Stdout.WriteString("started\n")
	_, _ = os.Stdin.Read(make([]byte, 1))
}

// loader has an image with busybox and two users.
type loader struct {
	image v1.Image
	mu    sync.Mutex
	read  int // how often the archive was asked for
}

func (l *loader) Load(_ context.Context, req container.ImageRequest) (io.ReadCloser, string, string, error) {
	if req.Ref != ref {
		return nil, "", "", nil
	}
	digest, err := l.image.Digest()
	if err != nil {
		return nil, "", "", err
	}
	tag, err := name.NewTag("tenon.local/test:" + digest.Hex[:16])
	if err != nil {
		return nil, "", "", err
	}
	reader, writer := io.Pipe()
	var once sync.Once
	return &lazy{PipeReader: reader, begin: func() {
		once.Do(func() {
			l.mu.Lock()
			l.read++
			l.mu.Unlock()
			go func() { _ = writer.CloseWithError(tarball.Write(tag, l.image, writer)) }()
		})
	}}, tag.Name(), "registry.invalid/tools@" + digest.String(), nil
}

type lazy struct {
	*io.PipeReader
	begin func()
}

func (l *lazy) Read(p []byte) (int, error) {
	l.begin()
	return l.PipeReader.Read(p)
}

// busybox finds a static busybox.
func busybox(t testing.TB) []byte {
	t.Helper()
	path, err := exec.LookPath("busybox")
	if err != nil {
		t.Skip("busybox is not installed")
	}
	file, err := elf.Open(path)
	if err != nil {
		t.Skipf("reading %s: %v", path, err)
	}
	defer func() { _ = file.Close() }()
	for _, header := range file.Progs {
		if header.Type == elf.PT_INTERP {
			t.Skipf("%s is not static (apt-get install busybox-static)", path)
		}
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// tools makes the image of the tests.
func tools(t testing.TB) v1.Image {
	t.Helper()
	var buffer bytes.Buffer
	archive := tar.NewWriter(&buffer)
	add := func(header tar.Header, content []byte) {
		header.Size = int64(len(content))
		if err := archive.WriteHeader(&header); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	add(tar.Header{Name: "bin/", Typeflag: tar.TypeDir, Mode: 0o755}, nil)
	add(tar.Header{Name: "bin/busybox", Mode: 0o755}, busybox(t))
	for _, applet := range strings.Fields("sh cat echo env grep hostname head id ls mkdir nc nproc ps pwd sleep stat tail test touch wget") {
		add(tar.Header{Name: "bin/" + applet, Typeflag: tar.TypeSymlink, Linkname: "busybox", Mode: 0o777}, nil)
	}
	add(tar.Header{Name: "tmp/", Typeflag: tar.TypeDir, Mode: 0o1777}, nil)
	add(tar.Header{Name: "etc/", Typeflag: tar.TypeDir, Mode: 0o755}, nil)
	add(tar.Header{Name: "etc/passwd", Mode: 0o644}, []byte("root:x:0:0::/root:/bin/sh\njoe:x:1234:1235::/home/joe:/bin/sh\n"))
	add(tar.Header{Name: "etc/group", Mode: 0o644}, []byte("root:x:0:\njoe:x:1235:\n"))
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(buffer.Bytes())), nil })
	if err != nil {
		t.Fatal(err)
	}
	image, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{Architecture: "amd64", OS: "linux", Config: v1.Config{
		Cmd: []string{"sh"}, Env: []string{"PATH=/bin"}, WorkingDir: "/tmp",
		Healthcheck: &v1.HealthConfig{Test: []string{"CMD-SHELL", "false"}}, Volumes: map[string]struct{}{"/data": {}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if image, err = mutate.AppendLayers(image, layer); err != nil {
		t.Fatal(err)
	}
	return image
}

// engine connects to a real engine.
func engine(t testing.TB, o docker.Options) *docker.Runtime {
	t.Helper()
	if err := docker.Available(t.Context()); err != nil {
		t.Skip(err)
	}
	if o.Loader == nil {
		o.Loader = &loader{image: tools(t)}
	}
	o.Run = t.Name()
	runtime, err := docker.New(t.Context(), o)
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

// pod makes a sandbox; removing it is left to Close.
func pod(t testing.TB, runtime *docker.Runtime, req container.SandboxRequest) container.Sandbox {
	t.Helper()
	req.ID, req.Dir = "test-"+strings.ToLower(strings.ReplaceAll(t.Name(), "/", "-")), t.TempDir()
	if req.Hostname == "" {
		req.Hostname = "pod-name"
	}
	sandbox, err := runtime.NewSandbox(t.Context(), req)
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

// shell is the spec of a container that runs a script.
func shell(t testing.TB, runtime *docker.Runtime, script string) (container.Spec, *output) {
	t.Helper()
	image, err := runtime.Image(t.Context(), container.ImageRequest{Ref: ref, Policy: corev1.PullIfNotPresent})
	if err != nil {
		t.Fatal(err)
	}
	out := &output{}
	return container.Spec{
		Name: "step-one", Image: image, Args: []string{"/bin/sh", "-c", script}, Env: append(image.Env, "A=1", "A=2"),
		WorkingDir: image.WorkingDir, Output: out,
	}, out
}

// run starts a container and waits for its end.
func run(t testing.TB, sandbox container.Sandbox, spec container.Spec) container.Exit {
	t.Helper()
	started, err := sandbox.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	return await(t, started)
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

// file writes a file for a container and returns the folder.
func file(t *testing.T, name, content string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}
