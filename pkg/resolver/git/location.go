package git

import (
	"net"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"github.com/tenon-ci/tenon/pkg/failure"
)

// Schemes of repositories. What git calls file, ext or a path would be on this machine, and is none of them.
const (
	schemeHTTP  = "http"
	schemeHTTPS = "https"
	schemeGit   = "git"
	schemeSSH   = "ssh"
	schemeFTP   = "ftp"
	schemeFTPS  = "ftps"
)

// ports are those that a scheme has if a URL does not say.
var ports = map[string]string{schemeHTTP: "80", schemeHTTPS: "443", schemeGit: "9418", schemeSSH: "22", schemeFTP: "21", schemeFTPS: "990"}

// sshUser is who logs in if the URL does not say.
const sshUser = "git"

// Parts of URLs. None of them can begin with a dash, which would make it an option of a program.
var (
	hostPattern = regexp.MustCompile(`^(?:[A-Za-z0-9_][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$`)
	userPattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._+-]*$`)
	// scpPattern is the short form of SSH, user@host:path.
	scpPattern = regexp.MustCompile(`^([A-Za-z0-9_][A-Za-z0-9._+-]*)@([A-Za-z0-9_][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\]):([^:-].*)$`)
)

// location is the valid address of a repository.
type location struct {
	scheme string
	// host has a port if the URL has one.
	host string
	// text is the URL without the user and password of HTTP, which may both be secrets. It is what git and everybody else sees.
	text string
	// user and password are those in the URL.
	user, password string
}

// address is the host and port to connect to.
func (l location) address() string {
	u := url.URL{Host: l.host}
	port := u.Port()
	if port == "" {
		port = ports[l.scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// overHTTP tells whether git asks for credentials by itself.
func (l location) overHTTP() bool { return l.scheme == schemeHTTP || l.scheme == schemeHTTPS }

// origin is whom the credentials are for.
func (l location) origin() string { return l.scheme + "://" + l.host }

// parseLocation checks the address of a repository (contract 4 §2.4): it looks like user@host:path, or begins with git, ssh, ftp, ftps,
// http or https. The text of a URL that is wrong may have a secret in it, so only its harmless part gets into the error.
func parseLocation(text string) (location, error) {
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
		return location{}, badURL(text, "it has spaces or control characters")
	}
	if m := scpPattern.FindStringSubmatch(text); m != nil && !strings.Contains(m[2], "://") {
		return location{scheme: schemeSSH, host: m[2], text: text, user: m[1]}, nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" {
		return location{}, badURL(text, "it is not a URL")
	}
	if _, ok := ports[u.Scheme]; !ok || !strings.HasPrefix(text, u.Scheme+"://") {
		return location{}, badURL(text, "it has to look like user@host:path, or begin with git://, ssh://, ftp://, ftps://, http:// or https://")
	}
	return fromURL(u, text)
}

func fromURL(u *url.URL, text string) (location, error) {
	l := location{scheme: u.Scheme, host: u.Host, user: u.User.Username()}
	var hasPassword bool
	l.password, hasPassword = u.User.Password()
	switch {
	case !hostPattern.MatchString(u.Host):
		return location{}, badURL(text, "the host is not one")
	case strings.ContainsFunc(u.Path+l.user+l.password, unicode.IsControl):
		return location{}, badURL(text, "it has control characters")
	case u.Fragment != "" || strings.Contains(text, "#"):
		return location{}, badURL(text, "it has a fragment, which repositories have not")
	case u.Path == "" || u.Path == "/":
		return location{}, badURL(text, "it names a host, but no repository")
	case l.scheme == schemeSSH && u.User != nil && (hasPassword || !userPattern.MatchString(l.user)):
		return location{}, badURL(text, "over ssh it may have a user, but no password: gitToken names the secret with the key")
	case !l.overHTTP() && l.scheme != schemeSSH && u.User != nil:
		return location{}, badURL(text, "a user and password are for http, https and ssh")
	}
	if l.overHTTP() {
		u.User = nil
	}
	l.text = u.String()
	return l, nil
}

// badURL says what is wrong with a URL.
func badURL(text, why string) error {
	return failure.Invalidf("", "invalid git repository url: %q: %s", withoutUser(text), why)
}

// withoutUser cuts what may be a password out of the text of a URL, however broken it is: all that is before the last @.
func withoutUser(text string) string {
	at := strings.LastIndex(text, "@")
	scheme := strings.Index(text, "://")
	switch {
	case at < 0:
		return text
	case scheme >= 0 && scheme < at:
		return text[:scheme+len("://")] + text[at+1:]
	case strings.ContainsAny(text[:at], ":/"):
		return text[at+1:]
	default:
		return text
	}
}
