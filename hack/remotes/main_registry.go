package main

import (
	"context"
	"crypto/subtle"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/tenon-ci/tenon/hack/bundle/pack"
)

// newRegistry returns a registry that has the bundle documents:latest. It keeps everything in memory.
func newRegistry(ctx context.Context, documents []document) (http.Handler, error) {
	handler := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	var texts [][]byte
	for _, d := range documents {
		texts = append(texts, d.text)
	}
	image, err := pack.Image(texts)
	if err != nil {
		return nil, fmt.Errorf("making the bundle: %w", err)
	}
	tag, err := name.NewTag("registry.invalid/documents:latest", name.Insecure)
	if err != nil {
		return nil, fmt.Errorf("naming the bundle: %w", err)
	}
	if err := remote.Write(tag, image, remote.WithContext(ctx), remote.WithTransport(direct{handler})); err != nil {
		return nil, fmt.Errorf("pushing the bundle: %w", err)
	}
	return handler, nil
}

// direct is a transport to a handler, without a connection.
type direct struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := httptest.NewRecorder()
	if r.Body == nil {
		r = r.Clone(r.Context())
		r.Body = http.NoBody
	}
	d.handler.ServeHTTP(answer, r)
	response := answer.Result()
	response.Request = r
	return response, nil
}

// withLogin asks for a name and a password as registries do.
func withLogin(user, password string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		gotUser, gotPassword, _ := r.BasicAuth()
		if subtle.ConstantTimeCompare([]byte(gotUser+":"+gotPassword), []byte(user+":"+password)) != 1 {
			w.Header().Set("WWW-Authenticate", `Basic realm="remotes"`)
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`)
			return
		}
		next.ServeHTTP(w, r)
	})
}
