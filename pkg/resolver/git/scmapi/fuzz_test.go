package scmapi_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
	"github.com/tenon-ci/tenon/pkg/resolver/git/scmapi"
)

// FuzzAnswer has hosts of each kind that answer with anything: nothing panics, nothing takes long, and what comes out is a failure or
// a file within the limits.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		"", "null", "[]", "{}", "[null]", `{"sha":"` + first + `"}`, `{"id":"` + first + `"}`, `{"hash":"` + first + `"}`,
		`{"type":"file","encoding":"base64","content":"YQ==","size":1,"commit_id":"` + first + `"}`, `{"type":"dir"}`,
		`{"content":"YQ==","type":"file","encoding":"base64","clone_url":"https://h/o/r","http_url_to_repo":"https://h/o/r","owner":{}}`,
		`{"type":"commit_file","attributes":["link"],"full_name":"o/r"}`, `{"values":[null]}`, `{"value":[{"commitId":"` + first + `"}]}`,
		`{"project":{"url":":"}}`, `{"links":{"clone":[{"name":"http","href":"%"}]}}`, `{"namespace":{"full_path":"a/"}}`,
	} {
		for kind := range byte(len(scmapi.Types())) {
			f.Add(kind, true, []byte(seed))
			f.Add(kind, false, []byte(seed))
		}
	}
	var answer atomic.Pointer[[]byte]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(*answer.Load()) }))
	f.Cleanup(server.Close)
	client := local(f)
	f.Fuzz(func(t *testing.T, kind byte, pinned bool, body []byte) {
		answer.Store(&body)
		types := scmapi.Types()
		src := scmapi.Source{Type: types[int(kind)%len(types)], ServerURL: server.URL, Org: "o", Repo: "r", Revision: "a/b", Path: "p"}
		if src.Type == "azure" {
			src.Org = "o/p"
		}
		if pinned {
			src.Revision = first
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		got, err := client.Fetch(ctx, src)
		if _, ok := failure.As(err); err != nil && !ok {
			t.Errorf("error %v is no failure", err)
		}
		if ctx.Err() != nil {
			t.Error("it took too long")
		}
		if err == nil && (len(got.Content) == 0 || len(got.Content) > framework.MaxDocument || len(got.Commit) < 40 || got.CloneURL == "") {
			t.Errorf("file %+v", got)
		}
	})
}
