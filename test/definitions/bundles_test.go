//go:build e2e

package definitions

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/test/cluster"
)

// bundleDigest is the digest of the bundle that the registries have.
func bundleDigest(t *testing.T) string {
	t.Helper()
	sum := sha256.Sum256(servers.get(t, "remotes", "5000", "/v2/documents/manifests/latest", nil))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// pullSecret is the content of a Secret with a login for the registry that asks for one.
func pullSecret(t *testing.T, password string) map[string]string {
	t.Helper()
	text, err := json.Marshal(map[string]any{"auths": map[string]any{
		servers.registry(5001): map[string]string{"username": user, "password": password},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{corev1.DockerConfigJsonKey: string(text)}
}

func TestRegistries(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	createSecret(t, ns, "registry", corev1.SecretTypeDockerConfigJson, pullSecret(t, password))
	createSecret(t, ns, "wrong", corev1.SecretTypeDockerConfigJson, pullSecret(t, "wrong"))
	ns.Create(`
apiVersion: v1
kind: ServiceAccount
metadata: {name: puller}
imagePullSecrets: [{name: registry}]
`)
	digest := bundleDigest(t)
	open, private := servers.registry(5000)+"/documents", servers.registry(5001)+"/documents"
	for name, p := range map[string]params{
		"by tag":                        {"bundle": open + ":latest"},
		"by digest":                     {"bundle": open + "@" + digest, "kind": "Task"},
		"login of a Secret":             {"bundle": private + ":latest", "secret": "registry"},
		"login of a ServiceAccount":     {"bundle": private + ":latest", "serviceAccount": "puller"},
		"Secret that nobody asks about": {"bundle": open + ":latest", "secret": "registry", "serviceAccount": "absent"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := source(t, resolved(t, ns, "bundles", p.with(params{"name": "greet"})))
			want := v1.RefSource{URI: open, Digest: map[string]string{"sha256": strings.TrimPrefix(digest, "sha256:")}, EntryPoint: "greet"}
			if p["secret"] == "registry" && p["serviceAccount"] == "" || p["serviceAccount"] == "puller" {
				want.URI = private
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("where the Task came from (-want +got):\n%s", diff)
			}
		})
	}
	for name, tc := range map[string]struct {
		params params
		words  []string
	}{
		"no login":      {params{"bundle": private + ":latest"}, []string{"cannot retrieve the oci image"}},
		"wrong login":   {params{"bundle": private + ":latest", "secret": "wrong"}, []string{"cannot retrieve the oci image"}},
		"no such image": {params{"bundle": open + ":absent"}, []string{"cannot retrieve the oci image"}},
		"no such entry": {
			params{"bundle": open + ":latest", "name": "absent"},
			[]string{"could not find object in image with kind: task and name: absent"},
		},
		"no reference": {params{"bundle": "UPPER/case"}, []string{"invalid bundle reference"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, ns, "bundles", params{"name": "greet"}.with(tc.params), tc.words...)
		})
	}
}
