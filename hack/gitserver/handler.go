package main

import (
	"bytes"
	"context"
	"crypto/subtle"
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

// newHandler returns a handler of Git's HTTP protocol for the repositories below root. A non-empty login, NAME:PASSWORD,
// is asked for.
func newHandler(ctx context.Context, root, login string) (http.Handler, error) {
	output, err := exec.CommandContext(ctx, "git", "--exec-path").Output()
	if err != nil {
		return nil, fmt.Errorf("asking git for its folder: %w", err)
	}
	backend := &cgi.Handler{
		Path: filepath.Join(strings.TrimSpace(string(output)), "git-http-backend"),
		Dir:  root,
		// With a user, git accepts a push to repositories that say so; without one it never does.
		Env: []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER=somebody"},
	}
	return withLogin(login, withLength(backend)), nil
}

// withLogin refuses requests without the name and password.
func withLogin(login string, next http.Handler) http.Handler {
	if login == "" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, password, _ := r.BasicAuth()
		if subtle.ConstantTimeCompare([]byte(name+":"+password), []byte(login)) != 1 {
			w.Header().Set("WWW-Authenticate", `Basic realm="gitserver"`)
			http.Error(w, "the name or the password is wrong", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
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
