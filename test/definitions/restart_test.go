//go:build e2e

package definitions

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/test/cluster"
)

// Not in parallel: for a moment there are no resolvers.
func TestResolversEndWhileTheyFetch(t *testing.T) {
	ns := cluster.New(t)
	before := servers.fetches(t, "slow")
	name := start(ns, taskByReference, reference("git", params{"url": servers.repository("slow"), "revision": "main", "pathInRepo": "task.yaml"}))
	for deadline := time.Now().Add(time.Minute); servers.fetches(t, "slow") == before; time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nobody fetches")
		}
	}
	tr, err := ns.Tekton.TektonV1().TaskRuns(ns.Name).Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if tr.Status.TaskSpec != nil {
		t.Fatal("the Task is there already: the fetch is too fast to be interrupted")
	}
	interrupted := servers.fetches(t, "slow")
	if err := ns.ReplacePods(t.Context(), cluster.ResolversNamespace, deployment); err != nil {
		t.Fatal(err)
	}
	if tr := ns.TaskRunDone(name); !tr.IsSuccessful() {
		t.Errorf("the run ended with %s", message(tr))
	}
	if servers.fetches(t, "slow") == interrupted {
		t.Error("nobody fetched anew")
	}
}
