package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/exec"
	"regexp"
	"time"

	"golang.org/x/crypto/ssh"
)

const (
	// handshakeTimeout limits how long a client may take to log in.
	handshakeTimeout = 20 * time.Second
	// connectionTimeout limits how long a connection may last.
	connectionTimeout = 10 * time.Minute
)

// uploadPack is the command by which git fetches over SSH.
var uploadPack = regexp.MustCompile(`^git[- ]upload-pack '?/?([A-Za-z0-9._-]+)/?'?$`)

// sshServer lets those fetch from repositories who have one of its keys. It runs no other command.
type sshServer struct {
	repositories *repositories
	config       *ssh.ServerConfig
}

// newSSHServer reads the keys. Without a file of the host's key it makes one up, without one of authorized keys nobody logs in.
func newSSHServer(repositories *repositories, hostKeyFile, authorizedKeysFile string) (*sshServer, error) {
	hostKey, err := hostKey(hostKeyFile)
	if err != nil {
		return nil, err
	}
	authorized, err := authorizedKeys(authorizedKeysFile)
	if err != nil {
		return nil, err
	}
	config := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if !authorized[string(key.Marshal())] {
			return nil, errors.New("the key is not authorized")
		}
		return nil, nil
	}}
	config.AddHostKey(hostKey)
	return &sshServer{repositories: repositories, config: config}, nil
}

func hostKey(file string) (ssh.Signer, error) {
	if file == "" {
		_, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, fmt.Errorf("making a host key: %w", err)
		}
		return ssh.NewSignerFromSigner(private)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the host key: %w", err)
	}
	signer, err := ssh.ParsePrivateKey(text)
	if err != nil {
		return nil, fmt.Errorf("parsing the host key: %w", err)
	}
	return signer, nil
}

// authorizedKeys returns the set of keys of a file, in the form of the protocol.
func authorizedKeys(file string) (map[string]bool, error) {
	keys := map[string]bool{}
	if file == "" {
		return keys, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the authorized keys: %w", err)
	}
	for text = bytes.TrimSpace(text); len(text) > 0; text = bytes.TrimSpace(text) {
		key, _, _, rest, err := ssh.ParseAuthorizedKey(text)
		if err != nil {
			return nil, fmt.Errorf("parsing the authorized keys: %w", err)
		}
		keys[string(key.Marshal())], text = true, rest
	}
	return keys, nil
}

// serve answers until the context ends.
func (s *sshServer) serve(ctx context.Context, listener net.Listener) error {
	context.AfterFunc(ctx, func() { _ = listener.Close() })
	for {
		conn, err := listener.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("serving SSH: %w", err)
		}
		go func() {
			if err := s.answer(ctx, conn); err != nil {
				log.Printf("SSH: %v", err)
			}
		}()
	}
}

// answer serves one connection.
func (s *sshServer) answer(ctx context.Context, conn net.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, connectionTimeout)
	defer cancel()
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(handshakeTimeout)); err != nil {
		return fmt.Errorf("setting a deadline: %w", err)
	}
	client, channels, requests, err := ssh.NewServerConn(conn, s.config)
	if err != nil {
		return fmt.Errorf("logging in: %w", err)
	}
	defer func() { _ = client.Close() }()
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return fmt.Errorf("clearing the deadline: %w", err)
	}
	go ssh.DiscardRequests(requests)
	for request := range channels {
		if request.ChannelType() != "session" {
			_ = request.Reject(ssh.UnknownChannelType, "sessions only")
			continue
		}
		channel, requests, err := request.Accept()
		if err != nil {
			return fmt.Errorf("opening a session: %w", err)
		}
		go s.session(ctx, channel, requests)
	}
	return nil
}

// session runs the one command of a session. Of the client's environment only the version of Git's protocol is heeded.
func (s *sshServer) session(ctx context.Context, channel ssh.Channel, requests <-chan *ssh.Request) {
	defer func() { _ = channel.Close() }()
	protocol := ""
	for request := range requests {
		switch request.Type {
		case "env":
			var variable struct{ Name, Value string }
			known := ssh.Unmarshal(request.Payload, &variable) == nil && variable.Name == "GIT_PROTOCOL"
			if known {
				protocol = variable.Value
			}
			_ = request.Reply(known, nil)
		case "exec":
			var command struct{ Text string }
			if err := ssh.Unmarshal(request.Payload, &command); err != nil {
				_ = request.Reply(false, nil)
				return
			}
			_ = request.Reply(true, nil)
			go ssh.DiscardRequests(requests)
			code := s.run(ctx, channel, command.Text, protocol)
			_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Code uint32 }{code}))
			return
		default:
			_ = request.Reply(false, nil)
		}
	}
}

// run fetches from a repository and returns the code that the command ends with.
func (s *sshServer) run(ctx context.Context, channel ssh.Channel, text, protocol string) uint32 {
	match := uploadPack.FindStringSubmatch(text)
	if match == nil {
		_, _ = fmt.Fprintln(channel.Stderr(), "only git-upload-pack may be run")
		return 1
	}
	name := match[1]
	folder, ok := s.repositories.find(name)
	if !ok {
		_, _ = fmt.Fprintf(channel.Stderr(), "there is no repository %s\n", name)
		return 1
	}
	s.repositories.count(name)
	if err := s.repositories.wait(ctx, name); err != nil {
		return 1
	}
	command := exec.CommandContext(ctx, "git", "upload-pack", "--strict", folder)
	command.Env = append(os.Environ(), "GIT_PROTOCOL="+protocol)
	command.Stdout, command.Stderr = channel, channel.Stderr()
	// A pipe, since the command may end before the client says that it has nothing more to say.
	stdin, err := command.StdinPipe()
	if err != nil {
		return 1
	}
	if err := command.Start(); err != nil {
		return 1
	}
	go func() {
		_, _ = io.Copy(stdin, channel)
		_ = stdin.Close()
	}()
	if err := command.Wait(); err != nil {
		return 1
	}
	return 0
}
