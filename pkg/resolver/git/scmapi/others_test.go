package scmapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/resolver/git/scmapi"
)

// script answers what it has for a request, by the address as it was sent, and writes down what it was asked.
type script struct {
	answers map[string]string

	mu    sync.Mutex
	asked []string
	auth  string
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r.RequestURI)
	s.auth = r.Header.Get("Authorization")
	answer, ok := s.answers[r.RequestURI]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_, _ = fmt.Fprint(w, answer)
}

const (
	cloud  = "/2.0/repositories/o/r"
	server = "/rest/api/1.0/projects/o/repos/r"
	devops = "/o/p/_apis/git/repositories/r"
	gogs   = "/api/v1/repos/o/r"

	serverRepo = `{"slug":"r","project":{"key":"o"},"links":{"clone":[{"name":"http","href":"https://host.example/scm/o/r.git"}]}}`
	devopsRepo = `{"name":"r","project":{"name":"p","url":"https://dev.example/o/_apis/projects/1"},"remoteUrl":"https://o@host.example/o/p/_git/r"}`
)

// TestOthers has the hosts that scmserver does not speak like.
func TestOthers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		src     scmapi.Source
		answers []string // address, answer, in the order of the calls
		auth    string
		want    scmapi.File
	}{
		"Bitbucket Cloud": {
			scmapi.Source{Type: "bitbucketcloud", Revision: "main#1", Path: "a b/c?d%2f", Token: "t"},
			[]string{
				cloud + "/commit/main%231", `{"hash":"` + first + `"}`,
				cloud + "/src/" + first + "/a%20b/c%3Fd%252f?format=meta", `{"type":"commit_file","size":1,"attributes":[]}`,
				cloud + "/src/" + first + "/a%20b/c%3Fd%252f", "text",
				cloud, `{"full_name":"o/r"}`,
			},
			"Bearer t", scmapi.File{Content: []byte("text"), Commit: first, CloneURL: "https://bitbucket.org/o/r.git"},
		},
		"Bitbucket Cloud, tag with slash": {
			scmapi.Source{Type: "bitbucket", Revision: "rel/v1", Path: "p", Token: "u:t"},
			[]string{
				cloud + "/refs/branches/rel/v1", "",
				cloud + "/refs/tags/rel/v1", `{"name":"rel/v1","target":{"hash":"` + first + `"}}`,
				cloud + "/src/" + first + "/p?format=meta", `{"type":"commit_file","size":1}`,
				cloud + "/src/" + first + "/p", "text",
				cloud, `{"full_name":"o/r"}`,
			},
			"Basic dTp0", scmapi.File{Content: []byte("text"), Commit: first, CloneURL: "https://bitbucket.org/o/r.git"},
		},
		"Bitbucket Server": {
			scmapi.Source{Type: "bitbucketserver", Revision: "main", Path: "a b/c?d%2f", Token: "t"},
			[]string{
				server + "/commits/main", `{"id":"` + first + `"}`,
				server + "/raw/a%20b/c%3Fd%252f?at=" + first, "text",
				server, serverRepo,
				server + "/branches/default", `{"displayId":"main"}`,
			},
			"Bearer t", scmapi.File{Content: []byte("text"), Commit: first, CloneURL: "https://host.example/scm/o/r.git"},
		},
		"Bitbucket Server, tag with slash": {
			scmapi.Source{Type: "stash", Revision: "rel/v1", Path: "p"},
			[]string{
				server + "/branches?filterText=rel%2Fv1", `{"values":[{"displayId":"rel/v1.1","latestCommit":"x"}]}`,
				server + "/tags?filterText=rel%2Fv1", `{"values":[{"displayId":"rel/v1","latestCommit":"` + first + `"}]}`,
				server + "/raw/p?at=" + first, "text",
				server, serverRepo,
				server + "/branches/default", "",
			},
			"", scmapi.File{Content: []byte("text"), Commit: first, CloneURL: "https://host.example/scm/o/r.git"},
		},
		"Azure": {
			scmapi.Source{Type: "azure", Org: "o/p", Revision: "feature/a&b", Path: "a b/c?d%2f", Token: "t"},
			[]string{
				devops + "/commits?searchCriteria.itemVersion.version=feature%2Fa%26b&api-version=6.0", `{"value":[{"commitId":"` + first + `"}]}`,
				devops + "/items?path=%2Fa+b%2Fc%3Fd%252f&includeContent=true&$format=json&versionDescriptor.versionType=commit&versionDescriptor.version=" + first + "&api-version=6.0",
				`{"gitObjectType":"blob","content":"text"}`,
				devops + "?api-version=6.0", devopsRepo,
			},
			"Basic OnQ=", scmapi.File{Content: []byte("text"), Commit: first, CloneURL: "https://host.example/o/p/_git/r"},
		},
		"Gogs": {
			scmapi.Source{Type: "gogs", Revision: "main", Path: "a b/c?d%2f", Token: "t"},
			[]string{
				gogs + "/commits/main", `{"sha":"` + first + `"}`,
				gogs + "/raw/" + first + "/a%20b/c%3Fd%252f", "text",
				gogs, `{"clone_url":"https://host.example/o/r.git"}`,
			},
			"token t", scmapi.File{Content: []byte("text"), Commit: first, CloneURL: "https://host.example/o/r.git"},
		},
		"Gogs, branch with slash": {
			scmapi.Source{Type: "gogs", Revision: "refs/heads/feature/x", Path: "p"},
			[]string{
				gogs + "/branches/feature/x", `{"commit":{"id":"` + first + `"}}`,
				gogs + "/raw/" + first + "/p", "text",
				gogs, `{"clone_url":"https://host.example/o/r.git"}`,
			},
			"", scmapi.File{Content: []byte("text"), Commit: first, CloneURL: "https://host.example/o/r.git"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, order := play(tc.answers...)
			src := complete(tc.src)
			src.ServerURL = serve(t, s)
			got, err := local(t).Fetch(t.Context(), src)
			if err != nil {
				t.Fatalf("%v, asked %q", err, s.asked)
			}
			if diff := cmp.Diff(&tc.want, got); diff != "" {
				t.Errorf("file (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(order, s.asked); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			if s.auth != tc.auth {
				t.Errorf("header Authorization is %q, want %q", s.auth, tc.auth)
			}
		})
	}
}

// play returns a script of addresses and answers; what has an empty one is not found.
func play(answers ...string) (*script, []string) {
	s := &script{answers: map[string]string{}}
	var order []string
	for i := 0; i < len(answers); i += 2 {
		order = append(order, answers[i])
		if answers[i+1] != "" {
			s.answers[answers[i]] = answers[i+1]
		}
	}
	return s, order
}

func complete(src scmapi.Source) scmapi.Source {
	src.Repo = "r"
	if src.Org == "" {
		src.Org = "o"
	}
	return src
}

func TestOthersMissing(t *testing.T) {
	t.Parallel()
	meta := cloud + "/src/" + first + "/p?format=meta"
	items := devops + "/items?path=%2Fp&includeContent=true&$format=json&versionDescriptor.versionType=commit&versionDescriptor.version=" + first + "&api-version=6.0"
	for name, tc := range map[string]struct {
		src     scmapi.Source
		answers []string
		class   failure.Class
		want    string
	}{
		"Bitbucket Cloud, directory": {scmapi.Source{Type: "bitbucket"}, []string{meta, `{"type":"commit_directory"}`}, failure.NotFound, "no content for resource in o/r p: it is a directory"},
		"Bitbucket Cloud, submodule": {scmapi.Source{Type: "bitbucket"}, []string{meta, `{"type":"commit_file","attributes":["subrepository"]}`}, failure.NotFound, "it is a submodule"},
		"Bitbucket Cloud, too large": {scmapi.Source{Type: "bitbucket"}, []string{meta, `{"type":"commit_file","size":1048577}`}, failure.Invalid, "exceeds maximum allowed size"},
		"Bitbucket Cloud, no meta":   {scmapi.Source{Type: "bitbucket"}, []string{meta, `x`}, failure.Invalid, "cannot be used"},
		"Bitbucket Server, revision": {scmapi.Source{Type: "stash", Revision: "a/b"}, nil, failure.NotFound, "404"},
		"Bitbucket Server, strange":  {scmapi.Source{Type: "stash", Revision: "a/b"}, []string{server + "/branches?filterText=a%2Fb", `{"values":[null]}`}, failure.Invalid, "cannot be used"},
		"Azure, directory":           {scmapi.Source{Type: "azure", Org: "o/p"}, []string{items, `{"gitObjectType":"tree"}`}, failure.NotFound, "no content for resource in o/p/r p: it is a directory"},
		"Azure, strange": {
			scmapi.Source{Type: "azure", Org: "o/p"},
			[]string{items, `{"gitObjectType":"blob","content":"text"}`, devops + "?api-version=6.0", `{"project":{"url":":"}}`},
			failure.Invalid, "cannot be used",
		},
		"Gogs": {scmapi.Source{Type: "gogs", Revision: "a/b"}, nil, failure.NotFound, "404"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := play(tc.answers...)
			src := complete(tc.src)
			src.ServerURL, src.Path = serve(t, s), "p"
			if src.Revision == "" {
				src.Revision = first
			}
			_, err := local(t).Fetch(t.Context(), src)
			expect(t, err, tc.class, tc.want)
		})
	}
}

// TestPlacesCannotBeLeft checks for all hosts that no value gets out of its place in the address: whatever is asked for is below the
// API's paths, and has no more components and parameters than for plain values.
func TestPlacesCannotBeLeft(t *testing.T) {
	t.Parallel()
	const evil = `%2f%2e%2e%2f#&a=b;c=d`
	for _, kind := range scmapi.Types() {
		for field, change := range map[string]func(*scmapi.Source){
			"org": func(s *scmapi.Source) { s.Org += evil + "? :" }, "repo": func(s *scmapi.Source) { s.Repo += evil + "? :" },
			"revision": func(s *scmapi.Source) { s.Revision = strings.Replace(s.Revision, "main", "main"+evil, 1) }, "path": func(s *scmapi.Source) { s.Path += evil + "? :" },
		} {
			plain := shapeOfRequests(t, kind, func(*scmapi.Source) {})
			if diff := cmp.Diff(plain, shapeOfRequests(t, kind, change)); diff != "" {
				t.Errorf("%s, %s: requests (-plain +evil):\n%s", kind, field, diff)
			}
		}
	}
}

// shapeOfRequests returns the numbers of components and parameters of the requests for a branch and for a commit's file.
func shapeOfRequests(t *testing.T, kind string, change func(*scmapi.Source)) []string {
	t.Helper()
	var shapes []string
	for _, revision := range []string{"main", first} {
		s, _ := play()
		src := scmapi.Source{Type: kind, ServerURL: serve(t, s), Org: "o", Repo: "r", Revision: revision, Path: "p"}
		if kind == "azure" {
			src.Org = "p/o"
		}
		change(&src)
		_, err := local(t).Fetch(t.Context(), src)
		expect(t, err, failure.NotFound)
		for _, asked := range s.asked {
			path, query, _ := strings.Cut(asked, "?")
			shapes = append(shapes, fmt.Sprintf("%d components, %d parameters", strings.Count(path, "/"), strings.Count(query, "=")))
		}
	}
	return shapes
}
