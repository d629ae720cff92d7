package scmapi

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/jenkins-x/go-scm/scm"
	"github.com/jenkins-x/go-scm/scm/driver/azure"
	"github.com/jenkins-x/go-scm/scm/driver/bitbucket"
	"github.com/jenkins-x/go-scm/scm/driver/github"
	"github.com/jenkins-x/go-scm/scm/driver/gitlab"
	"github.com/jenkins-x/go-scm/scm/driver/gogs"
	"github.com/jenkins-x/go-scm/scm/driver/stash"
	"github.com/jenkins-x/go-scm/scm/transport"
)

// provider is a kind of host.
type provider struct {
	name, alias string
	// public is the address of the public service's API, empty if there is none or more than one.
	public string
	// publicHosts are the hosts by which that service is named as a server.
	publicHosts []string
	// orgParts is the number of components that the owner of a repository has; 0 if there can be any.
	orgParts int
	// authorize adds a token to requests.
	authorize func(next http.RoundTripper, token string) http.RoundTripper

	// What follows is for the drivers of go-scm; the one without open has its own client.

	// open returns a client for the address of a server.
	open func(server string) (*scm.Client, error)
	// find returns the commit of a revision. It escapes what go-scm does not.
	find func(ctx context.Context, git scm.GitService, repo, revision string) (string, error)
	// path escapes the path of a file as far as go-scm does not.
	path func(string) string
	// plusIsSpace tells that go-scm escapes spaces in paths like those in queries.
	plusIsSpace bool
	// shape says how answers with a file tell what it is.
	shape shape
}

// shape is the form of the answer to a request for a file.
type shape int

const (
	raw         shape = iota // nothing but the content
	described                // JSON that go-scm does not tell all of
	rawWithMeta              // the content, and a description under the same address with ?format=meta
)

var providers = []*provider{
	{
		name: "github", public: "https://api.github.com", publicHosts: []string{"github.com", "www.github.com", "api.github.com"}, orgParts: 1,
		authorize: bearer, open: openGitHub, find: findGitHub, path: segments, shape: described,
	},
	{
		name: "gitlab", public: "https://gitlab.com", publicHosts: []string{"gitlab.com", "www.gitlab.com"},
		authorize: func(next http.RoundTripper, token string) http.RoundTripper {
			return &transport.PrivateToken{Base: next, Token: token}
		},
		open: gitlab.New, find: findCommitBySegments, path: unchanged, plusIsSpace: true, shape: described,
	},
	{name: "gitea", orgParts: 1, authorize: tokenScheme},
	{
		name: "bitbucketserver", alias: "stash", orgParts: 1,
		authorize: bearer, open: stash.New, find: findStash, path: segments,
	},
	{
		name: "bitbucketcloud", alias: "bitbucket", public: "https://api.bitbucket.org",
		publicHosts: []string{"bitbucket.org", "www.bitbucket.org", "api.bitbucket.org"}, orgParts: 1,
		authorize: bearerOrBasic, open: bitbucket.New, find: findBitbucket, path: segments, shape: rawWithMeta,
	},
	{
		name: "azure", orgParts: 2,
		authorize: func(next http.RoundTripper, token string) http.RoundTripper {
			return &transport.BasicAuth{Base: next, Password: token}
		},
		open: azure.New, find: findAzure, path: func(p string) string { return url.QueryEscape("/" + p) }, shape: described,
	},
	{name: "gogs", orgParts: 1, authorize: tokenScheme, open: gogs.New, find: findGogs, path: segments},
}

// providerOf returns the provider of a type; nil if there is none.
func providerOf(name string) *provider {
	i := slices.IndexFunc(providers, func(p *provider) bool { return name == p.name || name == p.alias && name != "" })
	if i < 0 {
		return nil
	}
	return providers[i]
}

// Types returns the names of the kinds of hosts, each followed by its other name.
func Types() []string {
	var names []string
	for _, p := range providers {
		names = append(names, p.name)
		if p.alias != "" {
			names = append(names, p.alias)
		}
	}
	return names
}

func bearer(next http.RoundTripper, token string) http.RoundTripper {
	return &transport.BearerToken{Base: next, Token: token}
}

// tokenScheme is for hosts that know access tokens by a scheme of their own.
func tokenScheme(next http.RoundTripper, token string) http.RoundTripper {
	return &transport.Authorization{Base: next, Scheme: "token", Credentials: token}
}

// bearerOrBasic is for Bitbucket Cloud, whose API tokens and app passwords go with a user.
func bearerOrBasic(next http.RoundTripper, token string) http.RoundTripper {
	if user, password, ok := strings.Cut(token, ":"); ok {
		return &transport.BasicAuth{Base: next, Username: user, Password: password}
	}
	return bearer(next, token)
}

func unchanged(text string) string { return text }

// openGitHub knows that the API of GitHub's own servers is below a path.
func openGitHub(server string) (*scm.Client, error) {
	if server != "https://api.github.com" && !strings.HasSuffix(server, "/api/v3") {
		server += "/api/v3"
	}
	return github.New(server)
}

// findGitHub asks for one of the commit's files only: their differences, which come along, can be larger than any document.
func findGitHub(ctx context.Context, git scm.GitService, repo, revision string) (string, error) {
	return findCommit(ctx, git, repo, segments(strings.TrimPrefix(revision, "refs/"))+"?per_page=1")
}

func findCommit(ctx context.Context, git scm.GitService, repo, revision string) (string, error) {
	commit, _, err := git.FindCommit(ctx, repo, revision)
	if err != nil {
		return "", err
	}
	return commit.Sha, nil
}

func findCommitBySegments(ctx context.Context, git scm.GitService, repo, revision string) (string, error) {
	return findCommit(ctx, git, repo, segments(revision))
}

// findBitbucket looks names with a slash up among branches and tags: as commits they are not found.
func findBitbucket(ctx context.Context, git scm.GitService, repo, revision string) (string, error) {
	if !strings.Contains(revision, "/") {
		return findCommit(ctx, git, repo, segment(revision))
	}
	return findReference(ctx, git, repo, revision, segments)
}

// findStash does the same, as the servers refuse escaped slashes in paths. go-scm escapes what is looked for.
func findStash(ctx context.Context, git scm.GitService, repo, revision string) (string, error) {
	if !strings.Contains(revision, "/") {
		return findCommit(ctx, git, repo, revision)
	}
	return findReference(ctx, git, repo, revision, unchanged)
}

// findReference returns the commit of a branch, or else of a tag.
func findReference(ctx context.Context, git scm.GitService, repo, revision string, escape func(string) string) (string, error) {
	name := escape(scm.TrimRef(revision))
	if !scm.IsTag(revision) {
		branch, _, err := git.FindBranch(ctx, repo, name)
		if err == nil {
			return branch.Sha, nil
		}
		if !isNotFound(err) || strings.HasPrefix(revision, "refs/heads/") {
			return "", err
		}
	}
	tag, _, err := git.FindTag(ctx, repo, name)
	if err != nil {
		return "", err
	}
	return tag.Sha, nil
}

func isNotFound(err error) bool {
	var status *statusError
	return errors.Is(err, scm.ErrNotFound) || errors.As(err, &status) && status.code == http.StatusNotFound
}

// findAzure takes the last of a branch's commits. The API has none for a name that can be a tag as well, so that tags are not found.
func findAzure(ctx context.Context, git scm.GitService, repo, revision string) (string, error) {
	commits, _, err := git.ListCommits(ctx, repo, scm.CommitListOptions{Ref: url.QueryEscape(strings.TrimPrefix(revision, "refs/heads/"))})
	if err != nil {
		return "", err
	}
	if len(commits) == 0 {
		return "", scm.ErrNotFound
	}
	return commits[0].Sha, nil
}

// findGogs looks names with a slash up among branches, as the path for commits has no room for them.
func findGogs(ctx context.Context, git scm.GitService, repo, revision string) (string, error) {
	name := scm.TrimRef(revision)
	if !strings.Contains(name, "/") {
		return findCommit(ctx, git, repo, segment(name))
	}
	branch, _, err := git.FindBranch(ctx, repo, segments(name))
	if err != nil {
		return "", err
	}
	return branch.Sha, nil
}
