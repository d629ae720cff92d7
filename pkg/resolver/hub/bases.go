package hub

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"knative.dev/pkg/logging"
	"sigs.k8s.io/yaml"

	"github.com/tenon-ci/tenon/pkg/resolver/framework"
)

// place says where the addresses of a type of hub come from.
type place struct{ key, env, builtIn string }

var places = map[string]place{
	typeArtifact: {"artifact-hub-urls", "ARTIFACT_HUB_API", "https://artifacthub.io"},
	typeTekton:   {"tekton-hub-urls", "TEKTON_HUB_API", ""},
}

// bases returns the addresses of the hubs to ask, in order and without a slash at their end.
func (r *Resolver) bases(ctx context.Context, hub string, req framework.Request) ([]string, error) {
	if text := req.Params[paramURL]; text != "" {
		base, err := parseBase(text)
		if err != nil {
			return nil, fmt.Errorf("url param %w", err)
		}
		return []string{base}, nil
	}
	from := places[hub]
	list, err := parseList(req.Config[from.key])
	if err != nil {
		logging.FromContext(ctx).Warnw("ignoring list of hubs", "configmap", configMap, "key", from.key, "error", err)
	}
	if len(list) > 0 {
		return list, nil
	}
	if text := r.env(from.env); text != "" {
		base, err := parseBase(text)
		if err != nil {
			return nil, fmt.Errorf("env variable %s of the resolvers %w", from.env, err)
		}
		return []string{base}, nil
	}
	if from.builtIn == "" {
		return nil, fmt.Errorf("please configure %s env variable to use %s type", from.env, hub)
	}
	return []string{from.builtIn}, nil
}

// parseList reads a list in YAML. One bad entry makes the whole list void.
func parseList(text string) ([]string, error) {
	var list []string
	if err := yaml.Unmarshal([]byte(text), &list); err != nil {
		return nil, errors.New("it has to be a list of addresses in YAML")
	}
	for i, entry := range list {
		base, err := parseBase(entry)
		if err != nil {
			return nil, fmt.Errorf("entry %d %w", i+1, err)
		}
		list[i] = base
	}
	return list, nil
}

// parseBase reads the address of a hub. Its errors end a sentence about it.
func parseBase(text string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return "", errors.New("must be an absolute http(s) URL")
	case u.User != nil:
		return "", errors.New("must not have a login in it: everybody could see it")
	case u.RawQuery != "", u.ForceQuery, u.Fragment != "":
		return "", errors.New("must not have a query or a fragment in it")
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// at makes an address of parts that go into its path.
func at(base string, parts ...string) string {
	for _, part := range parts {
		base += "/" + url.PathEscape(part)
	}
	return base
}

func manifestURL(base string, w wanted, version string) string {
	if w.hub == typeTekton {
		return at(base, "v1", "resource", w.catalog, w.kind, w.name, version, "yaml")
	}
	return at(base, "api", "v1", "packages", "tekton-"+w.kind, w.catalog, w.name, version)
}

func versionsURL(base string, w wanted) string {
	if w.hub == typeTekton {
		return at(base, "v1", "resource", w.catalog, w.kind, w.name)
	}
	return at(base, "api", "v1", "packages", "tekton-"+w.kind, w.catalog, w.name)
}
