package bundle

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/go-containerregistry/pkg/authn"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/kubereader"
	"github.com/tenon-ci/tenon/pkg/pullsecrets"
)

// maxSecrets bounds the pull secrets of a ServiceAccount, each of which is a request to the API server.
const maxSecrets = 64

// pullSecrets returns the Secret that was named and those of the ServiceAccount, in this order. What is missing is left out
// (contract 4 §2.2): the bundle may be public.
func pullSecrets(ctx context.Context, kube kubereader.Reader, namespace, secret, serviceAccount string) ([]corev1.Secret, error) {
	var names []string
	if secret != "" {
		names = append(names, secret)
	}
	account, err := kube.ServiceAccount(ctx, namespace, serviceAccount)
	switch {
	case err == nil:
		for _, ref := range account.ImagePullSecrets {
			if ref.Name != "" && !slices.Contains(names, ref.Name) {
				names = append(names, ref.Name)
			}
		}
	case !apierrors.IsNotFound(err):
		return nil, fmt.Errorf("reading ServiceAccount %s in namespace %s: %w", serviceAccount, namespace, err)
	}
	if len(names) > maxSecrets {
		return nil, failure.Invalidf("", "ServiceAccount %s has %d imagePullSecrets, more than %d", serviceAccount, len(names), maxSecrets)
	}
	var secrets []corev1.Secret
	for _, name := range names {
		s, err := kube.Secret(ctx, namespace, name)
		switch {
		case err == nil:
			secrets = append(secrets, *s)
		case !apierrors.IsNotFound(err):
			return nil, fmt.Errorf("reading pull secret %s in namespace %s: %w", name, namespace, err)
		}
	}
	return secrets, nil
}

// keychain makes credentials of the Secrets; those of other than the two Docker types are ignored.
func keychain(secrets []corev1.Secret) (authn.Keychain, error) {
	keys, err := pullsecrets.New(secrets)
	if err != nil {
		return nil, failure.Invalidf("", "%w", err)
	}
	return keys, nil
}

// contents are what the Secrets say, for telling apart who may read what.
func contents(secrets []corev1.Secret) []string {
	var out []string
	for _, s := range secrets {
		for _, key := range []string{corev1.DockerConfigJsonKey, corev1.DockerConfigKey} {
			if data := s.Data[key]; len(data) > 0 {
				out = append(out, string(s.Type)+":"+string(data))
			}
		}
	}
	return out
}
