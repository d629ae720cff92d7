//go:build e2e

// Package e2e asks a live cluster whether this build does what it promises.
package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/test/cluster"
)

func TestResultsOrderAndFinally(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	ns.Create(`
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: run}
spec:
  params: [{name: who, value: world}]
  pipelineSpec:
    params: [{name: who}]
    results: [{name: out, value: $(tasks.second.results.loud)}]
    tasks:
    - name: second
      params: [{name: text, value: $(tasks.first.results.text)}]
      taskSpec:
        params: [{name: text}]
        results: [{name: loud}]
        steps:
        - name: shout
          image: busybox
          script: echo -n "$(params.text)" | tr a-z A-Z > $(results.loud.path)
    - name: first
      taskSpec:
        results: [{name: text}]
        steps:
        - name: one
          image: busybox
          script: echo -n "hello" > /workspace/part
        - name: two
          image: busybox
          script: echo -n "$(cat /workspace/part) $(params.who)" > $(results.text.path)
    finally:
    - name: last
      params: [{name: status, value: $(tasks.second.status)}]
      taskSpec:
        params: [{name: status}]
        steps:
        - name: check
          image: busybox
          script: test "$(params.status)" = Succeeded
`)
	pr := ns.PipelineRunDone("run")
	if !pr.IsSuccessful() {
		t.Fatalf("run: %s", pr.Status.GetCondition("Succeeded").GetMessage())
	}
	if diff := cmp.Diff([]v1.PipelineRunResult{{Name: "out", Value: *v1.NewString("HELLO WORLD")}}, pr.Status.Results); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if got, want := pr.Status.GetCondition("Succeeded").GetMessage(), "Tasks Completed: 3 (Failed: 0, Cancelled 0), Skipped: 0"; got != want {
		t.Errorf("message = %q, want %q", got, want)
	}
}

func TestFailedStepSkipsTheRest(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	ns.Create(`
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: run}
spec:
  taskSpec:
    steps:
    - {name: good, image: busybox, script: "true"}
    - {name: bad, image: busybox, script: "exit 7"}
    - {name: never, image: busybox, script: "echo must not run"}
`)
	tr := ns.TaskRunDone("run")
	cond := tr.Status.GetCondition("Succeeded")
	if cond.Reason != "StepFailed" || !strings.Contains(cond.Message, `"step-bad" exited with code 7`) {
		t.Errorf("condition = %s %q", cond.Reason, cond.Message)
	}
	var got []string
	for _, s := range tr.Status.Steps {
		got = append(got, fmt.Sprintf("%s %d %s", s.Name, s.Terminated.ExitCode, s.TerminationReason))
	}
	if diff := cmp.Diff([]string{"good 0 Completed", "bad 7 Error", "never 1 Skipped"}, got); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

const sharedVolume = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: shared}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 10Mi}}
---
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: run}
spec:
  workspaces: [{name: data, persistentVolumeClaim: {claimName: shared}}]
  pipelineSpec:
    workspaces: [{name: data}]
    tasks:
    - name: write
      workspaces: [{name: data}]
      taskSpec:
        workspaces: [{name: data}]
        steps: [{name: s, image: busybox, script: "echo -n kept > $(workspaces.data.path)/file"}]
    - name: read
      runAfter: [write]
      workspaces: [{name: data}]
      taskSpec:
        workspaces: [{name: data}]
        steps: [{name: s, image: busybox, script: 'test "$(cat $(workspaces.data.path)/file)" = kept'}]
`

func TestAffinityAssistantPlacesPodsOfASharedVolume(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	ns.Create(sharedVolume)
	ns.AwaitPipelineRun("run", "to start a task", func(pr *v1.PipelineRun) bool { return len(pr.Status.ChildReferences) > 0 })
	sets, err := ns.Kube.AppsV1().StatefulSets(ns.Name).List(t.Context(), metav1.ListOptions{})
	if err != nil || len(sets.Items) != 1 {
		t.Fatalf("want one StatefulSet while the run goes on, got %d (%v)", len(sets.Items), err)
	}
	assistant := sets.Items[0].Name
	if pr := ns.PipelineRunDone("run"); !pr.IsSuccessful() {
		t.Fatalf("run: %s", pr.Status.GetCondition("Succeeded").GetMessage())
	}
	pods, err := ns.Kube.CoreV1().Pods(ns.Name).List(t.Context(), metav1.ListOptions{LabelSelector: pipeline.PipelineRunLabelKey + "=run," + pipeline.TaskRunLabelKey})
	if err != nil || len(pods.Items) != 2 {
		t.Fatalf("want two pods of tasks, got %d (%v)", len(pods.Items), err)
	}
	for _, pod := range pods.Items {
		if !standsNextTo(&pod, assistant) {
			t.Errorf("pod %s has no affinity to %s", pod.Name, assistant)
		}
	}
	if pods.Items[0].Spec.NodeName != pods.Items[1].Spec.NodeName {
		t.Errorf("the pods ran on %s and %s", pods.Items[0].Spec.NodeName, pods.Items[1].Spec.NodeName)
	}
}

func standsNextTo(pod *corev1.Pod, assistant string) bool {
	if pod.Spec.Affinity == nil || pod.Spec.Affinity.PodAffinity == nil {
		return false
	}
	for _, term := range pod.Spec.Affinity.PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution {
		if term.LabelSelector.MatchLabels["app.kubernetes.io/instance"] == assistant && term.TopologyKey == "kubernetes.io/hostname" {
			return true
		}
	}
	return false
}

func TestVolumeClaimTemplateAndSubPath(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	ns.Create(`
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: run}
spec:
  workspaces:
  - name: data
    volumeClaimTemplate:
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Mi}}}
  pipelineSpec:
    workspaces: [{name: data}]
    tasks:
    - name: write
      workspaces: [{name: data, subPath: deep/er}]
      taskSpec:
        workspaces: [{name: data}]
        steps: [{name: s, image: busybox, script: "echo -n kept > $(workspaces.data.path)/file"}]
    - name: read
      runAfter: [write]
      workspaces: [{name: data}]
      taskSpec:
        workspaces: [{name: data}]
        steps: [{name: s, image: busybox, script: 'test "$(cat $(workspaces.data.path)/deep/er/file)" = kept'}]
`)
	if pr := ns.PipelineRunDone("run"); !pr.IsSuccessful() {
		t.Fatalf("run: %s", pr.Status.GetCondition("Succeeded").GetMessage())
	}
	claims, err := ns.Kube.CoreV1().PersistentVolumeClaims(ns.Name).List(t.Context(), metav1.ListOptions{})
	if err != nil || len(claims.Items) != 1 {
		t.Fatalf("want one claim, got %d (%v)", len(claims.Items), err)
	}
	if owners := claims.Items[0].OwnerReferences; len(owners) != 1 || owners[0].Kind != "PipelineRun" {
		t.Errorf("owners of the claim = %v", owners)
	}
}

func TestTimeoutAndCancel(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	ns.Create(`
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: slow}
spec:
  timeout: 3s
  taskSpec:
    steps: [{name: s, image: busybox, script: "sleep 3600"}]
---
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: stopped}
spec:
  pipelineSpec:
    tasks:
    - name: slow
      taskSpec:
        steps: [{name: s, image: busybox, script: "sleep 3600"}]
    finally:
    - name: never
      taskSpec:
        steps: [{name: s, image: busybox, script: "true"}]
`)
	if cond := ns.TaskRunDone("slow").Status.GetCondition("Succeeded"); cond.Reason != "TaskRunTimeout" || !strings.HasPrefix(cond.Message, `TaskRun "slow" failed to finish within "3s"`) {
		t.Errorf("slow: %s %q", cond.Reason, cond.Message)
	}
	ns.AwaitPipelineRun("stopped", "to start a task", func(pr *v1.PipelineRun) bool { return len(pr.Status.ChildReferences) > 0 })
	ns.PatchStatus("pipelineruns", "stopped", "Cancelled")
	pr := ns.PipelineRunDone("stopped")
	if cond := pr.Status.GetCondition("Succeeded"); cond.Reason != "Cancelled" || cond.Message != `PipelineRun "stopped" was cancelled` {
		t.Errorf("stopped: %s %q", cond.Reason, cond.Message)
	}
	tr := ns.TaskRunDone("stopped-slow")
	if cond := tr.Status.GetCondition("Succeeded"); cond.Reason != "TaskRunCancelled" {
		t.Errorf("child: %s %q", cond.Reason, cond.Message)
	}
	runs, err := ns.Tekton.TektonV1().TaskRuns(ns.Name).List(t.Context(), metav1.ListOptions{LabelSelector: pipeline.PipelineRunLabelKey + "=stopped"})
	if err != nil || len(runs.Items) != 1 {
		t.Errorf("want only the task that was running, got %d TaskRuns (%v)", len(runs.Items), err)
	}
}
