package scmapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/tenon-ci/tenon/hack/remotes/scmserver"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/resolver/git/scmapi"
)

func source(kind, address string) scmapi.Source {
	return scmapi.Source{
		Type: kind, ServerURL: address, Org: "org", Repo: "private", Revision: "main", Path: "task.yaml", Token: "s3cret",
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	const secret = "the-host-said-this"
	for name, tc := range map[string]struct {
		fault scmserver.Fault
		class failure.Class
		want  string
	}{
		"401":        {scmserver.Fault{Status: 401}, failure.Invalid, "401 Unauthorized: check the token in the Secret that params token and tokenKey"},
		"403":        {scmserver.Fault{Status: 403}, failure.Invalid, "403 Forbidden: check the token"},
		"404":        {scmserver.Fault{Status: 404}, failure.NotFound, "404 Not Found: check params org, repo, revision and pathInRepo"},
		"410":        {scmserver.Fault{Status: 410}, failure.Invalid, "410 Gone: check param serverURL"},
		"408":        {scmserver.Fault{Status: 408}, failure.Transient, "408 Request Timeout"},
		"425":        {scmserver.Fault{Status: 425}, failure.Transient, "425 Too Early"},
		"429":        {scmserver.Fault{Status: 429}, failure.Transient, "429 Too Many Requests: it has been asked too often"},
		"500":        {scmserver.Fault{Status: 500}, failure.Transient, "500 Internal Server Error"},
		"503":        {scmserver.Fault{Status: 503}, failure.Transient, "503 Service Unavailable"},
		"204":        {scmserver.Fault{Status: 204}, failure.Invalid, "204 No Content"},
		"300":        {scmserver.Fault{Status: 300}, failure.Invalid, "300 Multiple Choices"},
		"limit":      {scmserver.Fault{Status: 403, Header: map[string]string{"X-RateLimit-Remaining": "0"}}, failure.Transient, "asked too often"},
		"huge":       {scmserver.Fault{Body: `{"sha":"`, Size: 5 << 20}, failure.Invalid, "exceeds maximum allowed size of 1048576 bytes"},
		"huge error": {scmserver.Fault{Status: 404, Size: 5 << 20}, failure.NotFound, "404"},
		"not JSON":   {scmserver.Fault{Body: "<html>"}, failure.Invalid, "gave an answer that cannot be used"},
		"no commit":  {scmserver.Fault{Body: `{"sha":"../../x","id":"../../x"}`}, failure.Invalid, "gave an answer that cannot be used"},
		"null":       {scmserver.Fault{Body: `null`}, failure.Invalid, "gave an answer that cannot be used"},
		"in circles": {scmserver.Fault{Status: 307, Header: map[string]string{"Location": "/api/x"}}, failure.Invalid, "redirects more than 3 times"},
		"nowhere":    {scmserver.Fault{Status: 301}, failure.Invalid, "redirects to another address"},
		"other port": {scmserver.Fault{Redirect: "http://127.0.0.1:1"}, failure.Invalid, "redirects to another address, which is not followed"},
	} {
		for _, kind := range served {
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				server := scmserver.New(repositories()...)
				fault := tc.fault
				fault.Path = "/api/"
				if fault.Status >= 400 {
					fault.Body = `{"message":"` + secret + `"}`
				}
				server.Break(fault)
				_, err := local(t).Fetch(t.Context(), source(kind, serve(t, server)))
				expect(t, err, tc.class, tc.want, "couldn't fetch resource content: ")
				for _, word := range []string{secret, "s3cret"} {
					if strings.Contains(err.Error(), word) {
						t.Errorf("error %v shows %q", err, word)
					}
				}
			})
		}
	}
}

// TestLaterFaults has a host that fails after the commit was found.
func TestLaterFaults(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		kind, path, body string
		want             string
	}{
		"GitHub, base64":      {"github", "/contents/", `{"type":"file","encoding":"base64","content":"c2Vjb25k!!!!"}`, "reading task.yaml of org/private: "},
		"GitLab, base64":      {"gitlab", "/files/", `{"encoding":"base64","content":"c2Vjb25k!!!!"}`, "reading task.yaml of org/private: "},
		"GitLab, other":       {"gitlab", "/files/", `{"encoding":"base64","content":"c2Vj","commit_id":"` + first + `"}`, "cannot be used"},
		"Gitea, base64":       {"gitea", "/contents/", `{"type":"file","encoding":"base64","content":"c2Vjb25k!!!!"}`, "cannot be used"},
		"GitHub, no address":  {"github", "repos/org/private", `{}`, "finding the address of org/private: "},
		"GitLab, bad address": {"gitlab", "projects/org%2Fprivate", `{"http_url_to_repo":"file:///x"}`, "finding the address of org/private: "},
		"Gitea, long address": {"gitea", "repos/org/private", `{"clone_url":"https://h/` + strings.Repeat("x", 3000) + `"}`, "finding the address"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hosted := scmserver.New(repositories()...)
			handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if path := r.URL.EscapedPath(); strings.HasSuffix(path, tc.path) || strings.HasSuffix(tc.path, "/") && strings.Contains(path, tc.path) {
					_, _ = w.Write([]byte(tc.body))
					return
				}
				hosted.ServeHTTP(w, r)
			})
			_, err := local(t).Fetch(t.Context(), source(tc.kind, serve(t, handler)))
			expect(t, err, failure.Invalid, tc.want)
		})
	}
}

func TestAgain(t *testing.T) {
	t.Parallel()
	for _, kind := range served {
		server := scmserver.New(repositories()...)
		server.Break(scmserver.Fault{Path: "private", Status: 429, Times: 1})
		address := serve(t, server)
		_, err := local(t).Fetch(t.Context(), source(kind, address))
		expect(t, err, failure.Transient, "429")
		if got, err := local(t).Fetch(t.Context(), source(kind, address)); err != nil || string(got.Content) != "second" {
			t.Errorf("%s: file %+v, error %v", kind, got, err)
		}
	}
}

// recorder keeps the headers of all requests.
type recorder struct {
	mu      sync.Mutex
	headers []http.Header
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.headers = append(r.headers, req.Header)
	w.WriteHeader(http.StatusNotFound)
}

// TestTokenStays has hosts that send the client to another one, at each of the calls.
func TestTokenStays(t *testing.T) {
	t.Parallel()
	contents := map[string]string{"github": "/contents/", "gitlab": "/files/", "gitea": "/contents/"}
	for _, kind := range served {
		for _, path := range []string{"commits", contents[kind], "private"} {
			t.Run(kind+" "+path, func(t *testing.T) {
				t.Parallel()
				var other recorder
				server := scmserver.New(repositories()...)
				server.Break(scmserver.Fault{Path: path, Redirect: serve(t, &other)})
				_, err := local(t).Fetch(t.Context(), source(kind, serve(t, server)))
				expect(t, err, failure.Invalid, "redirects to another address, which is not followed")
				if len(other.headers) != 0 {
					t.Errorf("the other host was asked with %v", other.headers)
				}
			})
		}
	}
}

// TestRenamed follows a host that sends the client to another path of its own, as hosts do when a repository got another name.
func TestRenamed(t *testing.T) {
	t.Parallel()
	hosted := scmserver.New(repositories()...)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if to := strings.Replace(r.URL.RequestURI(), "former", "private", 1); to != r.URL.RequestURI() {
			http.Redirect(w, r, to, http.StatusMovedPermanently)
			return
		}
		hosted.ServeHTTP(w, r)
	})
	address := serve(t, handler)
	for _, kind := range served {
		src := source(kind, address)
		src.Repo = "former"
		if got, err := local(t).Fetch(t.Context(), src); err != nil || string(got.Content) != "second" {
			t.Errorf("%s: file %+v, error %v", kind, got, err)
		}
	}
}

// TestCertificate checks that nothing is sent to a host whose certificate nobody vouches for, and that it is not tried again.
func TestCertificate(t *testing.T) {
	t.Parallel()
	var other recorder
	server := httptest.NewTLSServer(&other)
	t.Cleanup(server.Close)
	_, err := local(t).Fetch(t.Context(), source("github", server.URL))
	expect(t, err, failure.Invalid, "has a certificate that is not valid or not trusted")
	if len(other.headers) != 0 {
		t.Errorf("the host was asked with %v", other.headers)
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	for _, kind := range served {
		_, err := local(t).Fetch(t.Context(), source(kind, server.URL))
		expect(t, err, failure.Transient, "could not be reached")
	}
}
