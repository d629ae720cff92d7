package registry_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	memory "github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/imageinfo"
	"github.com/tenon-ci/tenon/pkg/imageinfo/registry"
	"github.com/tenon-ci/tenon/pkg/reach"
)

// server is a registry in memory that counts requests.
type server struct {
	host     string
	requests atomic.Int64
	// intercept answers in place of the registry if it returns true.
	intercept atomic.Value // of func(http.ResponseWriter, *http.Request) bool
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{}
	registry := memory.New(memory.Logger(log.New(io.Discard, "", 0)))
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		if f, ok := s.intercept.Load().(func(http.ResponseWriter, *http.Request) bool); ok && f(w, r) {
			return
		}
		registry.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	s.host = strings.TrimPrefix(web.URL, "http://")
	return s
}

func image(t *testing.T, arch string, config v1.Config) v1.Image {
	t.Helper()
	image, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{OS: "linux", Architecture: arch, Config: config})
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func (s *server) pushImage(t *testing.T, repoTag string, img v1.Image) v1.Hash {
	t.Helper()
	if err := remote.Write(s.ref(t, repoTag), img); err != nil {
		t.Fatal(err)
	}
	return hash(t, img)
}

func (s *server) pushIndex(t *testing.T, repoTag string, adds ...mutate.IndexAddendum) v1.Hash {
	t.Helper()
	index := mutate.AppendManifests(empty.Index, adds...)
	if err := remote.WriteIndex(s.ref(t, repoTag), index); err != nil {
		t.Fatal(err)
	}
	return hash(t, index)
}

func (s *server) ref(t *testing.T, repoTag string) name.Reference {
	t.Helper()
	ref, err := name.ParseReference(s.host + "/" + repoTag)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func hash(t *testing.T, d interface{ Digest() (v1.Hash, error) }) v1.Hash {
	t.Helper()
	h, err := d.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func add(img v1.Image, platform v1.Platform) mutate.IndexAddendum {
	return mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: &platform}}
}

// newResolver returns a resolver that may ask this machine.
func newResolver(t *testing.T, o registry.Options) *registry.Resolver {
	t.Helper()
	var err error
	if o.Reach.Allow, err = reach.ParseHosts("127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	return registry.New(o)
}

// ask asks until there is an outcome.
func ask(t *testing.T, r *registry.Resolver, req registry.Request) registry.Answer {
	t.Helper()
	ended := make(chan struct{}, 1)
	for {
		answer := r.Ask(t.Context(), req, func() { ended <- struct{}{} })
		if !answer.Pending {
			return answer
		}
		<-ended
	}
}

func resolveOne(t *testing.T, r *registry.Resolver, req registry.Request) (imageinfo.Image, error) {
	t.Helper()
	answer := ask(t, r, req)
	return answer.Images[req.Images[0]], answer.Err
}

func TestResolveImage(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	digest := s.pushImage(t, "team/app:v1", image(t, "amd64", v1.Config{Entrypoint: []string{"/app"}, Cmd: []string{"serve"}}))

	got, err := resolveOne(t, newResolver(t, registry.Options{}), registry.Request{Images: []string{s.host + "/team/app:v1"}})
	if err != nil {
		t.Fatal(err)
	}
	want := imageinfo.Image{
		Ref:       s.host + "/team/app@" + digest.String(),
		Platforms: []imageinfo.Platform{{Name: "linux/amd64", Entrypoint: []string{"/app"}, Cmd: []string{"serve"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Resolve() (-want +got):\n%s", diff)
	}
}

func TestResolveIndex(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	digest := s.pushIndex(t, "app:v1",
		add(image(t, "arm64", v1.Config{Cmd: []string{"arm"}}), v1.Platform{OS: "linux", Architecture: "arm64", Variant: "v8"}),
		add(image(t, "amd64", v1.Config{Cmd: []string{"amd"}}), v1.Platform{OS: "linux", Architecture: "amd64"}),
		add(image(t, "none", v1.Config{}), v1.Platform{OS: "unknown", Architecture: "unknown"}),
	)
	got, err := resolveOne(t, newResolver(t, registry.Options{}), registry.Request{Images: []string{s.host + "/app:v1"}})
	if err != nil {
		t.Fatal(err)
	}
	want := imageinfo.Image{Ref: s.host + "/app@" + digest.String(), Platforms: []imageinfo.Platform{
		{Name: "linux/amd64", Cmd: []string{"amd"}},
		{Name: "linux/arm64/v8", Cmd: []string{"arm"}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Resolve() (-want +got):\n%s", diff)
	}
}

func TestResolveDuplicatePlatform(t *testing.T) {
	t.Parallel()
	linux := v1.Platform{OS: "linux", Architecture: "amd64"}
	windows := func(version string) v1.Platform {
		return v1.Platform{OS: "windows", Architecture: "amd64", OSVersion: version}
	}
	arm64 := func(variant string) v1.Platform {
		return v1.Platform{OS: "linux", Architecture: "arm64", Variant: variant}
	}
	one, two := v1.Config{Cmd: []string{"one"}}, v1.Config{Cmd: []string{"two"}}
	sameAsOne := v1.Config{Cmd: []string{"one"}, User: "1"}
	for name, tc := range map[string]struct {
		first, second mutate.IndexAddendum
		refused       bool
		platforms     int
	}{
		"two images":                             {first: add(image(t, "amd64", one), linux), second: add(image(t, "amd64", two), linux), refused: true},
		"the same image twice":                   {first: add(image(t, "amd64", one), linux), second: add(image(t, "amd64", one), linux)},
		"windows versions, one command":          {first: add(image(t, "amd64", one), windows("10")), second: add(image(t, "amd64", sameAsOne), windows("11"))},
		"with and without variant, same command": {first: add(image(t, "arm64", one), arm64("")), second: add(image(t, "arm64", sameAsOne), arm64("v8")), platforms: 2},
		"with and without variant":               {first: add(image(t, "arm64", one), arm64("")), second: add(image(t, "arm64", two), arm64("v8")), platforms: 2},
		"two with the same variant":              {first: add(image(t, "arm64", one), arm64("v8")), second: add(image(t, "arm64", two), arm64("v8")), refused: true},
		"windows versions, two commands":         {first: add(image(t, "amd64", one), windows("10")), second: add(image(t, "amd64", two), windows("11")), refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.pushIndex(t, "app:v1", tc.first, tc.second)
			got, err := resolveOne(t, newResolver(t, registry.Options{}), registry.Request{Images: []string{s.host + "/app:v1"}})
			if !tc.refused {
				if err != nil || len(got.Platforms) != max(tc.platforms, 1) {
					t.Errorf("got %v, %v, want %d platforms", got, err, max(tc.platforms, 1))
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), "duplicate unique image found for platform: ") {
				t.Errorf("error = %v, want a duplicate platform", err)
			}
		})
	}
}

func TestResolveErrors(t *testing.T) {
	t.Parallel()
	status := func(code int) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(code); return true }
	}
	for name, tc := range map[string]struct {
		image     string
		intercept func(http.ResponseWriter, *http.Request) bool
		want      failure.Class
	}{
		"no such image":       {image: "nothing:here", want: failure.NotFound},
		"bad reference":       {image: "UPPER:case:case", want: failure.Invalid},
		"forbidden":           {image: "app:v1", intercept: status(http.StatusForbidden), want: failure.Invalid},
		"rate limit":          {image: "app:v1", intercept: status(http.StatusTooManyRequests), want: failure.Transient},
		"registry is down":    {image: "app:v1", intercept: status(http.StatusServiceUnavailable), want: failure.Transient},
		"connection is cut":   {image: "app:v1", intercept: func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }, want: failure.Transient},
		"not a container":     {image: "app:v1", intercept: artifact, want: failure.Invalid},
		"endless manifest":    {image: "app:v1", intercept: endless, want: failure.Invalid},
		"manifest is no json": {image: "app:v1", intercept: garbage, want: failure.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			if tc.intercept != nil {
				s.intercept.Store(tc.intercept)
			}
			_, err := resolveOne(t, newResolver(t, registry.Options{}), registry.Request{Images: []string{s.host + "/" + tc.image}})
			if f, ok := failure.As(err); !ok || f.Class != tc.want {
				t.Errorf("error = %v (%v), want class %v", err, f, tc.want)
			}
		})
	}
}

func answer(mediaType, body string) func(w http.ResponseWriter, r *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/manifests/") || r.Method == http.MethodHead {
			return false
		}
		w.Header().Set("Content-Type", mediaType)
		_, _ = io.WriteString(w, body)
		return true
	}
}

func artifact(w http.ResponseWriter, r *http.Request) bool {
	return answer("application/vnd.example.thing", "{}")(w, r)
}

func garbage(w http.ResponseWriter, r *http.Request) bool {
	return answer("application/vnd.oci.image.manifest.v1+json", "garbage")(w, r)
}

func endless(w http.ResponseWriter, r *http.Request) bool {
	return answer("application/vnd.oci.image.manifest.v1+json", strings.Repeat(" ", 9<<20))(w, r)
}

func TestConnectionRefusedIsTransient(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = resolveOne(t, newResolver(t, registry.Options{}), registry.Request{Images: []string{host + "/app:v1"}})
	if failure.ClassOf(err) != failure.Transient {
		t.Errorf("error = %v, want a transient one", err)
	}
}

func TestCaches(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	digest := s.pushImage(t, "app:v1", image(t, "amd64", v1.Config{Cmd: []string{"run"}}))
	s.pushImage(t, "app:v2", image(t, "amd64", v1.Config{Cmd: []string{"run"}}))
	r := newResolver(t, registry.Options{})
	tag, other, pinned := s.host+"/app:v1", s.host+"/app:v2", s.host+"/app@"+digest.String()

	// Each step says how many requests are allowed; logging in takes one (the ping) per request for images.
	for _, step := range []struct {
		name     string
		scope    string
		images   []string
		requests int64
	}{
		{name: "first look", scope: "a", images: []string{tag}, requests: 4},
		{name: "same run", scope: "a", images: []string{tag, tag}, requests: 0},
		{name: "by digest", scope: "a", images: []string{pinned}, requests: 0},
		{name: "other run", scope: "b", images: []string{tag}, requests: 2},
		{name: "other tag of the same digest", scope: "a", images: []string{other}, requests: 2},
	} {
		before := s.requests.Load()
		got := ask(t, r, registry.Request{Scope: step.scope, Images: step.images})
		if got.Err != nil {
			t.Fatalf("%s: %v", step.name, got.Err)
		}
		if got.Images[step.images[0]].Ref != pinned {
			t.Errorf("%s: Ref = %q, want %q", step.name, got.Images[step.images[0]].Ref, pinned)
		}
		if n := s.requests.Load() - before; n != step.requests {
			t.Errorf("%s: %d requests, want %d", step.name, n, step.requests)
		}
	}
}

func TestPullSecrets(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.pushImage(t, "app:v1", image(t, "amd64", v1.Config{Cmd: []string{"run"}}))
	s.intercept.Store(func(w http.ResponseWriter, r *http.Request) bool {
		if user, password, ok := r.BasicAuth(); ok && user == "robot" && password == "hunter2" {
			return false
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
		w.WriteHeader(http.StatusUnauthorized)
		return true
	})
	secret := corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "pull"},
		Type:       corev1.SecretTypeDockerConfigJson,
		Data: map[string][]byte{corev1.DockerConfigJsonKey: fmt.Appendf(nil, `{"auths":{%q:{"auth":%q}}}`,
			s.host, base64.StdEncoding.EncodeToString([]byte("robot:hunter2")))},
	}
	r := newResolver(t, registry.Options{})
	req := registry.Request{Scope: "a", Images: []string{s.host + "/app:v1"}, PullSecrets: []corev1.Secret{secret}}
	if _, err := resolveOne(t, r, req); err != nil {
		t.Errorf("with the pull secret: %v", err)
	}
	req.PullSecrets = nil
	if _, err := resolveOne(t, r, req); failure.ClassOf(err) != failure.Invalid {
		t.Errorf("without it: error = %v, want a final one and no answer of the other's", err)
	}
	req.PullSecrets = []corev1.Secret{{Type: corev1.SecretTypeDockerConfigJson, Data: map[string][]byte{corev1.DockerConfigJsonKey: []byte("x")}}}
	if _, err := resolveOne(t, r, req); failure.ClassOf(err) != failure.Invalid {
		t.Errorf("with a broken one: error = %v, want a final one", err)
	}
}
