//go:build e2e

package install

import (
	"context"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/test/cluster"
)

// patience is how long something may take on a machine that has little time for it.
const patience = 2 * time.Minute

var getOptions = metav1.GetOptions{}

// runs needs every workload but the one that sends events: the PipelineRun fetches its Task through a resolver.
const runs = `
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: hello}
spec:
  results: [{name: said}]
  steps: [{name: say, image: busybox, script: 'printf hello > $(results.said.path)'}]
---
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: single}
spec: {taskRef: {name: hello}}
---
apiVersion: tekton.dev/v1beta1
kind: PipelineRun
metadata: {name: fetched}
spec:
  pipelineSpec:
    tasks:
    - name: a
      taskRef:
        resolver: cluster
        params: [{name: kind, value: task}, {name: name, value: hello}, {name: namespace, value: $(context.pipelineRun.namespace)}]
`

// endless is in the middle of its step when Tenon is uninstalled.
const endless = `
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: endless}
spec: {taskSpec: {steps: [{name: wait, image: busybox, script: 'trap exit TERM; sleep 1000 & wait'}]}}
`

func isUnderWay(tr *v1.TaskRun) bool {
	return len(tr.Status.Steps) > 0 && tr.Status.Steps[0].Running != nil
}

// awaitReady waits until all Deployments are there and the webhook refuses what it should.
func (w *way) awaitReady(t *testing.T) {
	t.Helper()
	c := clients(t)
	names := map[string][]string{
		w.namespace:                {"tekton-pipelines-controller", "tekton-pipelines-webhook", "tekton-events-controller"},
		w.namespace + "-resolvers": {"tekton-pipelines-remote-resolvers"},
	}
	for namespace, deployments := range names {
		for _, name := range deployments {
			if err := c.AwaitDeployment(t.Context(), namespace, name); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.awaitAdmission(t, c)
}

// awaitAdmission waits until the API server asks this installation's webhook, by its name.
func (w *way) awaitAdmission(t *testing.T, c *cluster.Clients) {
	t.Helper()
	var last error
	empty := &v1.Task{ObjectMeta: metav1.ObjectMeta{Name: "without-steps"}}
	await(t, "a refusal of the webhook", func(ctx context.Context) (bool, error) {
		_, last = c.Tekton.TektonV1().Tasks("default").Create(ctx, empty, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		return last != nil && strings.Contains(last.Error(), `"validation.`+w.admission+`" denied`), nil
	}, func() any { return last })
}

// checkRuns lets a TaskRun and a PipelineRun succeed. The latter is of the older version, which is converted by the webhook.
func (w *way) checkRuns(t *testing.T, ns *cluster.Namespace) {
	t.Helper()
	ns.Create(strings.ReplaceAll(runs, "$(context.pipelineRun.namespace)", ns.Name))
	if tr := ns.TaskRunDone("single"); !tr.IsSuccessful() || len(tr.Status.Results) != 1 {
		t.Errorf("the TaskRun did not succeed with a result: %+v", tr.Status)
	}
	if pr := ns.PipelineRunDone("fetched"); !pr.GetStatusCondition().GetCondition("Succeeded").IsTrue() {
		t.Errorf("the PipelineRun did not succeed: %+v", pr.Status)
	}
	_, err := ns.Tekton.TektonV1beta1().Tasks(ns.Name).Get(t.Context(), "hello", getOptions)
	if err != nil {
		t.Errorf("reading a Task in its older version: %v", err)
	}
}

// checkUpgrade looks whether what the webhook has written is still there, and whether the flag of the upgrade is set.
func (w *way) checkUpgrade(t *testing.T, ns *cluster.Namespace) {
	t.Helper()
	w.awaitReady(t)
	hooks, err := ns.Kube.AdmissionregistrationV1().MutatingWebhookConfigurations().Get(t.Context(), w.admission, getOptions)
	if err != nil {
		t.Fatal(err)
	}
	if hook := hooks.Webhooks[0]; len(hook.ClientConfig.CABundle) == 0 || len(hook.Rules) == 0 {
		t.Errorf("after the upgrade the webhook has no certificate or no rules: %+v", hook)
	}
	flags, err := ns.Kube.CoreV1().ConfigMaps(w.namespace).Get(t.Context(), "feature-flags", getOptions)
	if err != nil {
		t.Fatal(err)
	}
	want := "workspaces"
	if strings.Contains(strings.Join(w.again, " "), "coschedule=disabled") {
		want = "disabled"
	}
	if got := flags.Data["coschedule"]; got != want {
		t.Errorf("after the upgrade coschedule is %q, want %q", got, want)
	}
}

// awaitNoPods waits until the pods of runs are gone, with the runs.
func awaitNoPods(t *testing.T, ns *cluster.Namespace) {
	t.Helper()
	var left *corev1.PodList
	await(t, "the end of the runs' pods", func(ctx context.Context) (bool, error) {
		var err error
		left, err = ns.Kube.CoreV1().Pods(ns.Name).List(ctx, metav1.ListOptions{})
		return err == nil && len(left.Items) == 0, err
	}, func() any { return len(left.Items) })
}

// await asks until something is so. The test fails when the time is over, with what was seen last.
func await(t *testing.T, what string, done wait.ConditionWithContextFunc, last func() any) {
	t.Helper()
	if err := wait.PollUntilContextTimeout(t.Context(), 250*time.Millisecond, patience, true, done); err != nil {
		t.Fatalf("waiting for %s: %v; last seen: %v", what, err, last())
	}
}
