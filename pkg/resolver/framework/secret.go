package framework

import (
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/kubereader"
)

// Secret reads one entry of a Secret. What is missing is a final failure that says what it is for ("cannot get API token"), and
// which Secret and key to provide; surrounding white space, which tokens never have, is taken off.
func Secret(ctx context.Context, kube kubereader.Secrets, purpose, namespace, name, key string) (string, error) {
	secret, err := kube.Secret(ctx, namespace, name)
	switch {
	case apierrors.IsNotFound(err):
		return "", failure.NotFoundf("", "%s, secret %s not found in namespace %s", purpose, name, namespace)
	case err != nil:
		return "", fmt.Errorf("%s, reading secret %s in namespace %s: %w", purpose, name, namespace, err)
	}
	value, ok := secret.Data[key]
	if !ok {
		keys := make([]string, 0, len(secret.Data))
		for k := range secret.Data {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		return "", failure.NotFoundf("", "%s, key %s not found in secret %s in namespace %s, which has: %s",
			purpose, key, name, namespace, strings.Join(keys, ", "))
	}
	text := strings.TrimSpace(string(value))
	if text == "" {
		return "", failure.Invalidf("", "%s, key %s of secret %s in namespace %s is empty", purpose, key, name, namespace)
	}
	return text, nil
}
