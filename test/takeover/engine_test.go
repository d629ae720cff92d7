//go:build e2e

package takeover

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/utils/ptr"
	"knative.dev/pkg/kmeta"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/test/cluster"
)

// gateClaim is the volume in which scripts wait for the file go, mounted at /gate.
const gateClaim = "gate"

// gated is a script that goes on when Tenon has taken over.
const gated = "until [ -e /gate/go ]; do sleep 1; done; "

// patience is how long a pod may take to its stage.
const patience = 3 * cluster.Patience

// otherRelease is the build that the other engine names in its annotations.
const otherRelease = "0a1b2c3"

// engine does by hand what the other engine does: makes pods and writes statuses.
type engine struct {
	*cluster.Namespace
	t *testing.T
	// image has the runner.
	image string
	// expected are waits for pods to come into their stages.
	expected []func()
}

func (e *engine) fatal(err error, doing string, args ...any) {
	e.t.Helper()
	if err != nil {
		e.t.Fatalf("%s: %v", fmt.Sprintf(doing, args...), err)
	}
}

// form says how a pod differs from the simplest.
type form struct {
	// suffix is behind the name of the run.
	suffix string
	// compress has messages compressed, logResults has results in the log of a sidecar.
	compress, logResults bool
	// waits has the first step wait for the annotation about sidecars; cancels has all look for that about the end.
	waits, cancels bool
	// scripts has all three containers that prepare, as for steps with scripts and working directories.
	scripts bool
	// native has sidecars that Kubernetes stops.
	native bool
	// change is made last.
	change func(*corev1.Pod)
}

// taskRun makes a TaskRun with an inline Task. It is held back, so that the controller lets it and its pod alone until there is none.
func (e *engine) taskRun(name string, spec *v1.TaskSpec, change ...func(*v1.TaskRun)) *v1.TaskRun {
	e.t.Helper()
	tr := &v1.TaskRun{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: e.Name, Annotations: map[string]string{"pipeline.tekton.dev/release": otherRelease}},
		Spec:       v1.TaskRunSpec{TaskSpec: spec, Timeout: &metav1.Duration{Duration: timeout}, Status: v1.TaskRunSpecStatusPending},
	}
	for _, c := range change {
		c(tr)
	}
	made, err := e.Tekton.TektonV1().TaskRuns(e.Name).Create(e.t.Context(), tr, metav1.CreateOptions{})
	e.fatal(err, "creating TaskRun %s", name)
	return made
}

// pod makes the pod of a TaskRun.
func (e *engine) pod(tr *v1.TaskRun, f form) *corev1.Pod {
	e.t.Helper()
	made, err := e.Kube.CoreV1().Pods(e.Name).Create(e.t.Context(), e.podOf(tr, f), metav1.CreateOptions{})
	e.fatal(err, "creating the pod of %s", tr.Name)
	return made
}

// podOf follows contract 2 §2.
func (e *engine) podOf(tr *v1.TaskRun, f form) *corev1.Pod {
	labels := map[string]string{}
	for k, v := range tr.Labels {
		labels[k] = v
	}
	labels["tekton.dev/taskRun"], labels["tekton.dev/taskRunUID"] = tr.Name, string(tr.UID)
	labels["app.kubernetes.io/managed-by"] = "tekton-pipelines"
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: tr.Name + "-pod" + f.suffix, Namespace: e.Name, Labels: labels,
			Annotations:     map[string]string{"pipeline.tekton.dev/release": otherRelease},
			OwnerReferences: []metav1.OwnerReference{*kmeta.NewControllerRef(tr)},
		},
		Spec: corev1.PodSpec{
			RestartPolicy: corev1.RestartPolicyNever, ServiceAccountName: "default", ActiveDeadlineSeconds: ptr.To(int64(timeout.Seconds() * 1.5)),
			Volumes: volumes(len(tr.Spec.TaskSpec.Steps)), InitContainers: e.inits(tr.Spec.TaskSpec, f.scripts),
		},
	}
	if !f.waits {
		pod.Annotations["tekton.dev/ready"] = "READY"
	}
	for i := range tr.Spec.TaskSpec.Steps {
		pod.Spec.Containers = append(pod.Spec.Containers, stepContainer(tr.Spec.TaskSpec, i, f))
	}
	for _, s := range tr.Spec.TaskSpec.Sidecars {
		c := corev1.Container{Name: "sidecar-" + s.Name, Image: s.Image, Command: s.Command, ReadinessProbe: s.ReadinessProbe, VolumeMounts: []corev1.VolumeMount{{Name: gateClaim, MountPath: "/gate"}}}
		if f.native {
			c.RestartPolicy = ptr.To(corev1.ContainerRestartPolicyAlways)
			pod.Spec.InitContainers = append(pod.Spec.InitContainers, c)
			continue
		}
		pod.Spec.Containers = append(pod.Spec.Containers, c)
	}
	if f.logResults {
		args := []string{"results", strconv.Itoa(len(tr.Spec.TaskSpec.Steps))}
		for _, r := range tr.Spec.TaskSpec.Results {
			args = append(args, r.Name)
		}
		pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{
			Name: "sidecar-tekton-log-results", Image: e.image, Args: args, VolumeMounts: shared(len(tr.Spec.TaskSpec.Steps), -1),
		})
	}
	if f.change != nil {
		f.change(pod)
	}
	return pod
}

func volumes(steps int) []corev1.Volume {
	var out []corev1.Volume
	names := []string{"workspace", "home", "results", "steps", "bin", "scripts"}
	for i := range steps {
		names = append(names, fmt.Sprintf("run-%d", i))
	}
	for _, name := range names {
		out = append(out, corev1.Volume{Name: "tekton-internal-" + name, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}})
	}
	item := func(file, annotation string) corev1.DownwardAPIVolumeFile {
		return corev1.DownwardAPIVolumeFile{Path: file, FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.annotations['" + annotation + "']"}}
	}
	return append(out,
		corev1.Volume{Name: "tekton-internal-downward", VolumeSource: corev1.VolumeSource{DownwardAPI: &corev1.DownwardAPIVolumeSource{
			Items: []corev1.DownwardAPIVolumeFile{item("ready", "tekton.dev/ready"), item("cancel", "tekton.dev/cancel")},
		}}},
		corev1.Volume{Name: gateClaim, VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: gateClaim}}})
}

// inits are the containers that prepare.
func (e *engine) inits(spec *v1.TaskSpec, scripts bool) []corev1.Container {
	prepare, place := []string{"prepare"}, []string{"place"}
	for i, s := range spec.Steps {
		prepare = append(prepare, "step-"+s.Name)
		place = append(place, script(i), "#!/bin/sh\nset -e\n"+s.Command[len(s.Command)-1])
	}
	mount := func(name, path string) corev1.VolumeMount {
		return corev1.VolumeMount{Name: "tekton-internal-" + name, MountPath: path}
	}
	all := []corev1.Container{
		{Name: "prepare", Image: e.image, Args: prepare, VolumeMounts: []corev1.VolumeMount{mount("bin", "/tekton/bin"), mount("steps", "/tekton/steps")}, SecurityContext: asRoot()},
		{Name: "place-scripts", Image: e.image, Args: place, VolumeMounts: []corev1.VolumeMount{mount("scripts", "/tekton/scripts")}, SecurityContext: asRoot()},
		{Name: "working-dir-initializer", Image: e.image, Args: []string{"mkdir", "/workspace/work"}, VolumeMounts: []corev1.VolumeMount{mount("workspace", "/workspace")}, SecurityContext: asRoot()},
	}
	if !scripts {
		return all[:1]
	}
	return all
}

func asRoot() *corev1.SecurityContext { return &corev1.SecurityContext{RunAsUser: ptr.To[int64](0)} }

func script(i int) string { return fmt.Sprintf("/tekton/scripts/script-%d", i) }

// shared are the mounts of a step; own is its position.
func shared(steps, own int) []corev1.VolumeMount {
	mount := func(name, path string, readOnly bool) corev1.VolumeMount {
		return corev1.VolumeMount{Name: "tekton-internal-" + name, MountPath: path, ReadOnly: readOnly}
	}
	out := []corev1.VolumeMount{
		mount("workspace", "/workspace", false), mount("home", "/tekton/home", false), mount("results", "/tekton/results", false),
		mount("steps", "/tekton/steps", false), mount("bin", "/tekton/bin", true), mount("scripts", "/tekton/scripts", true),
		{Name: gateClaim, MountPath: "/gate"},
	}
	for i := range steps {
		out = append(out, mount(fmt.Sprintf("run-%d", i), fmt.Sprintf("/tekton/run/%d", i), i != own))
	}
	return out
}

func stepContainer(spec *v1.TaskSpec, i int, f form) corev1.Container {
	s := &spec.Steps[i]
	args := []string{"step", "-index", strconv.Itoa(i), "-container", "step-" + s.Name, "-on-error", string(s.OnError)}
	var results, stepResults []string
	for _, r := range spec.Results {
		results = append(results, r.Name)
	}
	for _, r := range s.Results {
		stepResults = append(stepResults, r.Name)
	}
	args = append(args, "-results", strings.Join(results, ","), "-step-results", strings.Join(stepResults, ","))
	if s.Timeout != nil {
		args = append(args, "-timeout", s.Timeout.Duration.String())
	}
	if f.compress {
		args = append(args, "-compress")
	}
	if f.logResults {
		args = append(args, "-silent-results")
	}
	mounts := shared(len(spec.Steps), i)
	switch {
	case i > 0:
		args = append(args, "-wait", fmt.Sprintf("/tekton/run/%d/out", i-1))
	case f.waits:
		args = append(args, "-wait", "/tekton/downward/ready", "-content")
	}
	if i == 0 && f.waits || f.cancels {
		mounts = append(mounts, corev1.VolumeMount{Name: "tekton-internal-downward", MountPath: "/tekton/downward", ReadOnly: true})
	}
	args = append(args, "--")
	if f.scripts {
		args = append(args, script(i))
	} else {
		args = append(args, s.Command...)
	}
	return corev1.Container{
		Name: "step-" + s.Name, Image: s.Image, Command: []string{"/tekton/bin/entrypoint"}, Args: args,
		TerminationMessagePath: "/tekton/termination", VolumeMounts: mounts, Resources: s.ComputeResources,
	}
}

// await waits until a pod is in a state.
func (e *engine) await(name, what string, ok func(*corev1.Pod) bool) *corev1.Pod {
	e.t.Helper()
	var pod *corev1.Pod
	err := wait.PollUntilContextTimeout(e.t.Context(), time.Second, patience, true, func(ctx context.Context) (bool, error) {
		var err error
		pod, err = e.Kube.CoreV1().Pods(e.Name).Get(ctx, name, metav1.GetOptions{})
		return err == nil && ok(pod), nil //nolint:nilerr // it is asked again
	})
	e.fatal(err, "waiting for pod %s to %s", name, what)
	return pod
}

// expect notes that a pod has to come into a state before there is no controller.
func (e *engine) expect(name, what string, ok func(*corev1.Pod) bool) {
	e.expected = append(e.expected, func() { e.await(name, what, ok) })
}

// release takes back that a run is held back.
const release = `{"spec":{"status":null}}`

// write changes the status of a TaskRun, and the first time takes what Tenon has written out of it.
func (e *engine) write(name string, change func(*v1.TaskRun)) *v1.TaskRun {
	e.t.Helper()
	client := e.Tekton.TektonV1().TaskRuns(e.Name)
	tr, err := client.Get(e.t.Context(), name, metav1.GetOptions{})
	e.fatal(err, "reading TaskRun %s", name)
	if tr.IsPending() {
		e.patch("taskruns", name, release)
		tr, err = client.Get(e.t.Context(), name, metav1.GetOptions{})
		e.fatal(err, "reading TaskRun %s", name)
		tr.Status = v1.TaskRunStatus{}
	}
	change(tr)
	tr, err = client.UpdateStatus(e.t.Context(), tr, metav1.UpdateOptions{})
	e.fatal(err, "writing the status of TaskRun %s", name)
	return tr
}

// follow writes what the other engine writes about a run whose pod is under way.
func (e *engine) follow(name string, pod *corev1.Pod, reason v1.TaskRunReason, message string, more ...func(*v1.TaskRun)) {
	e.t.Helper()
	e.write(name, func(tr *v1.TaskRun) {
		tr.Status.StartTime, tr.Status.PodName, tr.Status.TaskSpec = &pod.CreationTimestamp, pod.Name, tr.Spec.TaskSpec
		tr.Status.Steps, tr.Status.Sidecars = nil, nil
		for i := range tr.Spec.TaskSpec.Steps {
			step := v1.StepState{Name: tr.Spec.TaskSpec.Steps[i].Name, Provenance: &v1.Provenance{}}
			if c := statusOf(pod, "step-"+step.Name); c != nil {
				step.Container, step.ImageID, step.ContainerState = c.Name, c.ImageID, c.State
				if step.Terminated != nil {
					step.TerminationReason, step.Terminated.Message = "Completed", ""
				}
			}
			tr.Status.Steps = append(tr.Status.Steps, step)
		}
		for _, s := range tr.Spec.TaskSpec.Sidecars {
			if c := statusOf(pod, "sidecar-"+s.Name); c != nil {
				tr.Status.Sidecars = append(tr.Status.Sidecars, v1.SidecarState{Name: s.Name, Container: c.Name, ImageID: c.ImageID, ContainerState: c.State})
			}
		}
		tr.Status.MarkRunning(reason, message, time.Now())
		for _, c := range more {
			c(tr)
		}
	})
}

func (e *engine) runs(name string, pod *corev1.Pod, more ...func(*v1.TaskRun)) {
	e.t.Helper()
	e.follow(name, pod, v1.TaskRunReasonRunning, "Not all Steps in the Task have finished executing", more...)
}

// succeeded is what the other engine writes at the end.
func succeeded(tr *v1.TaskRun) {
	now := metav1.Now()
	tr.Status.CompletionTime = &now
	tr.Status.MarkSucceeded(v1.TaskRunReasonSuccessful, "All Steps have completed executing", now.Time)
}

func statusOf(pod *corev1.Pod, container string) *corev1.ContainerStatus {
	for _, list := range [][]corev1.ContainerStatus{pod.Status.ContainerStatuses, pod.Status.InitContainerStatuses} {
		for i := range list {
			if list[i].Name == container {
				return &list[i]
			}
		}
	}
	return nil
}

func inPhase(phase corev1.PodPhase) func(*corev1.Pod) bool {
	return func(pod *corev1.Pod) bool { return pod.Status.Phase == phase }
}

// firstIsOver tells whether the first step has ended.
func firstIsOver(pod *corev1.Pod) bool {
	c := statusOf(pod, "step-a")
	return c != nil && c.State.Terminated != nil
}
