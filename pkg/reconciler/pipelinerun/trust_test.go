package pipelinerun

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/sigstore/sigstore/pkg/cryptoutils"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kubeclient "knative.dev/pkg/client/injection/kube/client"
	rtesting "knative.dev/pkg/reconciler/testing"
	"sigs.k8s.io/yaml"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1alpha1"
	policyinformer "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1alpha1/verificationpolicy"
	resolutionclient "github.com/tenon-ci/tenon/pkg/client/resolution/injection/client"
	requestinformer "github.com/tenon-ci/tenon/pkg/client/resolution/injection/informers/resolution/v1beta1/resolutionrequest"
	clusterreader "github.com/tenon-ci/tenon/pkg/kubereader/cluster"
	"github.com/tenon-ci/tenon/pkg/resolve"
	"github.com/tenon-ci/tenon/pkg/trust"
)

// text is a definition as a resolver finds it, with a signature by the key if there is one.
func text(t *testing.T, o trust.Object, key crypto.Signer) []byte {
	t.Helper()
	if key != nil {
		signed, err := trust.Sign(trust.NewResource(o), key, crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		o.SetAnnotations(map[string]string{"tekton.dev/signature": signed})
	}
	out, err := yaml.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// answerAll lets resolvers answer all requests: those of resolver "pipes" with the Pipeline, the others with the Task.
func answerAll(ctx context.Context, t *testing.T, pipeline, task []byte) {
	t.Helper()
	requests, err := resolutionclient.Get(ctx).ResolutionV1beta1().ResolutionRequests("ns").List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range requests.Items {
		rr := &requests.Items[i]
		document := task
		if rr.Labels["resolution.tekton.dev/type"] == "pipes" {
			document = pipeline
		}
		rr.Status.Data = base64.StdEncoding.EncodeToString(document)
		if err := requestinformer.Get(ctx).Informer().GetIndexer().Add(rr); err != nil {
			t.Fatal(err)
		}
	}
}

// remotePipeline is a Pipeline with a Task from elsewhere, and remoteTask that Task.
func remotePipeline() *v1.Pipeline {
	return &v1.Pipeline{
		TypeMeta: metav1.TypeMeta{APIVersion: "tekton.dev/v1", Kind: "Pipeline"}, ObjectMeta: metav1.ObjectMeta{Name: "pipe"},
		Spec: v1.PipelineSpec{Tasks: []v1.PipelineTask{{Name: "a", TaskRef: &v1.TaskRef{Kind: "Task", ResolverRef: v1.ResolverRef{Resolver: "tasks"}}}}},
	}
}

func remoteTask() *v1.Task {
	return &v1.Task{
		TypeMeta: metav1.TypeMeta{APIVersion: "tekton.dev/v1", Kind: "Task"}, ObjectMeta: metav1.ObjectMeta{Name: "task"},
		Spec: v1.TaskSpec{Steps: []v1.Step{{Name: "a", Image: "img"}}},
	}
}

func TestSignatures(t *testing.T) {
	t.Parallel()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := cryptoutils.MarshalPublicKeyToPEM(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	const (
		unsigned = "resource verification failed: resource RES in namespace ns fails verification: VerificationPolicy p applies to it, but it has no annotation tekton.dev/signature"
		refused  = "pipelineRun ns/run referred resource "
	)
	for name, tc := range map[string]struct {
		mode           v1alpha1.ModeType
		pipeline, task crypto.Signer
		ends           bool
		resource       string // the one that fails
		verified       string
	}{
		"both signed":                 {pipeline: key, task: key, verified: "True "},
		"unsigned pipeline":           {task: key, ends: true, resource: "pipe", verified: "False " + unsigned},
		"unsigned task":               {pipeline: key, ends: true, resource: "task", verified: "False " + unsigned},
		"unsigned pipeline is warned": {mode: "warn", task: key, resource: "pipe", verified: "False " + unsigned},
		"unsigned task is warned":     {mode: "warn", pipeline: key, resource: "task", verified: "False " + unsigned},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, _ := rtesting.SetupFakeContext(t)
			pr := newRun()
			pr.Spec.PipelineSpec, pr.Spec.PipelineRef = nil, &v1.PipelineRef{ResolverRef: v1.ResolverRef{Resolver: "pipes"}}
			w := newWorld(t, pr)
			var err error
			if w.definitions, err = newDefinitions(ctx, resolve.NewMemory(), trust.Shared(nil)(policyinformer.Get(ctx).Lister(), clusterreader.New(kubeclient.Get(ctx)))); err != nil {
				t.Fatal(err)
			}
			if err := policyinformer.Get(ctx).Informer().GetIndexer().Add(&v1alpha1.VerificationPolicy{
				ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "ns"},
				Spec: v1alpha1.VerificationPolicySpec{
					Mode: tc.mode, Resources: []v1alpha1.ResourcePattern{{Pattern: ".*"}},
					Authorities: []v1alpha1.Authority{{Name: "a", Key: &v1alpha1.KeyRef{Data: string(public)}}},
				},
			}); err != nil {
				t.Fatal(err)
			}
			pipeline, task := text(t, remotePipeline(), tc.pipeline), text(t, remoteTask(), tc.task)
			for range 3 { // ask for the Pipeline, then for its Task, and go on
				_, _ = w.pass(t, w.stored(t)) // the outcome is in the run
				answerAll(ctx, t, pipeline, task)
			}
			got := w.stored(t)
			if ended := got.IsDone(); ended != tc.ends || len(got.Status.ChildReferences) == 0 != tc.ends {
				t.Fatalf("ended %v with children %v: %v", ended, got.Status.ChildReferences, got.Status.Conditions)
			}
			c := got.Status.GetCondition(v1.ConditionTrustedResourcesVerified)
			if want := strings.ReplaceAll(tc.verified, "RES", tc.resource); c == nil || string(c.Status)+" "+c.Reason+c.Message != want {
				t.Errorf("verified %v, want %s", c, want)
			}
			if !tc.ends {
				return
			}
			end := got.Status.GetCondition("Succeeded")
			if want := " failed signature verification: " + strings.ReplaceAll(unsigned, "RES", tc.resource); end.Reason != "ResourceVerificationFailed" ||
				!strings.HasPrefix(end.Message, refused) || !strings.HasSuffix(end.Message, want) {
				t.Errorf("condition %v", end)
			}
		})
	}
}
