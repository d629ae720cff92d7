//go:build e2e

package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/test/cluster"
)

const sleeper = `
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: run}
spec:
  taskSpec:
    steps: [{name: work, image: busybox, script: exec sleep 600}]
`

// atWork waits until the only step of a run has started, and returns the run's pod.
func atWork(t *testing.T, ns *cluster.Namespace) *corev1.Pod {
	t.Helper()
	tr := ns.AwaitTaskRun("run", "to work", func(tr *v1.TaskRun) bool {
		return len(tr.Status.Steps) == 1 && tr.Status.Steps[0].Running != nil
	})
	pod, err := ns.Kube.CoreV1().Pods(ns.Name).Get(t.Context(), tr.Status.PodName, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return pod
}

func TestPodIsDrained(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	ns.Create(sleeper)
	pod := atWork(t, ns)
	err := ns.Kube.PolicyV1().Evictions(ns.Name).Evict(t.Context(), &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: pod.Name, Namespace: ns.Name}})
	if err != nil {
		t.Fatal(err)
	}
	checkFailed(t, ns.TaskRunDone("run"), v1.TaskRunReasonStepFailed,
		`"step-work" exited with code `, "The pod was taken off its node (EvictionByEvictionAPI): Eviction API: evicting")
}

func TestPodIsDeleted(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	ns.Create(sleeper)
	pod := atWork(t, ns)
	if err := ns.Kube.CoreV1().Pods(ns.Name).Delete(t.Context(), pod.Name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	checkFailed(t, ns.TaskRunDone("run"), v1.TaskRunReasonStepFailed, `"step-work" exited with code `, "The pod was deleted while it ran")
}

// TestPodVanishes deletes a pod as it is done for a node that does not answer: nobody is told how its steps ended. They run
// again in another one.
func TestPodVanishes(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	ns.Create(`
apiVersion: v1
kind: ConfigMap
metadata: {name: seconds}
data: {secs: "600"}
---
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: run}
spec:
  taskSpec:
    steps:
    - {name: work, image: busybox, env: [{name: SECS, valueFrom: {configMapKeyRef: {name: seconds, key: secs}}}], script: exec sleep $SECS}
`)
	first := atWork(t, ns)
	_, err := ns.Kube.CoreV1().ConfigMaps(ns.Name).Patch(t.Context(), "seconds", types.MergePatchType, []byte(`{"data":{"secs":"0"}}`), metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := ns.Kube.CoreV1().Pods(ns.Name).Delete(t.Context(), first.Name, metav1.DeleteOptions{GracePeriodSeconds: ptr.To[int64](0)}); err != nil {
		t.Fatal(err)
	}
	if tr := ns.TaskRunDone("run"); !tr.IsSuccessful() {
		t.Errorf("run: %s", tr.Status.GetCondition("Succeeded").GetMessage())
	}
	second, err := ns.Kube.CoreV1().Pods(ns.Name).Get(t.Context(), first.Name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if second.UID == first.UID {
		t.Error("the run ended with the pod that was deleted")
	}
}

// TestNodeIsLost puts a pod onto a node that is not there, and reports for it what that node's kubelet would have. The control
// plane gives such a pod up after 40 s and more; the last patch is what it does then, without the deletion that follows.
func TestNodeIsLost(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	ns.Create(strings.Replace(sleeper, "spec:", "spec:\n  podTemplate: {schedulerName: nobody}", 1))
	tr := ns.AwaitTaskRun("run", "to have a pod", func(tr *v1.TaskRun) bool { return tr.Status.PodName != "" })
	pod := tr.Status.PodName
	err := ns.Kube.CoreV1().Pods(ns.Name).Bind(t.Context(), &corev1.Binding{
		ObjectMeta: metav1.ObjectMeta{Name: pod}, Target: corev1.ObjectReference{Kind: "Node", Name: "lost-" + ns.Name},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC().Format(time.RFC3339)
	patchStatus(t, ns, pod, `{"phase":"Running","startTime":"`+now+`","containerStatuses":[
		{"name":"prepare","image":"","imageID":"","ready":false,"restartCount":0,"state":{"terminated":{"exitCode":0,"reason":"Completed","startedAt":"`+now+`","finishedAt":"`+now+`"}}},
		{"name":"step-work","image":"","imageID":"","ready":true,"restartCount":0,"state":{"running":{"startedAt":"`+now+`"}}}]}`)
	atWork(t, ns)
	patchStatus(t, ns, pod, `{"phase":"Failed","conditions":[{"type":"DisruptionTarget","status":"True","lastTransitionTime":"`+now+`",
		"reason":"DeletionByPodGC","message":"PodGC: node no longer exists"}]}`)
	checkFailed(t, ns.TaskRunDone("run"), v1.TaskRunReasonFailed, "The pod was taken off its node (DeletionByPodGC): PodGC: node no longer exists")
}

func patchStatus(t *testing.T, ns *cluster.Namespace, pod, status string) {
	t.Helper()
	_, err := ns.Kube.CoreV1().Pods(ns.Name).Patch(t.Context(), pod, types.StrategicMergePatchType, []byte(`{"status":`+status+`}`), metav1.PatchOptions{}, "status")
	if err != nil {
		t.Fatalf("reporting the state of pod %s: %v", pod, err)
	}
}

// TestQuota has a run wait for a quota that forbids its pod. It is tried again each minute, and when the run changes.
func TestQuota(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	ns.Create("apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: pods}\nspec: {hard: {pods: 0}}")
	awaitQuota(t, ns, "0")
	ns.Create(strings.Replace(sleeper, "exec sleep 600", `"true"`, 1))
	tr := ns.AwaitTaskRun("run", "to wait for the quota", func(tr *v1.TaskRun) bool {
		return tr.Status.GetCondition("Succeeded").GetReason() == string(v1.TaskRunReasonExceededResourceQuota)
	})
	cond := tr.Status.GetCondition("Succeeded")
	for _, part := range []string{"TaskRun Pod exceeded available resources: ", "exceeded quota: pods, requested: pods=1, used: pods=0, limited: pods=0"} {
		if !cond.IsUnknown() || !strings.Contains(cond.Message, part) {
			t.Errorf("condition = %s %q, want it to wait and say %q", cond.Status, cond.Message, part)
		}
	}
	if tr.Status.StartTime != nil {
		t.Errorf("the time of waiting counts since %s", tr.Status.StartTime)
	}
	_, err := ns.Kube.CoreV1().ResourceQuotas(ns.Name).Patch(t.Context(), "pods", types.MergePatchType, []byte(`{"spec":{"hard":{"pods":"5"}}}`), metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	awaitQuota(t, ns, "5")
	_, err = ns.Tekton.TektonV1().TaskRuns(ns.Name).Patch(t.Context(), "run", types.MergePatchType, []byte(`{"metadata":{"annotations":{"quota":"raised"}}}`), metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if tr := ns.TaskRunDone("run"); !tr.IsSuccessful() {
		t.Errorf("run: %s", tr.Status.GetCondition("Succeeded").GetMessage())
	}
}

// awaitQuota waits until the quota of a namespace is in force: the API server goes by its status.
func awaitQuota(t *testing.T, ns *cluster.Namespace, pods string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	watcher, err := ns.Kube.CoreV1().ResourceQuotas(ns.Name).Watch(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer watcher.Stop()
	for event := range watcher.ResultChan() {
		if quota, ok := event.Object.(*corev1.ResourceQuota); ok {
			if hard, ok := quota.Status.Hard[corev1.ResourcePods]; ok && hard.String() == pods {
				return
			}
		}
	}
	t.Fatalf("the quota of %s pods is not in force", pods)
}

// TestScriptOfASidecarEndsWell looks at the pod of a run whose sidecar has a script: it must not be one that failed.
func TestScriptOfASidecarEndsWell(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	ns.Create(`
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: run}
spec:
  taskSpec:
    sidecars: [{name: aside, image: busybox, script: 'trap "exit 0" TERM; while true; do sleep 0.1; done'}]
    steps: [{name: work, image: busybox, script: "true"}]
`)
	tr := ns.AwaitTaskRun("run", "to have stopped its sidecar", func(tr *v1.TaskRun) bool {
		return tr.IsDone() && len(tr.Status.Sidecars) == 1 && tr.Status.Sidecars[0].Terminated != nil
	})
	if end := tr.Status.Sidecars[0].Terminated; end.ExitCode != 0 || !tr.IsSuccessful() {
		t.Errorf("the sidecar ended with %d, %q; the run: %s", end.ExitCode, end.Message, tr.Status.GetCondition("Succeeded").GetMessage())
	}
	pod, err := ns.Kube.CoreV1().Pods(ns.Name).Get(t.Context(), tr.Status.PodName, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if pod.Status.Phase == corev1.PodFailed {
		t.Errorf("the pod has failed: %+v", pod.Status.ContainerStatuses)
	}
}
