//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/test/cluster"
)

// TestMissingSecretOfAVolume has a pod of which only an event tells why it does not start.
func TestMissingSecretOfAVolume(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	ns.Create(`
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: run}
spec:
  workspaces: [{name: keys, secret: {secretName: keys}}]
  taskSpec:
    workspaces: [{name: keys}]
    steps:
    - {name: read, image: busybox, script: 'test "$(cat $(workspaces.keys.path)/key)" = a'}`)
	pending := ns.AwaitTaskRun("run", "to name the Secret that it waits for", func(tr *v1.TaskRun) bool {
		message := tr.Status.GetCondition(apis.ConditionSucceeded).GetMessage()
		return strings.Contains(message, "FailedMount: ") && strings.Contains(message, `secret "keys" not found`)
	})
	if got := pending.Status.GetCondition(apis.ConditionSucceeded).GetReason(); got != string(v1.TaskRunReasonPending) {
		t.Errorf("reason = %s, want Pending", got)
	}

	ns.Create("apiVersion: v1\nkind: Secret\nmetadata: {name: keys}\nstringData: {key: a}")
	if tr := ns.TaskRunDone("run"); !tr.IsSuccessful() {
		t.Errorf("condition = %+v", tr.Status.Conditions)
	}
}
