package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// jobs is how many layers of one image are fetched at a time.
const jobs = 4

// Mirror is where images of a registry are to be had as well.
type Mirror struct {
	// Host is the registry, such as docker.io, or "*" for all of them.
	Host string
	// To is host[:port] of the mirror.
	To string
	// Prefix, if there is one, stands before the paths of images there.
	Prefix string
	// Plain says that the mirror is asked without TLS.
	Plain bool
}

// ParseMirror reads host=mirror[/prefix], where mirror may begin with http:// or https://, and host may be "*".
func ParseMirror(text string) (Mirror, error) {
	host, to, ok := strings.Cut(text, "=")
	m := Mirror{Host: hostOf(host)}
	if rest, plain := strings.CutPrefix(to, "http://"); plain {
		m.Plain, to = true, rest
	} else {
		to = strings.TrimPrefix(to, "https://")
	}
	m.To, m.Prefix, _ = strings.Cut(strings.TrimRight(to, "/"), "/")
	if !ok || host == "" || m.To == "" {
		return Mirror{}, fmt.Errorf("%q is no mirror; write HOST=MIRROR, such as docker.io=mirror.example.com/hub, or *=http://localhost:5000",
			text)
	}
	if host != "*" {
		if _, err := name.NewRegistry(host); err != nil {
			return Mirror{}, fmt.Errorf("mirror %q: %w", text, err)
		}
	}
	if _, err := name.NewRepository(m.To + "/" + strings.TrimPrefix(m.Prefix+"/any", "/")); err != nil {
		return Mirror{}, fmt.Errorf("mirror %q: %w", text, err)
	}
	return m, nil
}

// client talks to registries.
type client struct {
	mirrors   []Mirror
	keychain  authn.Keychain
	transport *guard
}

func newClient(o Options) *client {
	return &client{mirrors: o.Mirrors, keychain: o.Keychain, transport: newGuard(o)}
}

func (c *client) close() { c.transport.close() }

// repository is a source: the repository of an image, in its registry and in mirrors.
type repository struct {
	client *client
	cache  *cache
	ref    reference
	pod    authn.Keychain
	puller func() (*remote.Puller, error)
}

func (c *client) repository(ref reference, pod authn.Keychain, cache *cache) *repository {
	r := &repository{client: c, cache: cache, ref: ref, pod: pod}
	r.puller = sync.OnceValues(r.newPuller)
	return r
}

func (r *repository) String() string { return "registry " + r.ref.host() }

func (r *repository) newPuller() (*remote.Puller, error) {
	keys := r.client.keychain
	if r.pod != nil {
		keys = authn.NewMultiKeychain(r.pod, keys)
	}
	p, err := remote.NewPuller(
		remote.WithTransport(r.client.transport),
		remote.WithAuthFromKeychain(keys),
		remote.WithJobs(jobs),
		remote.WithRetryBackoff(remote.Backoff{Duration: 200 * time.Millisecond, Factor: 3, Jitter: 0.2, Steps: 3}),
		remote.WithUserAgent("tenon"),
	)
	if err != nil {
		return nil, fmt.Errorf("setting up the registry client: %w", err)
	}
	return p, nil
}

// endpoint is one of the places where a repository is.
type endpoint struct {
	repo   name.Repository
	mirror bool
}

func (r *repository) endpoints() ([]endpoint, error) {
	var all []endpoint
	for _, m := range r.client.mirrors {
		if m.Host != "*" && m.Host != r.ref.host() {
			continue
		}
		var options []name.Option
		if m.Plain {
			options = append(options, name.Insecure)
		}
		path := strings.TrimPrefix(m.Prefix+"/"+r.ref.Context().RepositoryStr(), "/")
		repo, err := name.NewRepository(m.To+"/"+path, options...)
		if err != nil {
			return nil, fmt.Errorf("mirror %s: %w", m.To, err)
		}
		all = append(all, endpoint{repo: repo, mirror: true})
	}
	own := r.ref.Context()
	if !slices.ContainsFunc(all, func(e endpoint) bool { return e.repo.Name() == own.Name() }) {
		all = append(all, endpoint{repo: own})
	}
	return all, nil
}

// each asks one place after the other, until one has an answer.
func (r *repository) each(ctx context.Context, ask func(*remote.Puller, name.Repository) error) error {
	puller, err := r.puller()
	if err != nil {
		return err
	}
	all, err := r.endpoints()
	if err != nil {
		return err
	}
	failed := &pullError{}
	for _, e := range all {
		err := ask(puller, e.repo)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		failed.attempts = append(failed.attempts, attempt{endpoint: e, err: err})
	}
	return failed
}

// resolve asks what a reference stands for. Registries that count pulls do not count HEAD; one that does not support it is asked by GET.
func (r *repository) resolve(ctx context.Context, ref reference) (v1.Hash, error) {
	if h, ok := ref.digest(); ok {
		return h, nil
	}
	var digest v1.Hash
	err := r.each(ctx, func(p *remote.Puller, repo name.Repository) error {
		tag := repo.Tag(ref.Identifier())
		head, err := p.Head(ctx, tag)
		if err == nil {
			digest = head.Digest
			return nil
		}
		var answered *transport.Error
		if !errors.As(err, &answered) && isNoAnswer(err) {
			return err
		}
		got, err := p.Get(ctx, tag)
		if err != nil {
			return err
		}
		digest = got.Digest
		return r.cache.keep(got.Digest, got.Manifest)
	})
	return digest, err
}

func (r *repository) document(ctx context.Context, h v1.Hash, manifest bool) ([]byte, error) {
	var raw []byte
	err := r.each(ctx, func(p *remote.Puller, repo name.Repository) (err error) {
		if manifest {
			got, err := p.Get(ctx, repo.Digest(h.String()))
			if err != nil {
				return err
			}
			raw = got.Manifest
			return nil
		}
		body, err := openBlob(ctx, p, repo, h)
		if err != nil {
			return err
		}
		defer body.Close() //nolint:errcheck // nothing was written
		raw, err = readDocument(body, h)
		return err
	})
	if err != nil {
		return nil, err
	}
	return raw, r.cache.keep(h, raw)
}

func (r *repository) open(ctx context.Context, h v1.Hash) (io.ReadCloser, int64, error) {
	var body io.ReadCloser
	err := r.each(ctx, func(p *remote.Puller, repo name.Repository) (err error) {
		body, err = openBlob(ctx, p, repo, h)
		return err
	})
	return body, -1, err
}

func openBlob(ctx context.Context, p *remote.Puller, repo name.Repository, h v1.Hash) (io.ReadCloser, error) {
	layer, err := p.Layer(ctx, repo.Digest(h.String()))
	if err != nil {
		return nil, err
	}
	return layer.Compressed()
}
