package taskrun

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/sigstore/sigstore/pkg/cryptoutils"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgotesting "k8s.io/client-go/testing"
	"sigs.k8s.io/yaml"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1alpha1"
	policyinformer "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1alpha1/verificationpolicy"
	"github.com/tenon-ci/tenon/pkg/trust"
)

// signedTask is a Task as a resolver finds it, with a signature by the key if there is one.
func signedTask(t *testing.T, key crypto.Signer) []byte {
	t.Helper()
	task := &v1.Task{
		TypeMeta: metav1.TypeMeta{APIVersion: "tekton.dev/v1", Kind: "Task"}, ObjectMeta: metav1.ObjectMeta{Name: "remote"},
		Spec: v1.TaskSpec{Steps: []v1.Step{{Name: "a", Image: "img", Command: []string{"x"}}}},
	}
	if key != nil {
		signed, err := trust.Sign(trust.NewResource(task), key, crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		task.Annotations = map[string]string{"tekton.dev/signature": signed}
	}
	text, err := yaml.Marshal(task)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// answer lets a resolver answer the only request of the run.
func (w *world) answer(document []byte) {
	w.t.Helper()
	client := w.requests.ResolutionV1beta1().ResolutionRequests("ns")
	requests, err := client.List(w.ctx, metav1.ListOptions{})
	if err != nil || len(requests.Items) != 1 {
		w.t.Fatalf("requests %v, %v", requests, err)
	}
	rr := &requests.Items[0]
	rr.Status.Data = base64.StdEncoding.EncodeToString(document)
	rr.Status.RefSource = &v1.RefSource{URI: "https://there"}
	if _, err := client.Update(w.ctx, rr, metav1.UpdateOptions{}); err != nil {
		w.t.Fatal(err)
	}
	w.sync()
}

func TestSignatures(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := cryptoutils.MarshalPublicKeyToPEM(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	const unsigned = "resource verification failed: resource remote in namespace ns fails verification: VerificationPolicy p applies to it, but it has no annotation tekton.dev/signature"
	const noPolicy = "failed to get matched policies: no policies are matched: no matching policies are found for resource: remote against source: https://there"
	for name, tc := range map[string]struct {
		mode     v1alpha1.ModeType
		pattern  string
		flag     string
		signed   bool
		run      string // the condition Succeeded, empty if the pod was made
		verified string
	}{
		"signed":                     {signed: true, verified: "True "},
		"unsigned":                   {run: "False ResourceVerificationFailed: " + unsigned, verified: "False " + unsigned},
		"unsigned, and only warned":  {mode: "warn", verified: "False " + unsigned},
		"no policy":                  {pattern: "else"},
		"no policy, which is warned": {pattern: "else", flag: "warn", verified: "False " + noPolicy},
		"no policy, which fails":     {pattern: "else", flag: "fail", run: "False ResourceVerificationFailed: " + noPolicy, verified: "False " + noPolicy},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := settings{}
			if tc.flag != "" {
				s.flags = map[string]string{"trusted-resources-verification-no-match-policy": tc.flag}
			}
			w := remoteRun(t, s, tc.mode, tc.pattern, v1alpha1.KeyRef{Data: string(public)})
			if tc.signed {
				w.answer(signedTask(t, key))
			} else {
				w.answer(signedTask(t, nil))
			}
			w.mustPass()
			w.checkVerified(tc.run, tc.verified)
			// What the run has stored is not checked again.
			if tc.run == "" {
				if err := policyinformer.Get(w.ctx).Informer().GetIndexer().Update(policyOf("enforce", "", v1alpha1.KeyRef{Data: "no key"})); err != nil {
					t.Fatal(err)
				}
				w.mustPass()
				w.checkVerified(tc.run, tc.verified)
			}
		})
	}
}

func (w *world) checkVerified(run, verified string) {
	w.t.Helper()
	tr := w.taskRun()
	if made := w.pod("tr-pod") != nil; made != (run == "") {
		w.t.Errorf("pod made: %v, condition %s", made, w.condition())
	}
	if run != "" && (w.condition() != run || len(tr.Status.RetriesStatus) != 0) {
		w.t.Errorf("condition %s after %d retries, want %s", w.condition(), len(tr.Status.RetriesStatus), run)
	}
	got := ""
	if c := tr.Status.GetCondition(v1.ConditionTrustedResourcesVerified); c != nil {
		got = string(c.Status) + " " + c.Reason + c.Message
	}
	if got != verified {
		w.t.Errorf("verified %q, want %q", got, verified)
	}
}

func policyOf(mode v1alpha1.ModeType, pattern string, key v1alpha1.KeyRef) *v1alpha1.VerificationPolicy {
	if pattern == "" {
		pattern = "https://.*"
	}
	return &v1alpha1.VerificationPolicy{ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "ns"}, Spec: v1alpha1.VerificationPolicySpec{
		Mode: mode, Resources: []v1alpha1.ResourcePattern{{Pattern: pattern}}, Authorities: []v1alpha1.Authority{{Name: "a", Key: &key}},
	}}
}

// remoteRun has a TaskRun with retries that has asked for its Task, and a policy.
func remoteRun(t *testing.T, s settings, mode v1alpha1.ModeType, pattern string, key v1alpha1.KeyRef) *world {
	t.Helper()
	w := newWorld(t, s, taskRun(func(tr *v1.TaskRun) {
		tr.Spec.TaskSpec = nil
		tr.Spec.Retries = 2
		tr.Spec.TaskRef = &v1.TaskRef{ResolverRef: v1.ResolverRef{Resolver: "git"}}
	}))
	if err := policyinformer.Get(w.ctx).Informer().GetIndexer().Add(policyOf(mode, pattern, key)); err != nil {
		t.Fatal(err)
	}
	w.mustPass()
	return w
}

// TestSignatureWhileTheServerIsAway shows that a Secret that cannot be read for the moment neither ends the run nor lets it go on.
func TestSignatureWhileTheServerIsAway(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := cryptoutils.MarshalPublicKeyToPEM(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	w := remoteRun(t, settings{}, "", "", v1alpha1.KeyRef{SecretRef: &corev1.SecretReference{Namespace: "keys", Name: "key"}})
	w.add(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "keys", Name: "key"}, Data: map[string][]byte{"pem": public}})
	away := true
	w.kube.PrependReactor("get", "secrets", func(clientgotesting.Action) (bool, runtime.Object, error) {
		return away, nil, apierrors.NewServiceUnavailable("soon")
	})
	w.answer(signedTask(t, key))
	if _, err := w.pass(); err == nil || !strings.Contains(err.Error(), "reading Secret keys/key: soon") {
		t.Errorf("error %v", err)
	}
	if got := w.condition(); !strings.HasPrefix(got, "Unknown ") || w.pod("tr-pod") != nil {
		t.Errorf("condition %s", got)
	}
	away = false
	w.mustPass()
	w.checkVerified("", "True ")
}
