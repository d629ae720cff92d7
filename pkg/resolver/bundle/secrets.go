package bundle

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	authnkubernetes "github.com/google/go-containerregistry/pkg/authn/kubernetes"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/tenon-ci/tenon/pkg/failure"
)

// maxSecrets bounds the pull secrets of a ServiceAccount, each of which is a request to the API server.
const maxSecrets = 64

// pullSecrets returns the Secret that was named and those of the ServiceAccount, in this order. What is missing is left out
// (contract 4 §2.2): the bundle may be public.
func pullSecrets(ctx context.Context, kube kubernetes.Interface, namespace, secret, serviceAccount string) ([]corev1.Secret, error) {
	var names []string
	if secret != "" {
		names = append(names, secret)
	}
	account, err := kube.CoreV1().ServiceAccounts(namespace).Get(ctx, serviceAccount, metav1.GetOptions{})
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
		s, err := kube.CoreV1().Secrets(namespace).Get(ctx, name, metav1.GetOptions{})
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
func keychain(ctx context.Context, secrets []corev1.Secret) (authn.Keychain, error) {
	keys, err := authnkubernetes.NewFromPullSecrets(ctx, secrets)
	if err == nil {
		return keys, nil
	}
	// The error quotes the Secret.
	var bad []string
	for i := range secrets {
		if _, err := authnkubernetes.NewFromPullSecrets(ctx, secrets[i:i+1]); err != nil {
			bad = append(bad, secrets[i].Name)
		}
	}
	return nil, failure.Invalidf("", "reading image pull secrets: %s is no Docker configuration", strings.Join(bad, ", "))
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
