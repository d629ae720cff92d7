//go:build e2e

package definitions

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/resolution/v1beta1"
	"github.com/tenon-ci/tenon/test/cluster"
)

// params are those of a reference.
type params map[string]string

// with returns the params with others added.
func (p params) with(more params) params {
	all := maps.Clone(p)
	maps.Copy(all, more)
	return all
}

// reference is a reference in JSON, which is YAML too.
func reference(resolver string, p params) string {
	type param struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	ref := struct {
		Resolver string  `json:"resolver"`
		Params   []param `json:"params"`
	}{Resolver: resolver}
	for _, name := range slices.Sorted(maps.Keys(p)) {
		ref.Params = append(ref.Params, param{name, p[name]})
	}
	text, err := json.Marshal(ref)
	if err != nil {
		panic(err) // strings can be marshaled
	}
	return string(text)
}

const (
	taskByReference = `
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {generateName: task-}
spec:
  taskRef: %s
`
	stepByReference = `
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {generateName: step-}
spec:
  taskSpec:
    steps:
    - name: greet
      ref: %s
`
	pipelineByReference = `
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {generateName: pipeline-}
spec:
  pipelineRef: %s
`
	// notToRun is for runs of which only the definition matters: no node takes their pods, so that they cost next to nothing.
	notToRun = "  podTemplate: {nodeSelector: {tenon.dev/no-such-node: here}}\n"
)

// start creates a run of a text with a reference, and returns its name.
func start(ns *cluster.Namespace, text, reference string) string {
	return ns.Create(fmt.Sprintf(text, reference))[0].GetName()
}

// resolved creates a TaskRun by reference, and waits until its Task is there. The run itself never starts.
func resolved(t *testing.T, ns *cluster.Namespace, resolver string, p params) *v1.TaskRun {
	t.Helper()
	tr := ns.AwaitTaskRun(start(ns, taskByReference+notToRun, reference(resolver, p)), "to have its Task", func(tr *v1.TaskRun) bool {
		return tr.Status.TaskSpec != nil || tr.IsDone()
	})
	if tr.IsDone() {
		t.Fatalf("TaskRun %s ended with %s", tr.Name, message(tr))
	}
	if len(tr.Status.TaskSpec.Steps) != 1 || tr.Status.TaskSpec.Steps[0].Name != "greet" {
		t.Errorf("the steps are %v, want one called greet", tr.Status.TaskSpec.Steps)
	}
	return tr
}

// refused creates a TaskRun by reference that has to fail since its Task cannot be had, with all of some words in its message.
func refused(t *testing.T, ns *cluster.Namespace, resolver string, p params, words ...string) {
	t.Helper()
	tr := ns.TaskRunDone(start(ns, taskByReference+notToRun, reference(resolver, p)))
	cond := tr.Status.GetCondition(apis.ConditionSucceeded)
	if !cond.IsFalse() || cond.Reason != string(v1.TaskRunReasonFailedResolution) {
		t.Errorf("TaskRun %s ended with %s %s: %s, want reason %s", tr.Name, cond.Status, cond.Reason, cond.Message, v1.TaskRunReasonFailedResolution)
	}
	for _, word := range words {
		if !strings.Contains(cond.GetMessage(), word) {
			t.Errorf("the message is %q, want %q in it", cond.GetMessage(), word)
		}
	}
	if strings.Contains(cond.GetMessage(), password) {
		t.Errorf("the message tells the password: %q", cond.GetMessage())
	}
}

func message(tr *v1.TaskRun) string {
	cond := tr.Status.GetCondition(apis.ConditionSucceeded)
	return cond.GetReason() + ": " + cond.GetMessage()
}

// source is where the Task of a run came from.
func source(t *testing.T, tr *v1.TaskRun) v1.RefSource {
	t.Helper()
	if tr.Status.Provenance == nil || tr.Status.Provenance.RefSource == nil {
		t.Fatalf("TaskRun %s does not tell where its Task came from", tr.Name)
	}
	return *tr.Status.Provenance.RefSource
}

// requestOf is the one ResolutionRequest that a run has made.
func requestOf(t *testing.T, ns *cluster.Namespace, run metav1.Object) v1beta1.ResolutionRequest {
	t.Helper()
	list, err := servers.requests.ResolutionV1beta1().ResolutionRequests(ns.Name).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var own []v1beta1.ResolutionRequest
	for i := range list.Items {
		if metav1.IsControlledBy(&list.Items[i], run) {
			own = append(own, list.Items[i])
		}
	}
	if len(own) != 1 {
		t.Fatalf("run %s has %d ResolutionRequests, want 1", run.GetName(), len(own))
	}
	return own[0]
}
