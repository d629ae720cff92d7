package taskplan

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
)

var errNo = errors.New("no")

func timeout(d time.Duration) func(*v1.TaskRun) {
	return func(tr *v1.TaskRun) { tr.Spec.Timeout = &metav1.Duration{Duration: d} }
}

func TestStop(t *testing.T) {
	t.Parallel()
	keep := func(f *config.FeatureFlags) { f.EnableKeepPodOnCancel = true }
	patient := func(d *config.Defaults) { d.DefaultImagePullBackOffTimeout = time.Minute }
	backOff := func(tr *v1.TaskRun) {
		tr.Status.Steps[0].ContainerState = waits("ImagePullBackOff", "Back-off")
		condition("PullImageFailed", "Back-off")(tr)
	}
	stuck := podIn(corev1.PodPending, waits("ImagePullBackOff", "Back-off"))
	stuck.Status.Conditions = []corev1.PodCondition{{Type: "Initialized", Status: "True", LastTransitionTime: at(10)}}
	const backOffText = `the step "a" in TaskRun "tr" failed to pull the image "img". The pod errored with the message: "Back-off."`
	const goneText = `the step "a" in TaskRun "tr" failed to pull the image "img". Failed to get pod with error: "pod "tr-pod" not found."`
	for name, tc := range map[string]struct {
		tr   *v1.TaskRun
		pod  *corev1.Pod
		c    cluster
		want outcome
		step string
	}{
		"cancelled before the first pass": {
			tr:   taskRun(cancelled("not now")),
			want: outcome{Cond: `False TaskRunCancelled: TaskRun "tr" was cancelled. not now`, Started: true, Done: true, Events: []string{"Normal Started", `Warning Failed: TaskRun "tr" was cancelled. not now`}},
		},
		"cancelled while it ran, without a word": {
			tr: taskRun(started, cancelled("")), pod: podIn(corev1.PodRunning, runs()),
			want: outcome{Cond: `False TaskRunCancelled: TaskRun "tr" was cancelled. `, Started: true, Done: true, Actions: []string{"delete tr-pod"}, Events: []string{`Warning Failed: TaskRun "tr" was cancelled. `}},
			step: "TaskRunCancelled",
		},
		"cancelled, pod kept": {
			tr: taskRun(started, cancelled("x")), pod: podIn(corev1.PodRunning, runs()), c: cluster{flags: keep},
			want: outcome{Cond: `False TaskRunCancelled: TaskRun "tr" was cancelled. x`, Started: true, Done: true, Actions: []string{"cancel tr-pod"}, Events: []string{`Warning Failed: TaskRun "tr" was cancelled. x`}},
			step: "TaskRunCancelled",
		},
		"cancelled with retries left": {
			tr: taskRun(started, retries(3), cancelled("x")), pod: podIn(corev1.PodRunning, runs()),
			want: outcome{Cond: `False TaskRunCancelled: TaskRun "tr" was cancelled. x`, Started: true, Done: true, Actions: []string{"delete tr-pod"}, Events: []string{`Warning Failed: TaskRun "tr" was cancelled. x`}},
			step: "TaskRunCancelled",
		},
		"in time": {tr: taskRun(started), pod: podIn(corev1.PodRunning, runs()), c: cluster{now: 3599}, want: outcome{Cond: running, Started: true}, step: "running"},
		"timed out": {
			tr: taskRun(started, timeout(time.Minute)), pod: podIn(corev1.PodRunning, runs()), c: cluster{now: 60},
			want: outcome{Cond: `False TaskRunTimeout: TaskRun "tr" failed to finish within "1m0s"`, Started: true, Done: true, Actions: []string{"delete tr-pod"}, Events: []string{`Warning Failed: TaskRun "tr" failed to finish within "1m0s"`}},
			step: "TaskRunTimeout",
		},
		"timed out while nothing fitted": {
			tr: taskRun(started, timeout(time.Minute), condition("ExceededNodeResources", "TaskRun Pod exceeded available resources")), pod: podIn(corev1.PodPending, waits("", "")), c: cluster{now: 61},
			want: outcome{
				Cond:    "False TaskRunTimeout: TaskRun \"tr\" failed to finish within \"1m0s\"\nPrevious status: [ExceededNodeResources] TaskRun Pod exceeded available resources",
				Started: true, Done: true, Actions: []string{"delete tr-pod"},
				Events: []string{"Warning Failed: TaskRun \"tr\" failed to finish within \"1m0s\"\nPrevious status: [ExceededNodeResources] TaskRun Pod exceeded available resources"},
			},
			step: "TaskRunTimeout",
		},
		"timed out after the step had ended": {
			tr: taskRun(started, timeout(time.Minute)), pod: podIn(corev1.PodRunning, exits(0), "step-b", runs()), c: cluster{now: 61},
			want: outcome{Cond: `False TaskRunTimeout: TaskRun "tr" failed to finish within "1m0s"`, Started: true, Done: true, Actions: []string{"delete tr-pod"}, Events: []string{`Warning Failed: TaskRun "tr" failed to finish within "1m0s"`}},
			step: "Completed",
		},
		"default time limit": {
			tr: taskRun(started, func(tr *v1.TaskRun) { tr.Spec.Timeout = nil }), pod: podIn(corev1.PodRunning, runs()), c: cluster{now: 3601},
			want: outcome{Cond: `False TaskRunTimeout: TaskRun "tr" failed to finish within "1h0m0s"`, Started: true, Done: true, Actions: []string{"delete tr-pod"}, Events: []string{`Warning Failed: TaskRun "tr" failed to finish within "1h0m0s"`}},
			step: "TaskRunTimeout",
		},
		"no time limit": {tr: taskRun(started, timeout(0)), pod: podIn(corev1.PodRunning, runs()), c: cluster{now: 1 << 20}, want: outcome{Cond: running, Started: true}, step: "running"},
		"image cannot be pulled": {
			tr: taskRun(started, backOff), pod: stuck, c: cluster{now: 20},
			want: outcome{Cond: "False TaskRunImagePullFailed: " + backOffText, Started: true, Done: true, Actions: []string{"delete tr-pod"}, Events: []string{"Warning Failed: " + backOffText}},
			step: "TaskRunImagePullFailed",
		},
		"image may take longer": {
			tr: taskRun(started, backOff), pod: stuck, c: cluster{now: 20, defaults: patient},
			want: outcome{Cond: `Unknown PullImageFailed: build step "step-a" is pending with reason "Back-off"`, Started: true, Events: []string{`Normal PullImageFailed: build step "step-a" is pending with reason "Back-off"`}},
			step: "waiting",
		},
		"image may take longer, but the pod is gone": {
			tr: taskRun(started, backOff), c: cluster{now: 20, defaults: patient},
			want: outcome{
				Cond: `False TaskRunImagePullFailed: ` + goneText, Started: true, Done: true, Actions: []string{"delete tr-pod"},
				Events: []string{"Warning Failed: " + goneText},
			},
			step: "TaskRunImagePullFailed",
		},
		"image took too long": {
			tr: taskRun(started, backOff), pod: stuck, c: cluster{now: 71, defaults: patient},
			want: outcome{Cond: "False TaskRunImagePullFailed: " + backOffText, Started: true, Done: true, Actions: []string{"delete tr-pod"}, Events: []string{"Warning Failed: " + backOffText}},
			step: "TaskRunImagePullFailed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := next(t, tc.tr, tc.pod, tc.c)
			if diff := cmp.Diff(tc.want, summary(d)); diff != "" {
				t.Errorf("decision (-want +got):\n%s", diff)
			}
			step := ""
			if len(d.Status.Steps) > 0 {
				switch s := d.Status.Steps[0]; {
				case s.Running != nil:
					step = "running"
				case s.Waiting != nil:
					step = "waiting"
				default:
					step = s.TerminationReason
				}
			}
			if step != tc.step {
				t.Errorf("step is %q, want %q", step, tc.step)
			}
			checkSettled(t, tc.tr, settledPod(tc.pod, d), tc.c, d)
		})
	}
}

func settledPod(p *corev1.Pod, d Step) *corev1.Pod {
	if p == nil {
		return nil
	}
	return settled(p, d)
}

func TestWakesExactly(t *testing.T) {
	t.Parallel()
	stuck := podIn(corev1.PodPending, waits("ImagePullBackOff", "Back-off"))
	stuck.Status.Conditions = []corev1.PodCondition{{Type: "Initialized", Status: "True", LastTransitionTime: at(10)}}
	backOff := func(tr *v1.TaskRun) { tr.Status.Steps[0].ContainerState = waits("ImagePullBackOff", "Back-off") }
	patient := func(d *config.Defaults) { d.DefaultImagePullBackOffTimeout = time.Minute }
	for name, tc := range map[string]struct {
		tr   *v1.TaskRun
		pod  *corev1.Pod
		c    cluster
		want time.Time
	}{
		"at the end of the time limit": {tr: taskRun(started), pod: podIn(corev1.PodRunning, runs()), want: at(3600).Add(time.Millisecond)},
		"never without":                {tr: taskRun(started, timeout(0)), pod: podIn(corev1.PodRunning, runs())},
		"at the end of the patience":   {tr: taskRun(started, backOff), pod: stuck, c: cluster{now: 20, defaults: patient}, want: at(70).Time},
		"never when done":              {tr: taskRun(started), pod: podIn(corev1.PodSucceeded, exits(0))},
		"quota":                        {tr: taskRun(), c: cluster{podErr: quotaExceeded}, want: at(60).Add(300 * time.Millisecond)},
		"quota is being changed":       {tr: taskRun(), c: cluster{podErr: quotaChanged}, want: at(1).Add(300 * time.Millisecond)},
		"foreign pod":                  {tr: taskRun(), c: cluster{podErr: ErrForeignPod}, want: at(1).Add(300 * time.Millisecond)},
		"foreign pod, at the end":      {tr: taskRun(timeout(time.Second)), c: cluster{podErr: ErrForeignPod}, want: at(1).Add(time.Millisecond)},
		"remote Task":                  {tr: taskRun(byRef), c: cluster{task: &Task{Failure: failure.Waitingf("", "w")}}, want: at(1).Add(300 * time.Millisecond)},
		"remote StepAction":            {tr: taskRun(byRef), c: cluster{task: &Task{Spec: inline(), StepFailure: failure.Waitingf("", "w")}}, want: at(1).Add(300 * time.Millisecond)},
		"never when it failed":         {tr: taskRun(byRef), c: cluster{task: &Task{Failure: failure.NotFoundf("", "n")}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if d := next(t, tc.tr, tc.pod, tc.c); !d.WakeAt.Equal(tc.want) {
				t.Errorf("wakes at %v, want %v", d.WakeAt, tc.want)
			}
		})
	}
}

var quotaChanged = apierrors.NewConflict(schema.GroupResource{Resource: "resourcequotas"}, "q", errors.New("changed"))

// A time limit ends a run when it is exceeded, not when it is reached.
func TestTimeLimitIsExact(t *testing.T) {
	t.Parallel()
	deadline := at(60).Time
	for now, want := range map[time.Time]string{
		deadline.Add(-time.Nanosecond): "Running", deadline: "Running", deadline.Add(time.Nanosecond): "TaskRunTimeout",
	} {
		tr := taskRun(started, timeout(time.Minute))
		d := Next(Seen{TaskRun: tr, Pod: podIn(corev1.PodRunning, runs()), Now: now, Config: config.NewConfig(nil, nil)})
		if got := d.Status.GetCondition("Succeeded").Reason; got != want {
			t.Errorf("at %v: %s, want %s", now, got, want)
		}
		if want == "Running" && !d.WakeAt.Equal(deadline.Add(time.Millisecond)) {
			t.Errorf("at %v: wakes at %v", now, d.WakeAt)
		}
	}
}

func TestRetry(t *testing.T) {
	t.Parallel()
	tr := taskRun(started, retries(1))
	d := next(t, tr, podIn(corev1.PodRunning, exits(3), "sidecar-s", runs()), cluster{now: 30})
	want := outcome{
		Cond: `Unknown ToBeRetried: "step-a" exited with code 3: Error`, Actions: []string{"stop tr-pod[1]"},
		Events: []string{`Normal ToBeRetried: "step-a" exited with code 3: Error`},
	}
	if diff := cmp.Diff(want, summary(d)); diff != "" {
		t.Errorf("first attempt (-want +got):\n%s", diff)
	}
	if d.Status.PodName != "" || len(d.Status.Steps) != 1 || len(d.Status.RetriesStatus) != 1 {
		t.Fatalf("status %+v", d.Status)
	}
	old := d.Status.RetriesStatus[0]
	if old.PodName != "tr-pod" || old.CompletionTime == nil || old.GetCondition("Succeeded").Reason != "StepFailed" {
		t.Errorf("archived status %+v", old)
	}

	second := taskRun(retries(1))
	second.Status = *d.Status.DeepCopy()
	d = next(t, second, nil, cluster{now: 31})
	want = outcome{Cond: "Unknown Pending: Pending", Started: true, Actions: []string{"create tr-pod-retry1"}, Events: []string{"Normal Started", "Normal Pending: Pending"}}
	if diff := cmp.Diff(want, summary(d)); diff != "" {
		t.Errorf("second attempt (-want +got):\n%s", diff)
	}
	if d.Status.PodName != "tr-pod-retry1" || !d.Status.StartTime.Equal(new(at(31))) || d.Status.Steps[0].Terminated == nil {
		t.Errorf("status %+v", d.Status)
	}

	third := taskRun(retries(1))
	third.Status = *d.Status.DeepCopy()
	failed := podIn(corev1.PodFailed, exits(4))
	failed.Name = "tr-pod-retry1"
	d = next(t, third, failed, cluster{now: 40})
	if got := summary(d); got.Cond != `False StepFailed: "step-a" exited with code 4: Error` || !got.Done || len(d.Status.RetriesStatus) != 1 {
		t.Errorf("last attempt %+v with %d archived", got, len(d.Status.RetriesStatus))
	}
}

// An image that could not be pulled must not use up all attempts before the next pod has even started.
func TestRetryIgnoresWhatAnEarlierAttemptLeft(t *testing.T) {
	t.Parallel()
	stuck := podIn(corev1.PodPending, waits("ImagePullBackOff", "Back-off"))
	tr := taskRun(started, retries(2), condition("PullImageFailed", "Back-off"), func(tr *v1.TaskRun) {
		tr.Status.Steps[0].ContainerState = waits("ImagePullBackOff", "Back-off")
	})
	d := next(t, tr, stuck, cluster{now: 20})
	if got := summary(d); got.Cond[:19] != "Unknown ToBeRetried" || got.Actions[0] != "delete tr-pod" {
		t.Fatalf("first attempt %+v", got)
	}
	second := taskRun(retries(2))
	second.Status = *d.Status.DeepCopy()
	// Even if the old states had stayed as they were.
	second.Status.Steps[0].ContainerState = waits("ImagePullBackOff", "Back-off")
	created := fresh()
	created.Name = "tr-pod-retry1"
	d = next(t, second, nil, cluster{now: 21})
	third := taskRun(retries(2))
	third.Status = *d.Status.DeepCopy()
	d = next(t, third, created, cluster{now: 22})
	if got := summary(d); got.Cond != "Unknown Pending: Pending" || len(d.Status.RetriesStatus) != 1 {
		t.Errorf("second attempt %+v with %d archived", got, len(d.Status.RetriesStatus))
	}
}

func TestTimeoutIsRetried(t *testing.T) {
	t.Parallel()
	d := next(t, taskRun(started, retries(1), timeout(time.Minute)), podIn(corev1.PodRunning, runs()), cluster{now: 61})
	want := outcome{
		Cond: `Unknown ToBeRetried: TaskRun "tr" failed to finish within "1m0s"`, Actions: []string{"delete tr-pod"},
		Events: []string{`Normal ToBeRetried: TaskRun "tr" failed to finish within "1m0s"`},
	}
	if diff := cmp.Diff(want, summary(d)); diff != "" {
		t.Errorf("decision (-want +got):\n%s", diff)
	}
}

// However early a run is stopped, each of its steps ends, with the container it has or would have had.
func TestStepsOfStoppedRuns(t *testing.T) {
	t.Parallel()
	stubs := func(tr *v1.TaskRun) {
		tr.Status.TaskSpec.Steps = append(tr.Status.TaskSpec.Steps, v1.Step{Image: "img"})
		tr.Status.Steps = []v1.StepState{
			{Name: "a", Provenance: &v1.Provenance{}}, {Name: "unnamed-1", Provenance: &v1.Provenance{RefSource: &v1.RefSource{URI: "there"}}},
		}
	}
	lost := func(tr *v1.TaskRun) { tr.Status.TaskSpec, tr.Status.Steps = nil, nil }
	archived := func(tr *v1.TaskRun) {
		tr.Spec.Retries = 1
		tr.Status.PodName = "tr-pod-retry1"
		tr.Status.Steps = []v1.StepState{{Name: "a", Container: "step-a", ContainerState: exits(3), TerminationReason: "Error"}}
		tr.Status.RetriesStatus = []v1.TaskRunStatus{{TaskRunStatusFields: v1.TaskRunStatusFields{Steps: tr.Status.DeepCopy().Steps}}}
	}
	silent := podIn(corev1.PodPending, corev1.ContainerState{}, "step-unnamed-1", corev1.ContainerState{})
	silent.Status.ContainerStatuses = nil
	ended := podIn(corev1.PodRunning, exits(0), "step-unnamed-1", runs())
	second := podIn(corev1.PodPending, corev1.ContainerState{})
	second.Name, second.Status.ContainerStatuses = "tr-pod-retry1", nil
	type step struct {
		Name, Container, Reason, Source string
		Code                            int32
	}
	const reason = "TaskRunCancelled"
	stopped := []step{{"a", "step-a", reason, "", 1}, {"unnamed-1", "step-unnamed-1", reason, "there", 1}}
	for name, tc := range map[string]struct {
		tr   *v1.TaskRun
		pod  *corev1.Pod
		want []step
	}{
		"nothing is known of the pod":   {taskRun(started, stubs), nil, stopped},
		"the pod has not reported":      {taskRun(started, stubs), silent, stopped},
		"a step has ended already":      {taskRun(started, stubs), ended, []step{{"a", "step-a", "Completed", "", 0}, stopped[1]}},
		"the status was lost":           {taskRun(started, lost), silent, []step{stopped[0], {"unnamed-1", "step-unnamed-1", reason, "", 1}}},
		"the status and the pod":        {taskRun(started, lost), nil, nil},
		"states of the attempt before":  {taskRun(started, archived), second, stopped[:1]},
		"states of the attempt, no pod": {taskRun(started, archived), nil, stopped[:1]},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cancelled("")(tc.tr)
			var got []step
			for _, s := range next(t, tc.tr, tc.pod, cluster{now: 20}).Status.Steps {
				if s.Terminated == nil {
					t.Fatalf("step %s has not ended", s.Name)
				}
				at := step{Name: s.Name, Container: s.Container, Reason: s.TerminationReason, Code: s.Terminated.ExitCode}
				if s.Provenance != nil && s.Provenance.RefSource != nil {
					at.Source = s.Provenance.RefSource.URI
				}
				got = append(got, at)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
		})
	}
}
