package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// newKey writes a private key into a file.
func newKey(t *testing.T) (file string, signer ssh.Signer) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	if signer, err = ssh.NewSignerFromSigner(private); err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "key")
	write(t, file, 0o600, string(pem.EncodeToMemory(block)))
	return file, signer
}

// startSSH serves repositories to those with a key, or to nobody, and returns the address and the host's key.
func startSSH(t *testing.T, repositories *repositories, authorized ssh.PublicKey) (address string, host ssh.PublicKey) {
	t.Helper()
	hostFile, hostSigner := newKey(t)
	keys := ""
	if authorized != nil {
		keys = filepath.Join(t.TempDir(), "authorized_keys")
		write(t, keys, 0o600, "\n"+string(ssh.MarshalAuthorizedKey(authorized)))
	}
	server, err := newSSHServer(repositories, hostFile, keys)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		if err := server.serve(t.Context(), listener); err != nil {
			t.Error(err)
		}
	}()
	return listener.Addr().String(), hostSigner.PublicKey()
}

func dial(address string, host ssh.PublicKey, key ssh.Signer) (*ssh.Client, error) {
	return ssh.Dial("tcp", address, &ssh.ClientConfig{
		User: "git", Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.FixedHostKey(host),
	})
}

func TestCloneOverSSH(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("ssh"); err != nil {
		t.Skip("ssh is not installed")
	}
	keyFile, key := newKey(t)
	repositories := newRepositories(t, false)
	address, host := startSSH(t, repositories, key.PublicKey())
	name, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	known := filepath.Join(t.TempDir(), "known_hosts")
	write(t, known, 0o600, fmt.Sprintf("[%s]:%s %s", name, port, ssh.MarshalAuthorizedKey(host)))
	sshCommand := fmt.Sprintf("ssh -F /dev/null -o IdentitiesOnly=yes -o UserKnownHostsFile=%s -o GlobalKnownHostsFile=/dev/null -i %s", known, keyFile)
	clone := filepath.Join(t.TempDir(), "clone")
	output, err := client(t, "-c", "core.sshCommand="+sshCommand, "-c", "protocol.version=2",
		"clone", "--depth=1", "ssh://git@"+address+"/app", clone)
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if files, err := client(t, "-C", clone, "ls-files"); err != nil || !strings.Contains(files, "run.sh") {
		t.Errorf("the files are %s (%v)", files, err)
	}
	if got := repositories.counts(); got["app"] != 1 {
		t.Errorf("the counts are %v, want one of app", got)
	}
	if output, err := client(t, "-c", "core.sshCommand="+sshCommand, "-C", clone, "push", "origin", "HEAD:other"); err == nil {
		t.Errorf("a push was accepted: %s", output)
	}
}

func TestOnlyAuthorizedKeysLogIn(t *testing.T) {
	t.Parallel()
	_, key := newKey(t)
	_, other := newKey(t)
	for name, tc := range map[string]struct {
		authorized ssh.PublicKey
		valid      bool
	}{
		"authorized":      {key.PublicKey(), true},
		"other key":       {other.PublicKey(), false},
		"nobody may come": {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address, host := startSSH(t, newRepositories(t, false), tc.authorized)
			client, err := dial(address, host, key)
			if err == nil {
				_ = client.Close()
			}
			if (err == nil) != tc.valid {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestCommandsOverSSH(t *testing.T) {
	t.Parallel()
	_, key := newKey(t)
	address, host := startSSH(t, newRepositories(t, false), key.PublicKey())
	client, err := dial(address, host, key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	for command, want := range map[string]string{
		"git-upload-pack '/app'":         "",
		"git upload-pack app":            "",
		"git-upload-pack '/absent'":      "there is no repository absent",
		"git-upload-pack '/..'":          "there is no repository ..",
		"git-upload-pack '/app/objects'": "only git-upload-pack may be run",
		"git-upload-pack '/../etc'":      "only git-upload-pack may be run",
		"git-upload-pack '/app'; id":     "only git-upload-pack may be run",
		"git-receive-pack '/app'":        "only git-upload-pack may be run",
		"git-upload-pack --version":      "there is no repository --version",
		"sh":                             "only git-upload-pack may be run",
	} {
		session, err := client.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		var stdout, stderr bytes.Buffer
		// The packet that ends the conversation after the server has told its branches.
		session.Stdin, session.Stdout, session.Stderr = strings.NewReader("0000"), &stdout, &stderr
		err = session.Run(command)
		if (err == nil) != (want == "") || strings.TrimSpace(stderr.String()) != want {
			t.Errorf("%q: error %v, %q, want %q", command, err, stderr.String(), want)
		}
		if want == "" && !strings.Contains(stdout.String(), "refs/heads/main") {
			t.Errorf("%q: output %q", command, stdout.String())
		}
	}
}
