package creds

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
)

// gitLogin is a login for a Git server, or a path on it, over HTTP.
type gitLogin struct {
	login
	// text is the URL as annotated.
	text string
	url  *url.URL
}

func (l gitLogin) hasPath() bool { return strings.Trim(l.url.Path, "/") != "" }

type gitLogins []gitLogin

func readGit(credentials []protocol.Credential, read Reader) (gitLogins, []error, error) {
	var logins gitLogins
	skipped, err := each(credentials, protocol.CredentialGitBasic, func(c protocol.Credential) error {
		u, err := url.Parse(c.URL)
		if err != nil || u.Scheme == "" || u.Host == "" || hasControl(c.URL) {
			return unusable("git annotation of secret %s: %q is not a URL such as https://github.com", c.Secret, c.URL)
		}
		l, err := readLogin(c, read)
		if err != nil {
			return err
		}
		logins = append(logins, gitLogin{login: l, text: c.URL, url: u})
		return nil
	})
	return logins, skipped, err
}

var gitQuoter = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// config is the part of .gitconfig that makes git look for logins in its store.
func (logins gitLogins) config() string {
	if len(logins) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("[credential]\n\thelper = store\n")
	for _, l := range logins {
		fmt.Fprintf(&b, "[credential \"%s\"]\n\tusername = %s\n", gitQuoter.Replace(l.text), strings.ReplaceAll(l.user, `\`, `\\`))
		if l.hasPath() {
			b.WriteString("\tuseHttpPath = true\n")
		}
	}
	return b.String()
}

// store is .git-credentials. Git takes the first line that fits, and for a request without a path any line of the host
// does: so lines with a path come last.
func (logins gitLogins) store() string {
	var hosts, paths strings.Builder
	for _, l := range logins {
		u := *l.url
		u.User = url.UserPassword(l.user, l.password)
		b := &hosts
		if l.hasPath() {
			b = &paths
		}
		b.WriteString(u.String() + "\n")
	}
	return hosts.String() + paths.String()
}
