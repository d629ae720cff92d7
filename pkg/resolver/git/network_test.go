package git_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
	"k8s.io/client-go/kubernetes/fake"

	clusterreader "github.com/tenon-ci/tenon/pkg/kubereader/cluster"
	"github.com/tenon-ci/tenon/pkg/resolver/git"
)

// redirect sends every request to another server, if it is logged in with the login.
func redirect(to, login string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		user, password, ok := req.BasicAuth()
		if login != "" && (!ok || user+":"+password != login) {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		http.Redirect(w, req, to+req.URL.RequestURI(), http.StatusFound)
	})
}

// TestRedirect has a server that sends git elsewhere: with the file, but never with the token.
func TestRedirect(t *testing.T) {
	t.Parallel()
	repo := newRepo(t, "sha1")
	token := secret("ns", "s", map[string]string{"token": "right"})
	for name, tc := range map[string]struct{ first, second, want string }{
		"followed":               {},
		"second wants the token": {second: "git:right", want: "error resolving repository: clone error: authentication required"},
		"both want the token":    {first: "git:right", second: "git:right", want: "error resolving repository: clone error: authentication required"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			second := serve(t, backend(t, repo.root, tc.second))
			first := serve(t, redirect(second.URL, tc.first))
			got, err := resolve(t.Context(), resolver(t, token), nil,
				"url", first.URL+"/org/repo.git", "revision", "main", "pathInRepo", "task.yaml", "gitToken", "s")
			if tc.want != "" {
				checkFinal(t, err, tc.want)
			} else if err != nil || string(got.Data) != task {
				t.Errorf("answer %+v, error %v", got, err)
			}
			if seen := second.seen(); len(seen) > 0 {
				t.Errorf("the second server was told %v", seen)
			}
		})
	}
}

// TestRefused has hosts that the policy does not allow: asked for, and redirected to by name and by address.
func TestRefused(t *testing.T) {
	t.Parallel()
	run(t, t.TempDir(), "version")
	reached := serve(t, http.NotFoundHandler())
	_, port, _ := net.SplitHostPort(reached.Listener.Addr().String())
	byName := serve(t, redirect("http://localhost:"+port, ""))
	byAddr := serve(t, redirect("http://127.0.0.2:"+port, ""))
	policy := allow(t, byName.Listener.Addr().String()+","+byAddr.Listener.Addr().String())
	first := func(s *server) string {
		return "error resolving repository: clone error: the host that " + s.Listener.Addr().String() + " redirects to is refused: "
	}
	for name, tc := range map[string]struct{ url, want string }{
		"asked for":             {reached.URL, "error resolving repository: clone error: host " + reached.Listener.Addr().String() + " is refused: its address is a loopback address"},
		"redirected by name":    {byName.URL, first(byName) + "it is the host that asks"},
		"redirected by address": {byAddr.URL, first(byAddr) + "its address is a loopback address"},
		"ssh":                   {"git@localhost:x", "error resolving repository: clone error: authentication required: over ssh, gitToken has to name a secret with ssh-privatekey and known_hosts"},
		"git":                   {"git://169.254.169.254", "error resolving repository: clone error: host 169.254.169.254:9418 is refused: its address is a link-local or multicast address"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !strings.HasPrefix(tc.url, "git@") {
				tc.url += "/r.git"
			}
			_, err := resolve(t.Context(), git.New(clusterreader.New(fake.NewClientset()), policy, nil), nil, "url", tc.url, "revision", "main", "pathInRepo", "t")
			checkFinal(t, err, tc.want)
		})
	}
}

// TestRedirectAfterLogin has a server that sends git elsewhere once it has the token. Not every version of git follows then.
func TestRedirectAfterLogin(t *testing.T) {
	t.Parallel()
	repo := newRepo(t, "sha1")
	second := serve(t, backend(t, repo.root, ""))
	first := serve(t, redirect(second.URL, "git:right"))
	r := resolver(t, secret("ns", "s", map[string]string{"token": "right"}))
	_, err := resolve(t.Context(), r, nil, "url", first.URL+"/org/repo.git", "revision", "main", "pathInRepo", "task.yaml", "gitToken", "s")
	if err != nil {
		checkFinal(t, err, "error resolving repository: clone error: "+first.URL+"/org/repo.git redirects to where it must not: use the address that it stands for")
	}
	if seen := second.seen(); len(first.seen()) == 0 || len(seen) > 0 {
		t.Errorf("the first server was told %v, the second %v", first.seen(), seen)
	}
}

// TestTooLarge has a repository that is larger than the operator allows, and cannot be compressed.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	repo := newRepo(t, "sha1")
	noise := make([]byte, 1<<20)
	_, _ = rand.Read(noise)
	if err := os.WriteFile(filepath.Join(repo.dir, "noise"), noise, 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, repo.dir, "add", "-A")
	run(t, repo.dir, "commit", "-q", "-m", "noise")
	run(t, repo.dir, "config", "uploadpack.allowFilter", "false")
	s := serve(t, backend(t, repo.root, ""))
	_, err := resolve(t.Context(), resolver(t), map[string]string{"max-fetch-size": "512Ki"}, "url", s.URL+"/org/repo.git", "revision", "main", "pathInRepo", "task.yaml")
	checkFinal(t, err, "error resolving repository: clone error: the repository is too large: more than 524288 bytes would have to be fetched, which max-fetch-size of the git resolver limits")
}

// TestSlow has a server that never ends: when the time is up, so are all processes.
func TestSlow(t *testing.T) {
	run(t, t.TempDir(), "version")
	begun := make(chan struct{}, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
		select {
		case begun <- struct{}{}:
		default:
		}
		for req.Context().Err() == nil {
			_, _ = io.WriteString(w, "0")
			w.(http.Flusher).Flush()
			time.Sleep(20 * time.Millisecond)
		}
	}))
	t.Cleanup(s.Close)
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-begun
		cancel()
	}()
	_, err := resolve(ctx, resolver(t), nil, "url", s.URL+"/r.git", "revision", "main", "pathInRepo", "t")
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "took too long") {
		t.Errorf("error %v", err)
	}
	if left, _ := os.ReadDir(tmp); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	// Every process of the fetch has the address of the server in its environment.
	for range 100 {
		if !running(t, s.URL) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("a process is left")
}

// running reports whether another process has a text in its environment.
func running(t *testing.T, text string) bool {
	t.Helper()
	paths, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if data, err := os.ReadFile(path); err == nil && bytes.Contains(data, []byte(text)) {
			return true
		}
	}
	return false
}

// TestAuthorities clones over TLS from a server whose authority only SSL_CERT_FILE has.
func TestAuthorities(t *testing.T) {
	repo := newRepo(t, "sha1")
	s := httptest.NewTLSServer(backend(t, repo.root, ""))
	t.Cleanup(s.Close)
	// The server minds the client's end of a failed handshake.
	s.Config.ErrorLog = nil
	ask := func() error {
		_, err := resolve(t.Context(), resolver(t), nil, "url", s.URL+"/org/repo.git", "revision", "main", "pathInRepo", "task.yaml")
		return err
	}
	t.Setenv("SSL_CERT_FILE", "")
	if err := ask(); err == nil || err.Error() != "error resolving repository: clone error: no trusted TLS connection to host "+s.Listener.Addr().String() {
		t.Errorf("without the authority: error %v", err)
	}
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", path)
	if err := ask(); err != nil {
		t.Errorf("with the authority: %v", err)
	}
}

// TestOperatorProxy has the environment name a proxy, which is then asked for everything.
func TestOperatorProxy(t *testing.T) {
	run(t, t.TempDir(), "version")
	var mu sync.Mutex
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, req.URL.Host)
		http.Redirect(w, req, "http://169.254.169.254/", http.StatusFound)
	}))
	t.Cleanup(proxy.Close)
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("NO_PROXY", "")
	ask := func(host string) error {
		_, err := resolve(t.Context(), resolver(t), nil, "url", "http://"+host+"/r.git", "revision", "main", "pathInRepo", "t")
		return err
	}
	checkFinal(t, ask("git.example"), "error resolving repository: clone error: http://git.example/r.git redirects to where it must not: use the address that it stands for")
	checkFinal(t, ask("169.254.169.254"), "error resolving repository: clone error: host 169.254.169.254:80 is refused: its address is a link-local or multicast address")
	mu.Lock()
	defer mu.Unlock()
	if len(asked) != 1 || asked[0] != "git.example" {
		t.Errorf("the proxy was asked for %v", asked)
	}
}

// sshServer serves the repositories below a directory to one key.
func sshServer(t *testing.T, root string, host ssh.Signer, client ssh.PublicKey) string {
	t.Helper()
	config := &ssh.ServerConfig{PublicKeyCallback: func(c ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if c.User() != "git" || !bytes.Equal(key.Marshal(), client.Marshal()) {
			return nil, errors.New("unknown")
		}
		return &ssh.Permissions{}, nil
	}}
	config.AddHostKey(host)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go serveSSH(conn, config, root)
		}
	}()
	return listener.Addr().String()
}

func serveSSH(conn net.Conn, config *ssh.ServerConfig, root string) {
	_, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for open := range channels {
		channel, requests, err := open.Accept()
		if err != nil {
			return
		}
		protocol := ""
		for req := range requests {
			var payload struct{ Name, Value string }
			var command struct{ Text string }
			switch {
			case req.Type == "env" && ssh.Unmarshal(req.Payload, &payload) == nil:
				protocol = payload.Value
				_ = req.Reply(true, nil)
			case req.Type == "exec" && ssh.Unmarshal(req.Payload, &command) == nil:
				_ = req.Reply(true, nil)
				path := strings.Trim(strings.TrimPrefix(command.Text, "git-upload-pack "), "'/")
				cmd := exec.Command("git", "-c", "safe.directory=*", "upload-pack", filepath.Join(root, path))
				cmd.Env = append(os.Environ(), "GIT_PROTOCOL="+protocol, "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*")
				cmd.Stdout, cmd.Stderr = channel, channel.Stderr()
				in, _ := cmd.StdinPipe()
				go func() { _, _ = io.Copy(in, channel); _ = in.Close() }()
				status := uint32(0)
				if cmd.Run() != nil {
					status = 128
				}
				_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ N uint32 }{status}))
				_ = channel.Close()
			default:
				_ = req.Reply(false, nil)
			}
		}
	}
}

func newKey(t *testing.T) (ssh.Signer, string) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	return signer, string(pem.EncodeToMemory(block))
}

func TestSSH(t *testing.T) {
	t.Parallel()
	repo := newRepo(t, "sha1")
	host, _ := newKey(t)
	client, key := newKey(t)
	_, stranger := newKey(t)
	addr := sshServer(t, repo.root, host, client.PublicKey())
	known := knownhosts.Line([]string{addr}, host.PublicKey())
	other := knownhosts.Line([]string{addr}, client.PublicKey())
	const failed = "error resolving repository: clone error: "
	for name, tc := range map[string]struct{ key, known, path, want string }{
		"fine":          {key, known, "org/repo.git", ""},
		"stranger":      {stranger, known, "org/repo.git", failed + "authentication required"},
		"no key":        {"x", known, "org/repo.git", failed + "the secret that gitToken names has no private key for ssh that can be used: it has to be in PEM, without passphrase"},
		"other host":    {key, other, "org/repo.git", failed + "the key of ssh host " + addr + " is not the one in known_hosts of the secret that gitToken names"},
		"unknown host":  {key, "# nothing", "org/repo.git", failed + "the key of ssh host " + addr + " is not the one in known_hosts of the secret that gitToken names"},
		"no repository": {key, known, "org/x", failed + "repository ssh://git@" + addr + "/org/x not found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := resolver(t, secret("ns", "s", map[string]string{"ssh-privatekey": tc.key, "known_hosts": tc.known}))
			url := "ssh://git@" + addr + "/" + tc.path
			got, err := resolve(t.Context(), r, nil, "url", url, "revision", "v1", "pathInRepo", "link.yaml", "gitToken", "s")
			if tc.want != "" {
				checkFinal(t, err, tc.want)
			} else if err != nil || string(got.Data) != files["dir/deep/task.yaml"] || got.Source.URI != "git+"+url {
				t.Errorf("answer %+v, error %v", got, err)
			}
		})
	}
}

// TestGitProtocol clones from git's own server.
func TestGitProtocol(t *testing.T) {
	t.Parallel()
	repo := newRepo(t, "sha1")
	if _, err := os.Stat(filepath.Join(run(t, repo.root, "--exec-path"), "git-daemon")); err != nil {
		t.Skip("git daemon is missing")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			cmd := exec.Command("git", "daemon", "--inetd", "--export-all", "--base-path="+repo.root)
			cmd.Env = append(os.Environ(), "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*")
			file, _ := conn.(*net.TCPConn).File()
			cmd.Stdin, cmd.Stdout = file, file
			_ = conn.Close()
			go func() { _ = cmd.Run(); _ = file.Close() }()
		}
	}()
	url := "git://" + listener.Addr().String() + "/org/"
	got, err := resolve(t.Context(), resolver(t), nil, "url", url+"repo.git", "revision", "main", "pathInRepo", "chain.yaml")
	if err != nil || string(got.Data) != files["dir/deep/task.yaml"] {
		t.Errorf("answer %+v, error %v", got, err)
	}
	_, err = resolve(t.Context(), resolver(t), nil, "url", url+"x", "revision", "main", "pathInRepo", "chain.yaml")
	checkFinal(t, err, "error resolving repository: clone error: repository "+url+"x not found")
}
