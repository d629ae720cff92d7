package oddserver_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/hack/remotes/oddserver"
)

// TestServer asks for every path that ends by itself, and for what the server remembers of it.
func TestServer(t *testing.T) {
	t.Parallel()
	odd := oddserver.New(oddserver.Config{Files: map[string][]byte{"a": []byte("x"), "login": []byte("y")}, User: "me", Password: "p"})
	server := httptest.NewServer(odd)
	defer server.Close()
	want := oddserver.Seen{Requests: map[string]int{"/file/a": 4}, Logins: []oddserver.Login{}, Referers: []string{}}
	for path, status := range map[string]int{
		"/file/a": 200, "/file/b": 404, "/login": 401, "/redirect": 302, "/redirects/3?file=a": 302, "/redirects/1?file=a": 302,
		"/redirects/x": 400, "/status/418": 418, "/status/7": 400, "/big/10": 200, "/big/-1": 400,
	} {
		for range 4 {
			w := httptest.NewRecorder()
			odd.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
			if w.Code != status {
				t.Errorf("%s: status %d, want %d", path, w.Code, status)
			}
		}
		want.Requests[httptest.NewRequest(http.MethodGet, path, nil).URL.Path] = 4
	}
	r := httptest.NewRequest(http.MethodGet, "/login", nil)
	r.SetBasicAuth("me", "p")
	w := httptest.NewRecorder()
	odd.ServeHTTP(w, r)
	if w.Code != http.StatusOK || w.Body.String() != "y" {
		t.Errorf("login: status %d, body %q", w.Code, w.Body)
	}
	want.Requests["/login"]++
	want.Logins = append(want.Logins, oddserver.Login{Path: "/login", Authorization: "Basic bWU6cA=="})

	resp, err := http.Get(server.URL + "/seen")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // nothing is written
	var got oddserver.Seen
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("seen (-want +got):\n%s", diff)
	}
}
