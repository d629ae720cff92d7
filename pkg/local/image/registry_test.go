package image

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

func TestPull(t *testing.T) {
	t.Parallel()
	host, server := serve(t, nil)
	amd := imageOf(t, testPlatform, layerOf(t, file("a", "1"), file("b", "1")), layerOf(t, file(".wh.b", ""), file("c", "2")))
	index := indexOf(t, map[string]v1.Image{testPlatform: amd, "linux/arm64": imageOf(t, "linux/arm64", layerOf(t, file("arm", "1")))})
	push(t, host+"/team/app:v1", index)
	digest, err := index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Dir: t.TempDir()}
	var heard atomic.Int32
	req := request(host + "/team/app:v1")
	req.Progress = func(string) { heard.Add(1) }
	got, err := open(t, o).Get(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	want := &container.Image{
		Ref: req.Ref, ID: host + "/team/app@" + digest.String(), Entrypoint: []string{"run"}, Cmd: []string{testPlatform},
		Env: []string{"A=b"}, WorkingDir: "/w", User: "7", Root: got.Root,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("image (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"a": "1", "c": "2"}, contents(t, got.Root)); diff != "" {
		t.Errorf("root (-want +got):\n%s", diff)
	}
	if heard.Load() == 0 {
		t.Error("nobody heard of the progress")
	}

	server.Close()
	again := open(t, o)
	for _, ref := range []string{req.Ref, host + "/team/app@" + digest.String()} {
		for _, policy := range []corev1.PullPolicy{corev1.PullIfNotPresent, corev1.PullNever} {
			offline, err := again.Get(t.Context(), container.ImageRequest{Ref: ref, Policy: policy})
			if err != nil || offline.Root != got.Root {
				t.Errorf("%s with policy %s: %v, %v", ref, policy, offline, err)
			}
		}
	}
	if _, err := again.Get(t.Context(), container.ImageRequest{Ref: req.Ref, Policy: corev1.PullAlways}); reasonOf(err) != reasonPull {
		t.Errorf("policy Always without a registry: %v", err)
	}
}

func TestPullAlwaysFollowsTag(t *testing.T) {
	t.Parallel()
	host, _ := serve(t, nil)
	s := open(t, Options{})
	for i, policy := range []corev1.PullPolicy{corev1.PullAlways, corev1.PullIfNotPresent, corev1.PullAlways} {
		push(t, host+"/app:v1", imageOf(t, testPlatform, layerOf(t, file("n", fmt.Sprint(i)))))
		got, err := s.Get(t.Context(), container.ImageRequest{Ref: host + "/app:v1", Policy: policy})
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprint([]int{0, 0, 2}[i])
		if n := contents(t, got.Root)["n"]; n != want {
			t.Errorf("policy %s gave image %s, want %s", policy, n, want)
		}
	}
}

func reasonOf(err error) string {
	var failed *container.ImageError
	if !errors.As(err, &failed) {
		return ""
	}
	return failed.Reason
}

// keys are credentials for all hosts.
type keys struct{ user, password string }

func (k *keys) Resolve(authn.Resource) (authn.Authenticator, error) {
	return authn.FromConfig(authn.AuthConfig{Username: k.user, Password: k.password}), nil
}

// login asks for a password by itself.
func login(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "u" || password != "secret" {
			w.Header().Set("WWW-Authenticate", `Basic realm="r"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// tokens asks for a token of its own server.
func tokens(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			if user, password, _ := r.BasicAuth(); user != "u" || password != "secret" {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			_ = json.NewEncoder(w).Encode(map[string]string{"token": "t0ken"})
			return
		}
		if r.Header.Get("Authorization") != "Bearer t0ken" {
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="http://%s/token",service="s"`, r.Host))
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	good, bad := &keys{"u", "secret"}, &keys{"u", "wrong-word"}
	for title, around := range map[string]func(http.Handler) http.Handler{"basic": login, "token": tokens} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			host, _ := serve(t, around)
			ref := host + "/private:v1"
			push(t, ref, imageOf(t, testPlatform, layerOf(t, file("a", "1"))), remote.WithAuth(authn.FromConfig(authn.AuthConfig{Username: "u", Password: "secret"})))
			tests := map[string]struct {
				user, pod authn.Keychain
				fails     bool
			}{
				"none":           {user: &nobody{}, fails: true},
				"user":           {user: good},
				"pod before":     {user: bad, pod: good},
				"wrong":          {user: bad, fails: true},
				"pod has no key": {user: good, pod: &nobody{}},
			}
			for title, tt := range tests {
				req := request(ref)
				req.Keychain = tt.pod
				_, err := open(t, Options{Keychain: tt.user}).Get(t.Context(), req)
				if (err != nil) != tt.fails {
					t.Errorf("%s: error %v, want one: %v", title, err, tt.fails)
				}
				if err != nil && (!strings.Contains(err.Error(), "log in") || strings.Contains(err.Error(), "wrong-word")) {
					t.Errorf("%s: error %v", title, err)
				}
			}
		})
	}
}

func TestCredentialsOfFiles(t *testing.T) {
	host, _ := serve(t, login)
	ref := host + "/private:v1"
	push(t, ref, imageOf(t, testPlatform), remote.WithAuth(authn.FromConfig(authn.AuthConfig{Username: "u", Password: "secret"})))
	for _, variable := range []string{"DOCKER_CONFIG", "REGISTRY_AUTH_FILE"} {
		t.Run(variable, func(t *testing.T) {
			home := t.TempDir()
			t.Setenv("HOME", home)
			t.Setenv("DOCKER_CONFIG", home)
			t.Setenv("XDG_RUNTIME_DIR", home)
			config := fmt.Sprintf(`{"auths":{%q:{"auth":%q}}}`, host, base64.StdEncoding.EncodeToString([]byte("u:secret")))
			path := home + "/config.json"
			if variable == "REGISTRY_AUTH_FILE" {
				path = home + "/auth.json"
				t.Setenv(variable, path)
			}
			write(t, path, []byte(config))
			if _, err := open(t, Options{Keychain: authn.DefaultKeychain}).Get(t.Context(), request(ref)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	const path = "/v2/app/blobs/"
	layer := layerOf(t, file("a", strings.Repeat("x", 1000)))
	img := imageOf(t, testPlatform, layer)
	digest, err := layer.Digest()
	if err != nil {
		t.Fatal(err)
	}
	onLayer := func(answer func(w http.ResponseWriter, r *http.Request)) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet && r.URL.Path == path+digest.String() {
					answer(w, r)
					return
				}
				next.ServeHTTP(w, r)
			})
		}
	}
	tests := map[string]struct {
		around func(http.Handler) http.Handler
		ref    string
		want   []string
		reason string
	}{
		"no such tag":                  {ref: "app:none", want: []string{"app:none", "has no such image (404 Not Found (MANIFEST_UNKNOWN))"}},
		"no such digest":               {ref: "app@sha256:" + strings.Repeat("0", 64), want: []string{"has no such image"}},
		"other platform":               {ref: "arm:v1", want: []string{"no image for linux/amd64", "linux/arm64, linux/s390x"}},
		"other platform without index": {ref: "arm1:v1", want: []string{"no image for linux/amd64", "linux/arm64"}},
		"no name":                      {ref: "App:v1", want: []string{"is no name of an image"}, reason: reasonInvalid},
		"too many": {ref: "app:v1", want: []string{"too many were pulled"}, around: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !strings.HasPrefix(r.UserAgent(), "tenon") {
					next.ServeHTTP(w, r)
					return
				}
				w.WriteHeader(http.StatusTooManyRequests)
			})
		}},
		"forbidden": {ref: "app:v1", want: []string{"answered 403 Forbidden", "log in"}, around: onLayer(
			func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })},
		"layer missing": {ref: "app:v1", want: []string{"downloading layer " + digest.String(), "404"}, around: onLayer(
			func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })},
		"layer is another": {ref: "app:v1", want: []string{"downloading layer " + digest.String()}, around: onLayer(
			func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(tarOf(t, file("evil", "1"))) })},
		"redirected without encryption": {ref: "app:v1", want: []string{"without TLS"}, around: onLayer(
			func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "http://files.example.com/x", http.StatusTemporaryRedirect)
			})},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			host, _ := serve(t, tt.around)
			push(t, host+"/app:v1", img)
			push(t, host+"/arm:v1", indexOf(t, map[string]v1.Image{"linux/arm64": imageOf(t, "linux/arm64"), "linux/s390x": imageOf(t, "linux/s390x")}))
			push(t, host+"/arm1:v1", imageOf(t, "linux/arm64"))
			o := Options{Dir: t.TempDir()}
			_, err := open(t, o).Get(t.Context(), request(host+"/"+tt.ref))
			if err == nil {
				t.Fatal("there is no error")
			}
			want := tt.reason
			if want == "" {
				want = reasonPull
			}
			if got := reasonOf(err); got != want {
				t.Errorf("reason %q, want %q", got, want)
			}
			for _, text := range tt.want {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("error %q lacks %q", err, text)
				}
			}
			if entries, _ := os.ReadDir(o.Dir + "/roots"); len(entries) > 0 {
				t.Errorf("roots are left: %v", entries)
			}
			if entries, _ := os.ReadDir(o.Dir + "/tmp"); len(entries) > 0 {
				t.Errorf("files are left: %v", entries)
			}
		})
	}
}

func TestNeverPull(t *testing.T) {
	t.Parallel()
	_, err := open(t, Options{}).Get(t.Context(), container.ImageRequest{Ref: "busybox", Policy: corev1.PullNever})
	if reasonOf(err) != reasonNever || !strings.Contains(err.Error(), "not present with pull policy of Never") {
		t.Errorf("error %v", err)
	}
}

func TestOffline(t *testing.T) {
	t.Parallel()
	host, server := serve(t, nil)
	server.Close()
	_, err := open(t, Options{}).Get(t.Context(), request(host+"/app:v1"))
	if reasonOf(err) != reasonPull || !strings.Contains(err.Error(), "--images") || !strings.Contains(err.Error(), "refused") {
		t.Errorf("error %v", err)
	}
}

func TestBrokenConnectionIsTakenUpAgain(t *testing.T) {
	t.Parallel()
	noise := make([]byte, 1<<20)
	for i := range noise {
		noise[i] = byte(i * i >> 7)
	}
	layer := layerOf(t, file("big", string(noise)))
	digest, err := layer.Digest()
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	host, _ := serve(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, digest.String()) && asked.Add(1) == 1 {
				body, _ := layer.Compressed()
				head := make([]byte, 1000)
				_, _ = body.Read(head)
				w.Header().Set("Content-Length", fmt.Sprint(1<<19))
				size, _ := layer.Size()
				w.Header().Set("Content-Length", fmt.Sprint(size))
				_, _ = w.Write(head)
				panic(http.ErrAbortHandler)
			}
			next.ServeHTTP(w, r)
		})
	})
	push(t, host+"/app:v1", imageOf(t, testPlatform, layer))
	got, err := open(t, Options{}).Get(t.Context(), request(host+"/app:v1"))
	if err != nil {
		t.Fatal(err)
	}
	if contents(t, got.Root)["big"] != string(noise) || asked.Load() != 2 {
		t.Errorf("the content differs, or the layer was asked for %d times", asked.Load())
	}
}

func TestMirrors(t *testing.T) {
	t.Parallel()
	mirror, _ := serve(t, nil)
	hub := imageOf(t, testPlatform, layerOf(t, file("from", "hub")))
	push(t, mirror+"/library/busybox:latest", hub)
	push(t, mirror+"/cache/quay/team/app:v1", imageOf(t, testPlatform, layerOf(t, file("from", "quay"))))
	own, _ := serve(t, nil)
	push(t, own+"/only:v1", imageOf(t, testPlatform, layerOf(t, file("from", "own"))))
	var mirrors []Mirror
	for _, text := range []string{"quay.io=http://" + mirror + "/cache/quay/", "*=" + mirror} {
		m, err := ParseMirror(text)
		if err != nil {
			t.Fatal(err)
		}
		mirrors = append(mirrors, m)
	}
	s := open(t, Options{Mirrors: mirrors})
	for ref, want := range map[string]string{
		"busybox": "hub", "docker.io/library/busybox:latest": "hub", "quay.io/team/app:v1": "quay", own + "/only:v1": "own",
	} {
		got, err := s.Get(t.Context(), request(ref))
		if err != nil {
			t.Errorf("%s: %v", ref, err)
			continue
		}
		if from := contents(t, got.Root)["from"]; from != want {
			t.Errorf("%s is from %s, want %s", ref, from, want)
		}
		if ref == "busybox" && !strings.HasPrefix(got.ID, "docker.io/library/busybox@sha256:") {
			t.Errorf("ID %s is not that of the reference", got.ID)
		}
	}
}

func TestParseMirror(t *testing.T) {
	t.Parallel()
	tests := map[string]*Mirror{
		"docker.io=mirror.example.com/hub":  {Host: "docker.io", To: "mirror.example.com", Prefix: "hub"},
		"*=http://localhost:5000":           {Host: "*", To: "localhost:5000", Plain: true},
		"index.docker.io=https://m:443/a/b": {Host: "docker.io", To: "m:443", Prefix: "a/b"},
		"docker.io":                         nil,
		"=m":                                nil,
		"a=":                                nil,
		"a b=m":                             nil,
		"a=http://m/UPPER":                  nil,
	}
	for text, want := range tests {
		got, err := ParseMirror(text)
		if (err != nil) != (want == nil) {
			t.Errorf("%q: %v", text, err)
		}
		if want != nil && got != *want {
			t.Errorf("%q: %v, want %v", text, got, *want)
		}
	}
}

func TestPlainHTTPOnlyWhereAsked(t *testing.T) {
	t.Parallel()
	g := newGuard(Options{Mirrors: []Mirror{{Host: "*", To: "mirror.example.com", Plain: true}}, Timeout: 1})
	for url, want := range map[string]error{
		"http://registry.example.com/v2/": errPlain,
		"http://10.0.0.1:5000/v2/":        errPlain,
		"https://mirror.example.com/v2/":  errNotPlain,
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := g.RoundTrip(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", url, err, want)
		}
	}
}
