package kubelet

import (
	"errors"

	"github.com/google/go-containerregistry/pkg/authn"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/tenon-ci/tenon/pkg/pullsecrets"
)

// pullSecrets returns the credentials of a pod, nil if it names no Secrets that there are: those that are not there are left out, as
// kubelets do. With an error come the credentials that could be read.
func pullSecrets(pod *corev1.Pod, objects Objects) (authn.Keychain, error) {
	var secrets []corev1.Secret
	var errs []error
	for _, ref := range pod.Spec.ImagePullSecrets {
		switch secret, err := objects.Secret(pod.Namespace, ref.Name); {
		case err == nil:
			secrets = append(secrets, *secret)
		case !apierrors.IsNotFound(err):
			errs = append(errs, err)
		}
	}
	if len(secrets) == 0 {
		return nil, errors.Join(errs...)
	}
	keys, err := pullsecrets.New(secrets)
	return keys, errors.Join(append(errs, err)...)
}
