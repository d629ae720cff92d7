//go:build e2e

package tenants

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

var requestResource = schema.GroupVersionResource{Group: "resolution.tekton.dev", Version: "v1beta1", Resource: "resolutionrequests"}

// The role edit must not hold what the controllers trust.
func TestEditRightsAreNotThoseOfControllers(t *testing.T) {
	t.Parallel()
	a := newTenant(t)
	ctx := t.Context()
	if err := a.create(t, sleeping("mine")); err != nil {
		t.Fatal(err)
	}
	patch := []byte(`{"status":{"podName":"another","results":[{"name":"r","type":"string","value":"forged"}]}}`)
	for _, resource := range []string{"taskruns", "pipelineruns"} {
		_, err := a.as.Dynamic.Resource(v1.SchemeGroupVersion.WithResource(resource)).Namespace(a.Name).
			Patch(ctx, "mine", types.MergePatchType, patch, metav1.PatchOptions{}, "status")
		if !apierrors.IsForbidden(err) {
			t.Errorf("patching %s/status: %v, want it to be forbidden", resource, err)
		}
	}
	for what, text := range map[string]string{
		"a ResolutionRequest": `
apiVersion: resolution.tekton.dev/v1beta1
kind: ResolutionRequest
metadata: {name: by-hand, labels: {resolution.tekton.dev/type: cluster}}
spec: {params: [{name: kind, value: task}, {name: name, value: theirs}, {name: namespace, value: other}]}`,
		"a VerificationPolicy": `
apiVersion: tekton.dev/v1alpha1
kind: VerificationPolicy
metadata: {name: mine}
spec: {resources: [{pattern: ".*"}], authorities: [{name: a, key: {secretRef: {name: theirs, namespace: other}}}]}`,
	} {
		if err := a.create(t, text); !apierrors.IsForbidden(err) {
			t.Errorf("making %s: %v, want it to be forbidden", what, err)
		}
	}
	// Through the main resource a status is dropped, at creation as well as in an update.
	if _, err := a.as.Tekton.TektonV1().TaskRuns(a.Name).Patch(ctx, "mine", types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	tr, err := a.Tekton.TektonV1().TaskRuns(a.Name).Get(ctx, "mine", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if tr.Status.PodName == "another" || len(tr.Status.Results) > 0 {
		t.Errorf("a status was written through the main resource: %+v", tr.Status)
	}
}

func sleeping(name string) string {
	return fmt.Sprintf(`
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: %s}
spec: {taskSpec: {steps: [{name: s, image: busybox, command: [sleep, "600"]}]}}`, name)
}

// names are the ways to name an object of another namespace in a field that takes a name.
func names(other, name string) map[string]string {
	return map[string]string{
		"slash": other + "/" + name, "path": "../../" + other + "/secrets/" + name, "bare": name,
	}
}

// Credentials of a resolver come from the namespace of the run, whatever their name says.
func TestCredentialsOfAnotherNamespace(t *testing.T) {
	t.Parallel()
	victim, a := newTenant(t), newTenant(t)
	victim.victim(t)
	for how, name := range names(victim.Name, "theirs") {
		for resolver, params := range map[string]string{
			"git-clone": `{resolver: git, params: [{name: url, value: "https://git.example.test/a.git"}, {name: pathInRepo, value: t.yaml}, {name: gitToken, value: "%s"}]}`,
			"git-api":   `{resolver: git, params: [{name: org, value: o}, {name: repo, value: r}, {name: scmType, value: github}, {name: serverURL, value: "https://git.example.test"}, {name: pathInRepo, value: t.yaml}, {name: token, value: "%s"}]}`,
			"bundles":   `{resolver: bundles, params: [{name: bundle, value: registry.local:5000/none}, {name: name, value: t}, {name: secret, value: "%s"}]}`,
			"account":   `{resolver: bundles, params: [{name: bundle, value: registry.local:5000/none}, {name: name, value: t}, {name: serviceAccount, value: "%s"}]}`,
			"http":      `{resolver: http, params: [{name: url, value: "https://web.example.test/t.yaml"}, {name: http-username, value: u}, {name: http-password-secret, value: "%s"}, {name: http-password-secret-key, value: password}]}`,
		} {
			t.Run(resolver+" by "+how, func(t *testing.T) {
				t.Parallel()
				run := resolver + "-" + how
				tr := a.run(t, run, fmt.Sprintf("apiVersion: tekton.dev/v1\nkind: TaskRun\nmetadata: {name: %s}\nspec: {taskRef: %s}\n", run, fmt.Sprintf(params, name)))
				reason, message := failure(tr)
				if tr.IsSuccessful() || message == "" {
					t.Errorf("%s: %s", reason, message)
				}
				t.Logf("%s: %s", reason, message)
			})
		}
	}
	t.Cleanup(func() { a.untold(t) })
}

// What a pod mounts, and whom it runs as, is of its own namespace.
func TestPodsReachNothingOfAnotherNamespace(t *testing.T) {
	t.Parallel()
	victim, a := newTenant(t), newTenant(t)
	victim.victim(t)
	for how, name := range names(victim.Name, "theirs") {
		for part, spec := range map[string]string{
			"account":    `serviceAccountName: "%s"`,
			"secret":     `workspaces: [{name: w, secret: {secretName: "%s"}}]`,
			"claim":      `workspaces: [{name: w, persistentVolumeClaim: {claimName: "%s"}}]`,
			"substitute": `params: [{name: p, value: "%s"}], workspaces: [{name: w, secret: {secretName: $(params.p)}}]`,
			"context":    `workspaces: [{name: w, secret: {secretName: "$(context.taskRun.namespace)/%s"}}]`,
		} {
			t.Run(part+" by "+how, func(t *testing.T) {
				t.Parallel()
				run := part + "-" + how
				err := a.create(t, fmt.Sprintf(`
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: %s}
spec:
  timeout: 20s
  %s
  taskSpec:
    params: [{name: p, default: ""}]
    workspaces: [{name: w, optional: true}]
    steps: [{name: s, image: busybox, script: "cat $(workspaces.w.path)/* || true"}]
`, run, strings.ReplaceAll(fmt.Sprintf(spec, name), ", workspaces", "\n  workspaces")))
				if err != nil {
					t.Logf("refused: %v", err)
					return
				}
				tr := a.TaskRunDone(run)
				reason, message := failure(tr)
				if tr.IsSuccessful() || slices.ContainsFunc(tr.Status.Steps, hasRun) {
					t.Errorf("it ran: %s", message)
				}
				if part == "account" && reason != v1.TaskRunReasonPodCreationFailed.String() {
					t.Errorf("the reason is %s, which does not tell of the account: %s", reason, message)
				}
				t.Logf("%s: %s", reason, message)
			})
		}
	}
	t.Cleanup(func() { a.untold(t) })
}

func hasRun(step v1.StepState) bool {
	return step.Running != nil || step.Terminated != nil && step.Terminated.ExitCode == 0
}

// Pod Security of the namespace decides about the host, not the template of a run.
func TestPodSecurityHolds(t *testing.T) {
	t.Parallel()
	a := newTenant(t)
	label := []byte(`{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"baseline"}}}`)
	if _, err := a.Kube.CoreV1().Namespaces().Patch(t.Context(), a.Name, types.MergePatchType, label, metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	for name, spec := range map[string]string{
		"host-path":    `podTemplate: {volumes: [{name: host, hostPath: {path: /etc}}]}`,
		"host-network": `podTemplate: {hostNetwork: true}`,
	} {
		tr := a.run(t, name, fmt.Sprintf(`
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: %s}
spec:
  %s
  taskSpec: {steps: [{name: s, image: busybox, command: ["true"]}]}
`, name, spec))
		if reason, message := failure(tr); reason != "PodAdmissionFailed" || !strings.Contains(message, "violates PodSecurity") {
			t.Errorf("%s: %s: %s", name, reason, message)
		}
	}
}

// An object that names a run of another namespace as its owner is no child of that run, whatever its name and labels are.
func TestForgedChildren(t *testing.T) {
	t.Parallel()
	victim, a := newTenant(t), newTenant(t)
	victim.Create(`
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: run}
spec:
  pipelineSpec:
    results: [{name: r, value: $(tasks.first.results.r)}]
    tasks:
      - name: first
        taskSpec:
          results: [{name: r}]
          steps: [{name: s, image: busybox, script: "sleep 15; printf true > $(results.r.path)"}]
`)
	pr := victim.AwaitPipelineRun("run", "to have a child", func(pr *v1.PipelineRun) bool { return len(pr.Status.ChildReferences) > 0 })
	owner := fmt.Sprintf(`[{apiVersion: tekton.dev/v1, kind: PipelineRun, name: run, uid: %s, controller: true}]`, pr.UID)
	labels := fmt.Sprintf(`{tekton.dev/pipelineRun: run, tekton.dev/pipelineRunUID: %s, tekton.dev/pipelineTask: %%s, tekton.dev/memberOf: tasks}`, pr.UID)
	for _, name := range []string{"run-first", "run-other"} {
		forged := fmt.Sprintf(`
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: %s, labels: %s, ownerReferences: %s}
spec: {taskSpec: {results: [{name: r}], steps: [{name: s, image: busybox, script: "printf forged > $(results.r.path)"}]}}
`, name, fmt.Sprintf(labels, strings.TrimPrefix(name, "run-")), owner)
		if err := a.create(t, forged); err != nil {
			t.Fatal(err)
		}
	}
	done := victim.PipelineRunDone("run")
	if len(done.Status.Results) != 1 || done.Status.Results[0].Value.StringVal != "true" || len(done.Status.ChildReferences) != 1 {
		t.Errorf("the run has results %+v of children %+v", done.Status.Results, done.Status.ChildReferences)
	}
}

// A pod of the right name, labels and owner is not that of the TaskRun if it is in another namespace, and a pod that a TaskRun does
// not own is not touched in its name.
func TestForgedPods(t *testing.T) {
	t.Parallel()
	victim, a := newTenant(t), newTenant(t)
	victim.Create(sleeping("run"))
	tr := victim.AwaitTaskRun("run", "to have a pod", func(tr *v1.TaskRun) bool { return tr.Status.PodName != "" })
	forged := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: tr.Status.PodName, Labels: map[string]string{"app.kubernetes.io/managed-by": "tekton-pipelines", "tekton.dev/taskRun": "run"},
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(tr, v1.SchemeGroupVersion.WithKind("TaskRun"))},
		},
		Spec: corev1.PodSpec{RestartPolicy: corev1.RestartPolicyNever, Containers: []corev1.Container{{
			Name: "step-s", Image: "busybox", Command: []string{"sh", "-c", `printf '[{"key":"r","value":"forged","type":1}]' > /dev/termination-log`},
		}}},
	}
	if _, err := a.as.Kube.CoreV1().Pods(a.Name).Create(t.Context(), forged, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	// In the own namespace: the pod of somebody else, in the place of that of a run, which is then cancelled.
	bystander := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "taken-pod", Labels: forged.Labels},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "busybox", Command: []string{"sleep", "600"}}}},
	}
	made, err := a.Kube.CoreV1().Pods(a.Name).Create(t.Context(), bystander, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.create(t, sleeping("taken")); err != nil {
		t.Fatal(err)
	}
	a.AwaitTaskRun("taken", "to be looked at", func(tr *v1.TaskRun) bool { return len(tr.Status.Conditions) > 0 })
	a.PatchStatus("taskruns", "taken", "TaskRunCancelled")
	a.TaskRunDone("taken")
	left, err := a.Kube.CoreV1().Pods(a.Name).Get(t.Context(), "taken-pod", metav1.GetOptions{})
	if err != nil || left.UID != made.UID || left.DeletionTimestamp != nil {
		t.Errorf("the pod of somebody else was touched: %v", err)
	}
	now, err := victim.Tekton.TektonV1().TaskRuns(victim.Name).Get(t.Context(), "run", metav1.GetOptions{})
	if err != nil || now.IsDone() || len(now.Status.Results) > 0 {
		t.Errorf("a forged pod ended the run of another namespace: %+v (%v)", now.Status, err)
	}
}
