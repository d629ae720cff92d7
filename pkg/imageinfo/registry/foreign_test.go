package registry_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/imageinfo/registry"
	"github.com/tenon-ci/tenon/pkg/reach"
)

const marker = "secret-of-another-service"

// TestNoForeignWords lets a host say a marker in every way in which answers are read.
func TestNoForeignWords(t *testing.T) {
	t.Parallel()
	manifest := func(mediaType, body string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool { return answer(mediaType, body)(w, r) }
	}
	header := func(key, value string, code int) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set(key, value)
			w.WriteHeader(code)
			_, _ = io.WriteString(w, marker)
			return true
		}
	}
	for name, tc := range map[string]struct {
		intercept func(http.ResponseWriter, *http.Request) bool
		want      string
	}{
		"text":           {header("X", "x", http.StatusInternalServerError), "answered 500 Internal Server Error"},
		"unknown status": {header("X", "x", 999), "answered 999"},
		"errors": {func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusForbidden)
			_, _ = fmt.Fprintf(w, `{"errors":[{"code":"%[1]s","message":"%[1]s"},{"code":"DENIED","message":"%[1]s","detail":"%[1]s"}]}`, marker)
			return true
		}, "answered 403 Forbidden (DENIED)"},
		"challenge":       {header("WWW-Authenticate", `Bearer service="`+marker+`"`, http.StatusUnauthorized), ""},
		"realm":           {header("WWW-Authenticate", `Bearer realm="http://`+marker+`.invalid:1/"`, http.StatusUnauthorized), ""},
		"redirect":        {header("Location", "http://"+marker+".localhost/", http.StatusTemporaryRedirect), "a host that registry"},
		"redirect scheme": {header("Location", marker+"://x/", http.StatusTemporaryRedirect), ""},
		"redirect path":   {header("Location", "/"+marker, http.StatusTemporaryRedirect), ""},
		"media type":      {manifest("application/"+marker, "{}"), "cannot be used"},
		"manifest":        {manifest("application/vnd.oci.image.manifest.v1+json", marker), "cannot be used"},
		"digest":          {manifest("application/vnd.oci.image.manifest.v1+json", `{"config":{"digest":"`+marker+`"}}`), ""},
		"platform": {manifest("application/vnd.oci.image.index.v1+json", `{"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json",
			"digest":"sha256:`+strings.Repeat("a", 64)+`","platform":{"os":"Say `+marker+`","architecture":"x"}}]}`), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.pushImage(t, "app:v1", image(t, "amd64", v1.Config{Cmd: []string{"run"}}))
			s.intercept.Store(tc.intercept)
			got := ask(t, newResolver(t, registry.Options{}), registry.Request{Images: []string{s.host + "/app:v1"}})
			f, ok := failure.As(got.Err)
			if !ok {
				t.Fatalf("got %+v, want a failure", got)
			}
			for err := error(f); err != nil; {
				if strings.Contains(err.Error(), marker) {
					t.Errorf("it repeats what the host said: %v", err)
				}
				unwrapper, ok := err.(interface{ Unwrap() error })
				if !ok {
					break
				}
				err = unwrapper.Unwrap()
			}
			if !strings.Contains(f.Text, tc.want) {
				t.Errorf("text %q, want %q in it", f.Text, tc.want)
			}
		})
	}
}

func TestHostsThatAreNotAsked(t *testing.T) {
	t.Parallel()
	for _, image := range []string{
		"localhost:5000/app", "registry.localhost/app", "127.0.0.1:5000/app", "127.8.8.8/app:v1", "0.0.0.0:80/app", "[::1]:5000/app",
		"169.254.169.254/latest:meta", "168.63.129.16/machine", "[fe80::1]:80/app", "[::ffff:127.0.0.1]:5000/app", "[64:ff9b::7f00:1]:5000/app",
	} {
		got := registry.New(registry.Options{}).Ask(t.Context(), registry.Request{Images: []string{image}}, nil)
		if failure.ClassOf(got.Err) != failure.Invalid {
			t.Errorf("%s: got %+v, want a final error", image, got)
		}
	}
}

// TestRedirects checks that a host may not send the controller where it may not be sent by name.
func TestRedirects(t *testing.T) {
	t.Parallel()
	reached := false
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	t.Cleanup(inside.Close)
	s := newServer(t)
	s.intercept.Store(func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, inside.URL, http.StatusTemporaryRedirect)
		return true
	})
	allow, err := reach.ParseHosts(s.host)
	if err != nil {
		t.Fatal(err)
	}
	got := ask(t, registry.New(registry.Options{Reach: reach.Policy{Allow: allow}}), registry.Request{Images: []string{s.host + "/app:v1"}})
	if failure.ClassOf(got.Err) != failure.Invalid || reached {
		t.Errorf("got %+v, the other host was asked: %t", got, reached)
	}
}
