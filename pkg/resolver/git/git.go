// Package git resolves references to definitions in git repositories (contract 4 §2.4). With url the repository is fetched by the git
// program, with repo a single file by the API of a hosting service.
//
// Beyond the contract, gitToken serves URLs over SSH too: it then names a Secret in the form of type kubernetes.io/ssh-auth, with the
// private key at key ssh-privatekey, or at gitTokenKey, and, required, the keys of the hosts at known_hosts.
package git

import (
	"context"
	"sync"

	"knative.dev/pkg/logging"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/kubereader"
	"github.com/tenon-ci/tenon/pkg/reach"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
	"github.com/tenon-ci/tenon/pkg/resolver/git/scmapi"
)

// Annotations of answers.
const (
	annotationRevision    = "resolution.tekton.dev/revision"
	annotationPath        = "resolution.tekton.dev/path"
	annotationURL         = "resolution.tekton.dev/url"
	annotationOrg         = "resolution.tekton.dev/org"
	annotationRepo        = "resolution.tekton.dev/repo"
	annotationContentType = "resolution.tekton.dev/content-type"
)

// contentType is that of all documents.
const contentType = "application/x-yaml"

// API fetches files from hosting services.
type API interface {
	// Fetch fetches one file. A failure that asking again cannot help is final.
	Fetch(ctx context.Context, src scmapi.Source) (*scmapi.File, error)
}

// Resolver resolves references of type git.
type Resolver struct {
	kube   kubereader.Secrets
	policy func() reach.Policy
	api    API
	// authorities are the certificates that git trusts, nil for its own.
	authorities func() []byte
}

// New returns a resolver that reads Secrets with kube, and talks to the hosts of the policy: by itself to clone, with api otherwise.
// Cloning starts the running program again as a helper of git, so its main has to call helper.Run first.
func New(kube kubereader.Secrets, policy func() reach.Policy, api API) *Resolver {
	return &Resolver{kube: kube, policy: policy, api: api, authorities: sync.OnceValue(authorities)}
}

// About implements framework.Resolver.
func (r *Resolver) About() framework.About {
	return framework.About{Type: "git", Name: "Git", Flag: "enable-git-resolver", Config: "git-resolver-config", Caches: true}
}

// Prepare implements framework.Resolver.
func (r *Resolver) Prepare(ctx context.Context, req framework.Request) (*framework.Fetch, error) {
	want, err := parse(req)
	if err != nil {
		return nil, err
	}
	backoff, errs := framework.ParseBackoff(req.Config)
	for _, err := range errs {
		logging.FromContext(ctx).Warnw("git-resolver-config is wrong, the default is used", "error", err)
	}
	attempt, credentials, err := r.attempt(ctx, req, want)
	if err != nil {
		return nil, err
	}
	return &framework.Fetch{
		Pinned: isHash(want.revision), Credentials: credentials, Timeout: want.timeout,
		Do: func(ctx context.Context) (*framework.Answer, error) { return framework.Retry(ctx, backoff, attempt) },
	}, nil
}

// attempt returns what fetches once, and the secrets that it does so with.
func (r *Resolver) attempt(ctx context.Context, req framework.Request, want wanted) (func(context.Context) (*framework.Answer, error), []string, error) {
	if !want.cloned() {
		token, err := r.apiToken(ctx, req, want)
		if err != nil {
			return nil, nil, err
		}
		return func(ctx context.Context) (*framework.Answer, error) { return r.fromAPI(ctx, want, token) }, secrets(token), nil
	}
	login, err := r.login(ctx, req, want.url)
	if err != nil {
		return nil, nil, err
	}
	return func(ctx context.Context) (*framework.Answer, error) { return r.clone(ctx, want, login) }, secrets(login.secret, login.knownHosts), nil
}

// secrets are those of the texts that are not empty.
func secrets(texts ...string) []string {
	var out []string
	for _, text := range texts {
		if text != "" {
			out = append(out, text)
		}
	}
	return out
}

// answer is what both modes answer with.
func answer(want wanted, data []byte, commit, cloneURL string) *framework.Answer {
	annotations := map[string]string{
		annotationRevision: commit, annotationPath: want.path, annotationURL: cloneURL, annotationContentType: contentType,
	}
	if !want.cloned() {
		annotations[annotationOrg], annotations[annotationRepo] = want.org, want.repo
	}
	return &framework.Answer{
		Data: data, Annotations: annotations,
		// The digest is called sha1 for repositories with SHA-256 too.
		Source: &v1.RefSource{URI: "git+" + cloneURL, Digest: map[string]string{"sha1": commit}, EntryPoint: want.path},
	}
}
