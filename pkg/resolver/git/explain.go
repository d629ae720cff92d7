package git

import (
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"syscall"

	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/resolver/git/helper"
)

// Errors after which another way to fetch is tried.
var (
	errDumb   = errors.New("clone error: the server gives only whole repositories")
	errNoPart = errors.New("clone error: the server does not give single files")
	errFormat = errors.New("clone error: the repository has another kind of hashes")
)

// maxSaid is how much is kept of what git says, in bytes.
const maxSaid = 32 << 10

// tail keeps the end of what is written to it.
type tail struct{ data []byte }

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.data = append(t.data, p...)
	if extra := len(t.data) - maxSaid; extra > 0 {
		t.data = append(t.data[:0], t.data[extra:]...)
	}
	return len(p), nil
}

func (t *tail) String() string { return string(t.data) }

// sign is how a cause shows in what git says.
type sign struct {
	words []string
	cause func(want wanted) error
}

// signs are looked for in this order.
var signs = []sign{
	{[]string{"dumb http transport does not support"}, func(wanted) error { return errDumb }},
	{[]string{"mismatched algorithms", "unknown repository extension found", "is incompatible with"}, func(wanted) error { return errFormat }},
	{[]string{helper.UnknownHost}, func(w wanted) error {
		return failure.Invalidf("", "clone error: the key of ssh host %s is not the one in %s of the secret that gitToken names", w.url.host, keyKnownHosts)
	}},
	{[]string{helper.BadKey}, func(wanted) error {
		return failure.Invalidf("", "clone error: the secret that gitToken names has no private key for ssh that can be used: it has to be in PEM, without passphrase")
	}},
	{[]string{helper.NoSession}, func(w wanted) error { return fmt.Errorf("clone error: no ssh session with host %s", w.url.host) }},
	{[]string{"couldn't find remote ref"}, func(w wanted) error {
		return failure.NotFoundf("", "clone error: revision %s not found in %s", w.revision, w.url.text)
	}},
	{[]string{"not our ref", "Server does not allow request for unadvertised object"}, func(w wanted) error {
		return failure.NotFoundf("", "clone error: commit %s is not in %s, or the server does not allow a commit to be fetched by its hash: use a branch or a tag",
			w.revision, w.url.text)
	}},
	{[]string{"did not send all necessary objects"}, func(w wanted) error {
		return failure.NotFoundf("", "clone error: revision %s of %s is not complete", w.revision, w.url.text)
	}},
	{[]string{
		helper.NoAccess, "terminal prompts disabled", "could not read Username", "could not read Password", "Authentication failed",
		"unable to read askpass response", "returned error: 401", "returned error: 403", "Access denied", "Permission denied",
	}, func(wanted) error { return failure.Invalidf("", "clone error: authentication required") }},
	{[]string{
		"returned error: 404", "Repository not found", "repository not found", "does not appear to be a git repository",
		"repository not exported", "' not found",
	}, func(w wanted) error { return failure.NotFoundf("", "clone error: repository %s not found", w.url.text) }},
	{[]string{"returned error: 30", "unable to update url base from redirection", "Unsupported protocol", "not supported or disabled in libcurl"},
		func(w wanted) error {
			return failure.Invalidf("", "clone error: %s redirects to where it must not: use the address that it stands for", w.url.text)
		}},
	{[]string{"SSL", "TLS", "certificate"}, func(w wanted) error {
		return fmt.Errorf("clone error: no trusted TLS connection to host %s", w.url.host)
	}},
	{[]string{"fsck error", "fsck warning"}, func(w wanted) error {
		return failure.Invalidf("", "clone error: revision %s of %s has broken objects", w.revision, w.url.text)
	}},
	{[]string{"File too large", "died of signal 25"}, func(w wanted) error { return tooMuch(w.maxFetch) }},
	{[]string{"Cannot allocate memory", "Out of memory", "out of memory"}, func(wanted) error {
		return failure.Invalidf("", "clone error: the repository needs more memory than git may have")
	}},
	{[]string{"Operation too slow", "Operation timed out", "Connection timed out"}, func(w wanted) error {
		return fmt.Errorf("clone error: host %s took too long", w.url.host)
	}},
	{[]string{"Could not resolve host", "Could not resolve proxy"}, func(w wanted) error {
		return fmt.Errorf("clone error: cannot resolve host %s", w.url.host)
	}},
	{[]string{"from promisor remote", "promisor"}, func(wanted) error { return errNoPart }},
	{[]string{"returned error: 5", "returned error: 429"}, func(w wanted) error {
		return fmt.Errorf("clone error: host %s has a problem of its own", w.url.host)
	}},
	{[]string{"hung up unexpectedly", "early EOF", "unexpected disconnect", "expected flush"}, func(w wanted) error {
		return fmt.Errorf("clone error: host %s ended the connection early", w.url.host)
	}},
}

// classify returns the cause of an end of git. What the server says for people to read is left out, as it could say anything.
func classify(said string, exit *exec.ExitError, want wanted) error {
	var own strings.Builder
	for line := range strings.Lines(said) {
		if !strings.HasPrefix(line, "remote: ") || strings.Contains(line, "not our ref") {
			own.WriteString(line)
		}
	}
	// The address could have any of the words in it.
	text := strings.ReplaceAll(own.String(), want.url.text, "")
	for _, s := range signs {
		for _, words := range s.words {
			if strings.Contains(text, words) {
				return s.cause(want)
			}
		}
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		if status.Signal() == syscall.SIGXFSZ {
			return tooMuch(want.maxFetch)
		}
		return fmt.Errorf("clone error: git was ended by signal %d", status.Signal())
	}
	return fmt.Errorf("clone error: git failed with exit code %d", exit.ExitCode())
}

// userInfo is the user and password in URLs.
var userInfo = regexp.MustCompile(`://[^/\s'"]*@`)

// redact takes secrets out of a text for the log.
func redact(text string, secrets []string) string {
	for _, secret := range secrets {
		text = strings.ReplaceAll(text, secret, "***")
	}
	return userInfo.ReplaceAllString(text, "://")
}
