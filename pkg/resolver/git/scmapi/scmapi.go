// Package scmapi fetches one file of a repository through the API of a source code host (contract 4 §2.4, API mode), by go-scm.
// The host may be one that a user names, so that all of its answers are bounded and none of their words is passed on.
package scmapi

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/tenon-ci/tenon/pkg/reach"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
)

const (
	// timeout limits connecting, the TLS handshake and the wait for an answer, each.
	timeout = 15 * time.Second
	// maxAnswer has room for the largest document in base64, and for what hosts tell around it.
	maxAnswer = 4 << 20
	// maxRedirects is how often a host may send a request on to another of its paths, as hosts do for a repository that was renamed.
	maxRedirects = 3
	// idlePerHost is the number of connections to a host that are kept for the next request.
	idlePerHost = 4
)

// Source says which file is wanted.
type Source struct {
	// Type is the kind of the host, such as github; see Types.
	Type string
	// ServerURL is the address of the host; empty stands for the public service of the types that have one.
	ServerURL string
	// Org owns the repository: a user, an organization, a project, or a group with its parents ("a/b"). For azure it is
	// "organization/project".
	Org string
	// Repo is the name of the repository.
	Repo string
	// Revision is a branch, a tag or a commit.
	Revision string
	// Path is that of the file in the repository.
	Path string
	// Token authenticates; empty for none. Bitbucket Cloud takes "user:password" as well.
	Token string
}

// File is what was found.
type File struct {
	// Content is that of the file, of 1 to framework.MaxDocument bytes.
	Content []byte
	// Commit is the full hash of the commit that the content is from.
	Commit string
	// CloneURL is where the host says that the repository can be cloned from, by HTTP.
	CloneURL string
}

// Client fetches files. It can be used by several at the same time.
type Client struct{ transport http.RoundTripper }

// New returns a client that asks the hosts that policy allows at the time of each request.
func New(policy func() reach.Policy) *Client {
	plain := reach.Dialer{Policy: policy, Timeout: timeout}.Transport(idlePerHost)
	return &Client{reach.Bound{Next: reach.Guard{Next: plain, Policy: policy}, Limit: maxAnswer, TooLarge: errTooLarge}}
}

// Fetch reads a file. Its errors are failures: final ones for what is wrong with src or was refused, others where trying again can
// help. How long it may take is for ctx to say.
//
// The contract names the calls in the order content, commit, repository. Asked like that, a branch can move between the first two, and
// the answer would name a commit that has another content. So the commit is found first, and the file is read at it.
func (c *Client) Fetch(ctx context.Context, src Source) (*File, error) {
	src, kind, err := check(src)
	if err != nil {
		return nil, err
	}
	h, err := c.open(ctx, kind, src)
	if err != nil {
		return nil, err
	}
	commit, err := find(ctx, h, src)
	if err != nil {
		return nil, explain(src, fmt.Sprintf("finding revision %q of %s/%s", src.Revision, src.Org, src.Repo), err)
	}
	var content []byte
	err = guarded(func() (err error) { content, err = h.content(ctx, commit, src.Path); return err })
	if err == nil {
		err = checkSize(content)
	}
	if err != nil {
		return nil, explain(src, fmt.Sprintf("reading %s of %s/%s", src.Path, src.Org, src.Repo), err)
	}
	var clone string
	err = guarded(func() (err error) { clone, err = h.clone(ctx); return err })
	if err == nil {
		clone, err = checkClone(clone)
	}
	if err != nil {
		return nil, explain(src, fmt.Sprintf("finding the address of %s/%s", src.Org, src.Repo), err)
	}
	return &File{Content: content, Commit: commit, CloneURL: clone}, nil
}

// host is a repository behind an API.
type host interface {
	// commit returns the hash of the commit that a branch, a tag or a part of a hash stands for.
	commit(ctx context.Context, revision string) (string, error)
	// content returns a file as it is in a commit.
	content(ctx context.Context, commit, path string) ([]byte, error)
	// clone returns where the repository can be cloned from.
	clone(ctx context.Context) (string, error)
}

// find returns the hash of the commit that is wanted. A full hash says it itself.
func find(ctx context.Context, h host, src Source) (string, error) {
	if isHash(src.Revision) {
		return src.Revision, nil
	}
	var commit string
	err := guarded(func() (err error) { commit, err = h.commit(ctx, src.Revision); return err })
	if err != nil {
		return "", err
	}
	// It becomes part of the next request.
	if !isHash(commit) {
		return "", errUnusable
	}
	return commit, nil
}

// guarded calls a library that takes for granted what a host should answer: it panics on some of what a host could answer.
func guarded(call func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = errUnusable
		}
	}()
	return call()
}

func checkSize(content []byte) error {
	switch {
	case len(content) == 0:
		return notFileError("it is empty, or no file")
	case len(content) > framework.MaxDocument:
		return errTooLarge
	default:
		return nil
	}
}

// maxCloneURL is the length of the longest address that is passed on.
const maxCloneURL = 2048

// checkClone returns an address without credentials that may be shown. The host wrote it.
func checkClone(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || len(address) > maxCloneURL || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", errUnusable
	}
	u.User = nil
	return u.String(), nil
}
