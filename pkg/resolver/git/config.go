package git

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/tenon-ci/tenon/pkg/resolver/framework"
)

// Keys of the ConfigMap git-resolver-config. All but the last may have the name of a configuration and a dot before them.
const (
	keyTimeout         = "fetch-timeout"
	keyURL             = "default-url"
	keyRevision        = "default-revision"
	keyOrg             = "default-org"
	keyType            = "scm-type"
	keyServer          = "server-url"
	keySecret          = "api-token-secret-name"
	keySecretKey       = "api-token-secret-key"
	keySecretNamespace = "api-token-secret-namespace"
	keyMaxFetchSize    = "max-fetch-size"
)

// defaultConfig is the name of the configuration whose keys need no prefix.
const defaultConfig = "default"

// defaultMaxFetch is how many bytes of a repository are fetched if max-fetch-size does not say otherwise.
const defaultMaxFetch = 256 << 20

// defaultTokenKey is the key of tokens in Secrets.
const defaultTokenKey = "token"

// config is one of the named configurations. It inherits nothing from another.
type config struct {
	timeout                                 time.Duration
	defaultURL, defaultRevision, defaultOrg string
	scmType, serverURL                      string
	secret, secretKey, secretNamespace      string
	// maxFetch is the most that is fetched, in bytes. It is the same for all configurations.
	maxFetch int64
}

// parseConfig reads the configuration that a request names.
func parseConfig(req framework.Request) (config, error) {
	name := given(req.Params, paramConfig, defaultConfig)
	keys, err := selected(req.Config, name)
	if err != nil {
		return config{}, err
	}
	c := config{
		timeout: framework.ResolutionTimeout, defaultURL: keys[keyURL], defaultRevision: keys[keyRevision], defaultOrg: keys[keyOrg],
		scmType: keys[keyType], serverURL: keys[keyServer],
		secret: keys[keySecret], secretKey: keys[keySecretKey], secretNamespace: keys[keySecretNamespace],
	}
	if text := keys[keyTimeout]; text != "" {
		c.timeout, err = time.ParseDuration(text)
		if err != nil || c.timeout <= 0 {
			return c, fmt.Errorf("%s of git resolver configuration %s is %q, it has to be a duration such as 1m", keyTimeout, name, text)
		}
	}
	c.maxFetch, err = maxFetch(req.Config[keyMaxFetchSize])
	return c, err
}

// selected returns the keys of one configuration without their prefix.
func selected(data map[string]string, name string) (map[string]string, error) {
	own, bare := map[string]string{}, map[string]string{}
	// With several wrong keys, the error must always name the same.
	for _, key := range sortedKeys(data) {
		prefix, rest, dotted := strings.Cut(key, ".")
		switch {
		case strings.Contains(rest, "."):
			return nil, fmt.Errorf("key %s passed in git resolver configmap is invalid", key)
		case dotted && prefix == name:
			own[rest] = data[key]
		case !dotted:
			bare[key] = data[key]
		}
	}
	switch {
	case name == defaultConfig:
		for key, value := range own {
			bare[key] = value
		}
		return bare, nil
	case len(own) == 0:
		return nil, fmt.Errorf("no git resolver configuration found for configKey %s", name)
	default:
		return own, nil
	}
}

func sortedKeys(data map[string]string) []string {
	keys := make([]string, 0, len(data))
	for key := range data {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func maxFetch(text string) (int64, error) {
	if text == "" {
		return defaultMaxFetch, nil
	}
	q, err := resource.ParseQuantity(text)
	if err != nil || q.Value() <= 0 {
		return 0, fmt.Errorf("%s of the git resolver is %q, it has to be a size such as 256Mi", keyMaxFetchSize, text)
	}
	return q.Value(), nil
}
