//go:build e2e

package e2e

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tenon-ci/tenon/test/cluster"
)

func mustObject(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	objects, err := cluster.Objects([]byte(text))
	if err != nil || len(objects) != 1 {
		t.Fatalf("want one object, got %d (%v)", len(objects), err)
	}
	return objects[0]
}

// TestColumns looks at what kubectl get pipelineruns,taskruns shows.
func TestColumns(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	ns.Create(`
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: run}
spec: {pipelineSpec: {tasks: [{name: a, taskSpec: {steps: [{name: s, image: busybox, command: ["true"]}]}}]}}
`)
	ns.PipelineRunDone("run")
	checkColumns(t, ns, "pipelineruns", "taskruns")
}

// checkColumns asks the API server for the table that kubectl get prints.
func checkColumns(t *testing.T, ns *cluster.Namespace, resources ...string) {
	t.Helper()
	for _, resource := range resources {
		text, err := ns.Kube.CoreV1().RESTClient().Get().AbsPath("/apis/tekton.dev/v1/namespaces/"+ns.Name+"/"+resource).
			SetHeader("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io").Do(t.Context()).Raw()
		if err != nil {
			t.Fatal(err)
		}
		table := &metav1.Table{}
		if err := json.Unmarshal(text, table); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, column := range table.ColumnDefinitions {
			names = append(names, column.Name)
		}
		if diff := cmp.Diff([]string{"Name", "Succeeded", "Reason", "StartTime", "CompletionTime"}, names); diff != "" {
			t.Errorf("columns of %s (-want +got):\n%s", resource, diff)
		}
		for _, row := range table.Rows {
			if row.Cells[1] != "True" || row.Cells[2] != "Succeeded" || row.Cells[3] == nil || row.Cells[4] == nil {
				t.Errorf("%s: row %v", resource, row.Cells)
			}
		}
	}
}

// TestFieldsAreExplained looks up what kubectl explain pipelinerun.spec shows.
func TestFieldsAreExplained(t *testing.T) {
	t.Parallel()
	clients, err := cluster.Connect()
	if err != nil {
		t.Fatal(err)
	}
	text, err := clients.Kube.CoreV1().RESTClient().Get().AbsPath("/openapi/v3/apis/tekton.dev/v1").Do(t.Context()).Raw()
	if err != nil {
		t.Fatal(err)
	}
	type schema struct {
		Description string            `json:"description"`
		Properties  map[string]schema `json:"properties"`
	}
	var document struct {
		Components struct {
			Schemas map[string]schema `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	fields := document.Components.Schemas["dev.tekton.v1.PipelineRun"].Properties["spec"].Properties
	if len(fields) == 0 {
		t.Fatal("PipelineRun.spec has no schema")
	}
	for name, field := range fields {
		if field.Description == "" {
			t.Errorf("spec.%s is not described", name)
		}
	}
}
