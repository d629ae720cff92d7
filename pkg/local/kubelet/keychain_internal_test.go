package kubelet

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// namedSecrets has Secrets by their names.
type namedSecrets struct {
	Objects
	byName map[string]*corev1.Secret
}

func (n namedSecrets) Secret(_, name string) (*corev1.Secret, error) {
	if name == "forbidden" {
		return nil, errors.New("forbidden")
	}
	if secret, ok := n.byName[name]; ok {
		return secret, nil
	}
	return nil, apierrors.NewNotFound(corev1.Resource("secrets"), name)
}

func TestPullSecrets(t *testing.T) {
	t.Parallel()
	secret := func(name, text string) *corev1.Secret {
		return &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Name: name}, Type: corev1.SecretTypeDockerConfigJson,
			Data: map[string][]byte{corev1.DockerConfigJsonKey: []byte(text)},
		}
	}
	objects := namedSecrets{byName: map[string]*corev1.Secret{
		"good": secret("good", `{"auths": {"registry.example": {"username": "u"}}}`), "bad": secret("bad", "TOPSECRET"),
	}}
	target, err := name.NewRepository("registry.example/app")
	if err != nil {
		t.Fatal(err)
	}
	for names, tc := range map[string]struct{ user, err string }{
		"":                 {},
		"missing":          {},
		"good":             {user: "u"},
		"missing bad good": {user: "u", err: "reading image pull secrets: bad is no Docker configuration"},
		"forbidden good":   {user: "u", err: "forbidden"},
		"forbidden":        {err: "forbidden"},
	} {
		pod := &corev1.Pod{}
		for _, name := range strings.Fields(names) {
			pod.Spec.ImagePullSecrets = append(pod.Spec.ImagePullSecrets, corev1.LocalObjectReference{Name: name})
		}
		keys, err := pullSecrets(pod, objects)
		if text := errorText(err); text != tc.err {
			t.Errorf("%q: error %q, want %q", names, text, tc.err)
		}
		if tc.user == "" {
			if keys != nil {
				t.Errorf("%q: there are credentials", names)
			}
			continue
		}
		found, err := keys.Resolve(target)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := found.Authorization(); err != nil || got.Username != tc.user {
			t.Errorf("%q: user %q, %v; want %q", names, got.Username, err, tc.user)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestPullPolicy(t *testing.T) {
	t.Parallel()
	for ref, want := range map[string]corev1.PullPolicy{
		"busybox": corev1.PullAlways, "busybox:latest": corev1.PullAlways, "host:5000/busybox": corev1.PullAlways,
		"busybox:1": corev1.PullIfNotPresent, "busybox@sha256:0": corev1.PullIfNotPresent, "host:5000/busybox:1": corev1.PullIfNotPresent,
	} {
		if got := (&Kubelet{}).pullPolicy(&corev1.Container{Image: ref}); got != want {
			t.Errorf("%s: %s, want %s", ref, got, want)
		}
	}
	k := &Kubelet{o: Options{PullPolicy: corev1.PullNever}}
	if got := k.pullPolicy(&corev1.Container{Image: "x", ImagePullPolicy: corev1.PullAlways}); got != corev1.PullNever {
		t.Errorf("the override gives %s", got)
	}
}
