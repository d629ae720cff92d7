package image

import (
	"reflect"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// flightKey tells which calls want the same: those with other credentials do not.
type flightKey struct {
	what, ref string
	policy    corev1.PullPolicy
	keychain  any
}

func flightOf(what string, req container.ImageRequest) flightKey {
	key := flightKey{what: what, ref: req.Ref, policy: req.Policy}
	switch {
	case req.Keychain == nil:
	case reflect.TypeOf(req.Keychain).Kind() == reflect.Pointer:
		key.keychain = req.Keychain
	default:
		key.keychain = new(byte)
	}
	return key
}
