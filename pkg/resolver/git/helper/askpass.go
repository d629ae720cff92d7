package helper

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
)

// errNotAsked is the answer to questions about anything but the job's host. Git then takes it that there are no credentials.
var errNotAsked = errors.New("no credentials for this host")

// answer writes the user name or the password that git asks for. Git follows redirects and asks with the address that it was sent
// to, so the scheme, the host and the port have to be those that the secret is for.
func (j Job) answer(args []string, out io.Writer) error {
	if len(args) != 1 || j.Origin == "" {
		return errNotAsked
	}
	for _, q := range []struct{ prefix, answer string }{{"Username for '", j.User}, {"Password for '", j.Secret}} {
		asked, ok := strings.CutPrefix(args[0], q.prefix)
		if !ok {
			continue
		}
		asked, ok = strings.CutSuffix(asked, "': ")
		if !ok || !j.serves(asked) {
			return errNotAsked
		}
		_, err := fmt.Fprintln(out, q.answer)
		return err
	}
	return errNotAsked
}

// serves reports whether the secret is for the address.
func (j Job) serves(address string) bool {
	asked, err := url.Parse(address)
	if err != nil || asked.User != nil && asked.User.Username() != j.User {
		return false
	}
	bare := url.URL{Scheme: asked.Scheme, Host: asked.Host}
	rest := bare
	if asked.User != nil {
		rest.User = url.User(asked.User.Username())
	}
	// Whatever else the address has, such as a path, would be a question of another form.
	return strings.EqualFold(bare.String(), j.Origin) && rest.String() == address
}
