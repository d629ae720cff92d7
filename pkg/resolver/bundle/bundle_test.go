package bundle_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	containers "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/tenon-ci/tenon/hack/bundle/pack"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	clusterreader "github.com/tenon-ci/tenon/pkg/kubereader/cluster"
	"github.com/tenon-ci/tenon/pkg/reach"
	"github.com/tenon-ci/tenon/pkg/resolver/bundle"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
)

func loopback() reach.Policy {
	hosts, err := reach.ParseHosts("127.0.0.1")
	if err != nil {
		panic(err)
	}
	return reach.Policy{Allow: hosts}
}

func params(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// settings are those without a pause between attempts.
func settings(pairs ...string) map[string]string {
	return params(append([]string{"default-service-account", "default", "default-kind", "task", "backoff-duration", "0s"}, pairs...)...)
}

func document(kind, name string) string {
	return fmt.Sprintf("apiVersion: tekton.dev/v1\nkind: %s\nmetadata: {name: %s}\n", kind, name)
}

// packed makes a bundle.
func packed(t *testing.T, documents ...string) containers.Image {
	t.Helper()
	var all [][]byte
	for _, d := range documents {
		all = append(all, []byte(d))
	}
	image, err := pack.Image(all)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// serve runs a registry and returns its host.
func serve(t *testing.T, wrap func(http.Handler) http.Handler) string {
	t.Helper()
	handler := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	if wrap != nil {
		handler = wrap(handler)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// push puts an image, or an index, into a registry, and returns its digest.
func push(t *testing.T, ref string, what any) string {
	t.Helper()
	at, err := name.ParseReference(ref)
	if err != nil {
		t.Fatal(err)
	}
	login := remote.WithAuth(&authn.Basic{Username: "me", Password: "pass"})
	var digest containers.Hash
	switch what := what.(type) {
	case containers.Image:
		err = remote.Write(at, what, login)
		digest, _ = what.Digest()
	case containers.ImageIndex:
		err = remote.WriteIndex(at, what, login)
		digest, _ = what.Digest()
	}
	if err != nil {
		t.Fatal(err)
	}
	return digest.String()
}

type question struct {
	params, config map[string]string
	objects        []runtime.Object
	ambient        authn.Keychain
}

func resolve(t *testing.T, q question) (*framework.Answer, error) {
	t.Helper()
	return resolveBy(t, bundle.New(clusterreader.New(fake.NewClientset(q.objects...)), loopback, q.ambient), q)
}

// resolveBy asks a resolver, which keeps its connections.
func resolveBy(t *testing.T, r *bundle.Resolver, q question) (*framework.Answer, error) {
	t.Helper()
	fetch, err := r.Prepare(t.Context(), framework.Request{Namespace: "ns", Params: q.params, Config: q.config})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(t.Context(), max(fetch.Timeout, time.Duration(0))+30*time.Second)
	if fetch.Timeout > 0 {
		ctx, cancel = context.WithTimeout(t.Context(), fetch.Timeout)
	}
	defer cancel()
	return fetch.Do(ctx)
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	var blobs atomic.Int32
	host := serve(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/") {
				blobs.Add(1)
			}
			next.ServeHTTP(w, r)
		})
	})
	image := packed(t, document("Task", "a"), document("Pipeline", "a"), document("Task", "b"), document("StepAction", "s"))
	digest := push(t, host+"/org/repo:v1", image)
	blobs.Store(0)
	tests := map[string]struct {
		params     []string
		kind, name string
	}{
		"task":          {[]string{"bundle", host + "/org/repo:v1", "name", "a"}, "Task", "a"},
		"empty params":  {[]string{"bundle", host + "/org/repo:v1", "name", "a", "kind", "", "serviceAccount", "", "secret", ""}, "Task", "a"},
		"pipeline":      {[]string{"bundle", host + "/org/repo:v1", "name", "a", "kind", "Pipeline"}, "Pipeline", "a"},
		"step action":   {[]string{"bundle", host + "/org/repo:v1", "name", "s", "kind", "stepAction"}, "StepAction", "s"},
		"digest":        {[]string{"bundle", host + "/org/repo@" + digest, "name", "b"}, "Task", "b"},
		"tag, digest":   {[]string{"bundle", host + "/org/repo:v1@" + digest, "name", "b"}, "Task", "b"},
		"missing names": {[]string{"bundle", host + "/org/repo:v1", "name", "a", "serviceAccount", "none", "secret", "none"}, "Task", "a"},
	}
	for name, tc := range tests {
		got, err := resolve(t, question{params: params(tc.params...), config: settings()})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := &framework.Answer{
			Data: []byte(document(tc.kind, tc.name)),
			Annotations: params("resolution.tekton.dev/dev.tekton.image.name", tc.name,
				"resolution.tekton.dev/dev.tekton.image.kind", strings.ToLower(tc.kind), "resolution.tekton.dev/dev.tekton.image.apiVersion", "tekton.dev/v1"),
			Source: &v1.RefSource{
				URI: host + "/org/repo", Digest: map[string]string{"sha256": strings.TrimPrefix(digest, "sha256:")}, EntryPoint: tc.name,
			},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: answer (-want +got):\n%s", name, diff)
		}
	}
	if n := blobs.Load(); int(n) != len(tests) {
		t.Errorf("%d blobs were fetched for %d answers", n, len(tests))
	}
}

func TestIndex(t *testing.T) {
	t.Parallel()
	host := serve(t, nil)
	add := func(index containers.ImageIndex, text, arch string) (containers.ImageIndex, string) {
		image := packed(t, document("Task", "a")+"# "+text+"\n")
		digest, err := image.Digest()
		if err != nil {
			t.Fatal(err)
		}
		d := containers.Descriptor{Platform: &containers.Platform{OS: "linux", Architecture: arch}}
		if arch == "" {
			d.Platform = nil
		}
		return mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: d}), digest.Hex
	}
	both, _ := add(empty.Index, "arm", "arm64")
	both, amd := add(both, "amd", "amd64")
	bare, first := add(empty.Index, "one", "")
	arm, _ := add(empty.Index, "arm", "arm64")
	pinned := push(t, host+"/a/both:v1", both)
	push(t, host+"/a/bare:v1", bare)
	push(t, host+"/a/arm:v1", arm)
	for ref, want := range map[string]string{host + "/a/both:v1": amd, host + "/a/both@" + pinned: amd, host + "/a/bare:v1": first} {
		got, err := resolve(t, question{params: params("bundle", ref, "name", "a"), config: settings()})
		if err != nil || got.Source.Digest["sha256"] != want {
			t.Errorf("%s: answer %+v, error %v", ref, got, err)
		}
	}
	_, err := resolve(t, question{params: params("bundle", host+"/a/arm:v1", "name", "a"), config: settings()})
	if want := "cannot retrieve the oci image: its index has no image for linux/amd64"; err == nil || err.Error() != want {
		t.Errorf("error %v", err)
	}
}

// TestErrors has the text of every error of a request, in which HOST stands for the registry. The errors of Prepare are no failures;
// the framework takes them for final ones.
func TestErrors(t *testing.T) {
	t.Parallel()
	host := serve(t, nil)
	push(t, host+"/org/repo:v1", packed(t, document("Task", "a")))
	ok := func(pairs ...string) map[string]string {
		return params(append([]string{"bundle", host + "/org/repo:v1", "name", "a"}, pairs...)...)
	}
	prepared := failure.ClassOf(io.EOF)
	for name, tc := range map[string]struct {
		params, config map[string]string
		want           string
		class          failure.Class
	}{
		"no bundle":   {params("name", "a"), settings(), `parameter "bundle" required`, prepared},
		"no name":     {ok("name", ""), settings(), `parameter "name" required`, prepared},
		"no account":  {ok(), params("default-kind", "task"), "default Service Account was not set during installation of the bundle resolver: set default-service-account in the ConfigMap bundleresolver-config, or the param serviceAccount", prepared},
		"no kind":     {ok(), params("default-service-account", "d"), "default resource Kind was not set during installation of the bundle resolver: set default-kind in the ConfigMap bundleresolver-config, or the param kind", prepared},
		"reference":   {ok("bundle", "x y"), settings(), "invalid bundle reference: could not parse reference: x y", prepared},
		"long":        {ok("bundle", strings.Repeat("x", 2000)), settings(), "invalid bundle reference: it is longer than 1024 characters", prepared},
		"timeout":     {ok(), settings("fetch-timeout", "soon"), `fetch-timeout in the ConfigMap bundleresolver-config is "soon", it has to be a duration above zero such as 1m`, prepared},
		"no time":     {ok(), settings("fetch-timeout", "0s"), `fetch-timeout in the ConfigMap bundleresolver-config is "0s", it has to be a duration above zero such as 1m`, prepared},
		"no object":   {ok("name", "b"), settings(), "could not find object in image with kind: task and name: b", failure.NotFound},
		"other kind":  {ok("kind", "pipeline"), settings(), "could not find object in image with kind: pipeline and name: a", failure.NotFound},
		"no tag":      {ok("bundle", host+"/org/repo:v2"), settings(), "cannot retrieve the oci image: host HOST answered 404 Not Found (MANIFEST_UNKNOWN)", failure.NotFound},
		"refused":     {ok("bundle", "localhost:1/org/repo"), settings(), "cannot retrieve the oci image: host localhost:1 is not asked: it is the host that asks", failure.Invalid},
		"unreachable": {ok("bundle", "127.0.0.1:1/org/repo"), settings(), "cannot retrieve the oci image: host 127.0.0.1:1 could not be reached: connection refused", failure.Transient},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := resolve(t, question{params: tc.params, config: tc.config})
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(strings.ReplaceAll(tc.want, "HOST", host), err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if got := failure.ClassOf(err); got != tc.class {
				t.Errorf("class %v, want %v", got, tc.class)
			}
		})
	}
}

// pullSecret makes a Secret with a login.
func pullSecret(name, host, password string) *corev1.Secret {
	auth, err := json.Marshal(map[string]any{"auths": map[string]any{host: map[string]string{"username": "me", "password": password}}})
	if err != nil {
		panic(err)
	}
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "ns"}, Type: corev1.SecretTypeDockerConfigJson,
		Data: map[string][]byte{corev1.DockerConfigJsonKey: auth},
	}
}

func account(name string, secrets ...string) *corev1.ServiceAccount {
	a := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "ns"}}
	for _, s := range secrets {
		a.ImagePullSecrets = append(a.ImagePullSecrets, corev1.LocalObjectReference{Name: s})
	}
	return a
}

// withLogin is a registry that wants one.
func withLogin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "me" || password != "pass" {
			w.Header().Set("WWW-Authenticate", `Basic realm="r"`)
			http.Error(w, `{"errors":[{"code":"UNAUTHORIZED","message":"secret"}]}`, http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

type ambient struct{ authn.Authenticator }

func (a ambient) Resolve(authn.Resource) (authn.Authenticator, error) { return a, nil }

func TestLogin(t *testing.T) {
	t.Parallel()
	host := serve(t, withLogin)
	push(t, host+"/org/repo:v1", packed(t, document("Task", "a")))
	good, bad := pullSecret("good", host, "pass"), pullSecret("bad", host, "wrong")
	elsewhere := good.DeepCopy()
	elsewhere.Namespace, elsewhere.Name = "other", "elsewhere"
	const account1 = "; give access in an imagePullSecret of serviceAccount default or in a secret that the param secret names"
	for name, tc := range map[string]struct {
		params  []string
		objects []runtime.Object
		ambient authn.Keychain
		advice  string
	}{
		"account":          {nil, []runtime.Object{account("default", "missing", "good"), good}, nil, ""},
		"another account":  {[]string{"serviceAccount", "sa"}, []runtime.Object{account("sa", "good"), good}, nil, ""},
		"secret":           {[]string{"secret", "good"}, []runtime.Object{good}, nil, ""},
		"secret first":     {[]string{"secret", "good"}, []runtime.Object{account("default", "bad"), good, bad}, nil, ""},
		"ambient":          {nil, nil, ambient{&authn.Basic{Username: "me", Password: "pass"}}, ""},
		"no ambient first": {nil, []runtime.Object{account("default", "good"), good}, ambient{&authn.Basic{Username: "x", Password: "y"}}, ""},
		"none":             {nil, nil, nil, account1},
		"wrong":            {nil, []runtime.Object{account("default", "bad"), bad}, nil, account1},
		"not listed":       {nil, []runtime.Object{account("default"), good}, nil, account1},
		"other namespace":  {[]string{"secret", "elsewhere"}, []runtime.Object{elsewhere}, nil, "; give access in secret elsewhere or in an imagePullSecret of serviceAccount default"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := resolve(t, question{
				params: params(append([]string{"bundle", host + "/org/repo:v1", "name", "a"}, tc.params...)...), config: settings(),
				objects: tc.objects, ambient: tc.ambient,
			})
			if tc.advice == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			want := "cannot retrieve the oci image: host " + host + " answered 401 Unauthorized (UNAUTHORIZED)" + tc.advice
			if err == nil || err.Error() != want || failure.ClassOf(err) != failure.Invalid {
				t.Errorf("error %v, want %s", err, want)
			}
		})
	}
}

func TestPrepare(t *testing.T) {
	t.Parallel()
	good, broken := pullSecret("good", "r.example", "pass"), pullSecret("broken", "r.example", "pass")
	broken.Data[corev1.DockerConfigJsonKey] = []byte("secret")
	old := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "old", Namespace: "ns"}, Type: corev1.SecretTypeDockercfg,
		Data: map[string][]byte{corev1.DockerConfigKey: []byte(`{}`)},
	}
	many := make([]string, 65)
	for i := range many {
		many[i] = fmt.Sprint("s", i)
	}
	client := fake.NewClientset(good, broken, old, account("default", "good", "old", "missing"), account("broken", "broken"), account("many", many...))
	client.PrependReactor("get", "secrets", func(action clienttesting.Action) (bool, runtime.Object, error) {
		if action.(clienttesting.GetAction).GetName() == "forbidden" {
			return true, nil, apierrors.NewForbidden(corev1.Resource("secrets"), "forbidden", nil)
		}
		return false, nil, nil
	})
	prepare := func(config map[string]string, pairs ...string) (*framework.Fetch, error) {
		return bundle.New(clusterreader.New(client), loopback, nil).Prepare(t.Context(), framework.Request{
			Namespace: "ns", Config: config, Params: params(append([]string{"name", "a"}, pairs...)...),
		})
	}
	digest := "r.example/a/b@sha256:" + strings.Repeat("0", 64)
	fetch, err := prepare(settings("fetch-timeout", "90s"), "bundle", digest)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"kubernetes.io/dockerconfigjson:" + string(good.Data[corev1.DockerConfigJsonKey]), "kubernetes.io/dockercfg:{}",
	}
	if diff := cmp.Diff(want, fetch.Credentials); diff != "" || !fetch.Pinned || fetch.Timeout != 90*time.Second {
		t.Errorf("fetch %+v, credentials (-want +got):\n%s", fetch, diff)
	}
	fetch, err = prepare(settings(), "bundle", "r.example/a/b:v1", "serviceAccount", "none")
	if err != nil || fetch.Pinned || fetch.Timeout != 0 || len(fetch.Credentials) != 0 {
		t.Errorf("fetch %+v, error %v", fetch, err)
	}
	_, err = prepare(settings(), "bundle", digest, "serviceAccount", "broken")
	if want := "reading image pull secrets: broken is no Docker configuration"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	_, err = prepare(settings(), "bundle", digest, "serviceAccount", "many")
	if want := "ServiceAccount many has 65 imagePullSecrets, more than 64"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if _, err = prepare(settings(), "bundle", digest, "secret", "forbidden"); !apierrors.IsForbidden(err) {
		t.Errorf("error %v", err)
	}
}

// TestAttempts counts how often a registry in trouble is asked for a manifest.
func TestAttempts(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status   int
		config   []string
		attempts int32
		class    failure.Class
	}{
		"default":  {503, nil, 2, failure.Transient},
		"more":     {429, []string{"backoff-steps", "4"}, 4, failure.Transient},
		"once":     {500, []string{"backoff-steps", "1"}, 1, failure.Transient},
		"final":    {404, []string{"backoff-steps", "4"}, 1, failure.NotFound},
		"denied":   {403, []string{"backoff-steps", "4"}, 1, failure.Invalid},
		"all void": {503, []string{"backoff-steps", "9", "backoff-factor", "x", "fetch-timeout", "1s"}, 1, failure.Transient},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int32
			host := serve(t, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if strings.Contains(r.URL.Path, "/manifests/") {
						asked.Add(1)
						http.Error(w, "hidden", tc.status)
						return
					}
					next.ServeHTTP(w, r)
				})
			})
			_, err := resolve(t, question{params: params("bundle", host+"/a/b:v1", "name", "a"), config: settings(tc.config...)})
			if err == nil || failure.ClassOf(err) != tc.class || strings.Contains(err.Error(), "hidden") {
				t.Errorf("error %v", err)
			}
			if n := asked.Load(); n != tc.attempts {
				t.Errorf("%d attempts, want %d", n, tc.attempts)
			}
		})
	}
}

func TestSlow(t *testing.T) {
	t.Parallel()
	host := serve(t, func(http.Handler) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	})
	_, err := resolve(t, question{params: params("bundle", host+"/a/b:v1", "name", "a"), config: settings("fetch-timeout", "100ms")})
	want := "cannot retrieve the oci image: host " + host + " does not answer in time"
	if err == nil || err.Error() != want || failure.ClassOf(err) != failure.Transient {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestAbout(t *testing.T) {
	t.Parallel()
	want := framework.About{
		Type: "bundles", Name: "bundleresolver", Flag: "enable-bundles-resolver", Config: "bundleresolver-config",
		Defaults: params("default-service-account", "default", "default-kind", "task"), Caches: true,
	}
	if diff := cmp.Diff(want, bundle.New(nil, loopback, nil).About()); diff != "" {
		t.Errorf("about (-want +got):\n%s", diff)
	}
}
