//go:build e2e

package flags

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
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

// waitingTask lets the assistant, but not the pod of a, onto a node that takes no new pods. The test ends b; then c starts.
const waitingTask = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: shared}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Mi}}}
---
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: run}
spec:
  taskRunTemplate:
    podTemplate: {tolerations: [{key: node.kubernetes.io/unschedulable, operator: Exists}]}
  taskRunSpecs:
  - {pipelineTaskName: a, podTemplate: {tolerations: [{key: example.dev/other, operator: Exists}]}}
  workspaces: [{name: data, persistentVolumeClaim: {claimName: shared}}]
  pipelineSpec:
    workspaces: [{name: data}]
    tasks:
    - name: a
      workspaces: [{name: data}]
      taskSpec:
        workspaces: [{name: data}]
        steps: [{name: s, image: busybox, script: 'touch $(workspaces.data.path)/a'}]
    - {name: b, taskRef: {apiVersion: test.example/v1, kind: Wait}}
    - {name: c, taskRef: {apiVersion: test.example/v1, kind: Wait}, runAfter: [b]}
`

// TestAssistantOfWaitingPodIsReplacedWhileAnotherChildStarts has a pod wait for its place beside an assistant on a cordoned
// node. The pass that creates another child, without an assistant, has to move that assistant as well.
func TestAssistantOfWaitingPodIsReplacedWhileAnotherChildStarts(t *testing.T) {
	ns := cluster.New(t)
	node := onlyNode(t, ns)
	cordon(t, ns, node, true)
	t.Cleanup(func() { cordon(t, ns, node, false) })
	ns.Create(waitingTask)
	before := assistant(t, ns, func(pod *corev1.Pod) bool { return pod.Spec.NodeName == node && ready(pod) })
	// Nothing wakes the run when its StatefulSet counts the pod as ready.
	awaitReadySet(t, ns, strings.TrimSuffix(before.Name, "-0"))
	pods := watchAssistants(t, ns)
	end(t, ns, "run-b")
	deleted := awaitPod(t, pods, func(pod *corev1.Pod) bool { return pod.UID == before.UID && pod.DeletionTimestamp != nil })
	created := ns.AwaitCustomRun("run-c", "it exists", func(*v1beta1.CustomRun) bool { return true })
	if revision(t, deleted) > revision(t, created) {
		t.Errorf("the assistant was replaced after the pass that created run-c")
	}
	cordon(t, ns, node, false)
	end(t, ns, "run-c")
	if pr := ns.PipelineRunDone("run"); !pr.IsSuccessful() {
		t.Errorf("run: %s", pr.Status.GetCondition("Succeeded").GetMessage())
	}
}

// onlyNode returns the node of the cluster, and skips the test if there are more: a pod could go elsewhere then.
func onlyNode(t *testing.T, ns *cluster.Namespace) string {
	t.Helper()
	nodes, err := ns.Kube.CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(nodes.Items) != 1 {
		t.Skipf("the cluster has %d nodes, the test needs one", len(nodes.Items))
	}
	return nodes.Items[0].Name
}

func ready(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

func awaitReadySet(t *testing.T, ns *cluster.Namespace, name string) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), 100*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		set, err := ns.Kube.AppsV1().StatefulSets(ns.Name).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return false, err
		}
		return set.Status.ReadyReplicas == 1, nil
	})
	if err != nil {
		t.Fatalf("waiting for StatefulSet %s: %v", name, err)
	}
}

// end lets a CustomRun succeed, as the controller of its kind would.
func end(t *testing.T, ns *cluster.Namespace, name string) {
	t.Helper()
	client := ns.Tekton.TektonV1beta1().CustomRuns(ns.Name)
	cr := ns.AwaitCustomRun(name, "it exists", func(*v1beta1.CustomRun) bool { return true })
	cr.Status.Conditions = []apis.Condition{{
		Type: apis.ConditionSucceeded, Status: corev1.ConditionTrue, Reason: "Succeeded",
		LastTransitionTime: apis.VolatileTime{Inner: metav1.Now()},
	}}
	if _, err := client.UpdateStatus(t.Context(), cr, metav1.UpdateOptions{}); err != nil {
		t.Fatalf("ending CustomRun %s: %v", name, err)
	}
}

// revision returns when an object was written: clusters keep all kinds in one store, which counts its writes.
func revision(t *testing.T, object metav1.Object) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(object.GetResourceVersion(), 10, 64)
	if err != nil {
		t.Fatalf("reading the revision of %s: %v", object.GetName(), err)
	}
	return n
}

// assistant waits for the pod of the only assistant of a namespace to be as wanted.
func assistant(t *testing.T, ns *cluster.Namespace, ok func(*corev1.Pod) bool) *corev1.Pod {
	t.Helper()
	return awaitPod(t, watchAssistants(t, ns), ok)
}

// watchAssistants reports the pods of a namespace's assistants, those that exist first.
func watchAssistants(t *testing.T, ns *cluster.Namespace) watch.Interface {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	watcher, err := ns.Kube.CoreV1().Pods(ns.Name).Watch(ctx, metav1.ListOptions{LabelSelector: assistantPods})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(watcher.Stop)
	return watcher
}

func awaitPod(t *testing.T, watcher watch.Interface, ok func(*corev1.Pod) bool) *corev1.Pod {
	t.Helper()
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
