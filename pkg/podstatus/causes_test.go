package podstatus

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/termination"
)

// exitedAt is exited with another end.
func exitedAt(seconds int, code int32) corev1.ContainerState {
	state := exited(code, "Error")
	state.Terminated.FinishedAt = at(seconds)
	return state
}

// TestCauseAmongSeveral has pods several containers of which ended badly: what Kubernetes stopped is no cause.
func TestCauseAmongSeveral(t *testing.T) {
	t.Parallel()
	step := exitedAt(5, 3)
	for name, tc := range map[string]struct {
		pod  builder
		want Verdict
	}{
		"sidecar that was killed for the failed step": {
			pod:  newPod(corev1.PodFailed).init("sidecar-s", true, exitedAt(5, 137)).container("step-a", step),
			want: Verdict{"StepFailed", `"step-a" exited with code 3: Error`},
		},
		"sidecar that was asked to end": {
			pod:  newPod(corev1.PodFailed).init("sidecar-s", true, exitedAt(4, 143)).container("step-a", step),
			want: Verdict{"StepFailed", `"step-a" exited with code 3: Error`},
		},
		"sidecar that failed first": {
			pod:  newPod(corev1.PodFailed).init("sidecar-s", true, exitedAt(4, 2)).container("step-a", step),
			want: Verdict{"SidecarFailed", `init container failed, "sidecar-s" exited with code 2: Error`},
		},
		"sidecar that failed afterwards": {
			pod:  newPod(corev1.PodFailed).init("sidecar-s", true, exitedAt(6, 2)).container("step-a", step),
			want: Verdict{"StepFailed", `"step-a" exited with code 3: Error`},
		},
		"init container behind a sidecar": {
			pod:  newPod(corev1.PodFailed).init("sidecar-s", true, exited(0, "Completed")).init("user", false, exited(1, "Error")).container("step-a", waiting("PodInitializing", "")),
			want: Verdict{"InitContainerFailed", `init container failed, "user" exited with code 1: Error`},
		},
		"memory, with an exit code": {
			pod:  newPod(corev1.PodFailed).container("step-a", exited(137, "OOMKilled")),
			want: Verdict{"StepOOM", `"step-a" exited with code 137: OOMKilled`},
		},
		"disruption that did not happen": {
			pod: newPod(corev1.PodFailed).container("step-a", step).condition(corev1.PodCondition{
				Type: corev1.DisruptionTarget, Status: corev1.ConditionFalse, LastTransitionTime: at(1), Reason: "R", Message: "m",
			}),
			want: Verdict{"StepFailed", `"step-a" exited with code 3: Error`},
		},
		"another condition that is true": {
			pod: newPod(corev1.PodFailed).container("step-a", step).condition(corev1.PodCondition{
				Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: at(1), Reason: "R", Message: "m",
			}),
			want: Verdict{"StepFailed", `"step-a" exited with code 3: Error`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, WhyFailed(tc.pod.pod, nil)); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
		})
	}
}

func TestInsufficientIsAboutScheduling(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		reason, message string
		want            bool
	}{
		"no room":          {corev1.PodReasonUnschedulable, "0/3 nodes are available: 3 Insufficient cpu.", true},
		"no matching node": {corev1.PodReasonUnschedulable, "0/3 nodes are available: 3 node(s) were unschedulable.", false},
		"something else":   {"ContainersNotReady", "Insufficient patience", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPod(corev1.PodPending).condition(corev1.PodCondition{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: tc.reason, Message: tc.message}).pod
			if got := ExceedsNodeResources(p); got != tc.want {
				t.Errorf("exceeds the resources of nodes: %t, want %t", got, tc.want)
			}
		})
	}
}

// TestWrongResultsLeaveTheOthers has a result without a key that it needs before one that is right.
func TestWrongResultsLeaveTheOthers(t *testing.T) {
	t.Parallel()
	spec := &v1.TaskSpec{
		Results: []v1.TaskResult{
			{Name: "object", Type: v1.ResultsTypeObject, Properties: map[string]v1.PropertySpec{"a": {}, "b": {}}},
			{Name: "right"},
		},
		Steps: []v1.Step{{Name: "a"}},
	}
	p := newPod(corev1.PodSucceeded).container("step-a", exited(0, "Completed",
		`[{"key":"object","value":"{\"a\":\"x\"}","type":1},{"key":"right","value":"text","type":1}]`)).pod
	reports := ReadReports(p, nil)
	got := CollectResults(spec, StepStates(p, reports, nil), reports)
	want := []v1.TaskRunResult{{Name: "right", Type: v1.ResultsTypeString, Value: *v1.NewString("text")}}
	if diff := cmp.Diff(want, got.Task); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if got.Failure == nil {
		t.Error("the missing key is no failure")
	}
}

// TestStoppedSidecarsAreNamed tells sidecars that were replaced by the nop image from those that ended by themselves.
func TestStoppedSidecarsAreNamed(t *testing.T) {
	t.Parallel()
	p := newPod(corev1.PodRunning).container("step-a", exited(0, "Completed")).container("sidecar-s", exited(0, "Error")).pod
	for name, tc := range map[string]struct{ nop, want string }{
		"replaced":            {"img", "Completed"},
		"ended by itself":     {"other", "Error"},
		"nothing is replaced": {"", "Error"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			states := SidecarStates(p, tc.nop)
			if len(states) != 1 || states[0].Terminated.Reason != tc.want {
				t.Errorf("states %v, want one with reason %s", states, tc.want)
			}
		})
	}
}

// TestConfigFailureAmongSeveral has a container that is at fault behind others that are not.
func TestConfigFailureAmongSeveral(t *testing.T) {
	t.Parallel()
	slow := waiting("CreateContainerConfigError", "context deadline exceeded")
	for name, first := range map[string]corev1.ContainerState{
		"behind one that starts":      waiting("ContainerCreating", ""),
		"behind one that runs":        running(),
		"behind one that may be slow": slow,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPod(corev1.PodPending).container("step-a", first).container("step-b", waiting("CreateContainerConfigError", "no secret")).pod
			got, recheck := ConfigFailure(p, Tolerance{CreateContainerError: 2 * time.Minute}, at(100).Time)
			if want := `container "step-b": no secret`; got != want || !recheck.IsZero() {
				t.Errorf("ConfigFailure = %q, %v; want %q and no time", got, recheck, want)
			}
		})
	}
	p := newPod(corev1.PodPending).container("step-a", slow).container("step-b", slow).pod
	got, recheck := ConfigFailure(p, Tolerance{CreateContainerError: 2 * time.Minute}, at(100).Time)
	if got != "" || !recheck.Equal(at(120).Time) {
		t.Errorf("ConfigFailure = %q, %v; want none, and the end of the tolerance", got, recheck)
	}
}

// TestReportsComeInTwoWays has results that left the pod beside the termination message, and a step that still runs.
func TestReportsComeInTwoWays(t *testing.T) {
	t.Parallel()
	p := newPod(corev1.PodRunning).container("step-a", running()).
		container("step-b", exited(0, "Completed", `[{"key":"r","value":"x","type":1}]`)).pod
	beside := termination.Entry{Key: "s", Value: "y", Type: 1}
	got := ReadReports(p, map[string][]termination.Entry{"step-a": {beside}, "step-b": {beside}})
	want := map[string][]termination.Entry{"step-b": {{Key: "r", Value: "x", Type: 1}, beside}}
	entries := map[string][]termination.Entry{}
	for name, report := range got {
		entries[name] = report.Entries
	}
	if diff := cmp.Diff(want, entries); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

// TestSidecarWhoseTimesAreLost needs times all the same: the schema refuses a missing one.
func TestSidecarWhoseTimesAreLost(t *testing.T) {
	t.Parallel()
	lost := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "ContainerStatusUnknown"}}
	states := SidecarStates(newPod(corev1.PodRunning).container("sidecar-s", lost).pod, "nop")
	want := &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "ContainerStatusUnknown", StartedAt: at(0), FinishedAt: at(0)}
	if len(states) != 1 {
		t.Fatalf("%d states, want one", len(states))
	}
	if diff := cmp.Diff(want, states[0].Terminated); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
}
