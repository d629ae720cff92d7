package main

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cgi"
	"os/exec"
	"path/filepath"
	"strings"
)

// maxRequest limits a push, which is held in memory, to what tests need.
const maxRequest = 64 << 20

// newHandler returns a handler of Git's HTTP protocol for the repositories, and of their counts. A non-empty login,
// NAME:PASSWORD, is asked for, where there are private repositories only for them.
func newHandler(ctx context.Context, repositories *repositories, login string, private names) (http.Handler, error) {
	output, err := exec.CommandContext(ctx, "git", "--exec-path").Output()
	if err != nil {
		return nil, fmt.Errorf("asking git for its folder: %w", err)
	}
	backend := &cgi.Handler{
		Path: filepath.Join(strings.TrimSpace(string(output)), "git-http-backend"),
		Dir:  repositories.root,
		// With a user, git accepts a push to repositories that say so; without one it never does.
		Env: []string{"GIT_PROJECT_ROOT=" + repositories.root, "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER=somebody"},
	}
	mux := http.NewServeMux()
	mux.Handle("GET /-/counts", repositories)
	mux.Handle("/", withLogin(login, private, repositories.observe(withLength(backend))))
	return mux, nil
}

// repositoryOf is the name of the repository that a request is about.
func repositoryOf(r *http.Request) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	return name
}

// withLogin refuses requests without the name and password.
func withLogin(login string, private names, next http.Handler) http.Handler {
	if login == "" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, password, _ := r.BasicAuth()
		open := len(private) > 0 && !private[repositoryOf(r)]
		if !open && subtle.ConstantTimeCompare([]byte(name+":"+password), []byte(login)) != 1 {
			w.Header().Set("WWW-Authenticate", `Basic realm="gitserver"`)
			http.Error(w, "the name or the password is wrong", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// observe counts fetches, and holds answers back.
func (rs *repositories) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := repositoryOf(r)
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/git-upload-pack") {
			rs.count(name)
		}
		if err := rs.wait(r.Context(), name); err != nil {
			return // nobody waits for the answer any more
		}
		next.ServeHTTP(w, r)
	})
}

// ServeHTTP implements http.Handler: it returns the counts.
func (rs *repositories) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(rs.counts()) // who asked is gone then
}

// withLength reads requests of unknown length to their end, since CGI needs a length: git sends larger pushes in chunks.
func withLength(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength < 0 {
			body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
			if err != nil {
				http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			r.ContentLength, r.TransferEncoding = int64(len(body)), nil
		}
		next.ServeHTTP(w, r)
	})
}
