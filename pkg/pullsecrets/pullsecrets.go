// Package pullsecrets makes credentials for registries of image pull secrets, by the rules of kubelets.
package pullsecrets

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	corev1 "k8s.io/api/core/v1"
)

// hub is the name that images of Docker Hub have as the target of a keychain.
const hub = "index.docker.io"

// keychain has the credentials, the most specific first.
type keychain []credential

type credential struct {
	place
	auth authn.AuthConfig
}

// place is a registry, or a part of one. As the key of a Docker configuration it stands for all that begin with its path, and the parts
// of its host, between dots, may have wildcards.
type place struct{ host, port, path string }

// New returns the credentials of the Secrets. Those of other than the two Docker types are ignored. An error names the Secrets that
// cannot be read, and does not tell what is wrong with them, since that would quote them; the credentials of the others are returned
// with it.
func New(secrets []corev1.Secret) (authn.Keychain, error) {
	var keys keychain
	var bad []string
	for i := range secrets {
		found, err := read(&secrets[i])
		if err != nil {
			bad = append(bad, secrets[i].Name)
			continue
		}
		keys = append(keys, found...)
	}
	// Where two Secrets are about the same place, the first counts.
	slices.SortStableFunc(keys, func(a, b credential) int {
		return cmp.Or(cmp.Compare(b.host, a.host), cmp.Compare(b.port, a.port), cmp.Compare(b.path, a.path))
	})
	if len(bad) > 0 {
		return keys, fmt.Errorf("reading image pull secrets: %s is no Docker configuration", strings.Join(bad, ", "))
	}
	return keys, nil
}

func read(secret *corev1.Secret) (keychain, error) {
	var auths map[string]authn.AuthConfig
	switch {
	case secret.Type == corev1.SecretTypeDockerConfigJson && len(secret.Data[corev1.DockerConfigJsonKey]) > 0:
		config := struct{ Auths *map[string]authn.AuthConfig }{&auths}
		if err := json.Unmarshal(secret.Data[corev1.DockerConfigJsonKey], &config); err != nil {
			return nil, err
		}
	case secret.Type == corev1.SecretTypeDockercfg && len(secret.Data[corev1.DockerConfigKey]) > 0:
		if err := json.Unmarshal(secret.Data[corev1.DockerConfigKey], &auths); err != nil {
			return nil, err
		}
	}
	var keys keychain
	for key, auth := range auths {
		where, err := parseKey(key)
		if err != nil {
			return nil, err
		}
		// Whoever reads a configuration has decoded it into the name and the password.
		auth.Auth = ""
		keys = append(keys, credential{where, auth})
	}
	// Two keys of a configuration may be about the same place.
	slices.SortFunc(keys, func(a, b credential) int { return cmp.Compare(a.auth.Username, b.auth.Username) })
	return keys, nil
}

// errKey does not quote the key.
var errKey = errors.New("a key is no address of a registry")

// parseKey reads a key of a Docker configuration: a host or the beginning of a repository. "/v1/" and "/v2/" after the host are the
// versions of the API of registries, and belong to no repository.
func parseKey(key string) (place, error) {
	if !strings.HasPrefix(key, "https://") && !strings.HasPrefix(key, "http://") {
		key = "https://" + key
	}
	parsed, err := url.Parse(key)
	if err != nil {
		return place{}, errKey
	}
	p := split(parsed.Host, parsed.Path)
	if strings.HasPrefix(p.path, "/v1/") || strings.HasPrefix(p.path, "/v2/") {
		p.path = p.path[len("/v1"):]
	}
	if p.path == "/" {
		p.path = ""
	}
	if p.host == "docker.io" || p.host == "registry-1.docker.io" {
		p.host = hub
	}
	return p, nil
}

// split takes the port from a host.
func split(host, path string) place {
	if name, port, err := net.SplitHostPort(host); err == nil {
		return place{name, port, path}
	}
	return place{host: host, path: path}
}

// Resolve implements authn.Keychain: the most specific place that fits wins.
func (k keychain) Resolve(target authn.Resource) (authn.Authenticator, error) {
	host, repository, named := strings.Cut(target.String(), "/")
	if named {
		repository = "/" + repository
	}
	asked := split(host, repository)
	for _, c := range k {
		if c.covers(asked) {
			return authn.FromConfig(c.auth), nil
		}
	}
	return authn.Anonymous, nil
}

func (p place) covers(asked place) bool {
	if p.port != asked.port || !strings.HasPrefix(asked.path, p.path) {
		return false
	}
	patterns, parts := strings.Split(p.host, "."), strings.Split(asked.host, ".")
	return slices.EqualFunc(patterns, parts, func(pattern, part string) bool {
		fits, err := path.Match(pattern, part)
		return err == nil && fits
	})
}
