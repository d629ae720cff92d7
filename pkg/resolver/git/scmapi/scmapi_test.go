package scmapi_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/hack/remotes/scmserver"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/reach"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
	"github.com/tenon-ci/tenon/pkg/resolver/git/scmapi"
)

const (
	first  = "1111111111111111111111111111111111111111"
	second = "2222222222222222222222222222222222222222"
	odd    = "a b/c+d/e%2f?x=1#&é:.yaml"
)

// withToken needs the token "s3cret"; the others are for everybody.
func repositories() []scmserver.Repository {
	files := map[string]scmserver.Entry{
		"task.yaml": {Content: "second"}, "deep/er/task.yaml": {Content: "deep"}, odd: {Content: "odd"}, "empty": {},
		"inside": {Type: "symlink", Content: "task.yaml"}, "outside": {Type: "symlink", Content: "../x"},
		"module": {Type: "submodule", Content: "https://example.com/m.git"},
		"full":   {Content: strings.Repeat("f", framework.MaxDocument)}, "over": {Content: strings.Repeat("o", framework.MaxDocument+1)},
	}
	repo := scmserver.Repository{
		Owner: "org", Name: "repo", CloneURL: "https://user:pass@host.example/org/repo.git",
		Commits:  map[string]map[string]scmserver.Entry{first: {"task.yaml": {Content: "first"}}, second: files},
		Branches: map[string]string{"main": second, "old": first, "feature/x": first, "a#b%2fc&d+e": first},
		Tags:     map[string]string{"v1.0": first, "rel/v1": first},
	}
	private, nested := repo, repo
	private.Name, private.Token = "private", "s3cret"
	nested.Owner = "group/sub"
	return []scmserver.Repository{repo, private, nested}
}

func parse(t testing.TB, list string) reach.Hosts {
	t.Helper()
	hosts, err := reach.ParseHosts(list)
	if err != nil {
		t.Fatal(err)
	}
	return hosts
}

// local returns a client that may ask this machine.
func local(t testing.TB) *scmapi.Client {
	t.Helper()
	policy := reach.Policy{Allow: parse(t, "127.0.0.1")}
	return scmapi.New(func() reach.Policy { return policy })
}

func serve(t testing.TB, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

var served = []string{"github", "gitlab", "gitea"}

func TestFetch(t *testing.T) {
	t.Parallel()
	address := serve(t, scmserver.New(repositories()...))
	client := local(t)
	for name, tc := range map[string]struct {
		src  scmapi.Source
		want scmapi.File
	}{
		"branch":             {scmapi.Source{Revision: "main", Path: "task.yaml"}, scmapi.File{Content: []byte("second"), Commit: second}},
		"branch with slash":  {scmapi.Source{Revision: "feature/x", Path: "task.yaml"}, scmapi.File{Content: []byte("first"), Commit: first}},
		"full branch":        {scmapi.Source{Revision: "refs/heads/feature/x", Path: "task.yaml"}, scmapi.File{Content: []byte("first"), Commit: first}},
		"odd branch":         {scmapi.Source{Revision: "a#b%2fc&d+e", Path: "task.yaml"}, scmapi.File{Content: []byte("first"), Commit: first}},
		"tag":                {scmapi.Source{Revision: "v1.0", Path: "task.yaml"}, scmapi.File{Content: []byte("first"), Commit: first}},
		"full tag":           {scmapi.Source{Revision: "refs/tags/rel/v1", Path: "task.yaml"}, scmapi.File{Content: []byte("first"), Commit: first}},
		"commit":             {scmapi.Source{Revision: first, Path: "/task.yaml"}, scmapi.File{Content: []byte("first"), Commit: first}},
		"beginning of a SHA": {scmapi.Source{Revision: second[:8], Path: "task.yaml"}, scmapi.File{Content: []byte("second"), Commit: second}},
		"nested":             {scmapi.Source{Revision: "main", Path: "./deep//er/task.yaml"}, scmapi.File{Content: []byte("deep"), Commit: second}},
		"odd path":           {scmapi.Source{Revision: "main", Path: odd}, scmapi.File{Content: []byte("odd"), Commit: second}},
		"token":              {scmapi.Source{Revision: "main", Path: "task.yaml", Repo: "private", Token: "s3cret\n"}, scmapi.File{Content: []byte("second"), Commit: second}},
		"largest":            {scmapi.Source{Revision: "main", Path: "full"}, scmapi.File{Content: []byte(strings.Repeat("f", framework.MaxDocument)), Commit: second}},
	} {
		for _, kind := range served {
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				src, want := tc.src, tc.want
				src.Type, src.ServerURL, src.Org = kind, address+"/", "org"
				if src.Repo == "" {
					src.Repo = "repo"
				}
				// The user and the password that the host put into it are left out.
				want.CloneURL = "https://host.example/org/repo.git"
				got, err := client.Fetch(t.Context(), src)
				if err != nil {
					t.Fatal(err)
				}
				// As bytes, the largest file takes seconds to compare.
				type text struct{ content, commit, clone string }
				diff := cmp.Diff(text{string(want.Content), want.Commit, want.CloneURL}, text{string(got.Content), got.Commit, got.CloneURL}, cmp.AllowUnexported(text{}))
				if diff != "" {
					t.Errorf("file (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestGroupsOfGitLab(t *testing.T) {
	t.Parallel()
	address := serve(t, scmserver.New(repositories()...))
	for _, names := range [][2]string{{"group/sub", "repo"}, {"group", "sub/repo"}} {
		got, err := local(t).Fetch(t.Context(), scmapi.Source{
			Type: "gitlab", ServerURL: address, Org: names[0], Repo: names[1], Revision: "main", Path: "task.yaml",
		})
		if err != nil || string(got.Content) != "second" {
			t.Errorf("%v: file %+v, error %v", names, got, err)
		}
	}
}

// TestCalls checks that a commit is not looked up where it is given, and that the content is asked for by the commit.
func TestCalls(t *testing.T) {
	t.Parallel()
	for revision, want := range map[string]int{first: 2, strings.ToUpper(first): 2, "main": 3} {
		for _, kind := range served {
			server := scmserver.New(repositories()...)
			_, err := local(t).Fetch(t.Context(), scmapi.Source{
				Type: kind, ServerURL: serve(t, server), Org: "org", Repo: "repo", Revision: revision, Path: "task.yaml",
			})
			if err != nil || server.Total() != want {
				t.Errorf("%s %s: %d requests, want %d; error %v", kind, revision, server.Total(), want, err)
			}
		}
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	address := serve(t, scmserver.New(repositories()...))
	for name, want := range map[string]string{
		"github inside": "second", "github outside": "it is a symbolic link, which the server does not follow",
		"gitlab inside": "task.yaml", "gitlab outside": "../x",
		"gitea inside": "it is a symbolic link, which the server does not follow",
	} {
		kind, path, _ := strings.Cut(name, " ")
		got, err := local(t).Fetch(t.Context(), scmapi.Source{
			Type: kind, ServerURL: address, Org: "org", Repo: "repo", Revision: "main", Path: path,
		})
		if err != nil {
			if !strings.HasSuffix(err.Error(), want) {
				t.Errorf("%s: error %v", name, err)
			}
			continue
		}
		if string(got.Content) != want {
			t.Errorf("%s: content %q, want %q", name, got.Content, want)
		}
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	address := serve(t, scmserver.New(repositories()...))
	host := strings.TrimPrefix(address, "http://")
	const prefix = "couldn't fetch resource content: "
	for name, tc := range map[string]struct {
		src   scmapi.Source
		class failure.Class
		want  []string
		only  string
	}{
		"repository": {scmapi.Source{Repo: "none"}, failure.NotFound, []string{prefix + `finding revision "main" of org/none: server ` + host + " answered with status 404 Not Found: check params org, repo, revision and pathInRepo", "no token was sent"}, ""},
		"revision":   {scmapi.Source{Revision: "none"}, failure.NotFound, []string{prefix + `finding revision "none" of org/repo`}, ""},
		"path":       {scmapi.Source{Path: "none"}, failure.NotFound, []string{prefix + "reading none of org/repo", "status 404"}, ""},
		"no token":   {scmapi.Source{Repo: "private"}, failure.NotFound, []string{"if the repository is private, no token was sent"}, ""},
		"bad token":  {scmapi.Source{Repo: "private", Token: "wrong"}, failure.Invalid, []string{"status 401 Unauthorized: check the token in the Secret"}, ""},
		"empty":      {scmapi.Source{Path: "empty"}, failure.NotFound, []string{"no content for resource in org/repo empty: it is empty, or no file"}, ""},
		"too large":  {scmapi.Source{Path: "over"}, failure.Invalid, []string{prefix + "reading over of org/repo: the answer exceeds maximum allowed size of 1048576 bytes"}, ""},
		"directory":  {scmapi.Source{Path: "deep"}, failure.NotFound, []string{"no content for resource in org/repo deep: it is a directory"}, "github gitea"},
		"submodule":  {scmapi.Source{Path: "module"}, failure.NotFound, []string{"no content for resource in org/repo module: it is a submodule"}, "github gitea"},
	} {
		for _, kind := range served {
			if tc.only != "" && !strings.Contains(tc.only, kind) {
				continue
			}
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				src := scmapi.Source{Type: kind, ServerURL: address, Org: "org", Repo: "repo", Revision: "main", Path: "task.yaml", Token: tc.src.Token}
				for _, p := range []struct{ to, from *string }{{&src.Repo, &tc.src.Repo}, {&src.Revision, &tc.src.Revision}, {&src.Path, &tc.src.Path}} {
					if *p.from != "" {
						*p.to = *p.from
					}
				}
				_, err := local(t).Fetch(t.Context(), src)
				expect(t, err, tc.class, tc.want...)
			})
		}
	}
}

// expect checks the class of an error and parts of its text.
func expect(t *testing.T, err error, class failure.Class, parts ...string) {
	t.Helper()
	f, ok := failure.As(err)
	if !ok || f.Class != class {
		t.Fatalf("error %v, want one of class %s", err, class)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q, want it to have %q", err, part)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	fine := scmapi.Source{Type: "github", ServerURL: "http://127.0.0.1:1", Org: "org", Repo: "repo", Revision: "main", Path: "p"}
	for want, change := range map[string]func(*scmapi.Source){
		`unknown scm type "svn" in param scmType or key scm-type: it must be one of github, gitlab, gitea, bitbucketserver, stash, bitbucketcloud, bitbucket, azure, gogs`: func(s *scmapi.Source) { s.Type = "svn" },
		`unknown scm type "" in param scmType`:                                                               func(s *scmapi.Source) { s.Type = "" },
		"type gitea has no public service: param serverURL or key server-url must name the server":           func(s *scmapi.Source) { s.Type, s.ServerURL = "gitea", "" },
		"type bitbucketserver has no public service":                                                         func(s *scmapi.Source) { s.Type, s.ServerURL = "stash", "" },
		"param serverURL or key server-url must be an address like https://host":                             func(s *scmapi.Source) { s.ServerURL = "ftp://host" },
		"param serverURL or key server-url must have no user, password, query or fragment":                   func(s *scmapi.Source) { s.ServerURL = "https://a:hidden@host" },
		"param org must not be empty":                                                                        func(s *scmapi.Source) { s.Org = "" },
		"param org must not have the component '..'":                                                         func(s *scmapi.Source) { s.Org = ".." },
		"param org must not have a '/' for type github":                                                      func(s *scmapi.Source) { s.Org = "a/b" },
		"param org must not have empty components":                                                           func(s *scmapi.Source) { s.Org = "/a" },
		"param org must be <organization>/<project> for type azure":                                          func(s *scmapi.Source) { s.Type = "azure" },
		"param repo must not have a '/' for type github":                                                     func(s *scmapi.Source) { s.Repo = "a/b" },
		"param repo must not have empty components":                                                          func(s *scmapi.Source) { s.Repo = "." },
		"param repo must not have control characters or bytes that are not UTF-8":                            func(s *scmapi.Source) { s.Repo = "a\xff" },
		"param revision must not have control characters":                                                    func(s *scmapi.Source) { s.Revision = "a\nb" },
		"param revision must not have the component '..'":                                                    func(s *scmapi.Source) { s.Revision = "a/../b" },
		`param revision must be a branch, a tag or a commit: "main?x" has characters that git does not`:      func(s *scmapi.Source) { s.Revision = "main?x" },
		`param revision must be a branch, a tag or a commit: "a//b" has an empty component`:                  func(s *scmapi.Source) { s.Revision = "a//b" },
		"param pathInRepo must not have the component '..'":                                                  func(s *scmapi.Source) { s.Path = `a\..\b` },
		"param pathInRepo must name a file, not the root of the repository":                                  func(s *scmapi.Source) { s.Path = "/" },
		"param pathInRepo must not have control characters":                                                  func(s *scmapi.Source) { s.Path = "a\x00" },
		"the API token has line breaks or other characters that it cannot have: check the content of the Se": func(s *scmapi.Source) { s.Token = "a\nb" },
	} {
		src := fine
		change(&src)
		_, err := local(t).Fetch(t.Context(), src)
		expect(t, err, failure.Invalid, want)
		if strings.Contains(err.Error(), "hidden") {
			t.Errorf("error %v shows a password", err)
		}
	}
}

// TestPublic checks whom an empty address stands for. The policy keeps the requests from being made.
func TestPublic(t *testing.T) {
	t.Parallel()
	policy := reach.Policy{Deny: parse(t, "*")}
	client := scmapi.New(func() reach.Policy { return policy })
	for name, want := range map[string]string{
		"github": "api.github.com", "gitlab": "gitlab.com", "bitbucketcloud": "api.bitbucket.org", "bitbucket": "api.bitbucket.org",
		"github https://github.com/": "api.github.com", "bitbucket https://bitbucket.org": "api.bitbucket.org",
		"github https://github.com.evil.example": "github.com.evil.example",
	} {
		kind, server, _ := strings.Cut(name, " ")
		_, err := client.Fetch(t.Context(), scmapi.Source{Type: kind, ServerURL: server, Org: "o", Repo: "r", Revision: "main", Path: "p"})
		expect(t, err, failure.Invalid, "server "+want+" is not asked: the operator denies it")
	}
}

func TestRefusedAddress(t *testing.T) {
	t.Parallel()
	server := scmserver.New(repositories()...)
	client := scmapi.New(func() reach.Policy { return reach.Policy{} })
	for _, kind := range scmapi.Types() {
		_, err := client.Fetch(t.Context(), scmapi.Source{
			Type: kind, ServerURL: serve(t, server), Org: map[bool]string{true: "o/p", false: "o"}[kind == "azure"], Repo: "r", Revision: first, Path: "p", Token: "t",
		})
		expect(t, err, failure.Invalid, "is not asked: its address is a loopback address")
	}
	if n := server.Total(); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestSlowServer(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]scmserver.Fault{"silent": {Silent: true}, "endless": {Endless: true, Body: `{"sha": "`}} {
		for _, kind := range served {
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				server := scmserver.New(repositories()...)
				server.Break(fault)
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				defer cancel()
				start := time.Now()
				_, err := local(t).Fetch(ctx, scmapi.Source{
					Type: kind, ServerURL: serve(t, server), Org: "org", Repo: "repo", Revision: "main", Path: "task.yaml",
				})
				expect(t, err, failure.Transient, "does not answer in time")
				if took := time.Since(start); took > 5*time.Second {
					t.Errorf("it took %s", took)
				}
			})
		}
	}
}
