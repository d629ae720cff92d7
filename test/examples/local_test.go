//go:build e2e

package examples

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tenon-ci/tenon/test/cluster"
	"github.com/tenon-ci/tenon/test/tenon"
)

// compareLocally runs a file that the cluster has run on this machine as well, and compares the final status of everything.
func compareLocally(t *testing.T, ns *cluster.Namespace, file, text string, settings map[string]map[string]string) {
	t.Helper()
	if reason, ok := onlyInCluster[file]; ok {
		t.Logf("not compared with a run on this machine: %s", reason)
		return
	}
	if runtime.GOOS != "linux" || os.Geteuid() != 0 || os.Getenv("TENON_COMPARE") == "false" {
		return
	}
	here, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	want := Outcome(ns.Runs(), ns.Name, node(t, ns))
	// What depends on the time that something takes on a busy machine does not differ twice.
	var diff string
	for range 2 {
		got := Outcome(runLocally(t, text, settings), "default", here)
		for _, ignored := range differences[file] {
			forget(want, ignored)
			forget(got, ignored)
		}
		if diff = cmp.Diff(want, got); diff == "" {
			return
		}
	}
	t.Errorf("the status of %s differs (-in the cluster +on this machine):\n%s", file, diff)
}

// node is the name of the cluster's node, where examples tell it.
func node(t *testing.T, ns *cluster.Namespace) string {
	t.Helper()
	nodes, err := ns.Kube.CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
	if err != nil || len(nodes.Items) == 0 {
		t.Fatalf("listing nodes: %v", err)
	}
	return nodes.Items[0].Name
}

// runLocally returns the final objects of a file.
func runLocally(t *testing.T, text string, settings map[string]map[string]string) []unstructured.Unstructured {
	t.Helper()
	args := []string{"run", "--backend=oci", "-o", "json", "--mirror=*=http://registry.local:5000", "--network=none", "--logs=none"}
	for name, data := range settings {
		args = append(args, "--config="+tenon.ConfigFile(t, name, data))
	}
	outcome := tenon.Run(t, tenon.Call{Args: append(args, "-"), Stdin: text, Home: localHome()})
	if outcome.Code != tenon.Succeeded && outcome.Code != tenon.Failed {
		t.Fatalf("tenon run ended with exit code %d\n%s", outcome.Code, outcome.Stderr)
	}
	return outcome.Objects(t)
}

// localHome is where all local runs keep state and images, those of earlier tests too.
func localHome() string { return filepath.Join(os.TempDir(), "tenon-examples") }

// onlyInCluster are files that have no meaning without a cluster, and why.
var onlyInCluster = map[string]string{
	"taskruns/compute-resources.yaml":         "limits need control groups of version 2, which not every machine has",
	"taskruns/compute-resources-of-task.yaml": "limits need control groups of version 2, which not every machine has",
	"pipelineruns/custom-task.yaml":           "a custom task waits for its controller in a cluster, and fails at once without one",

	"public/taskruns/step-stream-workspace.yaml":         "a step asks a registry that the cluster's DNS names",
	"public/taskruns/git-basic-auth-multiple-repos.yaml": "it clones from a server in the cluster",
	"public/pipelineruns/cluster-resolver.yaml":          "it takes a Pipeline from another namespace of the cluster",
}

// differences are the members of a status that are known to differ, by file; docs/local.md has the reasons.
var differences = map[string][]string{
	"public/taskruns/task-result.yaml":       {"*.results", "*.steps.terminated.message"}, // what the clock says
	"public/taskruns/large-task-result.yaml": {"*.results", "*.steps.terminated.message"}, // random bytes
}
