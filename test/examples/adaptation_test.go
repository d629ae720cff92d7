//go:build e2e

package examples

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/test/cluster"
)

// adaptation is what a foreign example needs to run in the cluster.
type adaptation struct {
	// flags are more feature flags; files with the same ones run at a time.
	flags string
	// alone says that the example has a deadline that it may miss while others run beside it.
	alone bool
	// replace has pairs of a text and what stands for it.
	replace []string
	// prepare makes what the example expects elsewhere and returns more pairs for replace.
	prepare func(*testing.T) []string
	// before makes what it expects in its namespace.
	before func(*testing.T, *cluster.Namespace)
	// while does something while the runs run.
	while func(*testing.T, *cluster.Namespace, []*unstructured.Unstructured)
}

const somePipeline = `
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: some-pipeline}
spec:
  tasks:
  - name: hello
    taskSpec:
      steps: [{name: hello, image: mirror.gcr.io/busybox, script: echo hello}]
`

// nodeLabel is the label that a public example selects nodes by, and the parameter that has its value.
const nodeLabel = "node-type"

// labelNodeForEachChild lets the TaskRuns of a matrix run one after the other where each needs another label of its node.
func labelNodeForEachChild(t *testing.T, ns *cluster.Namespace, objects []*unstructured.Unstructured) {
	t.Helper()
	nodes, err := ns.Kube.CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
	if err != nil || len(nodes.Items) == 0 {
		t.Fatalf("listing nodes: %v, %d found", err, len(nodes.Items))
	}
	node := nodes.Items[0].Name
	t.Cleanup(func() { labelNode(t, ns, node, nil) })
	for _, object := range objects {
		run := ns.AwaitPipelineRun(object.GetName(), "to start the matrix", func(r *v1.PipelineRun) bool {
			return len(r.Status.ChildReferences) == 2
		})
		for _, child := range run.Status.ChildReferences {
			taskRun, err := ns.Tekton.TektonV1().TaskRuns(ns.Name).Get(t.Context(), child.Name, metav1.GetOptions{})
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(taskRun.Spec.Params, func(p v1.Param) bool { return p.Name == nodeLabel })
			if i < 0 {
				t.Fatalf("TaskRun %s has no parameter %s", child.Name, nodeLabel)
			}
			labelNode(t, ns, node, &taskRun.Spec.Params[i].Value.StringVal)
			ns.TaskRunDone(child.Name)
		}
	}
}

func labelNode(t *testing.T, ns *cluster.Namespace, node string, value *string) {
	t.Helper()
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"labels": map[string]any{nodeLabel: value}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ns.Kube.CoreV1().Nodes().Patch(context.Background(), node, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
		t.Fatalf("labeling node %s: %v", node, err)
	}
}

// serveGit starts a server of the repositories that a public example clones, which asks for a password. It returns when
// the server is ready, since the example does not wait for it.
func serveGit(t *testing.T, ns *cluster.Namespace) {
	ns.Create(gitServer)
	err := wait.PollUntilContextTimeout(context.Background(), time.Second/2, time.Minute, true, func(ctx context.Context) (bool, error) {
		deployment, err := ns.Kube.AppsV1().Deployments(ns.Name).Get(ctx, "git", metav1.GetOptions{})
		return err == nil && deployment.Status.ReadyReplicas > 0, err
	})
	if err != nil {
		t.Fatalf("waiting for the Git server: %v", err)
	}
}

const gitServer = `
apiVersion: v1
kind: ConfigMap
metadata: {name: seed}
data: {README: "A repository\n"}
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
        args:
        - -listen=:8080
        - -seed=demo-repo-1=/seed
        - -seed=demo-repo-2=/seed
        - -seed=private-repo=/seed
        - -seed=another-repo=/seed
        env:
        - {name: HOME, value: /tmp}
        - {name: GITSERVER_BASIC_AUTH, value: "robot:secret"}
        readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}
        volumeMounts: [{name: seed, mountPath: /seed}]
      volumes:
      - name: seed
        configMap:
          name: seed
          items: [{key: README, path: README}]
`

// letLogsBeRead gives the controller what it needs for results from logs: it must not read logs by default.
func letLogsBeRead(_ *testing.T, ns *cluster.Namespace) { ns.Create(logReader) }

const logReader = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: result-logs}
rules: [{apiGroups: [""], resources: [pods/log], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: result-logs}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: result-logs}
subjects: [{kind: ServiceAccount, name: tekton-pipelines-controller, namespace: tekton-pipelines}]
`
