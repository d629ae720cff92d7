package local

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1alpha1"
	"github.com/tenon-ci/tenon/pkg/definition"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
	"github.com/tenon-ci/tenon/pkg/trust"
)

// Policies among the files hold for what resolvers fetch.
func TestVerificationPolicy(t *testing.T) {
	t.Parallel()
	const task = "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: far}\nspec: {steps: [{name: s, image: busybox, script: echo}]}\n"
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	policy := &v1alpha1.VerificationPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: "signed"},
		Spec: v1alpha1.VerificationPolicySpec{
			Resources: []v1alpha1.ResourcePattern{{Pattern: "fake://.*"}},
			Authorities: []v1alpha1.Authority{{
				Name: "us", Key: &v1alpha1.KeyRef{Data: string(public), HashAlgorithm: "sha256"},
			}},
		},
	}
	for name, tc := range map[string]struct{ data, reason string }{
		"signed":     {signed(t, task, private), "Succeeded"},
		"not signed": {task, "ResourceVerificationFailed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := engineFor(t, &fakePods{}, `
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: run}
spec: {taskRef: {resolver: fake, params: [{name: name, value: x}]}}
`, func(o *Options) {
				o.Objects = append(o.Objects, policy)
				o.Resolvers = map[string]framework.Resolver{"fake": &fakeResolver{data: tc.data}}
			})
			finish(t, e)
			if cond := condition(e.Snapshot().Root); cond.Reason != tc.reason {
				t.Errorf("condition %s: %s", cond.Reason, cond.Message)
			}
		})
	}
}

func signed(t *testing.T, task string, key crypto.PrivateKey) string {
	t.Helper()
	o, err := definition.DecodeAny(t.Context(), []byte(task))
	if err != nil {
		t.Fatal(err)
	}
	signature, err := trust.Sign(trust.NewResource(o), key, crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	o.SetAnnotations(map[string]string{"tekton.dev/signature": signature})
	text, err := yaml.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
