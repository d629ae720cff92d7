package docker_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/moby/moby/api/types/mount"
	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/local/container"
	"github.com/tenon-ci/tenon/pkg/local/docker"
)

// appSpec is a container of the fake's image.
func appSpec(t *testing.T, runtime *docker.Runtime) (container.Spec, *output) {
	t.Helper()
	found, err := runtime.Image(t.Context(), container.ImageRequest{Ref: "app:v1", Policy: corev1.PullIfNotPresent})
	if err != nil {
		t.Fatal(err)
	}
	out := &output{}
	return container.Spec{Name: "step-app", Image: found, Args: []string{"/app", "-v"}, Output: out}, out
}

func TestImagePresent(t *testing.T) {
	t.Parallel()
	spec, _ := appSpec(t, newFake(t).runtime(t, docker.Options{}))
	want := &container.Image{
		Ref: "app:v1", ID: "docker.io/library/app@sha256:" + digestB, Entrypoint: []string{"/app"}, Cmd: []string{"-v"}, Env: []string{"A=1"},
		WorkingDir: "/srv", User: "joe",
	}
	if diff := cmp.Diff(want, spec.Image); diff != "" {
		t.Errorf("image (-want +got):\n%s", diff)
	}
}

func TestCreate(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	runtime := f.runtime(t, docker.Options{Run: "run-1"})
	spec, out := appSpec(t, runtime)
	uid, gid := int64(1000), int64(0)
	dir := t.TempDir()
	spec.Env, spec.WorkingDir, spec.UID, spec.GID, spec.Groups = []string{"A=1", "B=1", "A=2"}, "/w", &uid, &gid, []int64{7}
	spec.Privileged, spec.ReadOnlyRoot, spec.NoNewPrivileges = true, true, true
	spec.AddCapabilities, spec.DropCapabilities, spec.Memory, spec.CPU = []string{"CHOWN"}, []string{"ALL"}, 1<<20, 500
	spec.Mounts = []container.Mount{{Source: dir, Target: "/w", ReadOnly: true}, {Source: dir, Target: "/r", Recursive: true}}
	value := "2"
	sandbox := pod(t, runtime, container.SandboxRequest{
		Hostname: "host-1", Hosts: []string{"10.0.0.1 a b"}, HostPID: true, Sysctls: map[string]string{"net.x": "1"},
		DNS: &corev1.PodDNSConfig{Nameservers: []string{"10.0.0.2"}, Searches: []string{"x.example"}, Options: []corev1.PodDNSConfigOption{{
			Name: "ndots", Value: &value,
		}, {Name: "edns0"}}},
	})
	if exit := run(t, sandbox, spec); exit.Code != 0 || out.String() != "hello\n" {
		t.Errorf("exit %+v, output %q", exit, out)
	}
	got := f.created[0]
	host := got.HostConfig
	seen := []any{
		got.Image, []string(got.Entrypoint), got.Env, got.WorkingDir, got.User, got.Hostname, got.Labels["tenon.dev/run"],
		got.Labels["tenon.dev/container"], host.NetworkMode, host.PidMode, host.GroupAdd, host.Privileged, host.ReadonlyRootfs, host.SecurityOpt,
		host.CapAdd, host.CapDrop, host.Memory, host.MemorySwap, host.NanoCPUs, host.ExtraHosts, host.DNS[0].String(), host.DNSSearch,
		host.DNSOptions, host.Sysctls,
	}
	for i, want := range []any{
		"sha256:c0ffee", []string{"/app", "-v"}, []string{"B=1", "A=2"}, "/w", "1000:0", "host-1", "run-1",
		"step-app", "host", "host", []string{"7"}, true, true, []string{"label=disable", "no-new-privileges"},
		[]string{"CAP_CHOWN"}, []string{"ALL"}, 1 << 20, 1 << 20, 500_000_000, []string{"a:10.0.0.1", "b:10.0.0.1"}, "10.0.0.2",
		[]string{"x.example"}, []string{"ndots:2", "edns0"}, map[string]string{"net.x": "1"},
	} {
		wanted, _ := json.Marshal(want)
		had, _ := json.Marshal(seen[i])
		if string(wanted) != string(had) {
			t.Errorf("setting %d is %s, want %s", i, had, wanted)
		}
	}
	wantMounts := []mount.Mount{
		{Type: "bind", Source: dir, Target: "/w", ReadOnly: true, BindOptions: &mount.BindOptions{Propagation: "rprivate", NonRecursive: true}},
		{Type: "bind", Source: dir, Target: "/r", BindOptions: &mount.BindOptions{Propagation: "rprivate"}},
	}
	if diff := cmp.Diff(wantMounts, host.Mounts); diff != "" {
		t.Errorf("mounts (-want +got):\n%s", diff)
	}
}

func TestImageErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, ref string
		policy    corev1.PullPolicy
		pull      http.HandlerFunc
		reason    string
		says      string
	}{
		{"no name", "Not An Image", corev1.PullAlways, nil, "InvalidImageName", `image "Not An Image"`},
		{"never", "other:v1", corev1.PullNever, nil, "ErrImageNeverPull", `container image "other:v1" is not present with pull policy of Never`},
		{
			"refused", "other:v1", corev1.PullIfNotPresent, fails(http.StatusNotFound, "pull access denied for other"),
			"ErrImagePull", `failed to pull image "other:v1": Error response from daemon: pull access denied`,
		},
		{
			"said late", "app:v1", corev1.PullAlways, says(http.StatusOK, `{"status":"Pulling"}{"errorDetail":{"message":"manifest unknown"}}`),
			"ErrImagePull", `failed to pull image "app:v1": manifest unknown`,
		},
		{
			"not there afterwards", "other:v1", corev1.PullIfNotPresent, says(http.StatusOK, `{"status":"Done"}`),
			"ErrImagePull", `failed to pull image "other:v1"`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			if tt.pull != nil {
				f.on("POST /images/create", tt.pull)
			}
			runtime := f.runtime(t, docker.Options{})
			_, err := runtime.Image(t.Context(), container.ImageRequest{Ref: tt.ref, Policy: tt.policy})
			var found *container.ImageError
			if !errors.As(err, &found) || found.Reason != tt.reason || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v, want %s that says %q", err, tt.reason, tt.says)
			}
		})
	}
}

// keys are credentials for one registry.
type keys struct{ registry, user string }

func (k keys) Resolve(resource authn.Resource) (authn.Authenticator, error) {
	if resource.RegistryStr() != k.registry {
		return authn.Anonymous, nil
	}
	return &authn.Basic{Username: k.user, Password: "secret"}, nil
}

func TestPull(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	var headers []string
	f.on("POST /images/create", func(w http.ResponseWriter, r *http.Request) {
		headers = append(headers, r.Header.Get("X-Registry-Auth"))
		says(http.StatusOK, `{"status":"Downloading","id":"a","progressDetail":{"current":1048576,"total":4194304}}
			{"status":"Downloading","id":"b","progressDetail":{"current":1048576,"total":1048576}}`)(w, r)
	})
	runtime := f.runtime(t, docker.Options{Keychain: keys{"index.docker.io", "user"}})
	var progress []string
	for _, pod := range []authn.Keychain{nil, keys{"index.docker.io", "pod"}, keys{"elsewhere.example", "pod"}} {
		found, err := runtime.Image(t.Context(), container.ImageRequest{
			Ref: "app:v1", Policy: corev1.PullAlways, Keychain: pod, Progress: func(text string) { progress = append(progress, text) },
		})
		if err != nil || found.WorkingDir != "/srv" {
			t.Fatalf("image %+v, %v", found, err)
		}
	}
	var users []string
	for _, header := range headers {
		content, err := base64.URLEncoding.DecodeString(header)
		if err != nil {
			t.Fatal(err)
		}
		var auth struct{ Username, Password string }
		if err := json.Unmarshal(content, &auth); err != nil {
			t.Fatal(err)
		}
		users = append(users, auth.Username+" "+auth.Password)
	}
	if diff := cmp.Diff([]string{"user secret", "pod secret", "user secret"}, users); diff != "" {
		t.Errorf("credentials (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"pulling", "pulling, 1 of 4 MB", "pulling, 2 of 5 MB"}, progress[:3]); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
}

func TestStartErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, on string
		answer   http.HandlerFunc
		reason   string
		code     int32
		says     string
	}{
		{
			"no command", "start", fails(http.StatusBadRequest, `runc create failed: exec: "x": executable file not found in $PATH`),
			"StartError", 127, "executable file not found",
		},
		{"not allowed", "start", fails(http.StatusBadRequest, `exec: "/x": permission denied`), "StartError", 126, "permission denied"},
		{"something else", "start", fails(http.StatusInternalServerError, "no space left"), "StartError", 128, "no space left"},
		{
			"not shared", "start", fails(http.StatusInternalServerError, "Mounts denied: The path /w is not shared from the host"),
			"CreateContainerError", 128, "does not see",
		},
		{"no output", "attach", fails(http.StatusInternalServerError, "no"), "RunContainerError", 128, "unable to upgrade"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.on("POST /containers/c1/"+tt.on, tt.answer)
			runtime := f.runtime(t, docker.Options{})
			spec, _ := appSpec(t, runtime)
			_, err := pod(t, runtime, container.SandboxRequest{}).Start(t.Context(), spec)
			var found *container.StartError
			if !errors.As(err, &found) || found.Reason != tt.reason || found.ExitCode != tt.code || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %#v: %v; want %s with %d that says %q", err, err, tt.reason, tt.code, tt.says)
			}
		})
	}
}

func TestEnd(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		wait http.HandlerFunc
		code int32
		oom  bool
	}{
		{"exit code", says(http.StatusOK, `{"StatusCode":3}`), 3, false},
		{"out of memory", says(http.StatusOK, `{"StatusCode":137}`), 137, true},
		{"removed by somebody", fails(http.StatusNotFound, "no such container"), 137, false},
		{"engine that dies", fails(http.StatusInternalServerError, "dying"), 137, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.on("POST /containers/c1/wait", tt.wait)
			if tt.oom {
				f.on("GET /containers/c1/json", says(http.StatusOK, `{"Id":"c1","State":{"OOMKilled":true}}`))
			}
			runtime := f.runtime(t, docker.Options{})
			spec, out := appSpec(t, runtime)
			exit := run(t, pod(t, runtime, container.SandboxRequest{}), spec)
			if exit.Code != tt.code || exit.OOMKilled != tt.oom || out.String() != "hello\n" {
				t.Errorf("exit %+v, output %q", exit, out)
			}
		})
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	runtime := f.runtime(t, docker.Options{})
	spec, _ := appSpec(t, runtime)
	run(t, pod(t, runtime, container.SandboxRequest{}), spec)
	mine := f.created[0].Labels
	with := func(id, owner, host, role string) map[string]any {
		return map[string]any{"Id": id, "Labels": map[string]string{"tenon.dev/owner": owner, "tenon.dev/host": host, "tenon.dev/role": role}}
	}
	list, err := json.Marshal([]any{
		with("holder", "999999999.5", mine["tenon.dev/host"], "sandbox"),
		with("mine", mine["tenon.dev/owner"], mine["tenon.dev/host"], "container"),
		with("dead", "999999999.5", mine["tenon.dev/host"], "container"),
		with("again", strings.Split(mine["tenon.dev/owner"], ".")[0]+".5", mine["tenon.dev/host"], "container"),
		with("elsewhere", "999999999.5", "elsewhere", "container"),
		with("strange", "x", mine["tenon.dev/host"], "container"),
	})
	if err != nil {
		t.Fatal(err)
	}
	f.on("GET /containers/json", says(http.StatusOK, string(list)))
	for _, tt := range []struct {
		all  bool
		want []string
	}{
		{false, []string{"dead", "again", "holder"}},
		{true, []string{"mine", "dead", "again", "elsewhere", "strange", "holder"}},
	} {
		f.removed = nil
		n, err := docker.Clean(t.Context(), f.host, tt.all)
		if err != nil || n != len(tt.want) {
			t.Errorf("%d removed, %v", n, err)
		}
		if diff := cmp.Diff(tt.want, f.removed); diff != "" {
			t.Errorf("removed (-want +got):\n%s", diff)
		}
	}
	if n, err := docker.Clean(t.Context(), "unix:///nonesuch.sock", false); n != 0 || err != nil {
		t.Errorf("without an engine: %d, %v", n, err)
	}
}

// TestAvailable changes the environment, so that it runs alone.
func TestAvailable(t *testing.T) {
	f := newFake(t)
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("DOCKER_CONFIG", "")
	t.Setenv("DOCKER_CONTEXT", "")
	t.Setenv("XDG_RUNTIME_DIR", home)
	for _, tt := range []struct{ host, says string }{
		{f.host, ""},
		{"unix:///nonesuch.sock", "there is no /nonesuch.sock); start Docker or Podman"},
		{"ssh://elsewhere", "ssh://elsewhere says: engines of other machines cannot see the files of this one"},
		{"", "/podman/podman.sock"},
	} {
		t.Setenv("DOCKER_HOST", tt.host)
		err := docker.Available(t.Context())
		if (tt.says == "") != (err == nil) || (err != nil && !strings.Contains(err.Error(), tt.says)) {
			if tt.host != "" || err != nil { // there may be one on this machine
				t.Errorf("with %q: %v, want %q", tt.host, err, tt.says)
			}
		}
	}
	t.Setenv("DOCKER_HOST", "")
	t.Setenv("DOCKER_CONTEXT", "mine")
	if err := docker.Available(t.Context()); err == nil || !strings.Contains(err.Error(), `reading the docker context "mine"`) {
		t.Errorf("a context that is not there: %v", err)
	}
	// The name of the folder is the digest of "mine".
	dir := home + "/.docker/contexts/meta/" + "3fd30542fe3f61b14bd4a4b2dc0b6fb30fa6f63ebce52dd1778aaa8c4dc02cff"
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	meta := `{"Name":"mine","Endpoints":{"docker":{"Host":"` + f.host + `"}}}`
	if err := os.WriteFile(dir+"/meta.json", []byte(meta), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := docker.Available(t.Context()); err != nil {
		t.Errorf("by context: %v", err)
	}
	f.on("HEAD /_ping", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Ostype", "windows") })
	if err := docker.Available(t.Context()); err == nil || !strings.Contains(err.Error(), "Linux is needed") {
		t.Errorf("containers of Windows: %v", err)
	}
}

// TestPod is about the container that holds what a pod shares.
func TestPod(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		podman bool
		uts    string
	}{{false, ""}, {true, "container:c1"}} {
		f := newFake(t)
		if tt.podman {
			f.on("HEAD /_ping", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Libpod-API-Version", "5.0.0") })
		}
		loaded := 0
		f.on("POST /images/load", func(w http.ResponseWriter, r *http.Request) {
			loaded++
			says(http.StatusOK, `{"stream":"Loaded"}`)(w, r)
		})
		f.on("GET /containers/c1/json", says(http.StatusOK, `{"Id":"c1","NetworkSettings":{"Networks":{"bridge":{"IPAddress":"10.9.8.7"}}}}`))
		runtime, err := docker.New(t.Context(), docker.Options{Host: f.host})
		if err != nil {
			t.Fatal(err)
		}
		spec, _ := appSpec(t, runtime)
		sandbox := pod(t, runtime, container.SandboxRequest{Hostname: "host-1", ShareProcesses: true, Hosts: []string{"10.0.0.1 a"}})
		if exit := run(t, sandbox, spec); exit.Code != 0 || sandbox.IP() != "10.9.8.7" || loaded != 1 {
			t.Errorf("exit %+v, IP %s, %d images loaded", exit, sandbox.IP(), loaded)
		}
		holder, member := f.created[0], f.created[1]
		if holder.Hostname != "host-1" || holder.HostConfig.IpcMode != "shareable" || !strings.HasPrefix(holder.Image, "tenon.local/pause:") {
			t.Errorf("the holder: %+v", holder)
		}
		host := member.HostConfig
		got := []string{string(host.NetworkMode), string(host.IpcMode), string(host.PidMode), string(host.UTSMode), member.Hostname}
		if diff := cmp.Diff([]string{"container:c1", "container:c1", "container:c1", tt.uts, ""}, got); diff != "" {
			t.Errorf("the container joins (-want +got):\n%s", diff)
		}
		if len(host.ExtraHosts) != 0 || len(holder.HostConfig.ExtraHosts) != 1 {
			t.Errorf("hosts: %v, %v", holder.HostConfig.ExtraHosts, host.ExtraHosts)
		}
		if err := runtime.Close(); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{"c1", "c1"}, f.removed); diff != "" {
			t.Errorf("removed (-want +got):\n%s", diff)
		}
	}
}

// archives has one image.
type archives struct{ read int }

func (a *archives) Load(context.Context, container.ImageRequest) (io.ReadCloser, string, string, error) {
	return io.NopCloser(readerFunc(func([]byte) (int, error) {
		a.read++
		return 0, io.EOF
	})), "tenon.local/layout:1", "app@sha256:" + digestA, nil
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestLoadOnce(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on("POST /images/load", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		f.on("GET /images/tenon.local/layout:1/json", says(http.StatusOK, image))
		says(http.StatusOK, `{"stream":"Loaded"}`)(w, r)
	})
	images := &archives{}
	runtime := f.runtime(t, docker.Options{Loader: images})
	for range 2 {
		found, err := runtime.Image(t.Context(), container.ImageRequest{Ref: "app:v1", Policy: corev1.PullNever})
		if err != nil || found.ID != "app@sha256:"+digestA || images.read != 1 {
			t.Errorf("image %+v, %v; the archive was read %d times, want once", found, err, images.read)
		}
	}
	f.on("GET /images/tenon.local/layout:1/json", says(http.StatusNotFound, `{"message":"no such image"}`))
	f.on("POST /images/load", says(http.StatusOK, `{"errorDetail":{"message":"no space left"}}`))
	_, err := runtime.Image(t.Context(), container.ImageRequest{Ref: "app:v1", Policy: corev1.PullNever})
	if err == nil || !strings.Contains(err.Error(), "loading it into the engine: no space left") {
		t.Errorf("error %v", err)
	}
}
