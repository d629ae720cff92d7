package image

import (
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

const (
	dockerHub      = "docker.io"
	dockerHubIndex = "index." + dockerHub
)

// reference is an image as it was named, and what that means.
type reference struct {
	given string
	name.Reference
}

// invalidName is an error of a reference that is none.
type invalidName struct{ err error }

func (e *invalidName) Error() string { return e.err.Error() }
func (e *invalidName) Unwrap() error { return e.err }

func parse(given string) (reference, error) {
	ref, err := name.ParseReference(given)
	if err != nil {
		return reference{}, &invalidName{fmt.Errorf("%q is no name of an image: %w", given, err)}
	}
	return reference{given: given, Reference: ref}, nil
}

// pinned reports whether it has a digest.
func (r reference) pinned() bool {
	_, ok := r.digest()
	return ok
}

func (r reference) digest() (v1.Hash, bool) {
	d, ok := r.Reference.(name.Digest)
	if !ok {
		return v1.Hash{}, false
	}
	h, err := v1.NewHash(d.DigestStr())
	return h, err == nil
}

// host is the registry as people and kubelets write it.
func (r reference) host() string { return hostOf(r.Context().RegistryStr()) }

func hostOf(registry string) string {
	if registry == dockerHubIndex {
		return dockerHub
	}
	return registry
}

// repository is host and path.
func (r reference) repository() string { return r.host() + "/" + r.Context().RepositoryStr() }

// String is the whole name, with everything that may be left out.
func (r reference) String() string {
	if r.pinned() {
		return r.repository() + "@" + r.Identifier()
	}
	return r.repository() + ":" + r.Identifier()
}

// matches reports whether an image that a layout calls label is the one that r names. A label without a host stands for the images of that
// path on every host, as in a mirror of all registries.
func matches(label string, r reference) bool {
	if r.pinned() || label == "" {
		return false
	}
	if hasHost(label) {
		named, err := name.ParseReference(label)
		return err == nil && reference{Reference: named}.String() == r.String()
	}
	path, tag, ok := strings.Cut(label, ":")
	if !ok {
		tag = name.DefaultTag
	}
	if tag != r.Identifier() {
		return false
	}
	repository := r.Context().RepositoryStr()
	return path == repository || r.host() == dockerHub && "library/"+path == repository
}

// hasHost tells a host from a folder by the rule of all clients: it has a dot or a port, or is localhost.
func hasHost(label string) bool {
	first, _, ok := strings.Cut(label, "/")
	return ok && (strings.ContainsAny(first, ".:") || first == "localhost")
}
