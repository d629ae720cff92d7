package git

import (
	"context"
	"net/url"
	"strings"

	"knative.dev/pkg/system"

	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
	"github.com/tenon-ci/tenon/pkg/resolver/git/scmapi"
)

// apiTokenPurpose says what the token is for, in errors.
const apiTokenPurpose = "cannot get API token"

// apiToken reads the token for a service: that of the request, or the one that all share. Without either the service is asked without.
func (r *Resolver) apiToken(ctx context.Context, req framework.Request, want wanted) (string, error) {
	if name := req.Params[paramToken]; name != "" {
		return framework.Secret(ctx, r.kube, apiTokenPurpose, req.Namespace, name, orDefault(req.Params[paramTokenKey], defaultTokenKey))
	}
	// Users choose the server, but the token is the operator's.
	if !sameServer(want.scm.server, want.serverURL) {
		return "", failure.Invalidf("", "serverURL %q is not the one in the configuration of the git resolver, so it needs a token of its own: set param token",
			withoutUser(want.scm.server))
	}
	if want.secret == "" {
		return "", nil
	}
	namespace := want.secretNamespace
	if namespace == "" {
		namespace = system.Namespace()
	}
	return framework.Secret(ctx, r.kube, apiTokenPurpose, namespace, want.secret, orDefault(want.secretKey, defaultTokenKey))
}

func orDefault(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

// sameServer compares addresses of services. Only what can mean nothing else is the same.
func sameServer(a, b string) bool {
	return strings.TrimRight(a, "/") == strings.TrimRight(b, "/")
}

// fromAPI asks the service.
func (r *Resolver) fromAPI(ctx context.Context, want wanted, token string) (*framework.Answer, error) {
	file, err := r.api.Fetch(ctx, scmapi.Source{
		Type: want.scm.kind, ServerURL: want.scm.server, Org: want.org, Repo: want.repo, Revision: want.revision, Path: want.path, Token: token,
	})
	if err != nil {
		return nil, err
	}
	if len(file.Content) == 0 {
		return nil, failure.NotFoundf("", "no content for resource in %s/%s %s", want.org, want.repo, want.path)
	}
	if len(file.Content) > framework.MaxDocument {
		return nil, tooLarge(want.path)
	}
	return answer(want, file.Content, file.Commit, publicURL(file.CloneURL)), nil
}

// tooLarge is the error for a document that no request can have.
func tooLarge(path string) error {
	return failure.Invalidf("", "%s is larger than %d bytes, which is the limit of a definition", path, framework.MaxDocument)
}

// publicURL is the address that a service has for a repository, without what could be a password.
func publicURL(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.User == nil {
		return text
	}
	if u.Scheme == schemeSSH {
		u.User = url.User(u.User.Username())
	} else {
		u.User = nil
	}
	return u.String()
}
