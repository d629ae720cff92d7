package main

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// newServer serves a repository called app and returns its address.
func newServer(t *testing.T, login string, push bool) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	seed := t.TempDir()
	write(t, filepath.Join(seed, "run.sh"), 0o755, "echo hello\n")
	write(t, filepath.Join(seed, "docs", "read.me"), 0o644, "read me\n")
	// The layout of a mounted ConfigMap.
	write(t, filepath.Join(seed, "..2026", "linked"), 0o644, "linked\n")
	if err := os.Symlink(filepath.Join("..2026", "linked"), filepath.Join(seed, "linked")); err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	if err := makeRepository(t.Context(), filepath.Join(root, "app"), seed, push); err != nil {
		t.Fatal(err)
	}
	handler, err := newHandler(t.Context(), root, login)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL + "/app"
}

func write(t *testing.T, path string, mode os.FileMode, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

// client runs git as somebody who never answers questions.
func client(t *testing.T, arguments ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "git", arguments...)
	command.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	output, err := command.CombinedOutput()
	return string(output), err
}

func TestShallowCloneHasTheFilesOfTheSeed(t *testing.T) {
	t.Parallel()
	address := newServer(t, "", false)
	clone := filepath.Join(t.TempDir(), "clone")
	if output, err := client(t, "clone", "--depth=1", address, clone); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	output, err := client(t, "-C", clone, "ls-tree", "-r", "--format=%(objectmode) %(path)", "origin/main")
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if want := "100644 docs/read.me\n100644 linked\n100755 run.sh\n"; output != want {
		t.Errorf("the files are\n%swant\n%s", output, want)
	}
}

func TestPush(t *testing.T) {
	t.Parallel()
	for name, allowed := range map[string]bool{"allowed": true, "refused": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := newServer(t, "", allowed)
			clone := filepath.Join(t.TempDir(), "clone")
			if output, err := client(t, "clone", address, clone); err != nil {
				t.Fatalf("%v: %s", err, output)
			}
			// More than git's buffer, so that it comes in chunks; and nothing that compresses well.
			noise, err := exec.CommandContext(t.Context(), "head", "-c", "3000000", "/dev/urandom").Output()
			if err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(clone, "noise"), 0o644, string(noise))
			for _, arguments := range [][]string{{"add", "-A"}, {"commit", "-m", "Add noise"}} {
				if output, err := client(t, append([]string{"-C", clone}, arguments...)...); err != nil {
					t.Fatalf("%v: %s", err, output)
				}
			}
			if output, err := client(t, "-C", clone, "push", "origin", "main"); (err == nil) != allowed {
				t.Errorf("push: error %v: %s", err, output)
			}
		})
	}
}

func TestLoginIsAskedFor(t *testing.T) {
	t.Parallel()
	address := newServer(t, "somebody:secret", false)
	if _, err := client(t, "ls-remote", address); err == nil {
		t.Error("fetching needs no login")
	}
	withLogin := strings.Replace(address, "http://", "http://somebody:secret@", 1)
	if output, err := client(t, "ls-remote", withLogin); err != nil {
		t.Errorf("fetching with the login: %v: %s", err, output)
	}
}

func TestSeedFlag(t *testing.T) {
	t.Parallel()
	for text, valid := range map[string]bool{"app=/seed": true, "app": false, "=x": false, "app=": false, "../app=/seed": false, ".git=/seed": false} {
		if err := (seeds{}).Set(text); (err == nil) != valid {
			t.Errorf("%q: error %v", text, err)
		}
	}
}
