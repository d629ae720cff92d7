package scmapi

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"code.gitea.io/sdk/gitea"
	"github.com/jenkins-x/go-scm/scm"

	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
)

// open returns the repository of a source that has been checked. It asks nobody.
func (c *Client) open(ctx context.Context, kind *provider, src Source) (host, error) {
	next := c.transport
	if src.Token != "" {
		next = kind.authorize(next, src.Token)
	}
	g := &gate{next: next, plusIsSpace: kind.plusIsSpace}
	if kind.open == nil {
		return openGitea(ctx, g, src)
	}
	client, err := kind.open(src.ServerURL)
	if err != nil {
		return nil, errServer()
	}
	g.base = client.BaseURL
	client.Client = newHTTPClient(g)
	return &drivenHost{kind: kind, client: client, gate: g, repo: segments(src.Org) + "/" + segments(src.Repo)}, nil
}

func errServer() error {
	return failure.Invalidf("", "param serverURL or key server-url cannot be used as the address of a server")
}

// drivenHost is a host that go-scm has a driver for.
type drivenHost struct {
	kind   *provider
	client *scm.Client
	gate   *gate
	repo   string // escaped
}

func (h *drivenHost) commit(ctx context.Context, revision string) (string, error) {
	return h.kind.find(ctx, h.client.Git, h.repo, revision)
}

func (h *drivenHost) content(ctx context.Context, commit, path string) ([]byte, error) {
	path = h.kind.path(path)
	if h.kind.shape == rawWithMeta {
		if err := h.checkMeta(ctx, commit, path); err != nil {
			return nil, err
		}
	}
	var seen bytes.Buffer
	if h.kind.shape == described {
		h.gate.tap = &seen
		defer func() { h.gate.tap = nil }()
	}
	found, _, err := h.client.Contents.Find(ctx, h.repo, path, commit)
	if isArray(err) {
		return nil, notFileError("it is a directory")
	}
	if err != nil {
		return nil, err
	}
	if h.kind.shape == described {
		if err := checkDescription(&seen, commit); err != nil {
			return nil, err
		}
	}
	if found == nil {
		return nil, errUnusable
	}
	return found.Data, nil
}

func (h *drivenHost) clone(ctx context.Context) (string, error) {
	repo, _, err := h.client.Repositories.Find(ctx, h.repo)
	if err != nil {
		return "", err
	}
	return repo.Clone, nil
}

// isArray reports whether a list was answered where an object should be, as GitHub does for a directory.
func isArray(err error) bool {
	var mismatch *json.UnmarshalTypeError
	return errors.As(err, &mismatch) && mismatch.Value == "array" && mismatch.Field == ""
}

// description is what GitHub, GitLab and Azure say of a file beside its content, each in fields of its own.
type description struct {
	Type       string `json:"type"`
	ObjectType string `json:"gitObjectType"`
	Encoding   string `json:"encoding"`
	Content    string `json:"content"`
	Size       int64  `json:"size"`
	CommitID   string `json:"commit_id"`
}

// checkDescription refuses what go-scm takes for a file: things that are none, files of which the host sends nothing for their size,
// and content that can be decoded in part only.
func checkDescription(answer *bytes.Buffer, commit string) error {
	var d description
	if err := json.NewDecoder(answer).Decode(&d); err != nil {
		return errUnusable
	}
	switch {
	case d.Type != "" && d.Type != "file":
		return notFileOf(d.Type)
	case d.ObjectType != "" && d.ObjectType != "blob":
		return notFileOf(d.ObjectType)
	case d.Size > framework.MaxDocument:
		return errTooLarge
	case d.CommitID != "" && d.CommitID != commit:
		return errUnusable
	case d.Encoding != "base64":
		return nil
	}
	if _, err := base64.StdEncoding.DecodeString(d.Content); err == nil {
		return nil
	}
	if _, err := base64.RawStdEncoding.DecodeString(d.Content); err == nil {
		return nil
	}
	return errUnusable
}

// notFileOf says what is no file, by the host's word for it.
func notFileOf(kind string) error {
	switch kind {
	case "dir", "tree", "commit_directory":
		return notFileError("it is a directory")
	case "submodule", "commit", "subrepository":
		return notFileError("it is a submodule")
	case "symlink":
		return notFileError("it is a symbolic link, which the server does not follow")
	default:
		return notFileError("it is no file")
	}
}

// checkMeta refuses directories of Bitbucket Cloud, whose list of files would be taken for the content of one.
func (h *drivenHost) checkMeta(ctx context.Context, commit, path string) error {
	found, _, err := h.client.Contents.Find(ctx, h.repo, path+"?format=meta", commit)
	if err != nil {
		return err
	}
	var meta struct {
		Type       string   `json:"type"`
		Size       int64    `json:"size"`
		Attributes []string `json:"attributes"`
	}
	switch err := json.Unmarshal(found.Data, &meta); {
	case err != nil:
		return errUnusable
	case slices.Contains(meta.Attributes, "subrepository"):
		return notFileOf("subrepository")
	case meta.Type != "commit_file":
		return notFileOf(meta.Type)
	case meta.Size > framework.MaxDocument:
		return errTooLarge
	default:
		return nil
	}
}

// giteaHost is a host with Gitea or Forgejo. go-scm wraps the same library, but in a client that asks for the server's version when it
// is made, with an HTTP client that cannot be chosen, and that ends by no context.
type giteaHost struct {
	client      *gitea.Client
	owner, repo string
}

func openGitea(ctx context.Context, g *gate, src Source) (host, error) {
	base, err := url.Parse(src.ServerURL)
	if err != nil {
		return nil, errServer()
	}
	g.base = base
	// Without a version it is not asked for; what is used here has been there since the first version with an API.
	client, err := gitea.NewClient(src.ServerURL, gitea.SetHTTPClient(newHTTPClient(g)), gitea.SetContext(ctx), gitea.SetGiteaVersion(""))
	if err != nil {
		return nil, errServer()
	}
	return &giteaHost{client, src.Org, src.Repo}, nil
}

func (h *giteaHost) commit(_ context.Context, revision string) (string, error) {
	commit, _, err := h.client.GetSingleCommit(h.owner, h.repo, scm.TrimRef(revision))
	if err != nil {
		return "", err
	}
	if commit == nil || commit.CommitMeta == nil {
		return "", errUnusable
	}
	return commit.SHA, nil
}

func (h *giteaHost) content(_ context.Context, commit, path string) ([]byte, error) {
	found, resp, err := h.client.GetContents(h.owner, h.repo, commit, path)
	if err != nil {
		// The library says so of everything that it cannot decode.
		if resp != nil && resp.StatusCode == http.StatusOK && !isBroken(err) {
			return nil, notFileError("it is a directory, or the answer cannot be used")
		}
		return nil, err
	}
	switch {
	case found == nil:
		return nil, errUnusable
	case found.Type != "file":
		return nil, notFileOf(found.Type)
	case found.Size > framework.MaxDocument:
		return nil, errTooLarge
	case found.Content == nil:
		return nil, nil
	}
	data, err := base64.StdEncoding.DecodeString(*found.Content)
	if err != nil {
		return nil, errUnusable
	}
	return data, nil
}

// isBroken reports whether an answer was not read to its end.
func isBroken(err error) bool {
	var read *readError
	return errors.As(err, &read)
}

func (h *giteaHost) clone(context.Context) (string, error) {
	repo, _, err := h.client.GetRepo(h.owner, h.repo)
	if err != nil {
		return "", err
	}
	return repo.CloneURL, nil
}
