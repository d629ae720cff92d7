package hubserver_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/hack/remotes/hubserver"
)

func TestServer(t *testing.T) {
	t.Parallel()
	hub := hubserver.New([]hubserver.Resource{
		{Kind: "task", Catalog: "c", Name: "n", Version: "0.1.0", Document: "old"},
		{Kind: "task", Catalog: "c", Name: "n", Version: "0.2.0", Document: "new"},
		{Kind: "task", Catalog: "c", Name: "n", Version: "0.3.0", Document: "next", Prerelease: true},
	})
	seen := map[string]int{}
	for _, tc := range []struct {
		path   string
		status int
		want   string
	}{
		{"/api/v1/packages/tekton-task/c/n", 200, `"manifestRaw":"new"`},
		{"/api/v1/packages/tekton-task/c/n", 200, `"version":"0.3.0"`},
		{"/api/v1/packages/tekton-task/c/n/0.3.0", 200, `"manifestRaw":"next"`},
		{"/api/v1/packages/tekton-task/c/n/0.4.0", 404, "not found"},
		{"/api/v1/packages/task/c/n/0.1.0", 404, "not found"},
		{"/v1/resource/c/task/n", 200, `"versions":[{"id":1,"version":"0.1"},{"id":2,"version":"0.2"},{"id":3,"version":"0.3"}]`},
		{"/v1/resource/c/task/n/0.1/yaml", 200, `{"data":{"yaml":"old"}}`},
		{"/v1/resource/c/task/n/0.1.0/yaml", 404, "not-found"},
		{"/v1/resource/c/task/x", 404, "not-found"},
	} {
		w := httptest.NewRecorder()
		hub.ServeHTTP(w, httptest.NewRequest(http.MethodGet, tc.path, nil))
		if w.Code != tc.status || !strings.Contains(w.Body.String(), tc.want) {
			t.Errorf("%s: status %d, body %s", tc.path, w.Code, w.Body)
		}
		seen[tc.path]++
	}
	if diff := cmp.Diff(seen, hub.Seen()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	w := httptest.NewRecorder()
	hub.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/seen", nil))
	if !strings.Contains(w.Body.String(), `"/v1/resource/c/task/x":1`) {
		t.Errorf("seen %s", w.Body)
	}
}
