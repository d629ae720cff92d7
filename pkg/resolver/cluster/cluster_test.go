package cluster_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/client/clientset/versioned/fake"
	"github.com/tenon-ci/tenon/pkg/resolver/cluster"
	"github.com/tenon-ci/tenon/pkg/resolver/cluster/clients"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
)

func params(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

func resolve(r *cluster.Resolver, req framework.Request) (*framework.Answer, error) {
	fetch, err := r.Prepare(context.Background(), req)
	if err != nil {
		return nil, err
	}
	return fetch.Do(context.Background())
}

func TestResolve(t *testing.T) {
	t.Parallel()
	meta := metav1.ObjectMeta{Name: "n", Namespace: "ns", UID: "u"}
	r := cluster.New(clients.New(fake.NewSimpleClientset(
		&v1.Task{ObjectMeta: meta, Spec: v1.TaskSpec{Steps: []v1.Step{{Name: "a", Image: "b"}}}},
		&v1.Pipeline{ObjectMeta: meta}, &v1beta1.StepAction{ObjectMeta: meta},
	)))
	got, err := resolve(r, framework.Request{Params: params("name", "n", "namespace", "ns", "kind", "task")})
	if err != nil {
		t.Fatal(err)
	}
	want := &framework.Answer{
		Data: []byte(`apiVersion: tekton.dev/v1
kind: Task
metadata:
  name: "n"
  namespace: ns
  uid: u
spec:
  steps:
  - image: b
    name: a
`),
		Annotations: map[string]string{"resolution.tekton.dev/name": "n", "resolution.tekton.dev/namespace": "ns"},
		Source: &v1.RefSource{
			URI:    "/apis/tekton.dev/v1/namespaces/ns/task/n@u",
			Digest: map[string]string{"sha256": "09a83d30e9d0c80a15993782cae9501ff4b688f34075ce6f821c11207671da7b"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	for kind, uri := range map[string]string{
		"pipeline":   "/apis/tekton.dev/v1/namespaces/ns/pipeline/n@u",
		"stepaction": "/apis/tekton.dev/v1/namespaces/ns/stepaction/n@u",
	} {
		got, err := resolve(r, framework.Request{
			Params: params("name", "n"), Config: params("default-kind", kind, "default-namespace", "ns"),
		})
		if err != nil || got.Source.URI != uri {
			t.Errorf("%s: answer %+v, error %v", kind, got, err)
		}
	}
	_, err = resolve(r, framework.Request{Params: params("name", "x", "namespace", "ns", "kind", "task")})
	if err == nil || err.Error() != `tasks.tekton.dev "x" not found` {
		t.Errorf("error %v", err)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	full := params("name", "n", "namespace", "ns", "kind", "task")
	for name, tc := range map[string]struct {
		params, config map[string]string
		want           string
	}{
		"fine":                  {params: full},
		"missing":               {params: params("namespace", " "), config: params("default-kind", "task"), want: "missing required cluster resolver params: name, namespace"},
		"kind":                  {params: params("name", "n", "namespace", "ns", "kind", "secret"), want: "unknown or unsupported resource kind 'secret'"},
		"blocked":               {params: full, config: params("blocked-namespaces", "a, ns", "allowed-namespaces", "ns"), want: "access to specified namespace ns is blocked"},
		"allowed":               {params: full, config: params("blocked-namespaces", "*", "allowed-namespaces", "a , ns")},
		"not allowed at all":    {params: full, config: params("blocked-namespaces", "*", "allowed-namespaces", "a"), want: "only explicit allowed access to namespaces is allowed"},
		"not among the allowed": {params: full, config: params("allowed-namespaces", "a"), want: "access to specified namespace ns is not allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if _, err := cluster.New(nil).Prepare(t.Context(), framework.Request{Params: tc.params, Config: tc.config}); err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}
