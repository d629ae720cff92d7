//go:build e2e

package flags

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/test/cluster"
)

const (
	withResult = `
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: NAME}
spec:
  taskSpec:
    results: [{name: said}]
    steps: [{name: say, image: busybox, script: printf hello > $(results.said.path)}]
`
	mayReadLogs = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: logs}
rules: [{apiGroups: [""], resources: [pods/log], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: logs}
subjects: [{kind: ServiceAccount, name: tekton-pipelines-controller, namespace: tekton-pipelines}]
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: logs}
`
)

// TestResultsFromLogsNeedARight runs a Task with a result before and after the controller may read logs.
func TestResultsFromLogsNeedARight(t *testing.T) {
	ns := cluster.New(t)
	if controllerReadsLogs(t, ns) {
		t.Skip("the controller may read logs in all namespaces of this cluster")
	}
	cluster.SetConfig(t, "feature-flags", map[string]string{"results-from": "sidecar-logs"})
	ns.Create(strings.Replace(withResult, "NAME", "before", 1))
	cond := ns.TaskRunDone("before").Status.GetCondition("Succeeded")
	if cond.Reason != string(v1.TaskRunReasonFailedValidation) {
		t.Errorf("without the right: %s %q", cond.Reason, cond.Message)
	}
	for _, part := range []string{"may not get pods/log in namespace \"" + ns.Name + "\"", "examples/_rbac/pod-log-access.yaml"} {
		if !strings.Contains(cond.Message, part) {
			t.Errorf("message = %q, want %q in it", cond.Message, part)
		}
	}
	ns.Create(mayReadLogs)
	ns.Create(strings.Replace(withResult, "NAME", "after", 1))
	tr := ns.TaskRunDone("after")
	if !tr.IsSuccessful() {
		t.Fatalf("with the right: %s", tr.Status.GetCondition("Succeeded").GetMessage())
	}
	want := []v1.TaskRunResult{{Name: "said", Type: v1.ResultsTypeString, Value: *v1.NewString("hello")}}
	if diff := cmp.Diff(want, tr.Status.Results); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

func controllerReadsLogs(t *testing.T, ns *cluster.Namespace) bool {
	t.Helper()
	review, err := ns.Kube.AuthorizationV1().SubjectAccessReviews().Create(t.Context(), &authorizationv1.SubjectAccessReview{
		Spec: authorizationv1.SubjectAccessReviewSpec{
			User: "system:serviceaccount:tekton-pipelines:tekton-pipelines-controller",
			ResourceAttributes: &authorizationv1.ResourceAttributes{
				Namespace: ns.Name, Verb: "get", Resource: "pods", Subresource: "log",
			},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return review.Status.Allowed
}
