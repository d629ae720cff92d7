//go:build e2e

package e2e

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/test/cluster"
)

func TestInvalidObjectsAreRefused(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	tests := map[string]struct {
		object string
		want   []string
	}{
		"pipeline with a cycle": {
			object: `
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: cycle}
spec:
  tasks:
  - {name: a, taskRef: {name: t}, runAfter: [c]}
  - {name: b, taskRef: {name: t}, runAfter: [a]}
  - {name: c, taskRef: {name: t}, runAfter: [b]}
`,
			want: []string{"cycle detected", `task "a" depends on "c"`, "spec.tasks"},
		},
		"pipeline with an unknown runAfter": {
			object: `
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: unknown}
spec:
  tasks:
  - {name: a, taskRef: {name: t}, runAfter: [nowhere]}
`,
			want: []string{"task a depends on nowhere but nowhere wasn't present in Pipeline", "spec.tasks"},
		},
		"pipeline that refers to a result of a task that does not exist": {
			object: `
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: noresult}
spec:
  tasks:
  - name: a
    taskRef: {name: t}
    params: [{name: p, value: $(tasks.ghost.results.r)}]
`,
			want: []string{"task a depends on ghost but ghost wasn't present in Pipeline", "spec.tasks"},
		},
		"pipeline whose result refers to a task that does not exist": {
			object: `
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: noresult2}
spec:
  results: [{name: out, value: $(tasks.ghost.results.r)}]
  tasks: [{name: a, taskRef: {name: t}}]
`,
			want: []string{"referencing a nonexistent task", "spec.results[0].value"},
		},
		"task without steps": {
			object: `
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: empty}
spec: {description: nothing to do}
`,
			want: []string{"missing field(s): spec.steps"},
		},
		"pipeline of an old release": {
			object: `
apiVersion: tekton.dev/v1beta1
kind: Pipeline
metadata: {name: old}
spec:
  resources: [{name: r, type: git}]
  tasks:
  - {name: a, taskRef: {name: t, bundle: b}, conditions: [{conditionRef: c}], resources: {inputs: [{name: r, resource: r}]}}
`,
			want: []string{
				"spec.resources, spec.tasks[0].conditions, spec.tasks[0].resources, spec.tasks[0].taskRef.bundle",
				"hand data on with workspaces and results", "use when", "use resolver bundles",
			},
		},
		"task of an old release": {
			object: `
apiVersion: tekton.dev/v1beta1
kind: Task
metadata: {name: old}
spec: {inputs: {params: [{name: p}]}, outputs: {resources: [{name: r, type: git}]}, steps: [{name: a, image: i}]}
`,
			want: []string{"spec.inputs, spec.outputs", "declare params and workspaces", "declare results and workspaces"},
		},
		"pipeline run of an old release": {
			object: `
apiVersion: tekton.dev/v1beta1
kind: PipelineRun
metadata: {name: old}
spec: {pipelineRef: {name: p}, serviceAccountNames: [{taskName: t, serviceAccountName: s}]}
`,
			want: []string{"spec.serviceAccountNames", "use taskRunSpecs"},
		},
	}
	for name, tc := range tests {
		err := ns.Refused(tc.object)
		for _, want := range tc.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %q does not contain %q", name, err, want)
			}
		}
	}
	ctx := t.Context()
	pipelines, err := ns.Tekton.TektonV1().Pipelines(ns.Name).List(ctx, metav1.ListOptions{})
	if err != nil || len(pipelines.Items) != 0 {
		t.Errorf("%d pipelines are stored (%v)", len(pipelines.Items), err)
	}
	tasks, err := ns.Tekton.TektonV1().Tasks(ns.Name).List(ctx, metav1.ListOptions{})
	if err != nil || len(tasks.Items) != 0 {
		t.Errorf("%d tasks are stored (%v)", len(tasks.Items), err)
	}
}
