package pullsecrets_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/pullsecrets"
)

func secret(name string, kind corev1.SecretType, key, text string) corev1.Secret {
	return corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}, Type: kind, Data: map[string][]byte{key: []byte(text)}}
}

func config(name, text string) corev1.Secret {
	return secret(name, corev1.SecretTypeDockerConfigJson, corev1.DockerConfigJsonKey, text)
}

// authFor is what a registry is told that is asked for an image.
func authFor(t *testing.T, keys authn.Keychain, image string) *authn.AuthConfig {
	t.Helper()
	ref, err := name.ParseReference(image)
	if err != nil {
		t.Fatal(err)
	}
	found, err := keys.Resolve(ref.Context())
	if err != nil {
		t.Fatal(err)
	}
	auth, err := found.Authorization()
	if err != nil {
		t.Fatal(err)
	}
	return auth
}

func TestResolve(t *testing.T) {
	t.Parallel()
	keys, err := pullsecrets.New([]corev1.Secret{
		config("json", `{"auths": {
			"https://index.docker.io/v1/": {"username": "hub", "password": "p"},
			"registry.example": {"auth": "cmVnOnB3"},
			"registry.example/team/": {"username": "team", "password": "p"},
			"registry.example/pre": {"username": "prefix"},
			"registry.example:5000": {"username": "port"},
			"http://plain.example/v2/": {"username": "plain"},
			"https://version.example/v1/team": {"username": "version"},
			"same.example": {"username": "first"},
			"*.wild.example": {"username": "wild", "password": "p"},
			"b.wild.example": {"username": "tame"},
			"token.example": {"identitytoken": "t"}}}`),
		secret("old", corev1.SecretTypeDockercfg, corev1.DockerConfigKey, `{"old.example": {"username": "old"}, "same.example": {"username": "second"}}`),
		secret("opaque", corev1.SecretTypeOpaque, corev1.DockerConfigJsonKey, `{"auths": {"opaque.example": {"username": "opaque"}}}`),
		config("empty", ""),
		secret("without", corev1.SecretTypeDockerConfigJson, "other", "no JSON"),
	})
	if err != nil {
		t.Fatal(err)
	}
	for image, want := range map[string]authn.AuthConfig{
		"busybox":                        {Username: "hub", Password: "p"},
		"docker.io/team/app":             {Username: "hub", Password: "p"},
		"registry.example/app":           {Username: "reg", Password: "pw"},
		"registry.example/team/app:1":    {Username: "team", Password: "p"},
		"registry.example/teams/app":     {Username: "reg", Password: "pw"},
		"registry.example/prefix/app":    {Username: "prefix"},
		"registry.example:5000/team/app": {Username: "port"},
		"registry.example:5001/app":      {},
		"plain.example/app":              {Username: "plain"},
		"version.example/team/app":       {Username: "version"},
		"version.example/other":          {},
		"same.example/app":               {Username: "first"},
		"a.wild.example/app":             {Username: "wild", Password: "p"},
		"b.wild.example/app":             {Username: "tame"},
		"a.b.wild.example/app":           {},
		"other.example/app":              {},
		"registry.example.evil.com/app":  {},
		"old.example/app":                {Username: "old"},
		"opaque.example/app":             {},
		"token.example/app":              {IdentityToken: "t"},
	} {
		if diff := cmp.Diff(want, *authFor(t, keys, image)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", image, diff)
		}
	}
}

func TestDockerHubByItsShortName(t *testing.T) {
	t.Parallel()
	keys, err := pullsecrets.New([]corev1.Secret{config("hub", `{"auths": {"docker.io/team/": {"username": "team"}}}`)})
	if err != nil {
		t.Fatal(err)
	}
	for image, want := range map[string]string{"team/app": "team", "busybox": ""} {
		if got := authFor(t, keys, image); got.Username != want {
			t.Errorf("%s: user %q, want %q", image, got.Username, want)
		}
	}
}

func TestWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	keys, err := pullsecrets.New([]corev1.Secret{
		config("text", "TOPSECRET"),
		config("good", `{"auths": {"r.example": {"username": "u"}}}`),
		config("list", `{"auths": ["TOPSECRET"]}`),
		config("auth", `{"auths": {"r.example": {"auth": "TOPSECRET!"}}}`),
		config("key", `{"auths": {"TOP%SECRET": {}}}`),
		secret("old", corev1.SecretTypeDockercfg, corev1.DockerConfigKey, `"TOPSECRET"`),
	})
	want := "reading image pull secrets: text, list, auth, key, old is no Docker configuration"
	if err == nil || err.Error() != want {
		t.Fatalf("error %v, want %s", err, want)
	}
	if got := authFor(t, keys, "r.example/app"); got.Username != "u" {
		t.Errorf("user %q of the one that can be read", got.Username)
	}
	if keys, err = pullsecrets.New(nil); err != nil || authFor(t, keys, "busybox").Username != "" {
		t.Errorf("without any: %v", err)
	}
}
