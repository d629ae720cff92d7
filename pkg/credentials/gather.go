package credentials

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// Getter fetches the objects that credentials come from. Its errors are those of the API: for a missing object
// IsNotFound must hold.
type Getter interface {
	ServiceAccount(ctx context.Context, namespace, name string) (*corev1.ServiceAccount, error)
	Secret(ctx context.Context, namespace, name string) (*corev1.Secret, error)
}

// Gathered are the Secrets that a ServiceAccount lists.
type Gathered struct {
	// Secrets are those that exist, in the order of the list, each once.
	Secrets []*corev1.Secret
	// Missing are the names of the others, for the event FailedToRetrieveSecret.
	Missing []string
}

// Gather fetches the Secrets of a ServiceAccount for Select. A missing ServiceAccount is an error, a missing Secret is
// not.
func Gather(ctx context.Context, get Getter, namespace, serviceAccount string) (Gathered, error) {
	sa, err := get.ServiceAccount(ctx, namespace, serviceAccount)
	if err != nil {
		return Gathered{}, fmt.Errorf("getting service account %s/%s: %w", namespace, serviceAccount, err)
	}
	names := make([]string, 0, len(sa.Secrets))
	for _, ref := range sa.Secrets {
		names = append(names, ref.Name)
	}
	return fetch(ctx, get, namespace, names)
}

// PullSecrets fetches the Secrets with which the images of a Pod are pulled: those of its template, then those of its
// ServiceAccount. Like the kubelet it leaves out Secrets that do not exist.
func PullSecrets(ctx context.Context, get Getter, namespace, serviceAccount string, template []corev1.LocalObjectReference) ([]corev1.Secret, error) {
	sa, err := get.ServiceAccount(ctx, namespace, serviceAccount)
	if err != nil {
		return nil, fmt.Errorf("getting service account %s/%s: %w", namespace, serviceAccount, err)
	}
	var names []string
	for _, ref := range template {
		names = append(names, ref.Name)
	}
	for _, ref := range sa.ImagePullSecrets {
		names = append(names, ref.Name)
	}
	found, err := fetch(ctx, get, namespace, names)
	if err != nil {
		return nil, err
	}
	secrets := make([]corev1.Secret, 0, len(found.Secrets))
	for _, s := range found.Secrets {
		secrets = append(secrets, *s)
	}
	return secrets, nil
}

func fetch(ctx context.Context, get Getter, namespace string, names []string) (Gathered, error) {
	var g Gathered
	seen := map[string]bool{"": true}
	for _, name := range names {
		if seen[name] {
			continue
		}
		seen[name] = true
		secret, err := get.Secret(ctx, namespace, name)
		switch {
		case apierrors.IsNotFound(err):
			g.Missing = append(g.Missing, name)
		case err != nil:
			return Gathered{}, fmt.Errorf("getting secret %s/%s: %w", namespace, name, err)
		default:
			g.Secrets = append(g.Secrets, secret)
		}
	}
	return g, nil
}
