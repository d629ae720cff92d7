package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// newServer serves a repository called app and returns its address.
func newServer(t *testing.T, login string, push bool) string {
	t.Helper()
	return serveHandler(t, newRepositories(t, push), login, nil) + "/app"
}

// serveHandler serves repositories and returns the address below which they are.
func serveHandler(t *testing.T, repositories *repositories, login string, private names) string {
	t.Helper()
	handler, err := newHandler(t.Context(), repositories, login, private)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// newRepositories makes the repositories app and private.
func newRepositories(t *testing.T, push bool) *repositories {
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
	for _, name := range []string{"app", "private"} {
		if err := makeRepository(t.Context(), filepath.Join(root, name), seed, push); err != nil {
			t.Fatal(err)
		}
	}
	return &repositories{root: root, fetches: map[string]int{}}
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
	return clientWith(t, nil, arguments...)
}

// clientWith runs git with more variables of the environment.
func clientWith(t *testing.T, environment []string, arguments ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "git", arguments...)
	command.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	command.Env = append(command.Env, environment...)
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

func TestLoginIsAskedForPrivateRepositoriesOnly(t *testing.T) {
	t.Parallel()
	base := serveHandler(t, newRepositories(t, false), "somebody:secret", names{"private": true})
	if output, err := client(t, "ls-remote", base+"/app"); err != nil {
		t.Errorf("fetching what is open: %v: %s", err, output)
	}
	if _, err := client(t, "ls-remote", base+"/private"); err == nil {
		t.Error("fetching what is private needs no login")
	}
}

func TestOldCommitsAndPartsCanBeFetched(t *testing.T) {
	t.Parallel()
	address := newServer(t, "", true)
	clone := filepath.Join(t.TempDir(), "clone")
	must := func(arguments ...string) string {
		t.Helper()
		output, err := client(t, arguments...)
		if err != nil {
			t.Fatalf("git %s: %v: %s", strings.Join(arguments, " "), err, output)
		}
		return strings.TrimSpace(output)
	}
	must("clone", "-q", address, clone)
	first := must("-C", clone, "rev-parse", "HEAD")
	must("-C", clone, "commit", "-q", "--allow-empty", "-m", "Second")
	must("-C", clone, "push", "-q", "origin", "main")

	part := filepath.Join(t.TempDir(), "part")
	must("init", "-q", part)
	must("-C", part, "fetch", "-q", "--depth=1", "--filter=blob:none", address, first)
	if got := must("-C", part, "rev-parse", "FETCH_HEAD"); got != first {
		t.Errorf("fetched %s, want %s", got, first)
	}
	if objects := must("-C", part, "cat-file", "--batch-all-objects", "--batch-check=%(objecttype)"); strings.Contains(objects, "blob") {
		t.Errorf("files were fetched although they were not asked for: %s", objects)
	}
}

func TestFetchesAreCounted(t *testing.T) {
	t.Parallel()
	base := serveHandler(t, newRepositories(t, false), "somebody:secret", names{"private": true})
	for _, name := range []string{"app", "private", "absent"} {
		_, _ = client(t, "ls-remote", base+"/"+name) // those that fail must not count
	}
	before := counts(t, base)
	if before["app"] == 0 || len(before) != 1 {
		t.Errorf("the counts are %v, want some for app only", before)
	}
	if output, err := client(t, "ls-remote", base+"/app"); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if after := counts(t, base); after["app"] != 2*before["app"] {
		t.Errorf("two fetches count %d, one %d", after["app"], before["app"])
	}
}

// counts asks a server for its counts.
func counts(t *testing.T, base string) map[string]int {
	t.Helper()
	response, err := http.Get(base + "/-/counts")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var found map[string]int
	if err := json.NewDecoder(response.Body).Decode(&found); err != nil {
		t.Fatal(err)
	}
	return found
}

func TestAnswersAreHeldBack(t *testing.T) {
	t.Parallel()
	const delay = 300 * time.Millisecond
	repositories := newRepositories(t, false)
	repositories.delays = delays{"private": delay}
	base := serveHandler(t, repositories, "", nil)
	began := time.Now()
	if output, err := client(t, "ls-remote", base+"/private"); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if took := time.Since(began); took < delay {
		t.Errorf("the answer came after %s", took)
	}
}

func TestDelayFlag(t *testing.T) {
	t.Parallel()
	for text, valid := range map[string]bool{"1s": true, "app=1s": true, "=1s": false, "app=": false, "-1s": false, "../app=1s": false} {
		if err := (delays{}).Set(text); (err == nil) != valid {
			t.Errorf("%q: error %v", text, err)
		}
	}
	d := delays{"": time.Second, "app": 2 * time.Second}
	if d.of("app") != 2*time.Second || d.of("other") != time.Second {
		t.Errorf("delays are %s and %s", d.of("app"), d.of("other"))
	}
}

func TestHTTPS(t *testing.T) {
	t.Parallel()
	handler, err := newHandler(t.Context(), newRepositories(t, false), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	// A server that ends at once, for its certificate.
	authority := httptest.NewTLSServer(http.NotFoundHandler())
	authority.Close()
	folder := t.TempDir()
	certificate, key := filepath.Join(folder, "tls.crt"), filepath.Join(folder, "tls.key")
	private, err := x509.MarshalPKCS8PrivateKey(authority.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	write(t, certificate, 0o600, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Certificate().Raw})))
	write(t, key, 0o600, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
	listen := freeAddress(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serveHTTP(ctx, listen, handler, certificate, key) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	await(t, listen)
	if output, err := clientWith(t, []string{"GIT_SSL_CAINFO=" + certificate}, "ls-remote", "https://"+listen+"/app"); err != nil {
		t.Errorf("with the authority: %v: %s", err, output)
	}
	if _, err := client(t, "ls-remote", "https://"+listen+"/app"); err == nil {
		t.Error("the certificate needs no authority")
	}
}

// freeAddress is one that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// await waits until somebody listens.
func await(t *testing.T, address string) {
	t.Helper()
	for range 100 {
		if conn, err := net.Dial("tcp", address); err == nil {
			_ = conn.Close()
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("nobody listens at %s", address)
}

func TestSeedFlag(t *testing.T) {
	t.Parallel()
	for text, valid := range map[string]bool{"app=/seed": true, "app": false, "=x": false, "app=": false, "../app=/seed": false, ".git=/seed": false} {
		if err := (seeds{}).Set(text); (err == nil) != valid {
			t.Errorf("%q: error %v", text, err)
		}
	}
}
