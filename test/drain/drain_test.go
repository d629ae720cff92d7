//go:build e2e

// Package drain tests that nodes can be drained, one after the other, while runs are made. It scales the installation and
// keeps pods off nodes, so nothing else may use the cluster meanwhile.
package drain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/wait"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/test/cluster"
	"github.com/tenon-ci/tenon/test/upgrade/traffic"
)

const (
	// script is the development cluster's.
	script = "../../hack/cluster/cluster"
	// settings are those for two replicas that the documentation has.
	settings = "../../docs/operations/high-availability.yaml"
	manager  = "high-availability"
	// ofTenon selects the pods of the installation.
	ofTenon = "app.kubernetes.io/part-of=tekton-pipelines"
	// allowed is the longest time that a drain may hold up anybody, over what the machine does by itself.
	allowed = 5 * time.Second
	quiet   = 10 * time.Second
	period  = 250 * time.Millisecond
	// patience is how long replicas may take to be where they should be.
	patience = 2 * time.Minute
)

// work is what is under way on the nodes: a run that allows for the loss of its pod, and one that does not. The first
// attempts would take longer than the test.
const work = `
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: retried}
spec:
  pipelineSpec:
    tasks:
    - name: work
      retries: 3
      taskSpec: {steps: [{name: work, image: busybox, script: 'test $(context.task.retry-count) != 0 || sleep 600'}]}
---
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: lost}
spec: {taskSpec: {steps: [{name: work, image: busybox, script: sleep 600}]}}
`

func TestDrains(t *testing.T) {
	clients, err := cluster.Connect()
	if err != nil {
		t.Fatal(err)
	}
	nodes := twoNodes(t, clients)
	twoReplicas(t, clients)
	ns := cluster.New(t)
	ns.Create(work)
	for _, name := range []string{"retried-work", "lost"} {
		ns.AwaitTaskRun(name, "to be under way", func(tr *v1.TaskRun) bool { return len(tr.Status.Steps) > 0 && tr.Status.Steps[0].Running != nil })
	}
	runs := traffic.Begin(t, period)
	limit := allowed + longest(t, runs, "nothing is done", func() { time.Sleep(quiet) })
	for _, node := range nodes {
		awaitReplicas(t, clients)
		got := longest(t, runs, "drain of "+node, func() { drain(t, ns, node) })
		if got > limit {
			t.Errorf("drain of %s: runs were held up for %v, want %v at most", node, got, limit)
		}
		kubectl(t, "uncordon", node)
	}
	checkTraffic(t, runs)
	checkWork(t, ns)
}

// longest does something while runs are made, and returns for how long they were held up at most.
func longest(t *testing.T, runs *traffic.Traffic, what string, do func()) time.Duration {
	t.Helper()
	began := time.Now()
	do()
	gaps := runs.Gaps(began)
	t.Logf("%s: %.0f s; longest gap between runs accepted %.1f s, between pods made %.1f s",
		what, time.Since(began).Seconds(), gaps.Admissions.Seconds(), gaps.Starts.Seconds())
	return max(gaps.Admissions, gaps.Starts)
}

// twoNodes returns the names of two nodes that have the installation between them. The development cluster gets a second
// one for the time of the test.
func twoNodes(t *testing.T, clients *cluster.Clients) []string {
	t.Helper()
	nodes := usableNodes(t, clients)
	out, err := exec.CommandContext(t.Context(), script, "kubeconfig").Output()
	if len(nodes) == 1 && err == nil && os.Getenv("KUBECONFIG") == strings.TrimSpace(string(out)) {
		if out, err := exec.CommandContext(t.Context(), script, "add-node").CombinedOutput(); err != nil {
			t.Fatalf("adding a node: %v\n%s", err, out)
		}
		t.Cleanup(func() {
			if out, err := exec.CommandContext(context.Background(), script, "remove-node").CombinedOutput(); err != nil {
				t.Errorf("removing the second node: %v\n%s", err, out)
			}
		})
		nodes = usableNodes(t, clients)
	}
	if len(nodes) != 2 {
		t.Skipf("this test needs a cluster of two nodes, it has %d", len(nodes))
	}
	return nodes
}

func usableNodes(t *testing.T, clients *cluster.Clients) []string {
	t.Helper()
	list, err := clients.Kube.CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for i := range list.Items {
		if n := &list.Items[i]; len(n.Spec.Taints) == 0 && !n.Spec.Unschedulable {
			names = append(names, n.Name)
		}
	}
	return names
}

// twoReplicas scales the installation as the documentation says, and puts it back when the test ends.
func twoReplicas(t *testing.T, clients *cluster.Clients) {
	t.Helper()
	t.Cleanup(func() { oneReplica(t, clients) })
	kubectl(t, "apply", "--server-side", "--force-conflicts", "--field-manager="+manager, "-f", settings)
	restart(t)
	awaitReplicas(t, clients)
}

func oneReplica(t *testing.T, clients *cluster.Clients) {
	t.Helper()
	kubectl(t, "-n", cluster.SystemNamespace, "patch", "hpa", "tekton-pipelines-webhook", "--type=merge", "-p", `{"spec":{"minReplicas":1}}`)
	for _, ns := range []string{cluster.SystemNamespace, cluster.ResolversNamespace} {
		kubectl(t, "-n", ns, "delete", "poddisruptionbudget", "-l", ofTenon, "--ignore-not-found")
		kubectl(t, "-n", ns, "scale", "deployment", "-l", ofTenon, "--replicas=1")
		for _, component := range []string{"controller", "events", "resolvers"} {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			name := "config-leader-election-" + component
			if (ns == cluster.ResolversNamespace) != (component == "resolvers") {
				continue
			}
			if _, err := clients.ChangeConfig(ctx, ns, name, map[string]string{"buckets": "1"}); err != nil {
				t.Error(err)
			}
		}
	}
	restart(t)
}

// restart replaces the pods, which read the number of shares at their start.
func restart(t *testing.T) {
	t.Helper()
	for _, ns := range []string{cluster.SystemNamespace, cluster.ResolversNamespace} {
		kubectl(t, "-n", ns, "rollout", "restart", "deployment", "-l", ofTenon)
		kubectl(t, "-n", ns, "rollout", "status", "deployment", "-l", ofTenon, "--timeout="+patience.String())
	}
}

// awaitReplicas waits until every component has two replicas that are ready, on whatever nodes.
func awaitReplicas(t *testing.T, clients *cluster.Clients) {
	t.Helper()
	last := ""
	err := wait.PollUntilContextTimeout(t.Context(), time.Second, patience, true, func(ctx context.Context) (bool, error) {
		list, err := clients.Kube.AppsV1().Deployments("").List(ctx, metav1.ListOptions{LabelSelector: ofTenon})
		if err != nil {
			return false, err
		}
		last = ""
		for i := range list.Items {
			if d := &list.Items[i]; d.Status.ReadyReplicas != 2 || d.Status.Replicas != 2 {
				last += fmt.Sprintf("%s has %d of %d ready; ", d.Name, d.Status.ReadyReplicas, d.Status.Replicas)
			}
		}
		return last == "", nil
	})
	if err != nil {
		t.Fatalf("waiting for two replicas of everything: %v; %s", err, last)
	}
}

// drain drains a node of what is the installation's or the test's own. Pods of others stay: they are nobody's to end here.
func drain(t *testing.T, ns *cluster.Namespace, node string) {
	t.Helper()
	kubectl(t, "drain", node, "--pod-selector="+ofTenon, "--delete-emptydir-data", "--timeout="+patience.String())
	for _, name := range []string{"retried-work", "lost"} {
		evict(t, ns, node, name)
	}
	pods, err := ns.Kube.CoreV1().Pods("").List(t.Context(), metav1.ListOptions{LabelSelector: ofTenon, FieldSelector: "spec.nodeName=" + node})
	if err != nil {
		t.Fatal(err)
	}
	for i := range pods.Items {
		if pods.Items[i].DeletionTimestamp == nil {
			t.Errorf("pod %s is still on %s after the drain", pods.Items[i].Name, node)
		}
	}
}

// evict drains a node of the pods of a run.
func evict(t *testing.T, ns *cluster.Namespace, node, run string) {
	t.Helper()
	pods, err := ns.Kube.CoreV1().Pods(ns.Name).List(t.Context(), metav1.ListOptions{
		LabelSelector: "tekton.dev/taskRun=" + run, FieldSelector: "spec.nodeName=" + node + ",status.phase=" + string(corev1.PodRunning),
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(pods.Items) > 0 {
		kubectl(t, "drain", node, "--pod-selector=tekton.dev/taskRun="+run, "--delete-emptydir-data", "--timeout="+patience.String())
	}
}

func checkTraffic(t *testing.T, runs *traffic.Traffic) {
	t.Helper()
	report, err := runs.End(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d runs were accepted, %d refused", report.Accepted, len(report.Refused))
	if err := errors.Join(append(report.Refused, report.Err())...); err != nil {
		t.Error(err)
	}
}

// checkWork checks that the run that allows for it went on elsewhere, and that the other one says what became of it.
func checkWork(t *testing.T, ns *cluster.Namespace) {
	t.Helper()
	if pr := ns.PipelineRunDone("retried"); !pr.IsSuccessful() {
		t.Errorf("the run with retries failed: %s", pr.Status.GetCondition(apis.ConditionSucceeded).GetMessage())
	}
	retried := ns.TaskRunDone("retried-work")
	pods := sets.New(retried.Status.PodName)
	for i := range retried.Status.RetriesStatus {
		pods.Insert(retried.Status.RetriesStatus[i].PodName)
	}
	if len(retried.Status.RetriesStatus) == 0 || len(pods) != len(retried.Status.RetriesStatus)+1 {
		t.Errorf("%d retries, pods %v", len(retried.Status.RetriesStatus), sets.List(pods))
	}
	lost := ns.TaskRunDone("lost")
	condition := lost.Status.GetCondition(apis.ConditionSucceeded)
	t.Logf("the run without retries: %s: %s", condition.GetReason(), condition.GetMessage())
	if !condition.IsFalse() || condition.GetReason() == "" || condition.GetMessage() == "" {
		t.Errorf("the run without retries ended as %+v, want a failure that says why", condition)
	}
}

func kubectl(t *testing.T, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	if out, err := exec.CommandContext(ctx, "kubectl", args...).CombinedOutput(); err != nil {
		t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}
