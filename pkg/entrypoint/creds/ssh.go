package creds

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
)

const defaultSSHPort = "22"

// sshHost is what an annotation means: a host, and perhaps a repository on it that has a key of its own.
type sshHost struct{ host, port, path string }

// alias is the name under which the host stands in the configuration of ssh.
func (h sshHost) alias() string {
	if h.path == "" {
		return h.host
	}
	return h.host + "--" + strings.ReplaceAll(h.path, "/", "--")
}

// sshKey is one Secret; several annotations and so hosts may use it.
type sshKey struct {
	secret  string
	private []byte
	hosts   []byte
}

func (k sshKey) file() string { return "id_" + k.secret }

type sshUse struct {
	sshHost
	key string
}

type sshLogins struct {
	keys []sshKey
	uses []sshUse
}

func readSSH(credentials []protocol.Credential, read Reader) (sshLogins, []error, error) {
	var logins sshLogins
	skipped, err := each(credentials, protocol.CredentialGitSSH, func(c protocol.Credential) error {
		host, err := parseSSHHost(c.URL)
		if err != nil {
			return unusable("git annotation of secret %s: %w", c.Secret, err)
		}
		i := slices.IndexFunc(logins.keys, func(k sshKey) bool { return k.secret == c.Secret })
		if i < 0 {
			key, err := readSSHKey(c, read)
			if err != nil {
				return err
			}
			i = len(logins.keys)
			logins.keys = append(logins.keys, key)
		}
		logins.uses = append(logins.uses, sshUse{sshHost: host, key: logins.keys[i].file()})
		return nil
	})
	return logins, skipped, err
}

func readSSHKey(c protocol.Credential, read Reader) (sshKey, error) {
	private, err := readKey(c, keySSHPrivateKey, read)
	if err != nil {
		return sshKey{}, err
	}
	hosts, err := read(c.Secret, keyKnownHosts)
	if err != nil && !errors.Is(err, ErrNoKey) {
		return sshKey{}, fmt.Errorf("reading key %s of secret %s: %w", keyKnownHosts, c.Secret, err)
	}
	return sshKey{secret: c.Secret, private: private, hosts: hosts}, nil
}

// parseSSHHost reads host[:port][/path].
func parseSSHHost(text string) (sshHost, error) {
	address, repository, _ := strings.Cut(text, "/")
	h := sshHost{host: address, port: defaultSSHPort, path: strings.TrimSuffix(cleanPath(repository), ".git")}
	if u := (url.URL{Host: address}); u.Port() != "" {
		h.host, h.port = u.Hostname(), u.Port()
	}
	if h.host == "" || h.port == "" || hasControl(text) || strings.ContainsAny(text, " \"") {
		return sshHost{}, fmt.Errorf("%q is not of the form host[:port][/path]", text)
	}
	return h, nil
}

// config is .ssh/config, hosts alone before repositories on them. All keys of one host stand in one section.
func (l sshLogins) config(dir string) string {
	var hosts, paths strings.Builder
	written := map[string]bool{}
	for _, u := range l.uses {
		if written[u.alias()] {
			continue
		}
		written[u.alias()] = true
		b := &hosts
		if u.path != "" {
			b = &paths
		}
		fmt.Fprintf(b, "Host %s\n    HostName %s\n    Port %s\n", u.alias(), u.host, u.port)
		for _, other := range l.uses {
			if other.alias() == u.alias() {
				fmt.Fprintf(b, "    IdentityFile %s\n", path.Join(dir, ".ssh", other.key))
			}
		}
	}
	return hosts.String() + paths.String()
}

// rewrites is the part of .gitconfig that leads repositories with a key of their own to their alias.
func (l sshLogins) rewrites() string {
	var b strings.Builder
	written := map[string]bool{}
	for _, u := range l.uses {
		if u.path == "" || written[u.alias()] {
			continue
		}
		written[u.alias()] = true
		port := ""
		if u.port != defaultSSHPort {
			port = ":" + u.port
		}
		alias, repository := gitQuoter.Replace(u.alias()), gitQuoter.Replace(u.path)
		fmt.Fprintf(&b, "[url \"git@%s:%s.git\"]\n\tinsteadOf = git@%s:%s.git\n", alias, repository, u.host, u.path)
		fmt.Fprintf(&b, "[url \"ssh://%s/%s.git\"]\n\tinsteadOf = ssh://%s%s/%s.git\n", alias, repository, u.host, port, u.path)
	}
	return b.String()
}

func (l sshLogins) knownHosts() []byte {
	var lines []string
	for _, k := range l.keys {
		if text := strings.TrimRight(string(k.hosts), "\n"); text != "" {
			lines = append(lines, text)
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return []byte(strings.Join(lines, "\n") + "\n")
}
