package git

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
)

// Parameters of a reference (contract 4 §2.4).
const (
	paramURL         = "url"
	paramRepo        = "repo"
	paramOrg         = "org"
	paramRevision    = "revision"
	paramPath        = "pathInRepo"
	paramGitToken    = "gitToken"
	paramGitTokenKey = "gitTokenKey"
	paramToken       = "token"
	paramTokenKey    = "tokenKey"
	paramType        = "scmType"
	paramServer      = "serverURL"
	paramConfig      = "configKey"
)

// headRevision is what a server calls its default branch. An empty revision stands for it.
const headRevision = "HEAD"

// maxText is the length of the longest path, revision or URL, in bytes. Git's own programs take no longer paths.
const maxText = 4096

// wanted is a valid reference.
type wanted struct {
	config
	// url is the repository to clone; in API mode it is empty, and org and repo are set.
	url            location
	org, repo      string
	revision, path string
	scm            scm
}

// scm is the service in API mode.
type scm struct{ kind, server string }

// cloned tells the mode.
func (w wanted) cloned() bool { return w.repo == "" }

// parse reads a reference, with the defaults of the configuration that it names.
func parse(req framework.Request) (wanted, error) {
	conf, err := parseConfig(req)
	if err != nil {
		return wanted{}, err
	}
	w := wanted{config: conf}
	target, err := w.target(req.Params)
	if err != nil {
		return w, err
	}
	if err := w.file(req.Params); err != nil {
		return w, err
	}
	if target == "" {
		return w, w.service(req.Params)
	}
	w.url, err = parseLocation(target)
	return w, err
}

// target returns the URL to clone, empty in API mode.
func (w *wanted) target(params map[string]string) (string, error) {
	target, repo := params[paramURL], params[paramRepo]
	switch {
	case target != "" && repo != "":
		return "", errors.New("cannot specify both 'url' and 'repo'")
	case repo != "":
		w.repo = repo
		w.org = given(params, paramOrg, w.defaultOrg)
		if w.org == "" {
			return "", errors.New("'org' is required when 'repo' is specified")
		}
		return "", nil
	case target == "":
		target = w.defaultURL
	}
	switch {
	case target == "":
		return "", errors.New("must specify one of 'url' or 'repo'")
	case len(target) > maxText:
		return "", fmt.Errorf("invalid git repository url: it is longer than %d bytes", maxText)
	default:
		return target, nil
	}
}

// file reads which file of which revision.
func (w *wanted) file(params map[string]string) error {
	var missing []string
	if _, ok := params[paramRevision]; !ok && w.defaultRevision == "" {
		missing = append(missing, paramRevision)
	}
	if _, ok := params[paramPath]; !ok {
		missing = append(missing, paramPath)
	}
	if len(missing) > 0 {
		return fmt.Errorf("missing required git resolver params: %s", strings.Join(missing, ", "))
	}
	w.revision = given(params, paramRevision, w.defaultRevision)
	if w.revision == "" {
		w.revision = headRevision
	}
	if err := checkRevision(w.revision); err != nil {
		return err
	}
	w.path = strings.TrimLeft(params[paramPath], "/")
	return checkPath(w.path)
}

// service reads whom to ask in API mode.
func (w *wanted) service(params map[string]string) error {
	w.scm = scm{kind: given(params, paramType, w.scmType), server: given(params, paramServer, w.serverURL)}
	for _, p := range []struct{ name, value string }{
		{paramRepo, w.repo}, {paramOrg, w.org}, {paramType, w.scm.kind}, {paramServer, w.scm.server},
	} {
		if len(p.value) > maxText || strings.ContainsFunc(p.value, unicode.IsControl) {
			return fmt.Errorf("invalid %s: it has control characters, or more than %d bytes", p.name, maxText)
		}
	}
	if w.scm.kind == "" {
		return errors.New("the kind of the server is not known: set param scmType, or scm-type in the configuration of the git resolver")
	}
	return nil
}

// given returns a parameter, or the default if it was not given at all.
func given(params map[string]string, name, fallback string) string {
	if v, ok := params[name]; ok {
		return v
	}
	return fallback
}

// checkRevision refuses what git could take for an option or for more than a revision: the name gets into a refspec. What is
// refused beyond that cannot be in the name of a branch or tag.
func checkRevision(revision string) error {
	bad := func(why string) error { return failure.Invalidf("", "invalid revision %q: %s", revision, why) }
	switch {
	case len(revision) > maxText:
		return failure.Invalidf("", "invalid revision: it is longer than %d bytes", maxText)
	case strings.HasPrefix(revision, "-"):
		return failure.Invalidf("", "invalid revision %q, must not begin with '-'", revision)
	case strings.ContainsFunc(revision, unicode.IsControl), strings.ContainsAny(revision, " ~^:?*[\\"),
		strings.Contains(revision, ".."), strings.Contains(revision, "@{"):
		return bad("it has to be the name of a branch or tag, or the full hash of a commit")
	default:
		return nil
	}
}

// checkPath refuses paths that lead out of the repository, or nowhere.
func checkPath(path string) error {
	switch {
	case path == "":
		return errors.New("invalid pathInRepo: it names no file")
	case len(path) > maxText:
		return fmt.Errorf("invalid pathInRepo: it is longer than %d bytes", maxText)
	case strings.ContainsFunc(path, unicode.IsControl):
		return fmt.Errorf("invalid pathInRepo %q: it has control characters", path)
	case slices.Contains(strings.Split(path, "/"), ".."):
		return fmt.Errorf("invalid pathInRepo %q: it must not have a component '..'", path)
	default:
		return nil
	}
}

// isHash reports whether a revision is the full hash of a commit, which always means the same.
func isHash(revision string) bool {
	if len(revision) != sha1Digits && len(revision) != sha256Digits {
		return false
	}
	return !strings.ContainsFunc(revision, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF", r) })
}

// Lengths of hashes.
const (
	sha1Digits   = 40
	sha256Digits = 64
)
