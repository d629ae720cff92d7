//go:build e2e

package takeover

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// timeout is that of all runs.
const timeout = 20 * time.Minute

// stage is a state in which the other engine leaves runs.
type stage struct {
	name string
	// runs is how many there are of it.
	runs int
	// make begins a run, and leave brings it into the stage when all have begun.
	make func(e *engine, run string) (leave func())
	// after is what happens to it under Tenon.
	after func(e *engine, run string)
	// pipeline says that it is a PipelineRun.
	pipeline bool
	// want is the status and reason of the condition in the end, results the values of all results.
	want    string
	results string
	// more are the names of the pods that Tenon makes, behind the name of the run; gone says that it deletes those that are there.
	more []string
	gone bool
	// same says that Tenon has nothing to write.
	same bool
}

func step(name, text string) v1.Step {
	return v1.Step{Name: name, Image: "busybox", Command: []string{"sh", "-c", text}}
}

func task(steps ...v1.Step) *v1.TaskSpec { return &v1.TaskSpec{Steps: steps} }

// withResult declares a result r, which some step writes to its file.
func withResult(spec *v1.TaskSpec) *v1.TaskSpec {
	spec.Results = []v1.TaskResult{{Name: "r", Type: v1.ResultsTypeString}}
	return spec
}

const writesR = "printf %s one > /tekton/results/r"

// sidecar never ends by itself. It is ready when there is /gate/go, or at once.
func sidecar(spec *v1.TaskSpec, whenOpen bool) *v1.TaskSpec {
	s := v1.Sidecar{Name: "s", Image: "busybox", Command: []string{"sleep", "3600"}}
	if whenOpen {
		s.ReadinessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: []string{"test", "-e", "/gate/go"}}}, PeriodSeconds: 1}
	}
	spec.Sidecars = []v1.Sidecar{s}
	return spec
}

// single is a stage of a TaskRun whose pod comes to be in a state, after which the status is written by then.
func single(spec func() *v1.TaskSpec, f form, what string, ok func(*corev1.Pod) bool, then func(*engine, string, *corev1.Pod), change ...func(*v1.TaskRun)) func(*engine, string) func() {
	return func(e *engine, run string) func() {
		pod := e.pod(e.taskRun(run, spec(), change...), f)
		e.expect(pod.Name, what, ok)
		return func() { then(e, run, e.await(pod.Name, what, ok)) }
	}
}

func follows(e *engine, run string, pod *corev1.Pod) { e.runs(run, pod) }

// nothing is what a status says of a pod that was just made.
func nothing(e *engine, run string, _ *corev1.Pod) { e.write(run, func(*v1.TaskRun) {}) }

func pends(e *engine, run string, pod *corev1.Pod) {
	e.follow(run, pod, v1.TaskRunReasonPending, "Pending")
}

// ends is what a run whose pod is over looks like.
func ends(e *engine, run string, pod *corev1.Pod) { e.runs(run, pod, succeeded) }

func exists(*corev1.Pod) bool { return true }

func waitsForNode(pod *corev1.Pod) { pod.Spec.SchedulerName = "nobody" }

// fails writes the end of a pod that no node has.
func fails(reason, message string) func(*engine, string, *corev1.Pod) {
	return func(e *engine, run string, pod *corev1.Pod) {
		e.runs(run, pod)
		pod.Status.Phase, pod.Status.Reason, pod.Status.Message = corev1.PodFailed, reason, message
		_, err := e.Kube.CoreV1().Pods(e.Name).UpdateStatus(e.t.Context(), pod, metav1.UpdateOptions{})
		e.fatal(err, "writing the status of pod %s", pod.Name)
	}
}

// patch changes a run as a user does.
func (e *engine) patch(resource, run, change string) {
	e.t.Helper()
	_, err := e.Dynamic.Resource(v1.SchemeGroupVersion.WithResource(resource)).Namespace(e.Name).
		Patch(e.t.Context(), run, types.MergePatchType, []byte(change), metav1.PatchOptions{})
	e.fatal(err, "changing %s %s", resource, run)
}

func taskRunStages() []stage {
	gatedPair := func() *v1.TaskSpec {
		return withResult(task(step("a", "true"), step("b", gated+writesR)))
	}
	quick := func() *v1.TaskSpec { return withResult(task(step("a", writesR))) }
	return []stage{
		{
			name: "not seen yet", runs: 1, want: "True Succeeded", more: []string{"-pod"},
			make: func(e *engine, run string) func() {
				return func() { e.taskRun(run, task(step("a", "true")), func(tr *v1.TaskRun) { tr.Spec.Status = "" }) }
			},
		},
		{
			name: "held back by spec.status", runs: 1, want: "True Succeeded", more: []string{"-pod"},
			make: func(e *engine, run string) func() {
				e.taskRun(run, task(step("a", "true")))
				return func() {}
			},
			after: func(e *engine, run string) { e.patch("taskruns", run, release) },
		},
		{name: "pod made, nothing written", runs: 2, want: "True Succeeded", results: "r=one", make: single(gatedPair, form{}, "be there", exists, nothing)},
		{
			name: "pod pending for a Secret", runs: 2, want: "True Succeeded", results: "r=one",
			make: single(quick, form{change: needsSecret}, "be there", exists, pends), after: func(e *engine, _ string) { e.secret() },
		},
		{
			name: "init containers run", runs: 3, want: "True Succeeded", results: "r=one",
			make: single(quick, form{scripts: true, change: slowInit}, "prepare", func(pod *corev1.Pod) bool {
				c := statusOf(pod, "working-dir-initializer")
				return c != nil && c.State.Running != nil
			}, pends),
		},
		{
			name: "waits for its sidecar", runs: 3, want: "True Succeeded", results: "r=one",
			make: single(func() *v1.TaskSpec { return sidecar(quick(), true) }, form{waits: true}, "run", inPhase(corev1.PodRunning), follows),
		},
		{name: "steps run", runs: 4, want: "True Succeeded", results: "r=one", make: single(gatedPair, form{scripts: true}, "have its second step", firstIsOver, follows)},
		{
			name: "steps run beside a native sidecar", runs: 1, want: "True Succeeded", results: "r=one",
			make: single(func() *v1.TaskSpec { return sidecar(gatedPair(), false) }, form{native: true}, "have its second step", firstIsOver, follows),
		},
		{
			name: "results through a log", runs: 1, want: "True Succeeded", results: "r=one",
			make: single(gatedPair, form{logResults: true}, "have its second step", firstIsOver, follows),
		},
		{name: "over, not seen", runs: 2, want: "True Succeeded", results: "r=one", make: single(quick, form{}, "be over", inPhase(corev1.PodSucceeded), pends)},
		{name: "over, compressed", runs: 1, want: "True Succeeded", results: "r=one", make: single(quick, form{compress: true}, "be over", inPhase(corev1.PodSucceeded), pends)},
		{
			name: "an error that is ignored", runs: 1, want: "True Succeeded", results: "r=7",
			make: single(func() *v1.TaskSpec {
				spec := withResult(task(step("a", "exit 7"), step("b", gated+"cat /tekton/steps/step-a/exitCode > /tekton/results/r")))
				spec.Steps[0].OnError = v1.Continue
				return spec
			}, form{}, "have its second step", firstIsOver, follows),
		},
		{name: "failed, not seen", runs: 2, want: "False StepFailed", make: single(func() *v1.TaskSpec { return task(step("a", "exit 3"), step("b", "true")) }, form{}, "fail", inPhase(corev1.PodFailed), pends)},
		{
			name: "failed, which its Pipeline ignores", runs: 1, want: "False FailureIgnored",
			make: single(func() *v1.TaskSpec { return task(step("a", "exit 3")) }, form{}, "fail", inPhase(corev1.PodFailed), pends, func(tr *v1.TaskRun) {
				tr.Annotations["pipeline.tekton.dev/pipeline-task-on-error"] = "continue"
			}),
		},
		{
			name: "a step was too slow", runs: 1, want: "False StepFailed",
			make: single(func() *v1.TaskSpec {
				spec := task(step("a", "sleep 60"), step("b", "true"))
				spec.Steps[0].Timeout = &metav1.Duration{Duration: time.Second}
				return spec
			}, form{}, "fail", inPhase(corev1.PodFailed), pends),
		},
		{
			name: "out of memory", runs: 1, want: "False StepOOM",
			make: single(func() *v1.TaskSpec {
				spec := task(step("a", gated+"exec tail /dev/zero"), step("b", "true"))
				spec.Steps[0].ComputeResources.Limits = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("32Mi")}
				return spec
			}, form{}, "run", inPhase(corev1.PodRunning), follows),
		},
		{name: "evicted", runs: 1, want: "False PodEvicted", make: single(quick, form{change: waitsForNode}, "be there", exists, fails("Evicted", "The node was low on resource: memory."))},
		{
			name: "cancelled, not seen", runs: 2, want: "False TaskRunCancelled", gone: true,
			make: single(gatedPair, form{}, "have its second step", firstIsOver, func(e *engine, run string, pod *corev1.Pod) {
				e.runs(run, pod)
				e.patch("taskruns", run, `{"spec":{"status":"TaskRunCancelled"}}`)
			}),
		},
		{
			name: "cancelled, its pod kept", runs: 1, want: "False TaskRunCancelled", same: true,
			make: single(gatedPair, form{cancels: true}, "have its second step", firstIsOver, cancelledAndKept),
		},
		{
			name: "too slow", runs: 1, want: "False TaskRunTimeout", gone: true,
			make: single(gatedPair, form{}, "have its second step", firstIsOver, func(e *engine, run string, pod *corev1.Pod) {
				e.runs(run, pod, startedAt(time.Now().Add(-timeout-time.Second)))
			}),
		},
		{
			name: "in time, but nobody saw it", runs: 1, want: "True Succeeded", results: "r=one",
			make: single(quick, form{}, "be over", inPhase(corev1.PodSucceeded), func(e *engine, run string, pod *corev1.Pod) {
				e.runs(run, pod, startedAt(statusOf(pod, "step-a").State.Terminated.FinishedAt.Add(time.Second-timeout)))
			}),
		},
		{
			name: "second attempt", runs: 2, want: "True Succeeded", results: "r=one",
			make: single(gatedPair, form{suffix: "-retry1"}, "have its second step", firstIsOver, func(e *engine, run string, pod *corev1.Pod) {
				e.runs(run, pod, archived(run+"-pod"))
			}, retries(1)),
		},
		{
			name: "first attempt failed, not seen", runs: 1, want: "False StepFailed", more: []string{"-pod-retry1"},
			make: single(func() *v1.TaskSpec { return task(step("a", "exit 3")) }, form{}, "fail", inPhase(corev1.PodFailed), pends, retries(1)),
		},
		{
			name: "done, its sidecar runs", runs: 2, want: "True Succeeded",
			make: single(func() *v1.TaskSpec { return sidecar(task(step("a", "true")), false) }, form{}, "be over but for its sidecar", firstIsOver, ends),
		},
		{
			name: "done, its sidecar stopped", runs: 1, want: "True Succeeded", same: true,
			make: single(func() *v1.TaskSpec { return sidecar(task(step("a", "true")), false) }, form{}, "be over but for its sidecar", firstIsOver, stopsSidecar),
		},
		{
			name: "done long ago", runs: 2, want: "True Succeeded", same: true,
			make: single(func() *v1.TaskSpec { return task(step("a", "true")) }, form{}, "be over", inPhase(corev1.PodSucceeded), ends),
		},
	}
}

func retries(n int) func(*v1.TaskRun) { return func(tr *v1.TaskRun) { tr.Spec.Retries = n } }

func startedAt(at time.Time) func(*v1.TaskRun) {
	return func(tr *v1.TaskRun) { tr.Status.StartTime = &metav1.Time{Time: at} }
}

// archived adds a failed attempt.
func archived(pod string) func(*v1.TaskRun) {
	return func(tr *v1.TaskRun) {
		now := metav1.Now()
		var failed v1.TaskRunStatus
		failed.PodName, failed.StartTime, failed.CompletionTime = pod, &now, &now
		failed.MarkFailed(v1.TaskRunReasonStepFailed, `"step-a" exited with code 1: Error`, now.Time)
		tr.Status.RetriesStatus = []v1.TaskRunStatus{failed}
	}
}

func needsSecret(pod *corev1.Pod) {
	pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: "late", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "late"}}})
	c := &pod.Spec.Containers[0]
	c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: "late", MountPath: "/late"})
}

// secret makes what pods wait for.
func (e *engine) secret() {
	e.t.Helper()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "late"}}
	_, err := e.Kube.CoreV1().Secrets(e.Name).Create(e.t.Context(), secret, metav1.CreateOptions{})
	if err != nil && metav1.StatusReasonAlreadyExists != reasonOf(err) {
		e.fatal(err, "creating a Secret")
	}
}

// slowInit has the last init container wait.
func slowInit(pod *corev1.Pod) {
	c := &pod.Spec.InitContainers[len(pod.Spec.InitContainers)-1]
	c.Image, c.Command, c.Args = "busybox", []string{"sh", "-c", gated + "true"}, nil
	c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: gateClaim, MountPath: "/gate"})
}

// cancelledAndKept is a run that was cancelled with keep-pod-on-cancel.
func cancelledAndKept(e *engine, run string, pod *corev1.Pod) {
	e.runs(run, pod)
	e.patch("taskruns", run, `{"spec":{"status":"TaskRunCancelled"}}`)
	_, err := e.Kube.CoreV1().Pods(e.Name).Patch(e.t.Context(), pod.Name, types.MergePatchType,
		[]byte(`{"metadata":{"annotations":{"tekton.dev/cancel":"CANCEL"}}}`), metav1.PatchOptions{})
	e.fatal(err, "cancelling pod %s", pod.Name)
	e.write(run, func(tr *v1.TaskRun) {
		now := metav1.Now()
		tr.Status.CompletionTime = &now
		tr.Status.MarkFailed(v1.TaskRunReasonCancelled, `TaskRun "`+run+`" was cancelled. `, now.Time)
	})
}

// stopsSidecar does what the other engine does at the end: another image, and then a line in the status.
func stopsSidecar(e *engine, run string, pod *corev1.Pod) {
	ends(e, run, pod)
	_, err := e.Kube.CoreV1().Pods(e.Name).Patch(e.t.Context(), pod.Name, types.StrategicMergePatchType,
		[]byte(`{"spec":{"containers":[{"name":"sidecar-s","image":"`+e.image+`"}]}}`), metav1.PatchOptions{})
	e.fatal(err, "stopping the sidecar of %s", pod.Name)
	over := e.await(pod.Name, "be over", func(pod *corev1.Pod) bool {
		return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
	})
	e.write(run, func(tr *v1.TaskRun) {
		s := &tr.Status.Sidecars[0]
		s.ContainerState = statusOf(over, s.Container).State
		s.Terminated.Reason, s.Terminated.Message = "Completed", "Sidecar container successfully stopped by nop image"
	})
}
