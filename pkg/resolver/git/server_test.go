package git_test

import (
	"context"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"k8s.io/client-go/kubernetes/fake"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	clusterreader "github.com/tenon-ci/tenon/pkg/kubereader/cluster"
	"github.com/tenon-ci/tenon/pkg/reach"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
	"github.com/tenon-ci/tenon/pkg/resolver/git"
	"github.com/tenon-ci/tenon/pkg/resolver/git/scmapi"
)

const task = "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: t}\n"

// run runs the git program to make repositories, with nothing of the user's configuration.
func run(t *testing.T, dir string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is missing")
	}
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "HOME="+dir,
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// repo is a repository on this machine's disk.
type repo struct {
	root, dir, commit, first, tag string
}

// files are those in the test repository; a target with an arrow is a link.
var files = map[string]string{
	"task.yaml":           task,
	"dir/deep/task.yaml":  task + "# deep\n",
	"dir/name with space": task + "# space\n",
	"-dash.yaml":          task + "# dash\n",
	"link.yaml":           "->dir/deep/task.yaml",
	"dir/up.yaml":         "->../task.yaml",
	"dirlink":             "->dir/deep",
	"chain.yaml":          "->link.yaml",
	"dir/back.yaml":       "->../dirlink/../up.yaml",
	"absolute.yaml":       "->/etc/passwd",
	"out.yaml":            "->../../etc/passwd",
	"dir/out.yaml":        "->../dirlink/../../../secret",
	"chainout.yaml":       "->dir/out.yaml",
	"loop.yaml":           "->loop2.yaml",
	"loop2.yaml":          "->loop.yaml",
	"dangling.yaml":       "->nothing",
	"large.yaml":          "#" + strings.Repeat("x", framework.MaxDocument),
}

func newRepo(t *testing.T, format string) *repo {
	t.Helper()
	r := &repo{root: t.TempDir()}
	r.dir = filepath.Join(r.root, "org", "repo.git")
	run(t, r.root, "init", "-q", "-b", "main", "--object-format="+format, r.dir)
	if err := os.WriteFile(filepath.Join(r.dir, "task.yaml"), []byte(task+"# old\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, r.dir, "add", "-A")
	run(t, r.dir, "commit", "-q", "-m", "first")
	r.first = run(t, r.dir, "rev-parse", "HEAD")
	for name, text := range files {
		path := filepath.Join(r.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		var err error
		if target, ok := strings.CutPrefix(text, "->"); ok {
			err = os.Symlink(target, path)
		} else {
			err = os.WriteFile(path, []byte(text), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	run(t, r.dir, "add", "-A")
	run(t, r.dir, "update-index", "--add", "--cacheinfo", "160000,"+r.first+",module")
	run(t, r.dir, "commit", "-q", "-m", "second")
	run(t, r.dir, "tag", "-a", "-m", "annotated", "v1")
	run(t, r.dir, "tag", "light", "HEAD~1")
	r.commit, r.tag = run(t, r.dir, "rev-parse", "HEAD"), run(t, r.dir, "rev-parse", "v1")
	run(t, r.dir, "config", "uploadpack.allowFilter", "true")
	return r
}

// server serves repositories over HTTP, and notes who logs in.
type server struct {
	*httptest.Server
	mu     sync.Mutex
	logins []string
}

func (s *server) seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.logins
}

// backend serves the repositories below a directory. With a login, "user:password", it asks for it.
func backend(t *testing.T, root, login string) http.Handler {
	t.Helper()
	exe := filepath.Join(run(t, root, "--exec-path"), "git-http-backend")
	if _, err := os.Stat(exe); err != nil {
		t.Skip("git http-backend is missing")
	}
	h := &cgi.Handler{Path: exe, Root: "/", Env: []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*", "HOME=" + root},
		Stderr: discard{}}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		user, password, ok := req.BasicAuth()
		if login != "" && (!ok || user+":"+password != login) {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			http.Error(w, "who are you", http.StatusUnauthorized)
			return
		}
		if v := req.Header.Get("Git-Protocol"); v != "" {
			h := *h
			h.Env = append(h.Env[:len(h.Env):len(h.Env)], "GIT_PROTOCOL="+v)
			h.ServeHTTP(w, req)
			return
		}
		h.ServeHTTP(w, req)
	})
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

func serve(t *testing.T, h http.Handler) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if user, password, ok := req.BasicAuth(); ok {
			s.mu.Lock()
			s.logins = append(s.logins, user+":"+password)
			s.mu.Unlock()
		}
		h.ServeHTTP(w, req)
	}))
	t.Cleanup(s.Close)
	return s
}

// local allows what tests serve.
func local(t *testing.T) func() reach.Policy { return allow(t, "127.0.0.1") }

func allow(t *testing.T, list string) func() reach.Policy {
	t.Helper()
	hosts, err := reach.ParseHosts(list)
	if err != nil {
		t.Fatal(err)
	}
	return func() reach.Policy { return reach.Policy{Allow: hosts} }
}

func secret(namespace, name string, data map[string]string) runtime.Object {
	s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Data: map[string][]byte{}}
	for k, v := range data {
		s.Data[k] = []byte(v)
	}
	return s
}

// fakeAPI answers with a file, and remembers the question.
type fakeAPI struct {
	file  *scmapi.File
	err   error
	asked *scmapi.Source
}

func (f *fakeAPI) Fetch(_ context.Context, src scmapi.Source) (*scmapi.File, error) {
	f.asked = &src
	return f.file, f.err
}

// resolver clones from this machine.
func resolver(t *testing.T, objects ...runtime.Object) *git.Resolver {
	t.Helper()
	return git.New(clusterreader.New(fake.NewClientset(objects...)), local(t), &fakeAPI{})
}

// resolve asks for a file; pairs are further parameters.
func resolve(ctx context.Context, r *git.Resolver, config map[string]string, pairs ...string) (*framework.Answer, error) {
	req := framework.Request{Namespace: "ns", Name: "rr", Params: params(pairs...), Config: map[string]string{"backoff-steps": "1"}}
	for k, v := range config {
		req.Config[k] = v
	}
	fetch, err := r.Prepare(ctx, req)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, fetch.Timeout)
	defer cancel()
	return fetch.Do(ctx)
}

func params(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}
