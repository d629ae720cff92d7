//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/test/cluster"
)

// TestFailuresOfContainers has what the kubelet does to the containers of a run. Each message has to say what to change.
func TestFailuresOfContainers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		spec    string
		reason  v1.TaskRunReason
		message []string
	}{
		"too much on the disk": {
			spec: `
    steps:
    - {name: fill, image: busybox, computeResources: {limits: {ephemeral-storage: 1Mi}}, script: head -c 20000000 /dev/zero > /fill; exec sleep 600}`,
			reason: v1.TaskRunReasonPodEvicted, message: []string{"ephemeral local storage usage exceeds", "1Mi"},
		},
		"out of memory": {
			spec: `
    steps:
    - {name: eat, image: busybox, computeResources: {limits: {memory: 32Mi}}, script: tail /dev/zero}`,
			reason: v1.TaskRunReasonStepOOM, message: []string{`"step-eat" exited with code 137: OOMKilled`},
		},
		"no directory": {
			spec: `
    steps:
    - {name: work, image: busybox, workingDir: /etc/passwd, script: "true"}`,
			reason: v1.TaskRunReasonStepFailed, message: []string{`"step-work" exited with code 128: StartError: `, "/etc/passwd", "not a directory"},
		},
		"no such image": {
			spec: `
    steps:
    - {name: work, image: "docker.io/no/such:1", script: "true"}`,
			reason:  v1.TaskRunReasonImagePullFailed,
			message: []string{`the step "work" in TaskRun "run" failed to pull the image`, "Back-off pulling image", "docker.io/no/such:1"},
		},
		"no image of that form": {
			spec: `
    steps:
    - {name: work, image: "busybox:", script: "true"}`,
			reason:  v1.TaskRunReasonImagePullFailed,
			message: []string{`the step "work" in TaskRun "run" failed to pull the image`, "busybox:"},
		},
		"no such image for a sidecar": {
			spec: `
    sidecars: [{name: db, image: "docker.io/no/such:1"}]
    steps: [{name: work, image: busybox, script: "true"}]`,
			reason:  v1.TaskRunReasonImagePullFailed,
			message: []string{`the sidecar "db" in TaskRun "run" failed to pull the image`, "docker.io/no/such:1"},
		},
		"no such image whose command is needed": {
			spec: `
    steps: [{name: work, image: "docker.io/no/such:1"}]`,
			reason:  v1.TaskRunReasonPodCreationFailed,
			message: []string{`failed to create task run pod "run": looking up the command of image "docker.io/no/such:1"`},
		},
		"no such ConfigMap": {
			spec: `
    steps:
    - {name: work, image: busybox, script: "true", env: [{name: A, valueFrom: {configMapKeyRef: {name: settings, key: a}}}]}`,
			reason:  v1.TaskRunReasonCreateContainerConfigError,
			message: []string{`Failed to create pod due to config error: container "step-work": `, `configmap "settings" not found`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns := cluster.New(t)
			ns.Create("apiVersion: tekton.dev/v1\nkind: TaskRun\nmetadata: {name: run}\nspec:\n  taskSpec:" + tc.spec)
			checkFailed(t, ns.TaskRunDone("run"), tc.reason, tc.message...)
		})
	}
}

func checkFailed(t *testing.T, tr *v1.TaskRun, reason v1.TaskRunReason, message ...string) {
	t.Helper()
	cond := tr.Status.GetCondition(apis.ConditionSucceeded)
	if !cond.IsFalse() || cond.Reason != string(reason) {
		t.Errorf("condition = %s %s %q, want %s", cond.Status, cond.Reason, cond.Message, reason)
	}
	for _, part := range message {
		if !strings.Contains(cond.Message, part) {
			t.Errorf("message = %q, want %q in it", cond.Message, part)
		}
	}
	if tr.Status.CompletionTime == nil {
		t.Error("there is no completion time")
	}
}
