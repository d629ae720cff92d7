//go:build e2e

// Package migrate tests on a live cluster what people do before they move: tenon migrate check finds what was planted, also with few
// rights, and files of old releases run after tenon migrate files.
package migrate

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/tools/clientcmd"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/test/cluster"
	"github.com/tenon-ci/tenon/test/tenon"
)

const planted = `
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: odd}
spec:
  steps:
  - {image: busybox, args: [$(resources.inputs.source.path)]}
  sidecars:
  - {name: s, image: busybox, restartPolicy: Always}
---
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: custom}
spec:
  tasks:
  - {name: wait, taskRef: {apiVersion: example.dev/v1, kind: Wait, name: x}}
---
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: waits}
spec: {status: TaskRunPending, taskRef: {name: odd}}
---
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: waits}
spec: {status: PipelineRunPending, pipelineRef: {name: custom}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: tasks}
rules: [{apiGroups: [tekton.dev], resources: [tasks], verbs: [list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: tasks}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: tasks}
subjects: [{kind: User, name: tenon-test-migrate}]
`

// report is what tenon migrate check -o json writes, as far as it is looked at.
type report struct {
	Findings []struct{ ID, Severity, Namespace, Object, Field string }
	Blocks   int
	Unread   []string
}

func check(t *testing.T, kubeconfig string, args ...string) (report, int) {
	t.Helper()
	out := tenon.Run(t, tenon.Call{Args: append([]string{"migrate", "check", "--cluster", "-o", "json"}, args...), Env: []string{"KUBECONFIG=" + kubeconfig}})
	var r report
	if err := json.Unmarshal([]byte(out.Stdout), &r); err != nil {
		t.Fatalf("reading the report: %v\n%s\n%s", err, out.Stdout, out.Stderr)
	}
	return r, out.Code
}

func in(namespace string, r report) []string {
	var out []string
	for _, f := range r.Findings {
		if f.Namespace == namespace {
			out = append(out, f.Severity+" "+f.ID+" "+f.Object+" "+f.Field)
		}
	}
	slices.Sort(out)
	return out
}

func TestCheck(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	ns.Create(planted)
	kubeconfig := os.Getenv("KUBECONFIG")
	r, code := check(t, kubeconfig)
	want := []string{
		"differs native-sidecar Task/odd spec.sidecars[0].restartPolicy",
		"differs resource-variable Task/odd spec.steps[0].args[0]",
		"info custom-task Pipeline/custom spec.tasks[0].taskRef",
		"info run-in-flight PipelineRun/waits ",
		"info run-in-flight TaskRun/waits ",
	}
	if diff := cmp.Diff(want, in(ns.Name, r)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if wantCode := min(r.Blocks, 1); code != wantCode || len(r.Unread) > 0 {
		t.Errorf("exit code %d with %d that block, not read: %v", code, r.Blocks, r.Unread)
	}
	// One namespace only.
	r, _ = check(t, kubeconfig, "-n", ns.Name)
	for _, f := range r.Findings {
		if f.Namespace != "" && f.Namespace != ns.Name && f.Namespace != cluster.SystemNamespace && f.Namespace != cluster.SystemNamespace+"-resolvers" {
			t.Errorf("%s of namespace %s was looked at", f.Object, f.Namespace)
		}
	}
}

// TestCheckWithFewRights lets a user check who may list the Tasks of one namespace and nothing else.
func TestCheckWithFewRights(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	ns.Create(planted)
	config, err := clientcmd.NewDefaultClientConfigLoadingRules().Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, user := range config.AuthInfos {
		user.Impersonate = "tenon-test-migrate"
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		t.Fatal(err)
	}
	r, code := check(t, path, "-n", ns.Name)
	want := []string{
		"differs native-sidecar Task/odd spec.sidecars[0].restartPolicy",
		"differs resource-variable Task/odd spec.steps[0].args[0]",
	}
	if diff := cmp.Diff(want, in(ns.Name, r)); diff != "" || code != tenon.Succeeded {
		t.Errorf("exit code %d, findings (-want +got):\n%s", code, diff)
	}
	if len(r.Unread) < 5 {
		t.Errorf("not read: %v", r.Unread)
	}
	all := tenon.Run(t, tenon.Call{Args: []string{"migrate", "check", "--cluster"}, Env: []string{"KUBECONFIG=" + path}})
	if all.Code != tenon.Unusable || !strings.Contains(all.Stderr, "nothing could be read") {
		t.Errorf("in all namespaces, where the user may read nothing: exit code %d: %s", all.Code, all.Stderr)
	}
}

const gitServer = `
apiVersion: v1
kind: ConfigMap
metadata: {name: seed}
data: {README: "hello from the repository\n"}
---
apiVersion: v1
kind: Service
metadata: {name: git}
spec:
  selector: {app: git}
  ports: [{port: 80, targetPort: 8080}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: git}
spec:
  selector: {matchLabels: {app: git}}
  template:
    metadata: {labels: {app: git}}
    spec:
      containers:
      - name: git
        image: registry.local:5000/gitserver
        args: [-listen=:8080, -seed=app=/seed]
        env: [{name: HOME, value: /tmp}]
        readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}
        volumeMounts: [{name: seed, mountPath: /seed}]
      volumes:
      - name: seed
        configMap: {name: seed, items: [{key: README, path: README}]}
`

// TestTranslatedFilesRun translates files of v0.24 and runs them.
func TestTranslatedFilesRun(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	ns.Create(gitServer)
	if err := ns.AwaitDeployment(t.Context(), ns.Name, "git"); err != nil {
		t.Fatal(err)
	}
	out := tenon.Run(t, tenon.Call{Args: []string{
		"migrate", "files", "--cluster-task-namespace", ns.Name, filepath.Join("testdata", "old.yaml"),
	}})
	if out.Code != tenon.Succeeded {
		t.Fatalf("exit code %d: %s", out.Code, out.Stderr)
	}
	ns.Create(out.Stdout)
	run := ns.AwaitPipelineRun("release", "to end", (*v1.PipelineRun).IsDone)
	if c := run.Status.GetCondition(apis.ConditionSucceeded); !c.IsTrue() || c.Reason != "Completed" {
		t.Fatalf("the run ended with %s: %s", c.Reason, c.Message)
	}
	if results := run.Status.Results; len(results) != 1 || results[0].Value.StringVal != "hello from the repository" {
		t.Errorf("results %+v", results)
	}
	if skipped := run.Status.SkippedTasks; len(skipped) != 1 || skipped[0].Name != "never" {
		t.Errorf("skipped tasks %+v", skipped)
	}
	build := ns.AwaitTaskRun("release-build", "to be there", (*v1.TaskRun).IsDone)
	for _, result := range build.Status.Results {
		if result.Name == "image-digest" && result.Value.StringVal != "sha256:0123456789abcdef" {
			t.Errorf("digest %q", result.Value.StringVal)
		}
	}
}
