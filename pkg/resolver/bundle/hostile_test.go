package bundle_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/types"
	"k8s.io/apimachinery/pkg/runtime"
	clients "k8s.io/client-go/kubernetes/fake"

	"github.com/tenon-ci/tenon/pkg/failure"
	clusterreader "github.com/tenon-ci/tenon/pkg/kubereader/cluster"
	"github.com/tenon-ci/tenon/pkg/resolver/bundle"
)

// fakeRegistry serves one manifest, and blobs by their digest, without checking anything.
type fakeRegistry struct {
	manifest  []byte
	mediaType string
	blobs     map[string][]byte
	// other, if set, answers for paths first.
	other func(w http.ResponseWriter, r *http.Request) bool
}

func (f *fakeRegistry) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case f.other != nil && f.other(w, r):
	case r.URL.Path == "/v2/":
	case strings.Contains(r.URL.Path, "/manifests/"):
		mediaType := f.mediaType
		if mediaType == "" {
			mediaType = string(types.OCIManifestSchema1)
		}
		w.Header().Set("Content-Type", mediaType)
		_, _ = w.Write(f.manifest)
	default:
		blob, ok := f.blobs[r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(blob)
	}
}

func digestOf(data []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(data)) }

// layer is a part of a manifest.
type layer struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int64             `json:"size"`
	URLs        []string          `json:"urls,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

func taskLayer(data []byte) layer {
	return layer{MediaType: string(types.OCILayer), Digest: digestOf(data), Size: int64(len(data)), Annotations: annotated("task", "a", "v1")}
}

func annotated(kind, name, apiVersion string) map[string]string {
	return params("dev.tekton.image.kind", kind, "dev.tekton.image.name", name, "dev.tekton.image.apiVersion", apiVersion)
}

func manifestOf(layers ...layer) []byte {
	config := layer{MediaType: string(types.OCIConfigJSON), Digest: digestOf([]byte("{}")), Size: 2}
	data, err := json.Marshal(map[string]any{"schemaVersion": 2, "mediaType": types.OCIManifestSchema1, "config": config, "layers": layers})
	if err != nil {
		panic(err)
	}
	return data
}

func compress(data []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(data)
	_ = z.Close()
	return out.Bytes()
}

// archive makes an archive of headers, each with size bytes of data.
func archive(headers ...tar.Header) []byte {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, h := range headers {
		if h.Typeflag == 0 {
			h.Typeflag = tar.TypeReg
		}
		if err := w.WriteHeader(&h); err != nil {
			panic(err)
		}
		_, _ = io.CopyN(w, endless{}, h.Size)
	}
	_ = w.Close()
	return out.Bytes()
}

var block = bytes.Repeat([]byte("x"), 1<<16)

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	return copy(p, block), nil
}

// ask asks a registry for task a.
func ask(t *testing.T, f *fakeRegistry) ([]byte, error) {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	got, err := resolve(t, question{
		params: params("bundle", strings.TrimPrefix(server.URL, "http://")+"/a/b:v1", "name", "a"), config: settings(),
	})
	if err != nil {
		return nil, err
	}
	return got.Data, nil
}

func TestBodies(t *testing.T) {
	t.Parallel()
	const most = 1 << 20
	x := func(n int) []byte { return bytes.Repeat([]byte("x"), n) }
	task := []byte(document("Task", "a"))
	long := append([]byte(document("Task", "a")), "# "+strings.Repeat("x", 1000)...)
	folders := make([]tar.Header, 64)
	for i := range folders {
		folders[i] = tar.Header{Typeflag: tar.TypeDir, Name: fmt.Sprint("d", i)}
	}
	heavy := tar.Header{Name: "d/", Typeflag: tar.TypeDir, PAXRecords: map[string]string{"x.y": strings.Repeat("x", most-99)}}
	const large, damaged = "its document is larger than 1048576 bytes", "its layer is a damaged archive"
	for name, tc := range map[string]struct {
		body []byte
		want []byte
		err  string
	}{
		"raw":                    {task, task, ""},
		"raw, long":              {long, long, ""},
		"raw, gzip":              {compress(task), task, ""},
		"archive":                {archive(tar.Header{Name: "t", Size: 5}), x(5), ""},
		"archive, gzip":          {compress(archive(tar.Header{Name: "t", Size: 5})), x(5), ""},
		"first file":             {archive(tar.Header{Name: "t", Size: 5}, tar.Header{Name: "u", Size: 6}), x(5), ""},
		"folder":                 {archive(tar.Header{Name: "d/", Typeflag: tar.TypeDir}, tar.Header{Name: "d/t", Size: 5}), x(5), ""},
		"empty file":             {archive(tar.Header{Name: "t"}), nil, ""},
		"largest raw":            {x(most), x(most), ""},
		"largest file":           {compress(archive(tar.Header{Name: "t", Size: most})), x(most), ""},
		"more files than limit":  {compress(archive(tar.Header{Name: "t", Size: 5}, tar.Header{Name: "u", Size: 2 * most})), x(5), ""},
		"large raw":              {x(most + 1), nil, large},
		"large file":             {archive(tar.Header{Name: "t", Size: most + 1}), nil, large},
		"bomb":                   {compress(x(16 * most)), nil, large},
		"bomb in archive":        {compress(archive(tar.Header{Name: "t", Size: 16 * most})), nil, large},
		"large header":           {compress(archive(tar.Header{Name: "t", Size: 5, PAXRecords: map[string]string{"x.y": strings.Repeat("x", most-99)}})), x(5), ""},
		"large headers":          {compress(archive(heavy, heavy, tar.Header{Name: "t", Size: most})), nil, damaged},
		"folders":                {archive(folders...), nil, "its layer begins with more than 64 folders"},
		"only folder":            {archive(folders[0]), nil, damaged},
		"cut":                    {archive(tar.Header{Name: "t", Size: 5})[:514], nil, damaged},
		"link":                   {archive(tar.Header{Name: "t", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}), nil, "the first entry of its layer is no file"},
		"cut gzip":               {compress(long)[:30], nil, "its layer is not in the form of gzip"},
		"only the begin of gzip": {[]byte{0x1f, 0x8b}, nil, "its layer is not in the form of gzip"},
		"changed gzip":           {append(compress(long)[:30], x(20)...), nil, "its layer is not in the form of gzip"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ask(t, &fakeRegistry{manifest: manifestOf(taskLayer(tc.body)), blobs: map[string][]byte{digestOf(tc.body): tc.body}})
			if tc.err == "" {
				if err != nil || !bytes.Equal(got, tc.want) {
					t.Errorf("%d bytes, want %d, error %v", len(got), len(tc.want), err)
				}
				return
			}
			if want := "cannot retrieve the oci image: " + tc.err; err == nil || err.Error() != want || failure.ClassOf(err) != failure.Invalid {
				t.Errorf("error %v, want %s", err, want)
			}
		})
	}
}

// manifestCase is a manifest with the error that it leads to; HOST stands for the registry in it.
type manifestCase struct {
	manifest []byte
	err      string
}

// check asks for a task in layer that is there, by a manifest.
func (c manifestCase) check(t *testing.T, task []byte) {
	t.Helper()
	t.Parallel()
	server := httptest.NewServer(&fakeRegistry{manifest: c.manifest, blobs: map[string][]byte{digestOf(task): task}})
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	got, err := resolve(t, question{params: params("bundle", host+"/a/b:v1", "name", "a"), config: settings()})
	if c.err == "" {
		if err != nil || !bytes.Equal(got.Data, task) {
			t.Errorf("answer %+v, error %v", got, err)
		}
		return
	}
	if want := strings.ReplaceAll(c.err, "HOST", host); err == nil || err.Error() != want || !failure.Of(err).Final() {
		t.Errorf("error %v, want %s", err, want)
	}
}

// TestCompliance has the rules for annotations, which one layer breaks that is not the one asked for.
func TestCompliance(t *testing.T) {
	t.Parallel()
	task := []byte(document("Task", "a"))
	with := func(change func(*layer)) []byte {
		l := taskLayer(task)
		change(&l)
		return manifestOf(taskLayer(task), l)
	}
	without := func(key string) []byte {
		return with(func(l *layer) { delete(l.Annotations, key) })
	}
	kind := func(kind string) []byte {
		return with(func(l *layer) { l.Annotations["dev.tekton.image.kind"] = kind })
	}
	repeated := func(n int) []byte {
		layers := make([]layer, n)
		for i := range layers {
			layers[i] = taskLayer(task)
		}
		return manifestOf(layers...)
	}
	const bad = "invalid tekton bundle HOST/a/b:v1, error: "
	for name, tc := range map[string]manifestCase{
		"20 layers":   {repeated(20), ""},
		"21 layers":   {repeated(21), bad + `bundle "` + digestOf([]byte("{}")) + `" contained more than the maximum 20 allow objects`},
		"no name":     {without("dev.tekton.image.name"), bad + "the layer 1 does not contain a dev.tekton.image.name annotation"},
		"no kind":     {without("dev.tekton.image.kind"), bad + "the layer 1 does not contain a dev.tekton.image.kind annotation"},
		"no version":  {without("dev.tekton.image.apiVersion"), bad + "the layer 1 does not contain a dev.tekton.image.apiVersion annotation"},
		"empty kind":  {kind(""), bad + "the layer 1 does not contain a dev.tekton.image.kind annotation"},
		"upper case":  {kind("Task"), bad + "the layer 1 the annotation dev.tekton.image.kind must be lowercased and singular, found Task"},
		"plural":      {kind("tasks"), bad + "the layer 1 the annotation dev.tekton.image.kind must be lowercased and singular, found tasks"},
		"long":        {kind(strings.Repeat("x", 254)), bad + "the layer 1 has a dev.tekton.image.kind annotation of more than 253 characters"},
		"no layers":   {manifestOf(), "could not find object in image with kind: task and name: a"},
		"other layer": {with(func(l *layer) { l.MediaType = "x"; l.Annotations["dev.tekton.image.name"] = "b" }), ""},
	} {
		t.Run(name, func(t *testing.T) { tc.check(t, task) })
	}
}

func TestLayers(t *testing.T) {
	t.Parallel()
	task := []byte(document("Task", "a"))
	first := func(change func(*layer)) []byte {
		l := taskLayer(task)
		change(&l)
		return manifestOf(l)
	}
	media := func(m types.MediaType) []byte { return first(func(l *layer) { l.MediaType = string(m) }) }
	const oci = "cannot retrieve the oci image: "
	for name, tc := range map[string]manifestCase{
		"docker":            {media(types.DockerLayer), ""},
		"docker, plain":     {media(types.DockerUncompressedLayer), ""},
		"plain":             {media(types.OCIUncompressedLayer), ""},
		"zstd":              {media(types.OCILayerZStd), oci + "its layer is compressed with zstd, which is not supported: use gzip"},
		"foreign":           {media(types.DockerForeignLayer), oci + "its layer is of no media type that image layers have"},
		"large layer":       {first(func(l *layer) { l.Size = 4<<20 + 1 }), oci + "its layer is larger than 4 MiB"},
		"no manifest":       {[]byte("secret"), oci + "its manifest cannot be read"},
		"large manifest":    {bytes.Repeat([]byte(" "), 4<<20+1), oci + "host HOST gave an answer of more than 4 MiB"},
		"missing layer":     {first(func(l *layer) { l.Digest = digestOf([]byte("missing")) }), oci + "host HOST answered 404 Not Found"},
		"addresses ignored": {first(func(l *layer) { l.URLs = []string{"http://127.0.0.1:1/x"} }), ""},
	} {
		t.Run(name, func(t *testing.T) { tc.check(t, task) })
	}
}

// TestWrongDigest has a registry that gives other content than it was asked for.
func TestWrongDigest(t *testing.T) {
	t.Parallel()
	task, other := []byte(document("Task", "a")), []byte(document("Task", "b"))
	f := &fakeRegistry{manifest: manifestOf(taskLayer(task)), blobs: map[string][]byte{digestOf(task): other}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	want := "cannot retrieve the oci image: host " + host + " gave content with another digest than was asked for"
	for _, ref := range []string{host + "/a/b:v1", host + "/a/b@" + digestOf(f.manifest), host + "/a/b@" + digestOf(task)} {
		_, err := resolve(t, question{params: params("bundle", ref, "name", "a"), config: settings()})
		if err == nil || err.Error() != want || failure.ClassOf(err) != failure.Invalid {
			t.Errorf("%s: error %v, want %s", ref, err, want)
		}
	}
}

func TestEndlessLayer(t *testing.T) {
	t.Parallel()
	f := &fakeRegistry{manifest: manifestOf(taskLayer([]byte("x")))}
	f.other = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/blobs/") {
			_, _ = io.Copy(w, endless{})
			return true
		}
		return false
	}
	_, err := ask(t, f)
	if err == nil || !strings.HasSuffix(err.Error(), " gave an answer of more than 4 MiB") {
		t.Errorf("error %v", err)
	}
}

// TestRedirects has a registry that sends to another host for its layers, as many do, and to one that may not be asked.
func TestRedirects(t *testing.T) {
	t.Parallel()
	task := []byte(document("Task", "a"))
	var logins atomic.Int32
	storage := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			logins.Add(1)
		}
		_, _ = w.Write(task)
	}))
	t.Cleanup(storage.Close)
	// The library lets no registry send to an address of this machine other than its own; the port may differ.
	for to, want := range map[string]string{
		storage.URL: "", "http://169.254.169.254/": "gave an answer that cannot be used", "http://localhost:1/": "it is the host that asks",
	} {
		f := &fakeRegistry{manifest: manifestOf(taskLayer(task))}
		f.other = func(w http.ResponseWriter, r *http.Request) bool {
			user, _, _ := r.BasicAuth()
			switch {
			case user != "me":
				w.Header().Set("WWW-Authenticate", `Basic realm="r"`)
				w.WriteHeader(http.StatusUnauthorized)
			case strings.Contains(r.URL.Path, "/blobs/"):
				http.Redirect(w, r, to, http.StatusTemporaryRedirect)
			default:
				return false
			}
			return true
		}
		server := httptest.NewServer(f)
		t.Cleanup(server.Close)
		host := strings.TrimPrefix(server.URL, "http://")
		got, err := resolve(t, question{
			params: params("bundle", host+"/a/b:v1", "name", "a", "secret", "s"), config: settings(),
			objects: []runtime.Object{pullSecret("s", host, "pass")},
		})
		if want == "" && (err != nil || !bytes.Equal(got.Data, task)) || want != "" && (err == nil || !strings.HasSuffix(err.Error(), want)) {
			t.Errorf("%s: error %v, want %q", to, err, want)
		}
		if err != nil && (strings.Contains(err.Error(), "169.254") || strings.Contains(err.Error(), "localhost")) {
			t.Errorf("the error names who was redirected to: %v", err)
		}
	}
	if n := logins.Load(); n != 0 {
		t.Errorf("the login was sent to another host %d times", n)
	}
}

// TestToken has a registry that wants a token, from itself or from another host.
func TestToken(t *testing.T) {
	t.Parallel()
	task := []byte(document("Task", "a"))
	for name, tc := range map[string]struct{ realm, err string }{
		"its own":    {"http://HOST/token", ""},
		"refused":    {"http://localhost:1/token", "a host that HOST refers to is not asked: it is the host that asks"},
		"link-local": {"http://169.254.169.254/token", "host HOST gave an answer that cannot be used"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var host string
			f := &fakeRegistry{manifest: manifestOf(taskLayer(task)), blobs: map[string][]byte{digestOf(task): task}}
			f.other = func(w http.ResponseWriter, r *http.Request) bool {
				user, password, _ := r.BasicAuth()
				switch {
				case r.URL.Path == "/token" && user == "me" && password == "pass" && r.FormValue("scope") == "repository:a/b:pull":
					_, _ = io.WriteString(w, `{"token":"t"}`)
				case r.Header.Get("Authorization") != "Bearer t":
					w.Header().Set("WWW-Authenticate", `Bearer realm="`+strings.ReplaceAll(tc.realm, "HOST", host)+`",service="s"`)
					w.WriteHeader(http.StatusUnauthorized)
				default:
					return false
				}
				return true
			}
			server := httptest.NewServer(f)
			t.Cleanup(server.Close)
			host = strings.TrimPrefix(server.URL, "http://")
			got, err := resolve(t, question{
				params: params("bundle", host+"/a/b:v1", "name", "a", "secret", "s"), config: settings(),
				objects: []runtime.Object{pullSecret("s", host, "pass")},
			})
			if tc.err == "" {
				if err != nil || !bytes.Equal(got.Data, task) {
					t.Errorf("error %v", err)
				}
				return
			}
			if want := "cannot retrieve the oci image: " + strings.ReplaceAll(tc.err, "HOST", host); err == nil || err.Error() != want {
				t.Errorf("error %v, want %s", err, want)
			}
		})
	}
}

// TestKinds has what is no image, an index that cannot be used, and registries that do not say well what they give.
func TestKinds(t *testing.T) {
	t.Parallel()
	task := []byte(document("Task", "a"))
	for _, mediaType := range []string{"application/json", "text/plain; charset=utf-8", string(types.OCIManifestSchema1) + "; charset=utf-8"} {
		_, err := ask(t, &fakeRegistry{manifest: manifestOf(taskLayer(task)), mediaType: mediaType, blobs: map[string][]byte{digestOf(task): task}})
		if err != nil {
			t.Errorf("%s: error %v", mediaType, err)
		}
	}
	for mediaType, want := range map[types.MediaType]string{
		"application/json":          "it is no container image",
		types.DockerManifestSchema1: "it is no container image",
		types.OCIImageIndex:         "its index cannot be read",
	} {
		_, err := ask(t, &fakeRegistry{manifest: []byte("secret"), mediaType: string(mediaType)})
		if err == nil || err.Error() != "cannot retrieve the oci image: "+want {
			t.Errorf("%s: error %v", mediaType, err)
		}
	}
}

// TestFirstMatch has two layers for one object.
func TestFirstMatch(t *testing.T) {
	t.Parallel()
	one, two := []byte(document("Task", "one")), []byte(document("Task", "two"))
	got, err := ask(t, &fakeRegistry{
		manifest: manifestOf(taskLayer(one), taskLayer(two)), blobs: map[string][]byte{digestOf(one): one, digestOf(two): two},
	})
	if err != nil || !bytes.Equal(got, one) {
		t.Errorf("document %s, error %v", got, err)
	}
}

// FuzzManifest has a registry whose manifest is anything.
func FuzzManifest(f *testing.F) {
	task := []byte(document("Task", "a"))
	f.Add(manifestOf(taskLayer(task)), false)
	f.Add(manifestOf(layer{Digest: digestOf(task), Annotations: annotated("tasks", "a", "")}), false)
	f.Add(fmt.Appendf(nil, `{"manifests":[{"mediaType":%q,"digest":%q,"size":1,"platform":{"os":"linux","architecture":"amd64"}}]}`,
		types.OCIManifestSchema1, digestOf(task)), true)
	f.Add([]byte(`{"layers":[null,{"digest":"x:y"}],"config":null}`), false)
	fake := &fakeRegistry{blobs: map[string][]byte{digestOf(task): task}}
	server := httptest.NewServer(fake)
	f.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	r := bundle.New(clusterreader.New(clients.NewClientset()), loopback, nil)
	f.Fuzz(func(t *testing.T, manifest []byte, index bool) {
		fake.manifest, fake.mediaType = manifest, ""
		if index {
			fake.mediaType = string(types.OCIImageIndex)
		}
		got, err := resolveBy(t, r, question{params: params("bundle", host+"/a/b:v1", "name", "a"), config: settings("backoff-steps", "1")})
		if (got == nil) == (err == nil) {
			t.Fatalf("answer %+v, error %v", got, err)
		}
		if got != nil && !bytes.Equal(got.Data, task) {
			t.Errorf("answer %+v", got)
		}
	})
}
