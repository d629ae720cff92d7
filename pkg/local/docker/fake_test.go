package docker_test

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	api "github.com/moby/moby/api/types/container"

	"github.com/tenon-ci/tenon/pkg/local/docker"
)

// fake is an engine that says what a test wants.
type fake struct {
	host string

	mu      sync.Mutex
	answers map[string]http.HandlerFunc // by method and path without version
	created []createRequest
	removed []string
}

type createRequest struct {
	api.Config
	HostConfig api.HostConfig
}

var version = regexp.MustCompile(`^/v1\.\d+`)

// newFake starts an engine that runs every container at once and lets it end with code 0 and the output "hello".
func newFake(t *testing.T) *fake {
	t.Helper()
	// The path of a socket is short.
	dir, err := os.MkdirTemp("", "engine")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{host: "unix://" + path, answers: map[string]http.HandlerFunc{}}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: http.HandlerFunc(f.serve)}}
	server.Start()
	t.Cleanup(server.Close)
	f.on("GET /version", says(http.StatusOK, `{"Os":"linux","Arch":"amd64"}`))
	f.on("GET /_ping", says(http.StatusOK, "OK"))
	f.on("HEAD /_ping", says(http.StatusOK, ""))
	f.on("GET /images/docker.io/library/app:v1/json", says(http.StatusOK, image))
	f.on("POST /containers/c1/attach", attach("hello\n"))
	f.on("POST /containers/c1/start", says(http.StatusNoContent, ""))
	f.on("POST /containers/c1/wait", says(http.StatusOK, `{"StatusCode":0}`))
	return f
}

// image is what the fake engine says of its image.
const image = `{"Id":"sha256:c0ffee","RepoDigests":["other@sha256:` + digestA + `","app@sha256:` + digestB + `"],
	"Config":{"Entrypoint":["/app"],"Cmd":["-v"],"Env":["A=1"],"WorkingDir":"/srv","User":"joe"}}`

const (
	digestA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	digestB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

func (f *fake) on(request string, answer http.HandlerFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[request] = answer
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	path := version.ReplaceAllString(r.URL.Path, "")
	f.mu.Lock()
	answer := f.answers[r.Method+" "+path]
	f.mu.Unlock()
	w.Header().Set("Api-Version", "1.47")
	switch {
	case answer != nil:
		answer(w, r)
	case path == "/containers/create":
		f.create(w, r)
	case r.Method == http.MethodDelete:
		f.mu.Lock()
		f.removed = append(f.removed, strings.TrimPrefix(path, "/containers/"))
		f.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	default:
		says(http.StatusNotFound, `{"message":"No such thing: `+path+`"}`)(w, r)
	}
}

func (f *fake) create(w http.ResponseWriter, r *http.Request) {
	var req createRequest
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		says(http.StatusBadRequest, `{"message":"bad"}`)(w, r)
		return
	}
	f.mu.Lock()
	f.created = append(f.created, req)
	f.mu.Unlock()
	says(http.StatusCreated, `{"Id":"c1"}`)(w, r)
}

// says answers with a status and a text.
func says(status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

// fails answers with an error.
func fails(status int, message string) http.HandlerFunc {
	text, err := json.Marshal(map[string]string{"message": message})
	if err != nil {
		panic(err)
	}
	return says(status, string(text))
}

// attach sends output in two frames.
func attach(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
		for i, part := range []string{text[:len(text)/2], text[len(text)/2:]} {
			header := []byte{byte(i + 1), 0, 0, 0, 0, 0, 0, 0}
			binary.BigEndian.PutUint32(header[4:], uint32(len(part)))
			_, _ = conn.Write(append(header, part...))
		}
	}
}

// runtime connects to the fake.
func (f *fake) runtime(t *testing.T, o docker.Options) *docker.Runtime {
	t.Helper()
	o.Host, o.HostNetwork = f.host, true
	runtime, err := docker.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := runtime.Close(); err != nil {
			t.Error(err)
		}
	})
	return runtime
}
