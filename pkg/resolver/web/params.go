package web

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/tenon-ci/tenon/pkg/resolver/framework"
)

// Parameters of a reference.
const (
	paramURL    = "url"
	paramUser   = "http-username"
	paramSecret = "http-password-secret" //nolint:gosec // it is the name of a param
	paramKey    = "http-password-secret-key"
	paramDigest = "digest"
)

// defaultKey is the key of the password in its Secret.
const defaultKey = "password"

// wanted is a valid reference.
type wanted struct {
	url *url.URL
	// user is empty if there is no login; the password is in the entry key of a Secret.
	user, secret, key string
	digest            digest
	timeout           time.Duration
}

func parse(req framework.Request) (wanted, error) {
	raw, ok := req.Params[paramURL]
	if !ok {
		return wanted{}, fmt.Errorf("missing required http resolver params: %s", paramURL)
	}
	var w wanted
	var err error
	if w.url, err = parseURL(raw); err != nil {
		return w, err
	}
	if err := w.parseLogin(req.Params); err != nil {
		return w, err
	}
	if text, ok := req.Params[paramDigest]; ok {
		if w.digest, err = parseDigest(text); err != nil {
			return w, fmt.Errorf("error validating digest: %w", err)
		}
	}
	w.timeout, err = parseTimeout(req.Config)
	return w, err
}

// parseURL refuses logins as part of the address, because addresses are shown in statuses, and takes fragments off, which are never
// sent.
func parseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, fmt.Errorf("url %s is not a valid http(s) url", shown(raw))
	}
	if u.User != nil {
		return nil, fmt.Errorf("url has a login in it, which everybody could see: use the params %s and %s", paramUser, paramSecret)
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// shown is an address that could not be read, unless it may have a login in it.
func shown(raw string) string {
	const most = 200
	switch {
	case strings.Contains(raw, "@"):
		return "(not shown, because it may have a login in it)"
	case len(raw) > most:
		return strings.ToValidUTF8(raw[:most], "") + "..."
	default:
		return raw
	}
}

func (w *wanted) parseLogin(params map[string]string) error {
	user, hasUser := params[paramUser]
	secret, hasSecret := params[paramSecret]
	key, hasKey := params[paramKey]
	switch {
	case hasUser && !hasSecret:
		return fmt.Errorf("missing required param %s when using %s", paramSecret, paramUser)
	case hasSecret && !hasUser:
		return fmt.Errorf("missing required param %s when using %s", paramUser, paramSecret)
	case !hasUser:
		return nil
	}
	if !hasKey {
		key = defaultKey
	}
	for _, p := range []struct{ name, value string }{{paramUser, user}, {paramSecret, secret}, {paramKey, key}} {
		if p.value == "" {
			return fmt.Errorf("value %s cannot be empty", p.name)
		}
	}
	if strings.Contains(user, ":") {
		return fmt.Errorf("value %s cannot have a colon in it, which ends names in HTTP", paramUser)
	}
	w.user, w.secret, w.key = user, secret, key
	return nil
}

// parseTimeout returns the time limit of a request; 0 stands for the usual one.
func parseTimeout(config map[string]string) (time.Duration, error) {
	text, ok := config[keyTimeout]
	if !ok {
		return 0, nil
	}
	timeout, err := time.ParseDuration(text)
	if err != nil || timeout <= 0 {
		return 0, fmt.Errorf("%s in the ConfigMap %s is %q, it has to be a duration above zero such as 1m", keyTimeout, configMap, text)
	}
	return timeout, nil
}
