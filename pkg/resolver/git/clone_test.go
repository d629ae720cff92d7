package git_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
)

func TestClone(t *testing.T) {
	t.Parallel()
	repo := newRepo(t, "sha1")
	s := serve(t, backend(t, repo.root, ""))
	url := s.URL + "/org/repo.git"
	for name, tc := range map[string]struct {
		revision, path, file, commit string
	}{
		"branch":            {"main", "task.yaml", "task.yaml", repo.commit},
		"annotated tag":     {"v1", "dir/deep/task.yaml", "dir/deep/task.yaml", repo.commit},
		"default branch":    {"", "task.yaml", "task.yaml", repo.commit},
		"commit":            {repo.commit, "task.yaml", "task.yaml", repo.commit},
		"link through link": {"main", "dir/back.yaml", "task.yaml", repo.commit},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := resolve(t.Context(), resolver(t), nil, "url", url, "revision", tc.revision, "pathInRepo", tc.path)
			if err != nil {
				t.Fatal(err)
			}
			path := strings.TrimLeft(tc.path, "/")
			want := &framework.Answer{
				Data: []byte(files[tc.file]),
				Annotations: map[string]string{
					"resolution.tekton.dev/revision": tc.commit, "resolution.tekton.dev/path": path, "resolution.tekton.dev/url": url,
					"resolution.tekton.dev/content-type": "application/x-yaml",
				},
				Source: &v1.RefSource{URI: "git+" + url, Digest: map[string]string{"sha1": tc.commit}, EntryPoint: path},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCloneErrors(t *testing.T) {
	t.Parallel()
	repo := newRepo(t, "sha1")
	s := serve(t, backend(t, repo.root, ""))
	url := s.URL + "/org/repo.git"
	const traversal = "leads out of the repository by a symbolic link, possible path traversal attack"
	for name, tc := range map[string]struct{ url, revision, path, want string }{
		"missing":       {path: "nothing.yaml", want: "nothing.yaml: file does not exist"},
		"absolute link": {path: "absolute.yaml", want: "absolute.yaml " + traversal},
		"chain out":     {path: "chainout.yaml", want: "chainout.yaml " + traversal},
		"large":         {path: "large.yaml", want: "large.yaml is larger than 1048576 bytes, which is the limit of a definition"},
		"no revision":   {revision: "nothing", path: "task.yaml", want: "clone error: revision nothing not found in " + url},
		"no commit": {revision: hash, path: "task.yaml", want: "clone error: commit " + hash + " is not in " + url +
			", or the server does not allow a commit to be fetched by its hash: use a branch or a tag"},
		"no repository": {url: s.URL + "/org/x", path: "task.yaml", want: "clone error: repository " + s.URL + "/org/x not found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			revision, at := tc.revision, tc.url
			if revision == "" {
				revision = "main"
			}
			if at == "" {
				at = url
			}
			_, err := resolve(t.Context(), resolver(t), nil, "url", at, "revision", revision, "pathInRepo", tc.path)
			checkFinal(t, err, "error resolving repository: "+tc.want)
		})
	}
}

// checkFinal wants an error after which nothing is tried again.
func checkFinal(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || err.Error() != want {
		t.Fatalf("error %v, want %s", err, want)
	}
	if f, ok := failure.As(err); !ok || !f.Final() {
		t.Errorf("error %v is not final", err)
	}
}

// TestServers clones from servers that can do less, or something else, than most.
func TestServers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		format string
		setup  func(t *testing.T, repo *repo)
		byHash bool
	}{
		"no filter":       {format: "sha1", setup: func(t *testing.T, repo *repo) { run(t, repo.dir, "config", "uploadpack.allowFilter", "false") }},
		"SHA-256":         {format: "sha256"},
		"SHA-256 by hash": {format: "sha256", byHash: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repo := newRepo(t, tc.format)
			if tc.setup != nil {
				tc.setup(t, repo)
			}
			s := serve(t, backend(t, repo.root, ""))
			revision := "light"
			if tc.byHash {
				revision = repo.first
			}
			got, err := resolve(t.Context(), resolver(t), nil, "url", s.URL+"/org/repo.git", "revision", revision, "pathInRepo", "task.yaml")
			if err != nil {
				t.Fatal(err)
			}
			if string(got.Data) != task+"# old\n" || got.Source.Digest["sha1"] != repo.first {
				t.Errorf("answer %+v", got)
			}
		})
	}
}

// TestDumb clones by plain files, which is the history as a whole.
func TestDumb(t *testing.T) {
	t.Parallel()
	repo := newRepo(t, "sha1")
	run(t, repo.dir, "update-server-info")
	s := serve(t, http.StripPrefix("/org/repo.git", http.FileServer(http.Dir(repo.dir+"/.git"))))
	got, err := resolve(t.Context(), resolver(t), nil, "url", s.URL+"/org/repo.git", "revision", "main", "pathInRepo", "task.yaml")
	if err != nil || string(got.Data) != task {
		t.Errorf("answer %+v, error %v", got, err)
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	repo := newRepo(t, "sha1")
	objects := []runtime.Object{secret("ns", "good", map[string]string{"token": "right"}), secret("ns", "bad", map[string]string{"token": "wrong"})}
	const required = "error resolving repository: clone error: authentication required"
	for name, tc := range map[string]struct {
		token, user, login, want string
		seen                     []string
	}{
		"token":         {token: "good", login: "git:right", seen: []string{"git:right"}},
		"in the url":    {user: "me:pa%40ss@", login: "me:pa@ss", seen: []string{"me:pa@ss"}},
		"user alone":    {user: "me@", login: "me:", seen: []string{"me:"}},
		"token wins":    {token: "good", user: "me:pw@", login: "git:right", seen: []string{"git:right"}},
		"none":          {login: "git:right", want: required},
		"wrong":         {token: "bad", login: "git:right", want: required, seen: []string{"git:wrong"}},
		"not asked for": {token: "good"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, backend(t, repo.root, tc.login))
			pairs := []string{"url", strings.Replace(s.URL, "://", "://"+tc.user, 1) + "/org/repo.git", "revision", "main", "pathInRepo", "task.yaml"}
			if tc.token != "" {
				pairs = append(pairs, "gitToken", tc.token)
			}
			got, err := resolve(t.Context(), resolver(t, objects...), nil, pairs...)
			if tc.want != "" {
				checkFinal(t, err, tc.want)
			} else if err != nil || got.Source.URI != "git+"+s.URL+"/org/repo.git" || got.Annotations["resolution.tekton.dev/url"] != s.URL+"/org/repo.git" {
				t.Fatalf("answer %+v, error %v", got, err)
			}
			seen := s.seen()
			if diff := cmp.Diff(tc.seen, slices.Compact(seen)); diff != "" {
				t.Errorf("logins (-want +got):\n%s", diff)
			}
		})
	}
}
