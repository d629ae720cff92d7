package taskplan

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/names"
)

// foreign makes a pod of another engine out of one.
func foreign(p *corev1.Pod) *corev1.Pod {
	p.Spec.Volumes = []corev1.Volume{{Name: names.ForeignRunVolume}}
	for _, name := range []string{names.PrepareContainer, "place-scripts"} {
		p.Spec.InitContainers = append(p.Spec.InitContainers, corev1.Container{Name: name, Image: "other"})
		p.Status.InitContainerStatuses = append(p.Status.InitContainerStatuses, corev1.ContainerStatus{Name: name, State: exits(0)})
	}
	return p
}

// waitsForReady makes the first step of a pod wait for its sidecars.
func waitsForReady(p *corev1.Pod) *corev1.Pod {
	p.Annotations = nil
	return p
}

// ready makes the last container of a pod ready.
func ready(p *corev1.Pod) *corev1.Pod {
	p.Status.ContainerStatuses[len(p.Status.ContainerStatuses)-1].Ready = true
	return p
}

// TestForeignPods has runs that another engine has begun, and its pods.
func TestForeignPods(t *testing.T) {
	t.Parallel()
	unstartable := func(p *corev1.Pod) *corev1.Pod {
		p.Status.InitContainerStatuses[0].State = exits(128)
		p.Status.InitContainerStatuses[0].State.Terminated.Reason = "StartError"
		return p
	}
	unwritten := func(tr *v1.TaskRun) { tr.Status = v1.TaskRunStatus{} }
	const running = "Unknown Running: Not all Steps in the Task have finished executing"
	for name, tc := range map[string]struct {
		tr      *v1.TaskRun
		pod     *corev1.Pod
		cond    string
		actions []string
	}{
		"waits for a sidecar":       {tr: taskRun(started), pod: foreign(waitsForReady(podIn(corev1.PodRunning, runs(), "sidecar-s", runs()))), cond: running},
		"its sidecar is ready":      {tr: taskRun(started), pod: foreign(waitsForReady(ready(podIn(corev1.PodRunning, runs(), "sidecar-s", runs())))), cond: running, actions: []string{"release tr-pod"}},
		"an injected one is ready":  {tr: taskRun(started), pod: foreign(waitsForReady(ready(podIn(corev1.PodRunning, runs(), "istio-proxy", runs())))), cond: running, actions: []string{"release tr-pod"}},
		"not held for injected one": {tr: taskRun(started), pod: foreign(podIn(corev1.PodPending, waits("PodInitializing", ""), "istio-proxy", waits("PodInitializing", ""))), cond: "Unknown Pending: Pending"},
		"pod made, nothing written": {tr: taskRun(unwritten), pod: foreign(podIn(corev1.PodRunning, runs())), cond: running},
		"could not be prepared": {
			tr: taskRun(started), pod: unstartable(foreign(podIn(corev1.PodFailed, waits("PodInitializing", "")))),
			cond: `False InitContainerFailed: init container failed, "prepare" exited with code 128: StartError`,
		},
		"over, its sidecar runs": {
			tr: taskRun(started), pod: foreign(podIn(corev1.PodRunning, exits(0), "sidecar-s", runs())),
			cond: "True Succeeded: All Steps have completed executing", actions: []string{"stop tr-pod[1]"},
		},
		"cancelled, not seen": {
			tr: taskRun(started, cancelled("")), pod: foreign(podIn(corev1.PodRunning, runs())),
			cond: `False TaskRunCancelled: TaskRun "tr" was cancelled. `, actions: []string{"delete tr-pod"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := summary(next(t, tc.tr, tc.pod, cluster{now: 10}))
			if diff := cmp.Diff([]string{tc.cond, strings.Join(tc.actions, ", ")}, []string{got.Cond, strings.Join(got.Actions, ", ")}); diff != "" {
				t.Errorf("condition, actions (-want +got):\n%s", diff)
			}
		})
	}
}

// TestEndsThatNobodySaw has pods that were over before their time was up, and a controller that comes after that.
func TestEndsThatNobodySaw(t *testing.T) {
	t.Parallel()
	limit := func(seconds int) func(*v1.TaskRun) {
		return func(tr *v1.TaskRun) {
			tr.Spec.Timeout = &metav1.Duration{Duration: time.Duration(seconds) * time.Second}
		}
	}
	oom := podIn(corev1.PodRunning, exits(137), "step-b", runs())
	oom.Status.ContainerStatuses[0].State.Terminated.Reason = "OOMKilled"
	for name, tc := range map[string]struct {
		limit int
		pod   *corev1.Pod
		want  string
	}{
		"in time":                {9, podIn(corev1.PodSucceeded, exits(0)), "Succeeded"},
		"in time, failed":        {9, podIn(corev1.PodFailed, exits(1)), "StepFailed"},
		"a second late":          {8, podIn(corev1.PodSucceeded, exits(0)), "TaskRunTimeout"},
		"still runs":             {9, podIn(corev1.PodRunning, runs()), "TaskRunTimeout"},
		"a step still runs":      {9, podIn(corev1.PodRunning, exits(0), "step-b", runs()), "TaskRunTimeout"},
		"failed, a step runs on": {9, oom, "TaskRunTimeout"},
		"no pod":                 {9, nil, "TaskRunTimeout"},
	} {
		d := next(t, taskRun(started, limit(tc.limit)), tc.pod, cluster{now: 60})
		if got := strings.Fields(summary(d).Cond)[1]; got != tc.want+":" {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}

// TestAttemptOfInlineTask has a Task in the status with the number of the attempt that another engine made.
func TestAttemptOfInlineTask(t *testing.T) {
	t.Parallel()
	ask := &v1.TaskSpec{Steps: []v1.Step{{Name: "a", Image: "img", Script: "echo $(context.task.retry-count) $(params.p)"}}, Params: v1.ParamSpecs{{Name: "p", Type: "string"}}}
	frozen := &v1.TaskSpec{Steps: []v1.Step{{Name: "a", Image: "img", Script: "echo 0 x"}}, Params: ask.Params}
	tr := taskRun(retries(2), func(tr *v1.TaskRun) {
		tr.Spec.TaskSpec, tr.Spec.Params = ask, v1.Params{{Name: "p", Value: *v1.NewString("x")}}
		tr.Status.TaskSpec = frozen
		tr.Status.RetriesStatus = []v1.TaskRunStatus{{}}
	}, condition("ToBeRetried", "m"))
	var order *PartsOrder
	d := next(t, tr, nil, cluster{order: &order, now: 5})
	if order == nil || order.Spec.Steps[0].Script != "echo 1 x" {
		t.Errorf("the pod of the second attempt is asked for with %+v", order)
	}
	if got := d.Status.TaskSpec.Steps[0].Script; got != "echo $(context.task.retry-count) x" {
		t.Errorf("stored for the third attempt: %q", got)
	}
	tr.Status.PodName = "tr-pod-retry1"
	pod := foreign(podIn(corev1.PodRunning, runs()))
	pod.Name = "tr-pod-retry1"
	if d := next(t, tr, pod, cluster{now: 5}); d.Status.TaskSpec.Steps[0].Script != "echo 0 x" {
		t.Errorf("the Task of an attempt that runs became %q", d.Status.TaskSpec.Steps[0].Script)
	}
}

// TestPastIsLeftAlone has a run of another engine that is done, with a sidecar that it stopped in its own way.
func TestPastIsLeftAlone(t *testing.T) {
	t.Parallel()
	told := exits(0, "Sidecar container successfully stopped by nop image")
	tr := taskRun(started, func(tr *v1.TaskRun) {
		tr.Status.MarkSucceeded("Succeeded", "m", at(10).Time)
		tr.Status.Sidecars = []v1.SidecarState{{Name: "s", Container: "sidecar-s", ContainerState: told}}
	})
	d := next(t, tr, foreign(podIn(corev1.PodFailed, exits(0), "sidecar-s", exits(128))), cluster{now: 60})
	if diff := cmp.Diff(tr.Status, d.Status); diff != "" || len(d.Actions) > 0 {
		t.Errorf("actions %v, status (-before +after):\n%s", d.Actions, diff)
	}
}
