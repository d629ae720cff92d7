//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/test/cluster"
)

// TestSecretsStayWhereTheyAre gives a secret to one step, as variable, as isolated workspace and as pull secret. The step
// before leaves links and pipes wherever somebody reads for a later step.
//
// It changes flags, so it runs before the parallel tests.
func TestSecretsStayWhereTheyAre(t *testing.T) {
	for _, from := range []string{"termination-message", "sidecar-logs"} {
		t.Run(from, func(t *testing.T) {
			cluster.SetConfig(t, "feature-flags", map[string]string{"enable-api-fields": "alpha", "enable-artifacts": "true", "results-from": from})
			ns := cluster.New(t)
			marker := "marker-" + ns.Name
			ns.Create(logAccess)
			ns.Create(hiddenSecrets(marker) + linkingRun + exchangedRuns(2) + unknownImageRun)
			checkRan(t, ns, "links", marker)
			for i := range 2 {
				ns.TaskRunDone(fmt.Sprintf("exchanged-%d", i))
				checkExchanged(t, ns, fmt.Sprintf("exchanged-%d", i))
			}
			checkFailed(t, ns.TaskRunDone("unknown"), v1.TaskRunReasonPodCreationFailed, "404 Not Found")
			if where := everything(t, ns); strings.Contains(where, marker) {
				at := strings.Index(where, marker)
				t.Errorf("the secret is in %q", where[max(0, at-300):at+len(marker)])
			}
		})
	}
}

// logAccess lets the controller read the results sidecar's log.
const logAccess = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: logs}
rules: [{apiGroups: [""], resources: [pods/log], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: logs}
subjects: [{kind: ServiceAccount, name: tekton-pipelines-controller, namespace: tekton-pipelines}]
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: logs}
`

func hiddenSecrets(marker string) string {
	return fmt.Sprintf(`
apiVersion: v1
kind: Secret
metadata: {name: hidden}
stringData: {token: %[1]s, provenance.json: '{"outputs":[{"name":"%[1]s","values":[{"uri":"%[1]s"}]}]}'}
---
apiVersion: v1
kind: Secret
metadata: {name: pull}
type: kubernetes.io/dockerconfigjson
stringData:
  .dockerconfigjson: '{"auths":{"https://index.docker.io/v1/":{"username":"robot","password":"%[1]s"}}}'
`, marker)
}

// linkingRun has a first step that leaves what the runner, the results sidecar and later references could be led by.
const linkingRun = `---
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: links}
spec:
  podTemplate: {imagePullSecrets: [{name: pull}]}
  workspaces: [{name: keys, secret: {secretName: hidden}}, {name: out, emptyDir: {}}]
  taskSpec:
    workspaces: [{name: keys}, {name: out}]
    results: [{name: environ}, {name: key}, {name: pipe}, {name: hard}, {name: below}, {name: honest}]
    steps:
    - name: plant
      image: busybox
      results: [{name: token}, {name: environ}]
      script: |
        #!/bin/sh
        cd /tekton/results
        ln -s /proc/self/environ environ
        ln -s /workspace/keys/token key
        ln /workspace/keys/token hard
        ln -s /workspace/keys/token /workspace/out/token
        ln -s /workspace/out/token below
        mkfifo pipe
        echo -n fine > honest
        ln -s /workspace/keys/provenance.json /tekton/artifacts/provenance.json
        cd /tekton/run/0/status
        for dir in results artifacts; do mv $dir old-$dir; ln -s /workspace/keys $dir; done
        ls -lR /tekton/results /tekton/run/0
    - name: hold
      image: busybox
      workspaces: [{name: keys}]
      env: [{name: TOKEN, valueFrom: {secretKeyRef: {name: hidden, key: token}}}]
      command: [sh, -c]
      args:
      - 'test -n "$TOKEN" && test -s /workspace/keys/token && echo holds and got "$@"'
      - sh
      - $(steps.plant.results.token)
      - $(steps.plant.results.environ)
    - name: look
      image: busybox
      script: |
        #!/bin/sh
        rm -f /tekton/results/pipe
        find /tekton/results /tekton/artifacts /tekton/steps/ /tekton/run /tekton/home /workspace -type f -exec cat {} +
        cat /tekton/results/* /tekton/artifacts/* /workspace/out/*
        true
    # Its command is looked up with the pull secret.
    - {name: end, image: busybox}
`

// exchangedRuns have a sidecar that exchanges, all the time, a directory for a link to what only the step has.
func exchangedRuns(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `---
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: exchanged-%d}
spec:
  workspaces: [{name: private, emptyDir: {}}, {name: out, emptyDir: {}}]
  taskSpec:
    workspaces: [{name: private}, {name: out}]
    sidecars:
    - name: exchange
      image: busybox
      workspaces: [{name: out}]
      script: |
        #!/bin/sh
        cd $(workspaces.out.path)
        mkdir real; chmod 777 real; ln -s /workspace/private link
        while true; do mv real at; mv at real; mv link at; mv at link; done
    steps:
    - name: write
      image: busybox
      workspaces: [{name: private}, {name: out}]
      stdoutConfig: {path: $(workspaces.out.path)/at/log}
      script: |
        #!/bin/sh
        echo "private: $(ls -A /workspace/private)."
`, i)
	}
	return b.String()
}

const unknownImageRun = `---
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: unknown}
spec:
  podTemplate: {imagePullSecrets: [{name: pull}]}
  taskSpec: {steps: [{name: a, image: "docker.io/no/such:1"}]}
`

// checkRan makes sure that the run did what the test is about.
func checkRan(t *testing.T, ns *cluster.Namespace, name, marker string) {
	t.Helper()
	tr := ns.TaskRunDone(name)
	log := logOf(t, ns, tr.Status.PodName, "step-hold")
	if !strings.Contains(log, "holds and got $(steps.plant.results.token) $(steps.plant.results.environ)") {
		t.Errorf("log %q, condition %+v", strings.ReplaceAll(log, marker, "MARKER"), tr.Status.GetCondition(apis.ConditionSucceeded))
	}
	got := map[string]string{}
	for _, r := range tr.Status.Results {
		got[r.Name] = r.Value.StringVal
	}
	if len(got) != 1 || got["honest"] != "fine" {
		t.Errorf("results %v, want the honest one alone", got)
	}
}

// checkExchanged looks at whether the copy of the output got where only the step has access.
func checkExchanged(t *testing.T, ns *cluster.Namespace, run string) {
	t.Helper()
	log := logOf(t, ns, run+"-pod", "step-write")
	if !strings.Contains(log, "private: .") && !strings.Contains(log, "copying output: ") {
		t.Errorf("%s: log %q, want nothing in the private workspace, or a refusal", run, log)
	}
}

func logOf(t *testing.T, ns *cluster.Namespace, pod, container string) string {
	t.Helper()
	log, err := ns.Kube.CoreV1().Pods(ns.Name).GetLogs(pod, &corev1.PodLogOptions{Container: container}).DoRaw(t.Context())
	if err != nil {
		t.Logf("log of %s in %s: %v", container, pod, err)
	}
	return string(log)
}

// everything is what somebody may read who may not read Secrets: runs, pods, events, and logs of all containers.
func everything(t *testing.T, ns *cluster.Namespace) string {
	t.Helper()
	var b strings.Builder
	add := func(objects any, err error) {
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(objects)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(text)
	}
	runs, err := ns.Tekton.TektonV1().TaskRuns(ns.Name).List(t.Context(), metav1.ListOptions{})
	add(runs, err)
	events, err := ns.Kube.CoreV1().Events(ns.Name).List(t.Context(), metav1.ListOptions{})
	add(events, err)
	pods, err := ns.Kube.CoreV1().Pods(ns.Name).List(t.Context(), metav1.ListOptions{})
	add(pods, err)
	for _, pod := range pods.Items {
		for _, c := range append(pod.Spec.InitContainers, pod.Spec.Containers...) {
			fmt.Fprintf(&b, "\nlog of %s in %s:\n%s", c.Name, pod.Name, logOf(t, ns, pod.Name, c.Name))
		}
	}
	return b.String()
}
