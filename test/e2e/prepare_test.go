//go:build e2e

package e2e

import (
	"context"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/test/cluster"
)

const prepareContainer = "prepare"

// awaitPod waits until the pod of the TaskRun called run satisfies a condition.
func awaitPod(t *testing.T, ns *cluster.Namespace, what string, ok func(*corev1.Pod) bool) *corev1.Pod {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), cluster.Patience)
	defer cancel()
	watcher, err := ns.Kube.CoreV1().Pods(ns.Name).Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=run-pod"})
	if err != nil {
		t.Fatal(err)
	}
	defer watcher.Stop()
	var last *corev1.Pod
	for event := range watcher.ResultChan() {
		pod, isPod := event.Object.(*corev1.Pod)
		if !isPod {
			continue
		}
		if last = pod; ok(pod) {
			return pod
		}
	}
	t.Fatalf("waited for pod run-pod %s, last seen: %+v", what, last)
	return nil
}

func podIsReady(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

func stateOf(pod *corev1.Pod, container string) corev1.ContainerState {
	for _, s := range append(slices.Clone(pod.Status.InitContainerStatuses), pod.Status.ContainerStatuses...) {
		if s.Name == container {
			return s.State
		}
	}
	return corev1.ContainerState{}
}

// TestPodIsReadyDuringTheFirstStep looks at a pod as Services do.
func TestPodIsReadyDuringTheFirstStep(t *testing.T) {
	t.Parallel()
	const first = `{name: first, image: busybox, script: sleep 4}`
	for name, steps := range map[string]string{
		"one step":  "[" + first + "]",
		"two steps": "[" + first + ", {name: second, image: busybox, script: sleep 4}]",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns := cluster.New(t)
			ns.Create("apiVersion: tekton.dev/v1\nkind: TaskRun\nmetadata: {name: run}\nspec: {taskSpec: {steps: " + steps + "}}")
			pod := awaitPod(t, ns, "to be ready", podIsReady)
			if pod.Spec.Containers[0].Name != prepareContainer || stateOf(pod, "step-first").Running == nil {
				t.Errorf("ready while the first step is %+v", stateOf(pod, "step-first"))
			}
			if len(pod.Spec.Containers) == 3 {
				pod = awaitPod(t, ns, "to be in its second step", func(p *corev1.Pod) bool {
					return stateOf(p, "step-first").Terminated != nil && stateOf(p, prepareContainer).Terminated != nil
				})
				if podIsReady(pod) || stateOf(pod, "step-second").Terminated != nil {
					t.Errorf("ready: %v, second step: %+v", podIsReady(pod), stateOf(pod, "step-second"))
				}
			}
			if tr := ns.TaskRunDone("run"); !tr.IsSuccessful() {
				t.Errorf("run: %s", tr.Status.GetCondition("Succeeded").GetMessage())
			}
			pod = awaitPod(t, ns, "to complete", func(p *corev1.Pod) bool { return p.Status.Phase == corev1.PodSucceeded })
			if end := stateOf(pod, prepareContainer).Terminated; end == nil || end.ExitCode != 0 {
				t.Errorf("prepare ended with %+v", end)
			}
		})
	}
}

// TestPrepareInInitContainer chooses the form for one run.
func TestPrepareInInitContainer(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	ns.Create(`
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: run, annotations: {tenon.dev/prepare: init}}
spec:
  taskSpec:
    steps: [{name: work, image: busybox, script: "true"}]
`)
	if tr := ns.TaskRunDone("run"); !tr.IsSuccessful() {
		t.Errorf("run: %s", tr.Status.GetCondition("Succeeded").GetMessage())
	}
	pod := awaitPod(t, ns, "to be there", func(*corev1.Pod) bool { return true })
	if len(pod.Spec.InitContainers) != 1 || pod.Spec.InitContainers[0].Name != prepareContainer || len(pod.Spec.Containers) != 1 {
		t.Errorf("init containers %+v, containers %+v", pod.Spec.InitContainers, pod.Spec.Containers)
	}
}

// TestRestrictedNamespace runs steps that fit the strictest pod security standard where that is enforced: what is added to them has to
// fit too. The other run has a template that asks for root.
func TestRestrictedNamespace(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	_, err := ns.Kube.CoreV1().Namespaces().Patch(t.Context(), ns.Name, types.MergePatchType,
		[]byte(`{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"restricted"}}}`), metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ns.Create(`
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: run}
spec:
  taskSpec:
    results: [{name: user}]
    steps:
    - name: work
      image: busybox
      workingDir: /workspace/sub
      securityContext: &fits
        {runAsNonRoot: true, runAsUser: 4321, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}
      script: id -u | tr -d '\n' >$(results.user.path)
    sidecars:
    - {name: aside, image: busybox, securityContext: *fits, script: sleep 600}
`)
	tr := ns.TaskRunDone("run")
	if !tr.IsSuccessful() || len(tr.Status.Results) != 1 || tr.Status.Results[0].Value.StringVal != "4321" {
		t.Errorf("run: %s, results %+v", tr.Status.GetCondition("Succeeded").GetMessage(), tr.Status.Results)
	}
}

func TestTemplateThatAsksForRoot(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	ns.Create(`
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: run}
spec:
  podTemplate: {securityContext: {runAsUser: 0, runAsNonRoot: false}}
  taskSpec:
    steps: [{name: work, image: busybox, script: test "$(id -u)" = 0}]
`)
	if tr := ns.TaskRunDone("run"); !tr.IsSuccessful() {
		t.Errorf("run: %s", tr.Status.GetCondition("Succeeded").GetMessage())
	}
	pod := awaitPod(t, ns, "to be there", func(*corev1.Pod) bool { return true })
	if sc := pod.Spec.Containers[0].SecurityContext; sc == nil || sc.RunAsUser == nil || *sc.RunAsUser == 0 {
		t.Errorf("prepare has security context %+v", sc)
	}
}

// TestStepThatCannotBeStarted has it between two others, of which nobody would tell the last one.
func TestStepThatCannotBeStarted(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	ns.Create(`
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: run}
spec:
  taskSpec:
    steps:
    - {name: first, image: busybox, script: exec sleep 600}
    - {name: second, image: busybox, workingDir: /etc/passwd, script: "true"}
    - {name: third, image: busybox, script: "true"}
`)
	tr := ns.TaskRunDone("run")
	checkFailed(t, tr, v1.TaskRunReasonStepFailed, `"step-second" exited with code 128: StartError: `, "not a directory")
	if end := tr.Status.Steps[1].Terminated; end == nil || !strings.Contains(end.Message, "not a directory") || tr.Status.Steps[1].TerminationReason != "" {
		t.Errorf("second step: %+v", tr.Status.Steps[1])
	}
	awaitPod(t, ns, "to be stopped", func(p *corev1.Pod) bool { return p.Status.Phase == corev1.PodFailed })
}

// TestPrepareCannotBePulled gives the container prepare another image before the node sees the pod. No step may be blamed.
func TestPrepareCannotBePulled(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	nodes, err := ns.Kube.CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
	if err != nil || len(nodes.Items) == 0 {
		t.Fatalf("%d nodes, %v", len(nodes.Items), err)
	}
	bind := func(pod string) {
		t.Helper()
		err := ns.Kube.CoreV1().Pods(ns.Name).Bind(t.Context(), &corev1.Binding{
			ObjectMeta: metav1.ObjectMeta{Name: pod}, Target: corev1.ObjectReference{Kind: "Node", Name: nodes.Items[0].Name},
		}, metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
	}
	ns.Create(`
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: run}
spec:
  podTemplate: {schedulerName: nobody}
  taskSpec:
    steps: [{name: work, image: busybox, script: "true"}]
`)
	first := awaitPod(t, ns, "to be made", func(*corev1.Pod) bool { return true })
	_, err = ns.Kube.CoreV1().Pods(ns.Name).Patch(t.Context(), first.Name, types.StrategicMergePatchType,
		[]byte(`{"spec":{"containers":[{"name":"prepare","image":"docker.io/no/such:1"}]}}`), metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	bind(first.Name)
	second := awaitPod(t, ns, "to be made again", func(p *corev1.Pod) bool { return p.UID != first.UID })
	if len(second.Spec.InitContainers) != 1 {
		t.Errorf("the second pod has the containers %+v", second.Spec.Containers)
	}
	bind(second.Name)
	tr := ns.TaskRunDone("run")
	if !tr.IsSuccessful() || len(tr.Status.RetriesStatus) > 0 {
		t.Errorf("run: %s, attempts before: %+v", tr.Status.GetCondition("Succeeded").GetMessage(), tr.Status.RetriesStatus)
	}
}
