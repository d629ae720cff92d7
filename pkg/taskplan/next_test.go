package taskplan

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

const logForbidden = `the results cannot be read from the log of the pod: the controller's service account may not get pods/log in namespace "ns". ` +
	"Grant it with examples/_rbac/pod-log-access.yaml, or set the feature flag results-from to termination-message"

// errForbidden is wrapped, as the controller hands it over.
var errForbidden = fmt.Errorf("reading the log: %w", apierrors.NewForbidden(corev1.Resource("pods/log"), "tr-pod", errors.New("no role")))

const running = "Unknown Running: Not all Steps in the Task have finished executing"

func TestFollowPod(t *testing.T) {
	t.Parallel()
	unschedulable := podIn(corev1.PodPending, waits("", ""))
	unschedulable.Status.Conditions = []corev1.PodCondition{{Type: "PodScheduled", Status: "False", Reason: "Unschedulable", Message: "1 Insufficient cpu."}}
	held := podIn(corev1.PodRunning, runs(), "sidecar-s", runs())
	held.Annotations = nil
	held.Status.ContainerStatuses[1].Ready = true
	notReady := held.DeepCopy()
	notReady.Status.ContainerStatuses[1].Ready = false
	tooLong := `False Failed: Pod was active on the node longer than the specified deadline`
	late := podIn(corev1.PodFailed, waits("", ""))
	late.Status.Message = "Pod was active on the node longer than the specified deadline"
	onError := func(tr *v1.TaskRun) {
		tr.Annotations = map[string]string{"pipeline.tekton.dev/pipeline-task-on-error": "continue"}
	}
	for name, tc := range map[string]struct {
		tr   *v1.TaskRun
		pod  *corev1.Pod
		c    cluster
		want outcome
	}{
		"no news": {tr: taskRun(started), pod: podIn(corev1.PodRunning, runs()), want: outcome{Cond: running, Started: true}},
		"first news": {
			tr: taskRun(started, condition("Pending", "Pending")), pod: podIn(corev1.PodRunning, runs()),
			want: outcome{Cond: running, Started: true, Events: []string{"Normal Running: Not all Steps in the Task have finished executing"}},
		},
		"sidecars not ready": {tr: taskRun(started), pod: notReady, want: outcome{Cond: running, Started: true}},
		"sidecars ready":     {tr: taskRun(started), pod: held, want: outcome{Cond: running, Started: true, Actions: []string{"release tr-pod"}}},
		"no room": {
			tr: taskRun(started, condition("Pending", "Pending")), pod: unschedulable,
			want: outcome{
				Cond: "Unknown ExceededNodeResources: TaskRun Pod exceeded available resources", Started: true,
				Events: []string{`Warning ExceededNodeResources: Insufficient resources to schedule pod "tr-pod"`, "Normal ExceededNodeResources: TaskRun Pod exceeded available resources"},
			},
		},
		"still no room": {
			tr: taskRun(started, condition("ExceededNodeResources", "TaskRun Pod exceeded available resources")), pod: unschedulable,
			want: outcome{Cond: "Unknown ExceededNodeResources: TaskRun Pod exceeded available resources", Started: true},
		},
		"image": {
			tr: taskRun(started, condition("Pending", "Pending")), pod: podIn(corev1.PodPending, waits("ErrImagePull", "Back-off")),
			want: outcome{
				Cond: `Unknown PullImageFailed: build step "step-a" is pending with reason "Back-off"`, Started: true,
				Events: []string{`Normal PullImageFailed: build step "step-a" is pending with reason "Back-off"`},
			},
		},
		"configuration error": {
			tr: taskRun(started), pod: podIn(corev1.PodPending, waits("CreateContainerConfigError", "no secret")),
			want: outcome{
				Cond: "False CreateContainerConfigError: Failed to create pod due to config error: container \"step-a\": no secret", Started: true, Done: true,
				Actions: []string{"delete tr-pod"}, Events: []string{"Warning Failed: Failed to create pod due to config error: container \"step-a\": no secret"},
			},
		},
		"succeeded": {
			tr: taskRun(started), pod: podIn(corev1.PodSucceeded, exits(0)),
			want: outcome{
				Cond: "True Succeeded: All Steps have completed executing", Started: true, Done: true,
				Events: []string{"Normal Succeeded: All Steps have completed executing"},
			},
		},
		"succeeded, sidecar runs": {
			tr: taskRun(started), pod: podIn(corev1.PodRunning, exits(0), "sidecar-s", runs(), "istio-proxy", runs()),
			want: outcome{
				Cond: "True Succeeded: All Steps have completed executing", Started: true, Done: true, Actions: []string{"stop tr-pod[1 2]"},
				Events: []string{"Normal Succeeded: All Steps have completed executing"},
			},
		},
		"failed": {
			tr: taskRun(started), pod: podIn(corev1.PodFailed, exits(3)),
			want: outcome{
				Cond: `False StepFailed: "step-a" exited with code 3: Error`, Started: true, Done: true,
				Events: []string{`Warning Failed: "step-a" exited with code 3: Error`},
			},
		},
		"failure ignored by the pipeline": {
			tr: taskRun(started, onError), pod: podIn(corev1.PodFailed, exits(3)),
			want: outcome{
				Cond: `False FailureIgnored: "step-a" exited with code 3: Error`, Started: true, Done: true,
				Events: []string{`Warning Failed: "step-a" exited with code 3: Error`},
			},
		},
		"pod failed":       {tr: taskRun(started), pod: late, want: outcome{Cond: tooLong, Started: true, Done: true, Events: []string{"Warning Failed: " + late.Status.Message}}},
		"phase not known":  {tr: taskRun(started), pod: podIn(corev1.PodUnknown, runs()), want: outcome{Cond: running, Started: true}},
		"status was lost":  {tr: taskRun(), pod: podIn(corev1.PodRunning, runs()), want: outcome{Cond: running, Started: true, Events: []string{"Normal Started", "Normal Running: Not all Steps in the Task have finished executing"}}},
		"results in a log": {tr: taskRun(started), pod: podIn(corev1.PodSucceeded, exits(0), "sidecar-tekton-log-results", exits(0)), c: cluster{log: &ResultLog{}}, want: outcome{Cond: "True Succeeded: All Steps have completed executing", Started: true, Done: true, Events: []string{"Normal Succeeded: All Steps have completed executing"}}},
		"log not readable": {tr: taskRun(started), pod: podIn(corev1.PodSucceeded, exits(0), "sidecar-tekton-log-results", exits(0)), c: cluster{log: &ResultLog{Err: errNo}, now: 68}, want: outcome{Cond: running, Started: true}},
		"log never read":   {tr: taskRun(started), pod: podIn(corev1.PodSucceeded, exits(0), "sidecar-tekton-log-results", exits(0)), c: cluster{log: &ResultLog{Err: errNo}, now: 69}, want: outcome{Cond: "True Succeeded: All Steps have completed executing", Started: true, Done: true, Events: []string{"Normal Succeeded: All Steps have completed executing"}}},
		"log forbidden, so far": {
			tr: taskRun(started), pod: podIn(corev1.PodSucceeded, exits(0), "sidecar-tekton-log-results", exits(0)), c: cluster{log: &ResultLog{Err: errForbidden}, now: 18},
			want: outcome{Cond: running, Started: true},
		},
		"log forbidden": {
			tr: taskRun(started), pod: podIn(corev1.PodSucceeded, exits(0), "sidecar-tekton-log-results", exits(0)), c: cluster{log: &ResultLog{Err: errForbidden}, now: 19},
			want: outcome{Cond: "False TaskRunValidationFailed: " + logForbidden, Started: true, Done: true, Events: []string{"Warning Failed: " + logForbidden}},
		},
		"log forbidden, step failed": {
			tr: taskRun(started), pod: podIn(corev1.PodFailed, exits(3), "sidecar-tekton-log-results", exits(0)), c: cluster{log: &ResultLog{Err: errForbidden}, now: 19},
			want: outcome{
				Cond: `False StepFailed: "step-a" exited with code 3: Error`, Started: true, Done: true,
				Events: []string{`Warning Failed: "step-a" exited with code 3: Error`},
			},
		},
		"result too large": {
			tr: taskRun(started), pod: podIn(corev1.PodSucceeded, exits(0), "sidecar-tekton-log-results", exits(0)), c: cluster{log: &ResultLog{TooLarge: 5000, TooLargeName: "r"}},
			want: outcome{
				Cond:    `False TaskRunResultLargerThanAllowedLimit: [User error]  TaskRun ""tr"" failed: 5000 bytes results size exceeds configured limit of 4096 bytes: with its name and quotes, result "r" is 904 bytes too large for max-result-size`,
				Started: true, Done: true, Actions: []string{"delete tr-pod"},
				Events: []string{`Warning Failed: [User error]  TaskRun ""tr"" failed: 5000 bytes results size exceeds configured limit of 4096 bytes: with its name and quotes, result "r" is 904 bytes too large for max-result-size`},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := next(t, tc.tr, tc.pod, tc.c)
			if diff := cmp.Diff(tc.want, summary(d)); diff != "" {
				t.Errorf("decision (-want +got):\n%s", diff)
			}
			checkSettled(t, tc.tr, settled(tc.pod, d), tc.c, d)
		})
	}
}

// settled is the pod after the actions were carried out.
func settled(p *corev1.Pod, d Step) *corev1.Pod {
	p = p.DeepCopy()
	for _, a := range d.Actions {
		switch a := a.(type) {
		case DeletePod:
			return nil
		case ReleaseSteps:
			p.Annotations = map[string]string{"tekton.dev/ready": "READY"}
		case HoldSteps:
			p.Annotations = map[string]string{"tekton.dev/ready": ""}
		case StopSidecars:
			for _, i := range a.Containers {
				p.Spec.Containers[i].Image = "nop"
			}
		}
	}
	return p
}

// The first step waits for injected containers although the answer to the creation of the pod got lost, until it has started.
func TestInjectedContainersAreAwaited(t *testing.T) {
	t.Parallel()
	with := func(phase corev1.PodPhase, ready string, step corev1.ContainerState, others ...string) *corev1.Pod {
		pod := podIn(phase, step)
		for _, name := range others {
			pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: name})
		}
		pod.Annotations = map[string]string{"tekton.dev/ready": ready}
		return pod
	}
	created := with(corev1.PodPending, "READY", corev1.ContainerState{}, "istio-proxy")
	created.Status.ContainerStatuses = nil
	starting := waits("PodInitializing", "")
	hold := []string{"hold tr-pod"}
	for name, tc := range map[string]struct {
		pod   *corev1.Pod
		flags func(*config.FeatureFlags)
		want  []string
	}{
		"nothing reported":        {pod: created, want: hold},
		"nothing known of a step": {pod: with(corev1.PodPending, "READY", corev1.ContainerState{}, "istio-proxy"), want: hold},
		"containers are made":     {pod: with(corev1.PodPending, "READY", starting, "istio-proxy"), want: hold},
		"held already":            {pod: with(corev1.PodPending, "", starting, "istio-proxy")},
		"nothing injected":        {pod: with(corev1.PodPending, "READY", starting, "sidecar-s")},
		"the step runs":           {pod: with(corev1.PodPending, "READY", runs(), "istio-proxy")},
		"the step has ended":      {pod: with(corev1.PodPending, "READY", exits(1), "istio-proxy")},
		"the pod runs":            {pod: with(corev1.PodRunning, "READY", starting, "istio-proxy")},
		"nobody injects":          {pod: created, flags: func(f *config.FeatureFlags) { f.RunningInEnvWithInjectedSidecars = false }},
		"nobody waits":            {pod: created, flags: func(f *config.FeatureFlags) { f.AwaitSidecarReadiness = false }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := next(t, taskRun(started, condition("Pending", "Pending")), tc.pod, cluster{flags: tc.flags})
			if diff := cmp.Diff(tc.want, summary(d).Actions); diff != "" {
				t.Errorf("actions (-want +got):\n%s", diff)
			}
		})
	}
}

// The stages of a pod that starts are not reported one by one, unless it stays in one of them.
func TestStartingPod(t *testing.T) {
	t.Parallel()
	starting := podIn(corev1.PodPending, waits("PodInitializing", ""))
	starting.CreationTimestamp = at(0)
	starting.Status.Conditions = []corev1.PodCondition{{Type: "Initialized", Status: "False", Message: "not yet"}}
	stubs := func(tr *v1.TaskRun) { tr.Status.Steps = []v1.StepState{{Name: "a", Provenance: &v1.Provenance{}}} }
	tr := taskRun(started, condition("Pending", "Pending"), stubs)
	d := next(t, tr, starting, cluster{now: 4})
	if got := summary(d); got.Cond != "Unknown Pending: Pending" || got.Events != nil || d.Status.Steps[0].Waiting != nil || !d.WakeAt.Equal(at(5).Time) {
		t.Errorf("decision %+v, wakes at %v", got, d.WakeAt)
	}
	d = next(t, tr, starting, cluster{now: 5})
	if got := summary(d); got.Cond != `Unknown Pending: pod status "Initialized":"False"; message: "not yet"` || d.Status.Steps[0].Waiting == nil {
		t.Errorf("decision %+v", got)
	}
	failing := starting.DeepCopy()
	failing.Status.ContainerStatuses[0].State = waits("ErrImagePull", "no image")
	if got := summary(next(t, tr, failing, cluster{now: 2})); got.Cond != `Unknown PullImageFailed: build step "step-a" is pending with reason "no image"` {
		t.Errorf("decision %+v", got)
	}
}

// The events of a pod that does not start are read after five seconds, then each time as much later as the pod is old, up to five
// minutes.
func TestCauseIsLookedForSeldom(t *testing.T) {
	t.Parallel()
	starting := podIn(corev1.PodPending, waits("ContainerCreating", ""))
	starting.CreationTimestamp = at(0)
	network := starting.DeepCopy()
	network.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReadyToStartContainers, Status: corev1.ConditionTrue}}
	pulling := podIn(corev1.PodPending, waits("ErrImagePull", "no image"))
	ms := func(n int) time.Time { return epoch.Add(time.Duration(n) * time.Millisecond) }
	looked := func(n int) *Cause { return &Cause{At: ms(n), Text: "FailedMount: no"} }
	const text = "; FailedMount: no"
	for name, tc := range map[string]struct {
		pod    *corev1.Pod
		now    time.Time
		cause  *Cause
		wants  bool
		wakeAt time.Time
		suffix string
	}{
		"not yet":                    {pod: starting, now: ms(4999), wakeAt: ms(5000)},
		"the first time":             {pod: starting, now: ms(5000), wants: true},
		"the second time, not yet":   {pod: starting, now: ms(9999), cause: looked(5000), wakeAt: ms(10000), suffix: text},
		"the second time":            {pod: starting, now: ms(10000), cause: looked(5000), wants: true},
		"after a look that was late": {pod: starting, now: ms(70000), cause: looked(40000), wakeAt: ms(80000), suffix: text},
		"at most five minutes later": {pod: starting, now: ms(3_600_000 - 1), cause: looked(3_300_000), wakeAt: ms(3_600_000), suffix: text},
		"five minutes later":         {pod: starting, now: ms(3_600_000), cause: looked(3_300_000), wants: true},
		"looked at too early":        {pod: starting, now: ms(5000), cause: looked(1000), wakeAt: ms(6000), suffix: text},
		"the network is there":       {pod: network, now: ms(60000)},
		"the pod tells itself":       {pod: pulling, now: ms(60000)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := taskRun(started, timeout(0), condition("Pending", "Pending"))
			d := Next(Seen{TaskRun: tr, Pod: tc.pod, Now: tc.now, Config: config.NewConfig(nil, nil), Cause: tc.cause})
			if d.Wants.Cause != tc.wants || !d.WakeAt.Equal(tc.wakeAt) {
				t.Errorf("wants %v, wakes at %v", d.Wants, d.WakeAt)
			}
			if got := summary(d).Cond; !tc.wants && strings.HasSuffix(got, text) != (tc.suffix != "") {
				t.Errorf("condition %q", got)
			}
		})
	}
}

func TestFirstPass(t *testing.T) {
	t.Parallel()
	order := &PartsOrder{}
	task := &Task{
		Name: "task", Labels: map[string]string{"own": "task's", "new": "1"},
		Annotations: map[string]string{"a": "b", "kubectl.kubernetes.io/last-applied-configuration": "{}"},
		Spec: &v1.TaskSpec{
			Params: v1.ParamSpecs{{Name: "p", Default: v1.NewString("d")}},
			Steps:  []v1.Step{{Name: "a", Image: "$(params.p)"}, {Image: "img", Args: []string{"$(context.task.name)"}}},
		},
		RefSource: &v1.RefSource{URI: "there"}, StepSources: []*v1.RefSource{nil, {URI: "action"}},
	}
	tr := taskRun(byRef, func(tr *v1.TaskRun) { tr.Labels = map[string]string{"own": "mine"} })
	d := next(t, tr, nil, cluster{task: task, order: &order, now: 5})
	want := outcome{Cond: "Unknown Pending: Pending", Started: true, Actions: []string{"create tr-pod"}, Events: []string{"Normal Started", "Normal Pending: Pending"}}
	if diff := cmp.Diff(want, summary(d)); diff != "" {
		t.Errorf("decision (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"new": "1", "tekton.dev/task": "task"}, d.Labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"a": "b", "pipeline.tekton.dev/release": "abc"}, d.Annotations); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(d.Status.TaskSpec, order.Spec); diff != "" {
		t.Errorf("Task of the pod (-want +got):\n%s", diff)
	}
	labels := map[string]string{
		"own": "mine", "new": "1", "tekton.dev/task": "task", "app.kubernetes.io/managed-by": "tekton-pipelines", "tekton.dev/taskRun": "tr", "tekton.dev/taskRunUID": "uid",
	}
	if diff := cmp.Diff(labels, podOf(t, d).Labels); diff != "" {
		t.Errorf("labels of the pod (-want +got):\n%s", diff)
	}
	s := d.Status
	if s.PodName != "tr-pod" || !s.StartTime.Equal(new(at(5))) || !d.WakeAt.Equal(at(3605).Add(time.Millisecond)) {
		t.Errorf("pod %q, start %v, wake %v", s.PodName, s.StartTime, d.WakeAt)
	}
	if s.TaskSpec.Steps[0].Image != "d" || s.TaskSpec.Steps[1].Args[0] != "task" {
		t.Errorf("Task %+v", s.TaskSpec.Steps)
	}
	steps := []v1.StepState{{Name: "a", Provenance: &v1.Provenance{}}, {Name: "unnamed-1", Provenance: &v1.Provenance{RefSource: &v1.RefSource{URI: "action"}}}}
	if diff := cmp.Diff(steps, s.Steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	if s.Provenance.RefSource.URI != "there" || s.Provenance.FeatureFlags.EnableAPIFields != "beta" {
		t.Errorf("provenance %+v", s.Provenance)
	}
	checkSettled(t, tr, fresh(), cluster{now: 6}, d)
}

// podOf is the pod that a step asks for.
func podOf(t *testing.T, d Step) *corev1.Pod {
	t.Helper()
	for _, a := range d.Actions {
		if a, ok := a.(CreatePod); ok {
			return a.Pod
		}
	}
	t.Fatalf("no pod is asked for, only %v", summary(d).Actions)
	return nil
}

func TestStartTimeIsNotBeforeCreation(t *testing.T) {
	t.Parallel()
	d := next(t, taskRun(), nil, cluster{now: -3})
	if !d.Status.StartTime.Equal(new(at(0))) {
		t.Errorf("start %v", d.Status.StartTime)
	}
}

func TestResultsAndArtifacts(t *testing.T) {
	t.Parallel()
	tr := taskRun(started, func(tr *v1.TaskRun) {
		tr.Status.TaskSpec.Results = []v1.TaskResult{{Name: "r", Type: "string"}, {Name: "list", Type: "array"}}
	})
	for name, tc := range map[string]struct {
		message string
		code    int32
		cond    string
		results int
	}{
		"good":                  {`[{"key":"r","value":"1","type":1},{"key":"list","value":"[]","type":1}]`, 0, "True Succeeded: All Steps have completed executing", 2},
		"failed, but reported":  {`[{"key":"r","value":"1","type":1}]`, 1, `False StepFailed: "step-a" exited with code 1: Error`, 1},
		"wrong type":            {`[{"key":"r","value":"1","type":1},{"key":"list","value":"x","type":1}]`, 0, `False TaskRunValidationFailed: [User error] Provided results don't match declared results; may be invalid JSON or missing result declaration:  "list": task result is expected to be "array" type but was initialized to a different type "string"`, 1},
		"failed and wrong type": {`[{"key":"list","value":"x","type":1}]`, 1, `False TaskRunValidationFailed: [User error] Provided results don't match declared results; may be invalid JSON or missing result declaration:  "list": task result is expected to be "array" type but was initialized to a different type "string"`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := next(t, tr, podIn(corev1.PodRunning, exits(tc.code, tc.message)), cluster{})
			if diff := cmp.Diff(tc.cond, summary(d).Cond); diff != "" {
				t.Errorf("condition (-want +got):\n%s", diff)
			}
			if len(d.Status.Results) != tc.results || d.Status.Artifacts == nil {
				t.Errorf("results %v, artifacts %v", d.Status.Results, d.Status.Artifacts)
			}
		})
	}
}

func TestPending(t *testing.T) {
	t.Parallel()
	pend := func(tr *v1.TaskRun) { tr.Spec.Status = v1.TaskRunSpecStatusPending }
	tr := taskRun(pend)
	d := next(t, tr, nil, cluster{})
	want := outcome{Cond: `Unknown TaskRunPending: TaskRun "tr" is pending`, Events: []string{`Normal TaskRunPending: TaskRun "tr" is pending`}}
	if diff := cmp.Diff(want, summary(d)); diff != "" {
		t.Errorf("decision (-want +got):\n%s", diff)
	}
	if !d.WakeAt.IsZero() || d.Status.TaskSpec != nil {
		t.Errorf("a pending run wakes at %v with Task %v", d.WakeAt, d.Status.TaskSpec)
	}
	checkSettled(t, tr, nil, cluster{}, d)
}

func TestDone(t *testing.T) {
	t.Parallel()
	done := func(reason string, ok bool) func(*v1.TaskRun) {
		return func(tr *v1.TaskRun) {
			if ok {
				tr.Status.MarkSucceeded(v1.TaskRunReason(reason), "m", at(10).Time)
			} else {
				tr.Status.MarkFailed(v1.TaskRunReason(reason), "m", at(10).Time)
			}
			tr.Status.Sidecars = []v1.SidecarState{{Name: "s", Container: "sidecar-s", ContainerState: runs()}}
		}
	}
	stopped := podIn(corev1.PodRunning, exits(0), "sidecar-s", exits(0))
	stopped.Spec.Containers[1].Image = "nop"
	kept := func(a corev1.ContainerState) *corev1.Pod {
		p := podIn(corev1.PodRunning, a, "sidecar-s", runs())
		p.Annotations["tekton.dev/cancel"] = "CANCEL"
		return p
	}
	going := podIn(corev1.PodRunning, runs())
	going.DeletionTimestamp = new(at(11))
	keep := func(f *config.FeatureFlags) { f.EnableKeepPodOnCancel = true }
	for name, tc := range map[string]struct {
		tr      *v1.TaskRun
		pod     *corev1.Pod
		flags   func(*config.FeatureFlags)
		actions []string
		sidecar string
	}{
		"pod is gone":         {tr: taskRun(started, done("Succeeded", true))},
		"sidecar runs":        {tr: taskRun(started, done("Succeeded", true)), pod: podIn(corev1.PodRunning, exits(0), "sidecar-s", runs()), actions: []string{"stop tr-pod[1]"}},
		"sidecar has stopped": {tr: taskRun(started, done("Succeeded", true)), pod: stopped, sidecar: "Sidecar container successfully stopped by nop image"},
		"pod was not deleted": {tr: taskRun(started, done("TaskRunTimeout", false)), pod: podIn(corev1.PodRunning, runs()), actions: []string{"delete tr-pod"}},
		"pod is going":        {tr: taskRun(started, done("TaskRunTimeout", false)), pod: going},
		"pod was not cancelled": {
			tr: taskRun(started, done("TaskRunCancelled", false)), pod: podIn(corev1.PodRunning, runs()), flags: keep, actions: []string{"cancel tr-pod"},
		},
		"kept pod, step runs":          {tr: taskRun(started, done("TaskRunCancelled", false)), pod: kept(runs())},
		"kept pod, step has ended":     {tr: taskRun(started, done("TaskRunCancelled", false)), pod: kept(exits(9)), actions: []string{"stop tr-pod[1]"}},
		"failed pods are not deleted":  {tr: taskRun(started, done("StepFailed", false)), pod: podIn(corev1.PodFailed, exits(1))},
		"cancelled after it was done":  {tr: taskRun(started, done("Succeeded", true), cancelled("")), pod: podIn(corev1.PodSucceeded, exits(0))},
		"time limit after it was done": {tr: taskRun(started, done("Succeeded", true), func(tr *v1.TaskRun) { tr.Spec.Timeout = &metav1.Duration{Duration: 1} })},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := next(t, tc.tr, tc.pod, cluster{flags: tc.flags, now: 20})
			got := summary(d)
			if diff := cmp.Diff(tc.actions, got.Actions); diff != "" {
				t.Errorf("actions (-want +got):\n%s", diff)
			}
			if len(got.Events)+len(d.Labels)+len(d.Annotations) > 0 || !d.WakeAt.IsZero() {
				t.Errorf("a run that is done got %v, %v, %v, wakes at %v", got.Events, d.Labels, d.Annotations, d.WakeAt)
			}
			if diff := cmp.Diff(tc.tr.Status.Conditions, d.Status.Conditions); diff != "" {
				t.Errorf("conditions (-want +got):\n%s", diff)
			}
			message := ""
			if s := d.Status.Sidecars; len(s) > 0 && s[0].Terminated != nil {
				message = s[0].Terminated.Message
			}
			if message != tc.sidecar {
				t.Errorf("sidecar %q, want %q", message, tc.sidecar)
			}
		})
	}
}
