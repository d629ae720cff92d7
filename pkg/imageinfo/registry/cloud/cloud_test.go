package cloud_test

import (
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/tenon-ci/tenon/pkg/imageinfo/registry/cloud"
)

// TestOtherRegistries checks that images elsewhere are looked up anonymously, without asking a cloud.
func TestOtherRegistries(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	for _, image := range []string{"busybox", "registry.example/team/app:v1", "localhost:5000/app"} {
		ref, err := name.ParseReference(image)
		if err != nil {
			t.Fatal(err)
		}
		got, err := cloud.Keychain().Resolve(ref.Context())
		if err != nil || got != authn.Anonymous {
			t.Errorf("%s: Resolve() = %v, %v, want anonymous", image, got, err)
		}
	}
}
