//go:build e2e

package flags

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/test/cluster"
)

const twoTasksOnAVolume = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: shared}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Mi}}}
---
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: work}
spec:
  workspaces: [{name: data}]
  params: [{name: seconds}]
  steps: [{name: s, image: busybox, script: 'sleep $(params.seconds); echo done >> $(workspaces.data.path)/log'}]
---
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: run}
spec:
  workspaces: [{name: data, persistentVolumeClaim: {claimName: shared}}]
  pipelineSpec:
    workspaces: [{name: data}]
    tasks:
    - {name: a, taskRef: {name: work}, params: [{name: seconds, value: "10"}], workspaces: [{name: data}]}
    - {name: b, taskRef: {name: work}, params: [{name: seconds, value: "0"}], workspaces: [{name: data}], runAfter: [a]}
`

const assistantPods = "app.kubernetes.io/component=affinity-assistant"

// TestCordonedAssistantIsReplaced cordons the node of an assistant while the first task of the run is at work. The pods of
// the tasks after it could not be placed beside an assistant that stays there.
func TestCordonedAssistantIsReplaced(t *testing.T) {
	ns := cluster.New(t)
	ns.Create(twoTasksOnAVolume)
	ns.AwaitTaskRun("run-a", "it runs", func(tr *v1.TaskRun) bool {
		return len(tr.Status.Steps) == 1 && tr.Status.Steps[0].Running != nil
	})
	before := assistant(t, ns, func(pod *corev1.Pod) bool { return pod.Status.Phase == corev1.PodRunning })
	cordon(t, ns, before.Spec.NodeName, true)
	t.Cleanup(func() { cordon(t, ns, before.Spec.NodeName, false) })
	after := assistant(t, ns, func(pod *corev1.Pod) bool { return pod.UID != before.UID })
	if after.Spec.NodeName == before.Spec.NodeName {
		t.Errorf("the new assistant is on the cordoned node %s", after.Spec.NodeName)
	}
	cordon(t, ns, before.Spec.NodeName, false)
	if pr := ns.PipelineRunDone("run"); !pr.IsSuccessful() {
		t.Errorf("run: %s", pr.Status.GetCondition("Succeeded").GetMessage())
	}
}

// assistant waits for the pod of the only assistant of a namespace to be as wanted.
func assistant(t *testing.T, ns *cluster.Namespace, ok func(*corev1.Pod) bool) *corev1.Pod {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	watcher, err := ns.Kube.CoreV1().Pods(ns.Name).Watch(ctx, metav1.ListOptions{LabelSelector: assistantPods})
	if err != nil {
		t.Fatal(err)
	}
	defer watcher.Stop()
	var last *corev1.Pod
	for event := range watcher.ResultChan() {
		if pod, is := event.Object.(*corev1.Pod); is {
			if last = pod; ok(pod) {
				return pod
			}
		}
	}
	t.Fatalf("no affinity assistant as expected; the last one is %+v", last)
	return nil
}

func cordon(t *testing.T, ns *cluster.Namespace, node string, on bool) {
	t.Helper()
	patch := `{"spec":{"unschedulable":null}}`
	if on {
		patch = `{"spec":{"unschedulable":true}}`
	}
	// Also when the test's own context has ended.
	ctx := context.WithoutCancel(t.Context())
	if _, err := ns.Kube.CoreV1().Nodes().Patch(ctx, node, types.MergePatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
		t.Fatalf("changing node %s: %v", node, err)
	}
}
