//go:build e2e

// Package cases runs small inputs that people met in the field, each with what has to come of it.
//
// testdata/NAME.yaml alone is applied; "# expect:" says how its runs end ("succeed" or "fail:REASON"), and the shell command
// behind "# check:" has to end with 0. With testdata/NAME.sh only the script is run, which applies the YAML itself. Both
// get the namespace as NS.
package cases

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/test/cluster"
)

// patience is how long one command of a case may take.
const patience = 8 * time.Minute

// changesFlags are the cases whose scripts set flags of the installation, so that nothing may run beside them.
var changesFlags = map[string]bool{"restricted-namespace-with-claim": true}

func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			if !changesFlags[name] {
				t.Parallel()
			}
			ns := cluster.New(t)
			if _, err := os.Stat(filepath.Join("testdata", name+".sh")); err == nil {
				shell(t, ns, "bash "+name+".sh")
				return
			}
			declared(t, ns, file)
		})
	}
}

// declared runs a case whose file says what is expected.
func declared(t *testing.T, ns *cluster.Namespace, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	shell(t, ns, `kubectl -n "$NS" apply -f `+filepath.Base(file))
	want := header(t, string(text), "expect")
	for name, condition := range ends(t, ns) {
		reason, fails := strings.CutPrefix(want, "fail:")
		if condition.IsTrue() == fails || fails && condition.Reason != reason {
			t.Errorf("%s: want %s, got %s %s: %s", name, want, condition.Status, condition.Reason, condition.Message)
		}
	}
	if !t.Failed() {
		shell(t, ns, header(t, string(text), "check"))
	}
}

// ends waits for the end of all runs and returns how they ended. Runs that are children are not waited for: their parents are.
func ends(t *testing.T, ns *cluster.Namespace) map[string]*apis.Condition {
	t.Helper()
	found := map[string]*apis.Condition{}
	pipelineRuns, err := ns.Tekton.TektonV1().PipelineRuns(ns.Name).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range pipelineRuns.Items {
		name := pipelineRuns.Items[i].Name
		found["PipelineRun "+name] = ns.PipelineRunDone(name).Status.GetCondition(apis.ConditionSucceeded)
	}
	taskRuns, err := ns.Tekton.TektonV1().TaskRuns(ns.Name).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range taskRuns.Items {
		if tr := &taskRuns.Items[i]; metav1.GetControllerOf(tr) == nil {
			found["TaskRun "+tr.Name] = ns.TaskRunDone(tr.Name).Status.GetCondition(apis.ConditionSucceeded)
		}
	}
	if len(found) == 0 {
		t.Fatal("the case has no run")
	}
	return found
}

func header(t *testing.T, text, key string) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^# ` + key + `: (.*)$`).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("there is no line %q", "# "+key+": …")
	}
	return m[1]
}

// shell runs a command in the folder of the cases and fails the test with what it says if it fails.
func shell(t *testing.T, ns *cluster.Namespace, command string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", command)
	cmd.Dir = "testdata"
	cmd.Env = append(os.Environ(), "NS="+ns.Name)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
}
