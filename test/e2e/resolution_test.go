//go:build e2e

package e2e

import (
	"context"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/test/cluster"
)

const fetchedTask = `
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: shared}
spec: {steps: [{name: work, image: busybox, script: "true"}]}
`

const fetchingRun = `
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: run}
spec:
  taskRef:
    resolver: cluster
    params: [{name: kind, value: task}, {name: name, value: shared}, {name: namespace, value: $(context.taskRun.namespace)}]
`

// A run that is replaced under its name asks anew: what its predecessor was told is not what it is told.
func TestReplacedRunAsksAnew(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	ns.Create(fetchingRun)
	checkFailed(t, ns.TaskRunDone("run"), v1.TaskRunReasonFailedResolution, "not found")
	ns.Create(fetchedTask)
	if err := ns.Tekton.TektonV1().TaskRuns(ns.Name).Delete(context.Background(), "run", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	ns.Create(fetchingRun)
	if tr := ns.TaskRunDone("run"); !tr.IsSuccessful() {
		t.Errorf("the new run ended with %v", tr.Status.Conditions)
	}
}

// TestEveryKindIsFetched has a Pipeline, a Task and a StepAction that come from a resolver.
func TestEveryKindIsFetched(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	ns.Create(fetchedTask)
	ns.Create(`
apiVersion: tekton.dev/v1beta1
kind: StepAction
metadata: {name: shared}
spec: {image: busybox, script: "true"}
---
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: shared}
spec:
  tasks:
  - name: whole
    taskRef:
      resolver: cluster
      params: [{name: kind, value: task}, {name: name, value: shared}, {name: namespace, value: $(context.pipelineRun.namespace)}]
  - name: steps
    taskSpec:
      steps:
      - name: work
        ref:
          resolver: cluster
          params: [{name: kind, value: stepaction}, {name: name, value: shared}, {name: namespace, value: $(context.taskRun.namespace)}]
---
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: run}
spec:
  pipelineRef:
    resolver: cluster
    params: [{name: kind, value: pipeline}, {name: name, value: shared}, {name: namespace, value: $(context.pipelineRun.namespace)}]
`)
	if pr := ns.PipelineRunDone("run"); !pr.IsSuccessful() {
		t.Errorf("the run ended with %v", pr.Status.Conditions)
	}
}
