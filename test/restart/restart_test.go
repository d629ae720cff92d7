//go:build e2e

// Package restart tests that runs do not notice when a part of Kubernetes or of Tenon ends and comes back. It stops the
// components of the development cluster, so nothing else may use the cluster meanwhile, and it runs nowhere else.
package restart

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/test/cluster"
)

// script is the development cluster's.
const script = "../../hack/cluster/cluster"

// controllerLabel selects the pods of the controller.
const controllerLabel = "app=tekton-pipelines-controller"

// run has two Tasks beside each other and one after them. Every step adds its name to a file on a volume before it does
// anything else; the last Task counts the names.
const run = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: notes}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Mi}}}
---
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: note}
spec:
  workspaces: [{name: notes}]
  stepTemplate: {image: busybox, env: [{name: NOTES, value: $(workspaces.notes.path)/ran}]}
  steps:
  - {name: first, script: 'echo $(context.taskRun.name)/first >> $NOTES; sleep 4'}
  - {name: second, script: 'echo $(context.taskRun.name)/second >> $NOTES; sleep 3'}
  - {name: third, script: 'echo $(context.taskRun.name)/third >> $NOTES; sleep 1'}
---
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: run}
spec:
  workspaces: [{name: notes, persistentVolumeClaim: {claimName: notes}}]
  pipelineSpec:
    workspaces: [{name: notes}]
    results: [{name: counts, value: $(finally.count.results.counts)}]
    tasks:
    - {name: a, taskRef: {name: note}, workspaces: [{name: notes}]}
    - {name: b, taskRef: {name: note}, workspaces: [{name: notes}]}
    - {name: c, taskRef: {name: note}, workspaces: [{name: notes}], runAfter: [a, b]}
    finally:
    - name: count
      workspaces: [{name: notes}]
      taskSpec:
        workspaces: [{name: notes}]
        results: [{name: counts}]
        steps:
        - name: count
          image: busybox
          script: sort $(workspaces.notes.path)/ran | uniq -c | awk '{print $2 "=" $1}' | tee $(results.counts.path)
`

const counts = `run-a/first=1
run-a/second=1
run-a/third=1
run-b/first=1
run-b/second=1
run-b/third=1
run-c/first=1
run-c/second=1
run-c/third=1
`

func TestRestarts(t *testing.T) {
	onlyDevelopmentCluster(t)
	for _, tc := range []struct {
		what    string
		disturb func(*testing.T, *cluster.Namespace)
	}{
		{"API server is killed", kill("kube-apiserver")},
		{"kubelet is killed", kill("kubelet")},
		{"controller ends", endController},
		{"controller is killed", killController},
	} {
		t.Run(tc.what, func(t *testing.T) {
			ns := cluster.New(t)
			ns.Create(run)
			began := time.Now()
			ns.AwaitTaskRun("run-a", "to be under way", underWay)
			ns.AwaitTaskRun("run-b", "to be under way", underWay)
			tc.disturb(t, ns)
			disturbed := time.Since(began)
			checkRun(t, ns)
			t.Logf("%.1f s, of them %.1f s until %s again", time.Since(began).Seconds(), disturbed.Seconds(), strings.Fields(tc.what)[0])
		})
	}
}

// underWay tells whether all containers of a run have started: a kubelet that is killed while it starts one fails that pod,
// which nobody can make good.
func underWay(tr *v1.TaskRun) bool {
	for i := range tr.Status.Steps {
		if s := &tr.Status.Steps[i]; s.Running == nil && s.Terminated == nil {
			return false
		}
	}
	return len(tr.Status.Steps) > 0
}

// onlyDevelopmentCluster skips the test where restarting a component is not possible, or not ours to do.
func onlyDevelopmentCluster(t *testing.T) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), script, "kubeconfig").Output()
	if err != nil {
		t.Fatalf("asking for the kubeconfig of the development cluster: %v", err)
	}
	if own := strings.TrimSpace(string(out)); os.Getenv("KUBECONFIG") != own {
		t.Skipf("this test stops components of the cluster, so it only runs with KUBECONFIG=%s; it is %q", own, os.Getenv("KUBECONFIG"))
	}
}

func control(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), script, args...).CombinedOutput(); err != nil {
		t.Fatalf("cluster %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// kill kills a component of the cluster and starts it again.
func kill(component string) func(*testing.T, *cluster.Namespace) {
	return func(t *testing.T, _ *cluster.Namespace) {
		t.Helper()
		control(t, "restart", component, "--kill")
	}
}

// endController deletes the controller's pods. The Deployment makes new ones.
func endController(t *testing.T, ns *cluster.Namespace) {
	t.Helper()
	err := ns.Kube.CoreV1().Pods(cluster.SystemNamespace).DeleteCollection(t.Context(), metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: controllerLabel})
	if err != nil {
		t.Fatal(err)
	}
}

// killController gives the controller no time to give its leases back. The next one, in the same pod, goes on with them.
func killController(t *testing.T, ns *cluster.Namespace) {
	t.Helper()
	pods, err := ns.Kube.CoreV1().Pods(cluster.SystemNamespace).List(t.Context(), metav1.ListOptions{LabelSelector: controllerLabel})
	if err != nil {
		t.Fatal(err)
	}
	for i := range pods.Items {
		for _, c := range pods.Items[i].Status.ContainerStatuses {
			if c.State.Running != nil {
				control(t, "kill-container", strings.TrimPrefix(c.ContainerID, "containerd://"))
			}
		}
	}
}

// checkRun checks that the run succeeded, that each of its steps ran once, and that each TaskRun had one pod.
func checkRun(t *testing.T, ns *cluster.Namespace) {
	t.Helper()
	pr := ns.PipelineRunDone("run")
	if !pr.IsSuccessful() {
		t.Errorf("the run failed: %s", pr.Status.GetCondition(apis.ConditionSucceeded).GetMessage())
	}
	got := ""
	for _, r := range pr.Status.Results {
		got += r.Value.StringVal
	}
	if diff := cmp.Diff(counts, got); diff != "" {
		t.Errorf("how often each step ran (-want +got):\n%s", diff)
	}
	checkPods(t, ns)
}

// checkPods looks at events too: they tell of pods that are gone.
func checkPods(t *testing.T, ns *cluster.Namespace) {
	t.Helper()
	pods, err := ns.Kube.CoreV1().Pods(ns.Name).List(t.Context(), metav1.ListOptions{LabelSelector: "tekton.dev/taskRun"})
	events, eventsErr := ns.Kube.CoreV1().Events(ns.Name).List(t.Context(), metav1.ListOptions{FieldSelector: "involvedObject.kind=Pod"})
	if err := errors.Join(err, eventsErr); err != nil {
		t.Fatal(err)
	}
	made := map[string]map[types.UID]bool{}
	add := func(name string, uid types.UID) {
		if made[name] == nil {
			made[name] = map[types.UID]bool{}
		}
		made[name][uid] = true
	}
	for i := range pods.Items {
		pod := &pods.Items[i]
		add(pod.Name, pod.UID)
		for _, c := range pod.Status.ContainerStatuses {
			if c.RestartCount > 0 {
				t.Errorf("container %s of pod %s was started %d times", c.Name, pod.Name, c.RestartCount+1)
			}
		}
	}
	for i := range events.Items {
		if about := events.Items[i].InvolvedObject; strings.HasPrefix(about.Name, "run-") {
			add(about.Name, about.UID)
		}
	}
	got := map[string]int{}
	for name, uids := range made {
		got[name] = len(uids)
	}
	if diff := cmp.Diff(map[string]int{"run-a-pod": 1, "run-b-pod": 1, "run-c-pod": 1, "run-count-pod": 1}, got); diff != "" {
		t.Errorf("pods that were made (-want +got):\n%s", diff)
	}
}
