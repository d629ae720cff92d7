//go:build e2e

package e2e

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"strings"
	"testing"

	"github.com/sigstore/sigstore/pkg/cryptoutils"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1alpha1"
	"github.com/tenon-ci/tenon/pkg/trust"
	"github.com/tenon-ci/tenon/test/cluster"
)

const fetchedPipeline = `
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: shared}
spec:
  tasks:
  - name: work
    taskRef:
      resolver: cluster
      params: [{name: kind, value: task}, {name: name, value: shared}, {name: namespace, value: $(context.pipelineRun.namespace)}]
`

const fetchingPipelineRun = `
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: run}
spec:
  pipelineRef:
    resolver: cluster
    params: [{name: kind, value: pipeline}, {name: name, value: shared}, {name: namespace, value: $(context.pipelineRun.namespace)}]
`

// signers makes a key of each type.
func signers(t *testing.T) map[string]crypto.Signer {
	t.Helper()
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]crypto.Signer{"ecdsa": p256, "rsa": long, "ed25519": edwards}
}

// signatureOf signs a definition as it is in the cluster, where admission has filled in defaults.
func signatureOf(t *testing.T, o trust.Object, key crypto.Signer) string {
	t.Helper()
	signed, err := trust.Sign(trust.NewResource(o), key, crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func signTask(t *testing.T, ns *cluster.Namespace, key crypto.Signer) {
	t.Helper()
	client := ns.Tekton.TektonV1().Tasks(ns.Name)
	task, err := client.Get(context.Background(), "shared", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	task.TypeMeta = metav1.TypeMeta{APIVersion: v1.SchemeGroupVersion.String(), Kind: pipeline.TaskControllerKind}
	metav1.SetMetaDataAnnotation(&task.ObjectMeta, pipeline.SignatureAnnotationKey, signatureOf(t, task, key))
	if _, err := client.Update(context.Background(), task, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
}

func signPipeline(t *testing.T, ns *cluster.Namespace, key crypto.Signer) {
	t.Helper()
	client := ns.Tekton.TektonV1().Pipelines(ns.Name)
	p, err := client.Get(context.Background(), "shared", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	p.TypeMeta = metav1.TypeMeta{APIVersion: v1.SchemeGroupVersion.String(), Kind: pipeline.PipelineControllerKind}
	metav1.SetMetaDataAnnotation(&p.ObjectMeta, pipeline.SignatureAnnotationKey, signatureOf(t, p, key))
	if _, err := client.Update(context.Background(), p, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// changeTask changes the Task without signing it again.
func changeTask(t *testing.T, ns *cluster.Namespace) {
	t.Helper()
	client := ns.Tekton.TektonV1().Tasks(ns.Name)
	task, err := client.Get(context.Background(), "shared", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	task.Spec.Description = "changed"
	if _, err := client.Update(context.Background(), task, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
}

func publicPEM(t *testing.T, key crypto.Signer) string {
	t.Helper()
	text, err := cryptoutils.MarshalPublicKeyToPEM(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// requireSignature makes a policy for everything; the key is in a Secret if secret is its name.
func requireSignature(t *testing.T, ns *cluster.Namespace, mode v1alpha1.ModeType, key crypto.Signer, secret string) {
	t.Helper()
	ref := &v1alpha1.KeyRef{Data: publicPEM(t, key)}
	if secret != "" {
		ref = &v1alpha1.KeyRef{SecretRef: &corev1.SecretReference{Namespace: ns.Name, Name: secret}}
		_, err := ns.Kube.CoreV1().Secrets(ns.Name).Create(context.Background(), &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Name: secret}, StringData: map[string]string{"key.pem": publicPEM(t, key)},
		}, metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
	}
	policy := &v1alpha1.VerificationPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: "only-signed"},
		Spec: v1alpha1.VerificationPolicySpec{
			Mode: mode, Resources: []v1alpha1.ResourcePattern{{Pattern: ".*"}}, Authorities: []v1alpha1.Authority{{Name: "us", Key: ref}},
		},
	}
	if _, err := ns.Tekton.TektonV1alpha1().VerificationPolicies(ns.Name).Create(context.Background(), policy, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// checkVerified compares the condition TrustedResourcesVerified; want is its status, with the beginning of its message.
func checkVerified(t *testing.T, got *apis.Condition, want corev1.ConditionStatus, message string) {
	t.Helper()
	if got == nil || got.Status != want || got.Reason != "" || !strings.HasPrefix(got.Message, message) || message == "" && got.Message != "" {
		t.Errorf("condition %v, want %s %q", got, want, message)
	}
}

const unsigned = "resource verification failed: resource shared in namespace "

// TestSignedResourcesRun has a Pipeline and its Task, signed with each type of key.
func TestSignedResourcesRun(t *testing.T) {
	t.Parallel()
	for name, key := range signers(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns := cluster.New(t)
			ns.Create(fetchedTask)
			ns.Create(fetchedPipeline)
			signTask(t, ns, key)
			signPipeline(t, ns, key)
			secret := ""
			if name == "rsa" {
				secret = "key"
			}
			requireSignature(t, ns, v1alpha1.ModeEnforce, key, secret)
			ns.Create(fetchingPipelineRun)
			pr := ns.PipelineRunDone("run")
			if !pr.IsSuccessful() {
				t.Errorf("the run ended with %v", pr.Status.Conditions)
			}
			checkVerified(t, pr.Status.GetCondition(v1.ConditionTrustedResourcesVerified), corev1.ConditionTrue, "")
			tr := ns.TaskRunDone("run-work")
			checkVerified(t, tr.Status.GetCondition(v1.ConditionTrustedResourcesVerified), corev1.ConditionTrue, "")
		})
	}
}

func TestUnsignedTaskDoesNotRun(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	ns.Create(fetchedTask)
	requireSignature(t, ns, "", signers(t)["ecdsa"], "")
	ns.Create(fetchingRun)
	tr := ns.TaskRunDone("run")
	checkFailed(t, tr, v1.TaskRunReasonResourceVerificationFailed, "VerificationPolicy only-signed applies to it, but it has no annotation")
	checkVerified(t, tr.Status.GetCondition(v1.ConditionTrustedResourcesVerified), corev1.ConditionFalse, unsigned)
}

func TestTaskChangedAfterSigningDoesNotRun(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	ns.Create(fetchedTask)
	key := signers(t)["ed25519"]
	signTask(t, ns, key)
	changeTask(t, ns)
	requireSignature(t, ns, v1alpha1.ModeEnforce, key, "key")
	ns.Create(fetchingRun)
	tr := ns.TaskRunDone("run")
	checkFailed(t, tr, v1.TaskRunReasonResourceVerificationFailed, "it was changed after it was signed")
	checkVerified(t, tr.Status.GetCondition(v1.ConditionTrustedResourcesVerified), corev1.ConditionFalse, unsigned)
}

func TestUnsignedTaskRunsWithAWarning(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	ns.Create(fetchedTask)
	requireSignature(t, ns, v1alpha1.ModeWarn, signers(t)["ecdsa"], "")
	ns.Create(fetchingRun)
	tr := ns.TaskRunDone("run")
	if !tr.IsSuccessful() {
		t.Errorf("the run ended with %v", tr.Status.Conditions)
	}
	checkVerified(t, tr.Status.GetCondition(v1.ConditionTrustedResourcesVerified), corev1.ConditionFalse, unsigned)
}

// TestUnsignedTaskKeepsThePipelineFromRunning has a Pipeline that is signed, with a Task that is not.
func TestUnsignedTaskKeepsThePipelineFromRunning(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	ns.Create(fetchedTask)
	ns.Create(fetchedPipeline)
	key := signers(t)["ecdsa"]
	signPipeline(t, ns, key)
	requireSignature(t, ns, v1alpha1.ModeEnforce, key, "")
	ns.Create(fetchingPipelineRun)
	pr := ns.PipelineRunDone("run")
	cond := pr.Status.GetCondition(apis.ConditionSucceeded)
	if !cond.IsFalse() || cond.Reason != v1.PipelineRunReasonResourceVerificationFailed.String() ||
		!strings.HasPrefix(cond.Message, "pipelineRun "+ns.Name+"/run referred resource ") || !strings.Contains(cond.Message, " failed signature verification: "+unsigned) {
		t.Errorf("condition %v", cond)
	}
	checkVerified(t, pr.Status.GetCondition(v1.ConditionTrustedResourcesVerified), corev1.ConditionFalse, unsigned)
}
