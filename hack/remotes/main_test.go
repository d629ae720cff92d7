package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

const task = "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: greet}\nspec: {steps: [{image: busybox}]}\n"

// started serves everything, and returns the address of each server.
func started(t *testing.T) map[string]string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range map[string]string{"task.yaml": task, "..data": "of a ConfigMap"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	documents, err := readDocuments(folder)
	if err != nil {
		t.Fatal(err)
	}
	all, err := servers(t.Context(), documents, "robot", "secret")
	if err != nil {
		t.Fatal(err)
	}
	addresses := map[string]string{}
	for _, s := range all {
		web := httptest.NewServer(s.observed(all))
		t.Cleanup(web.Close)
		addresses[s.name] = web.URL
	}
	return addresses
}

func get(t *testing.T, url, user string) (status int, body map[string]any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if user != "" {
		request.SetBasicAuth(user, "secret")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	_ = json.NewDecoder(response.Body).Decode(&body) // some answers are no JSON
	return response.StatusCode, body
}

func TestEveryServerHasTheDocuments(t *testing.T) {
	t.Parallel()
	addresses := started(t)
	for _, tc := range []struct {
		server, path, user string
		status             int
	}{
		{"scm", "/api/v3/repos/acme/open/contents/task.yaml?ref=main", "", 200},
		{"scm", "/api/v3/repos/acme/private/contents/task.yaml?ref=main", "", 404},
		{"scm", "/api/v1/repos/acme/open/contents/task.yaml?ref=main", "", 200},
		{"hubs", "/api/v1/packages/tekton-task/tekton-catalog-tasks/greet/0.1.0", "", 200},
		{"hubs", "/v1/resource/Tekton/task/greet/0.2/yaml", "", 200},
		{"odd", "/file/task.yaml", "", 200},
		{"odd", "/login", "", 401},
		{"odd", "/login", "robot", 200},
		{"registry", "/v2/documents/manifests/latest", "", 200},
		{"private-registry", "/v2/documents/manifests/latest", "", 401},
		{"private-registry", "/v2/documents/manifests/latest", "robot", 200},
	} {
		if status, _ := get(t, addresses[tc.server]+tc.path, tc.user); status != tc.status {
			t.Errorf("%s%s as %q: status %d, want %d", tc.server, tc.path, tc.user, status, tc.status)
		}
	}
	_, counts := get(t, addresses["odd"]+"/-/counts", "")
	want := map[string]any{"scm": 3.0, "hubs": 2.0, "odd": 3.0, "registry": 1.0, "private-registry": 2.0}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestBundleCanBePulled(t *testing.T) {
	t.Parallel()
	for server, login := range map[string]authn.Authenticator{
		"registry": authn.Anonymous, "private-registry": &authn.Basic{Username: "robot", Password: "secret"},
	} {
		address := started(t)[server]
		ref, err := name.ParseReference(address[len("http://"):] + "/documents")
		if err != nil {
			t.Fatal(err)
		}
		image, err := remote.Image(ref, remote.WithAuth(login))
		if err != nil {
			t.Fatalf("%s: %v", server, err)
		}
		manifest, err := image.Manifest()
		if err != nil {
			t.Fatal(err)
		}
		if len(manifest.Layers) != 1 || manifest.Layers[0].Annotations["dev.tekton.image.name"] != "greet" {
			t.Errorf("%s: layers are %v", server, manifest.Layers)
		}
	}
}

func TestDocumentsAreChecked(t *testing.T) {
	t.Parallel()
	for text, valid := range map[string]bool{task: true, "kind: Task": false, "- a": false} {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "a.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		documents, err := readDocuments(folder)
		found := slices.ContainsFunc(documents, func(d document) bool { return d.kind == "task" && d.name == "greet" })
		if (err == nil) != valid || found != valid {
			t.Errorf("%q: %v, error %v", text, documents, err)
		}
	}
	if _, err := readDocuments(t.TempDir()); err == nil {
		t.Error("an empty folder is accepted")
	}
}
