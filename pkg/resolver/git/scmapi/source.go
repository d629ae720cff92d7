package scmapi

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tenon-ci/tenon/pkg/failure"
)

// hash matches the full hash of a commit, of SHA-1 or SHA-256.
var hash = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

func isHash(text string) bool { return hash.MatchString(text) }

// check returns src in the form that hosts are asked with, and the provider it is for.
func check(src Source) (Source, *provider, error) {
	kind := providerOf(src.Type)
	if kind == nil {
		return src, nil, failure.Invalidf("", "unknown scm type %q in param scmType or key scm-type: it must be one of %s", src.Type, strings.Join(Types(), ", "))
	}
	for _, p := range []struct{ name, value string }{
		{"org", src.Org}, {"repo", src.Repo}, {"revision", src.Revision}, {"pathInRepo", src.Path},
	} {
		if err := checkText(p.name, p.value); err != nil {
			return src, nil, err
		}
	}
	if err := kind.checkNames(src.Org, src.Repo); err != nil {
		return src, nil, err
	}
	if err := checkRevision(src.Revision); err != nil {
		return src, nil, err
	}
	if lower := strings.ToLower(src.Revision); isHash(lower) {
		src.Revision = lower
	}
	src.Path = path.Clean(strings.TrimLeft(src.Path, "/"))
	if src.Path == "." {
		return src, nil, failure.Invalidf("", "param pathInRepo must name a file, not the root of the repository")
	}
	src.Token = strings.TrimSpace(src.Token)
	if strings.ContainsFunc(src.Token, unprintable) {
		return src, nil, failure.Invalidf("", "the API token has line breaks or other characters that it cannot have: check the content of the Secret")
	}
	server, err := kind.server(src.ServerURL)
	src.ServerURL = server
	return src, kind, err
}

func unprintable(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }

// checkText refuses what has no place in any of the values, however it is escaped: hosts, and proxies before them, undo it.
func checkText(param, value string) error {
	components := strings.FieldsFunc(value, func(r rune) bool { return r == '/' || r == '\\' })
	switch {
	case value == "":
		return failure.Invalidf("", "param %s must not be empty", param)
	case strings.ContainsFunc(value, unprintable):
		return failure.Invalidf("", "param %s must not have control characters or bytes that are not UTF-8", param)
	case slices.Contains(components, ".."):
		return failure.Invalidf("", "param %s must not have the component '..'", param)
	default:
		return nil
	}
}

// checkRevision refuses what git has no branch or tag for. Expressions such as main~1 are no revisions here.
func checkRevision(revision string) error {
	switch {
	case strings.ContainsAny(revision, ` ~^:?*[\`), strings.Contains(revision, ".."), strings.Contains(revision, "@{"):
		return failure.Invalidf("", "param revision must be a branch, a tag or a commit: %q has characters that git does not allow in them", revision)
	case !clean(revision):
		return failure.Invalidf("", "param revision must be a branch, a tag or a commit: %q has an empty component", revision)
	default:
		return nil
	}
}

// clean reports whether no component is empty or ".".
func clean(text string) bool {
	return !slices.ContainsFunc(strings.Split(text, "/"), func(c string) bool { return c == "" || c == "." })
}

// checkNames refuses names that are longer or shorter than those of the provider.
func (p *provider) checkNames(org, repo string) error {
	parts := strings.Count(org, "/") + 1
	switch {
	case !clean(org):
		return failure.Invalidf("", "param org must not have empty components: %q", org)
	case !clean(repo):
		return failure.Invalidf("", "param repo must not have empty components: %q", repo)
	case p.orgParts > 0 && parts != p.orgParts && p.orgParts == 1:
		return failure.Invalidf("", "param org must not have a '/' for type %s: %q", p.name, org)
	case p.orgParts > 0 && parts != p.orgParts:
		return failure.Invalidf("", "param org must be <organization>/<project> for type %s, but is %q", p.name, org)
	case p.orgParts > 0 && strings.Contains(repo, "/"):
		return failure.Invalidf("", "param repo must not have a '/' for type %s: %q", p.name, repo)
	default:
		return nil
	}
}

// server returns the address of the API, without the path that is the same for all servers.
func (p *provider) server(given string) (string, error) {
	if given == "" && p.public == "" {
		return "", failure.Invalidf("", "type %s has no public service: param serverURL or key server-url must name the server", p.name)
	}
	if given == "" {
		return p.public, nil
	}
	u, err := url.Parse(given)
	// The address is not shown: it may have a password in it.
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || strings.ContainsFunc(given, unprintable) {
		return "", failure.Invalidf("", "param serverURL or key server-url must be an address like https://host")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", failure.Invalidf("", "param serverURL or key server-url must have no user, password, query or fragment")
	}
	if slices.Contains(p.publicHosts, strings.ToLower(u.Host)) {
		return p.public, nil
	}
	return strings.TrimRight(u.Scheme+"://"+u.Host+path.Clean("/"+u.EscapedPath()), "/"), nil
}

// segment escapes one component of a path so that it stays one, in the paths that go-scm puts together without escaping.
func segment(text string) string {
	// Neither has a meaning in the path of a URL, but a colon can end a scheme where the path is not known to be one, and plus is a
	// space to some.
	return strings.NewReplacer(":", "%3A", "+", "%2B").Replace(url.PathEscape(text))
}

// segments escapes the components of a path.
func segments(text string) string {
	parts := strings.Split(text, "/")
	for i, part := range parts {
		parts[i] = segment(part)
	}
	return strings.Join(parts, "/")
}
