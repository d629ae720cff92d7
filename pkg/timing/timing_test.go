package timing

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

var epoch = time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)

// at is that many seconds after the creation of the TaskRun.
func at(second int) metav1.Time {
	return metav1.NewTime(epoch.Add(time.Duration(second) * time.Second))
}

func ref(second int) *metav1.Time {
	t := at(second)
	return &t
}

// run is a TaskRun that was made at 0, started at 1, and ended at the given second unless that is 0.
func run(end int, steps ...v1.StepState) *v1.TaskRun {
	tr := &v1.TaskRun{ObjectMeta: metav1.ObjectMeta{CreationTimestamp: at(0)}}
	tr.Status.StartTime, tr.Status.Steps = ref(1), steps
	if end > 0 {
		tr.Status.CompletionTime = ref(end)
		tr.Status.MarkSucceeded(v1.TaskRunReasonSuccessful, "", at(end).Time)
	} else {
		tr.Status.MarkRunning(v1.TaskRunReasonRunning, "", at(2).Time)
	}
	return tr
}

func ran(from, to int) v1.StepState {
	return v1.StepState{ImageID: "sha256:1", ContainerState: ended(from, to)}
}

func ended(from, to int) corev1.ContainerState {
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{StartedAt: at(from), FinishedAt: at(to)}}
}

func runs(from int) corev1.ContainerState {
	return corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: at(from)}}
}

// pod is a pod that was made at 3, with the conditions that are true and the states of the containers of its steps.
func pod(conditions map[corev1.PodConditionType]int, steps ...corev1.ContainerState) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{CreationTimestamp: at(3)}}
	for kind, second := range conditions {
		p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: kind, Status: corev1.ConditionTrue, LastTransitionTime: at(second)})
	}
	p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: corev1.PodReady, Status: corev1.ConditionFalse, LastTransitionTime: at(99)})
	for _, state := range steps {
		p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, corev1.ContainerStatus{Name: "step-x", State: state})
	}
	return p
}

type conditions = map[corev1.PodConditionType]int

// phase is a phase between two seconds.
type phase struct {
	Name     string
	From, To int
}

func TestOf(t *testing.T) {
	t.Parallel()
	full := conditions{corev1.PodScheduled: 5, corev1.PodReadyToStartContainers: 8}
	retried := run(40, ran(20, 30))
	retried.Status.RetriesStatus = []v1.TaskRunStatus{{}}
	notStarted := run(0)
	notStarted.Status.StartTime = nil
	withSidecar := pod(full, ended(12, 31))
	withSidecar.Status.ContainerStatuses = append(withSidecar.Status.ContainerStatuses, corev1.ContainerStatus{Name: "sidecar-db", State: ended(33, 34)})
	for name, tc := range map[string]struct {
		marks Marks
		tr    *v1.TaskRun
		pod   *corev1.Pod
		want  []phase
	}{
		"everything is known": {
			tr: run(40, ran(20, 25), ran(25, 30)), pod: pod(full, ended(11, 25), ended(12, 30)),
			want: []phase{{Queue, 0, 1}, {Starting, 1, 3}, {Node, 3, 5}, {Sandbox, 5, 8}, {Images, 8, 12}, {Sidecars, 12, 20}, {Running, 20, 30}, {Reporting, 30, 40}},
		},
		"the sandbox is gone": {
			tr: run(40, ran(20, 30)), pod: pod(conditions{corev1.PodScheduled: 5}, ended(12, 30)),
			want: []phase{{Queue, 0, 1}, {Starting, 1, 3}, {Node, 3, 5}, {SandboxAndImages, 5, 12}, {Sidecars, 12, 20}, {Running, 20, 30}, {Reporting, 30, 40}},
		},
		"the sandbox is gone and was seen": {
			marks: Marks{SandboxReady: at(7).Time}, tr: run(40, ran(20, 30)), pod: pod(conditions{corev1.PodScheduled: 5}, ended(12, 30)),
			want: []phase{{Queue, 0, 1}, {Starting, 1, 3}, {Node, 3, 5}, {Sandbox, 5, 7}, {Images, 7, 12}, {Sidecars, 12, 20}, {Running, 20, 30}, {Reporting, 30, 40}},
		},
		"quota had no room": {
			marks: Marks{QuotaSince: at(2).Time}, tr: run(40, ran(20, 30)), pod: pod(full, ended(12, 30)),
			want: []phase{{Queue, 0, 1}, {Starting, 1, 2}, {Quota, 2, 3}, {Node, 3, 5}, {Sandbox, 5, 8}, {Images, 8, 12}, {Sidecars, 12, 20}, {Running, 20, 30}, {Reporting, 30, 40}},
		},
		"quota never had room":    {marks: Marks{QuotaSince: at(2).Time}, tr: run(40), want: []phase{{Queue, 0, 1}, {Starting, 1, 2}, {Quota, 2, 40}}},
		"no node ever had room":   {tr: run(40), pod: pod(nil), want: []phase{{Queue, 0, 1}, {Starting, 1, 3}, {Node, 3, 40}}},
		"no image was ever there": {tr: run(40), pod: pod(full, corev1.ContainerState{}), want: []phase{{Queue, 0, 1}, {Starting, 1, 3}, {Node, 3, 5}, {Sandbox, 5, 8}, {Images, 8, 40}}},
		"one image was never there": {
			tr: run(40, ran(3, 40)), pod: pod(full, ended(12, 40), corev1.ContainerState{}),
			want: []phase{{Queue, 0, 1}, {Starting, 1, 3}, {Node, 3, 5}, {Sandbox, 5, 8}, {Images, 8, 40}},
		},
		"the pod never was":   {tr: run(40), want: []phase{{Queue, 0, 1}, {Starting, 1, 40}}},
		"the pod is gone":     {tr: run(40, ran(20, 30)), want: []phase{{Queue, 0, 1}, {Unattributed, 1, 20}, {Running, 20, 30}, {Reporting, 30, 40}}},
		"a later attempt":     {tr: retried, pod: pod(full, ended(12, 30)), want: []phase{{Starting, 1, 3}, {Node, 3, 5}, {Sandbox, 5, 8}, {Images, 8, 12}, {Sidecars, 12, 20}, {Running, 20, 30}, {Reporting, 30, 40}}},
		"it has not started":  {tr: notStarted},
		"a step is running":   {tr: run(0, ran(20, 25), v1.StepState{ContainerState: runs(12)}), pod: pod(full, ended(12, 25), runs(12)), want: []phase{{Queue, 0, 1}, {Starting, 1, 3}, {Node, 3, 5}, {Sandbox, 5, 8}, {Images, 8, 12}, {Sidecars, 12, 20}}},
		"a sidecar is pulled": {tr: run(0), pod: pod(conditions{corev1.PodScheduled: 5}), want: []phase{{Queue, 0, 1}, {Starting, 1, 3}, {Node, 3, 5}}},
		"a sidecar was stopped": {
			tr: run(40, ran(20, 30)), pod: withSidecar,
			want: []phase{{Queue, 0, 1}, {Starting, 1, 3}, {Node, 3, 5}, {Sandbox, 5, 8}, {Images, 8, 12}, {Sidecars, 12, 20}, {Running, 20, 30}, {Reporting, 30, 40}},
		},
		"clocks differ": {
			tr: run(40, ran(10, 50)), pod: pod(conditions{corev1.PodScheduled: 2, corev1.PodReadyToStartContainers: 8}, ended(12, 50)),
			want: []phase{{Queue, 0, 1}, {Starting, 1, 3}, {Node, 3, 3}, {Sandbox, 3, 8}, {Images, 8, 12}, {Sidecars, 12, 12}, {Running, 12, 50}, {Reporting, 50, 50}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []phase
			for _, p := range tc.marks.Of(tc.tr, tc.pod) {
				if p.Duration() < 0 {
					t.Errorf("negative: %v", p)
				}
				got = append(got, phase{p.Name, int(p.Start.Sub(epoch).Seconds()), int(p.End.Sub(epoch).Seconds())})
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("phases (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOfIsWithoutMarks(t *testing.T) {
	t.Parallel()
	tr, p := run(40, ran(20, 30)), pod(nil)
	if diff := cmp.Diff((Marks{}).Of(tr, p), Of(tr, p)); diff != "" {
		t.Error(diff)
	}
}

func TestSee(t *testing.T) {
	t.Parallel()
	throttled := func(second int) *v1.TaskRun {
		tr := run(0)
		tr.Status.Conditions = nil
		tr.Status.SetCondition(apis.Condition{
			Type: apis.ConditionSucceeded, Status: corev1.ConditionUnknown, Reason: v1.TaskRunReasonExceededResourceQuota.String(),
		}, at(second).Time)
		return tr
	}
	var marks Marks
	for _, look := range []struct {
		tr   *v1.TaskRun
		pod  *corev1.Pod
		want Marks
	}{
		{tr: run(0)},
		{tr: throttled(4), want: Marks{QuotaSince: at(4).Time}},
		{tr: throttled(6), want: Marks{QuotaSince: at(4).Time}},
		{tr: run(0), pod: pod(nil), want: Marks{QuotaSince: at(4).Time}},
		{tr: run(0), pod: pod(conditions{corev1.PodReadyToStartContainers: 8}), want: Marks{QuotaSince: at(4).Time, SandboxReady: at(8).Time}},
		{tr: run(0), pod: pod(nil), want: Marks{QuotaSince: at(4).Time, SandboxReady: at(8).Time}},
	} {
		marks = marks.See(look.tr, look.pod)
		if diff := cmp.Diff(look.want, marks); diff != "" {
			t.Errorf("marks (-want +got):\n%s", diff)
		}
	}
}

func TestThrottled(t *testing.T) {
	t.Parallel()
	for reason, want := range map[v1.TaskRunReason][2]bool{
		v1.TaskRunReasonExceededResourceQuota: {true, false},
		v1.TaskRunReasonExceededNodeResources: {false, true},
		v1.TaskRunReasonPending:               {},
	} {
		tr := run(0)
		tr.Status.MarkRunning(reason, "", epoch)
		if got := [2]bool{IsThrottledByQuota(tr), IsThrottledByNode(tr)}; got != want {
			t.Errorf("%s: throttled by quota, by node: %v, want %v", reason, got, want)
		}
		tr.Status.MarkFailed(reason, "", epoch)
		if IsThrottledByQuota(tr) || IsThrottledByNode(tr) {
			t.Errorf("%s: a TaskRun that is done waits for nothing", reason)
		}
	}
}

func TestNamesAreAll(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, name := range Names() {
		if seen[name] {
			t.Errorf("%s is there twice", name)
		}
		seen[name] = true
	}
	for _, name := range []string{Queue, Starting, Quota, Node, Sandbox, Images, SandboxAndImages, Sidecars, Running, Reporting, Unattributed} {
		if !seen[name] {
			t.Errorf("%s is missing", name)
		}
	}
}
