package main

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

func TestPush(t *testing.T) {
	t.Parallel()
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "me" || password != "pass" {
			w.Header().Set("WWW-Authenticate", `Basic realm="r"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	two := write("two.yaml", "# two\n---\nkind: Task\napiVersion: tekton.dev/v1\nmetadata: {name: a}\n---\n# none\n---\nkind: Task\napiVersion: tekton.dev/v1\nmetadata: {name: b}\n")
	one := write("one.json", `{"kind":"Pipeline","apiVersion":"tekton.dev/v1","metadata":{"name":"p"}}`)
	o := options{ref: strings.TrimPrefix(server.URL, "http://") + "/x/y:v1", user: "me", passwordFile: write("password", "pass\n"), files: []string{two, one}}
	var out strings.Builder
	if err := push(t.Context(), o, &out); err != nil {
		t.Fatal(err)
	}
	ref, err := name.NewDigest(strings.TrimSpace(out.String()))
	if err != nil {
		t.Fatal(err)
	}
	image, err := remote.Image(ref, remote.WithAuth(&authn.Basic{Username: "me", Password: "pass"}))
	if err != nil {
		t.Fatal(err)
	}
	if layers, err := image.Layers(); err != nil || len(layers) != 3 {
		t.Errorf("%d layers, error %v", len(layers), err)
	}
	for want, bad := range map[string]options{
		"usage":    {ref: "xy"},
		"together": {ref: "xy", files: o.files, user: "me"},
		"-t":       {ref: "X Y", files: o.files},
		"no such":  {ref: "xy", files: []string{filepath.Join(dir, "none")}},
		"pushing":  {ref: o.ref, files: o.files, user: "other", passwordFile: o.passwordFile},
		"making":   {ref: "xy", files: []string{o.passwordFile}},
	} {
		if err := push(t.Context(), bad, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v", want, err)
		}
	}
}
