// Package creds turns the mounted Secrets of a step into the files that git, ssh and docker read (contract 2 §6.2).
// Files decides what they hold and is pure; Write and Copy put them into directories. No error names a secret's value.
package creds

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
)

// File is one file to write. Name is relative to the credentials directory or the home.
type File struct {
	Name    string
	Content []byte
}

// Keys of Secrets.
const (
	keyUsername         = "username"
	keyPassword         = "password"
	keySSHPrivateKey    = "ssh-privatekey"
	keyKnownHosts       = "known_hosts"
	keyDockerConfigJSON = ".dockerconfigjson"
	keyDockerCfg        = ".dockercfg"
)

// ErrInvalid says that the credentials contradict each other or are incomplete: something only their owner can mend.
var ErrInvalid = errors.New("invalid credentials")

// ErrNoKey is what a Reader returns for a key that the Secret does not have.
var ErrNoKey = errors.New("no such key")

// Reader reads one key of a Secret.
type Reader func(secret, key string) ([]byte, error)

// Set is what Files found.
type Set struct {
	Files []File
	// Skipped says which credentials can't be used, so that a step that doesn't need them can run all the same.
	Skipped []error
}

// Files returns the files for credentials. dir is where they are written first: ssh is told to find its keys there.
// Without credentials there are none. The error wraps ErrInvalid where only the owner of the Secrets can help.
func Files(credentials []protocol.Credential, dir string, read Reader) (Set, error) {
	if err := checkDuplicates(credentials); err != nil {
		return Set{}, err
	}
	git, skippedGit, err := readGit(credentials, read)
	if err != nil {
		return Set{}, err
	}
	ssh, skippedSSH, err := readSSH(credentials, read)
	if err != nil {
		return Set{}, err
	}
	docker, skippedDocker, err := dockerConfig(credentials, read)
	if err != nil {
		return Set{}, err
	}
	set := Set{Skipped: slices.Concat(skippedGit, skippedSSH, skippedDocker)}
	add := func(name string, content []byte) {
		if len(content) > 0 {
			set.Files = append(set.Files, File{Name: name, Content: content})
		}
	}
	add(".gitconfig", []byte(git.config()+ssh.rewrites()))
	add(".git-credentials", []byte(git.store()))
	for _, key := range ssh.keys {
		add(".ssh/"+key.file(), key.private)
	}
	add(".ssh/config", []byte(ssh.config(dir)))
	add(".ssh/known_hosts", ssh.knownHosts())
	add(".docker/config.json", docker)
	return set, nil
}

// checkDuplicates refuses two credentials of one kind for one URL: which one is meant can't be known.
func checkDuplicates(credentials []protocol.Credential) error {
	seen := map[[2]string]bool{}
	for _, c := range credentials {
		if c.Kind != protocol.CredentialGitBasic && c.Kind != protocol.CredentialDockerBasic {
			continue
		}
		id := [2]string{c.Kind, c.URL}
		if seen[id] {
			return fmt.Errorf("%w: multiple entries for url: %s", ErrInvalid, c.URL)
		}
		seen[id] = true
	}
	return nil
}

// unusableError is about one credential that has to be left out.
type unusableError struct{ err error }

func (e unusableError) Error() string { return e.err.Error() }
func (e unusableError) Unwrap() error { return e.err }

func unusable(format string, args ...any) error { return unusableError{fmt.Errorf(format, args...)} }

// each calls use for the credentials of one kind in their order and returns which are unusable; other errors end it.
func each(credentials []protocol.Credential, kind string, use func(protocol.Credential) error) ([]error, error) {
	var skipped []error
	for _, c := range credentials {
		if c.Kind != kind {
			continue
		}
		err := use(c)
		var bad unusableError
		if errors.As(err, &bad) {
			skipped = append(skipped, err)
		} else if err != nil {
			return nil, err
		}
	}
	return skipped, nil
}

// login is a user name with a password.
type login struct{ user, password string }

// readLogin reads the keys of a basic-auth Secret. A line break at the end of the user name, which is easily put there by
// tools, can't be meant; one inside would change the meaning of a configuration file.
func readLogin(c protocol.Credential, read Reader) (login, error) {
	user, err := readKey(c, keyUsername, read)
	if err != nil {
		return login{}, err
	}
	password, err := readKey(c, keyPassword, read)
	if err != nil {
		return login{}, err
	}
	name := strings.TrimRight(string(user), "\r\n")
	if hasControl(name) {
		return login{}, unusable("the user name in secret %s has a control character", c.Secret)
	}
	return login{user: name, password: string(password)}, nil
}

func readKey(c protocol.Credential, key string, read Reader) ([]byte, error) {
	content, err := read(c.Secret, key)
	if errors.Is(err, ErrNoKey) {
		return nil, fmt.Errorf("%w: secret %s has no key %s", ErrInvalid, c.Secret, key)
	}
	if err != nil {
		return nil, fmt.Errorf("reading key %s of secret %s: %w", key, c.Secret, err)
	}
	return content, nil
}

// hasControl reports whether text could break out of its line in a configuration file.
func hasControl(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// cleanPath is a URL's path without slashes at its ends.
func cleanPath(p string) string { return strings.Trim(path.Clean("/"+p), "/") }
