package examples_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/test/examples"
)

func TestLocalize(t *testing.T) {
	t.Parallel()
	foreign, local := "sha256:"+strings.Repeat("f", 64), "sha256:"+strings.Repeat("1", 64)
	for name, test := range map[string]struct{ text, want string }{
		"digest":             {"image: mirror.gcr.io/ubuntu@" + foreign, "image: mirror.gcr.io/ubuntu@" + local},
		"tag and digest":     {"image: mirror.gcr.io/bash:5.1.4@" + foreign + "\n", "image: mirror.gcr.io/bash@" + local + "\n"},
		"path":               {"a: ghcr.io/x/y/git-z@" + foreign, "a: ghcr.io/x/y/git-z@" + local},
		"port":               {"registry.local:5000/a/b@" + foreign, "registry.local:5000/a/b@" + local},
		"two of them":        {"a.io/b@" + foreign + " a.io/c@" + foreign, "a.io/b@" + local + " a.io/c@" + local},
		"no digest":          {"image: mirror.gcr.io/ubuntu:24.04", "image: mirror.gcr.io/ubuntu:24.04"},
		"no image":           {`"gcr.io/app-1@sha256:*" @` + foreign, `"gcr.io/app-1@sha256:*" @` + foreign},
		"digest of no image": {"- " + foreign, "- " + foreign},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := examples.Localize(test.text, func(string) (string, error) { return local, nil })
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLocalizeAsksForThePath(t *testing.T) {
	t.Parallel()
	unknown := errors.New("no such repository")
	var asked []string
	_, err := examples.Localize("ghcr.io/x/tool:1@sha256:"+strings.Repeat("a", 64), func(repository string) (string, error) {
		asked = append(asked, repository)
		return "", unknown
	})
	if !errors.Is(err, unknown) {
		t.Errorf("got error %v, want %v", err, unknown)
	}
	if diff := cmp.Diff([]string{"x/tool"}, asked); diff != "" {
		t.Error(diff)
	}
}
