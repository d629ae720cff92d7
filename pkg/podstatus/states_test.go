package podstatus

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/names"
)

func TestStepStates(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		state  corev1.ContainerState
		want   *corev1.ContainerStateTerminated
		reason string
	}{
		"completed": {
			state:  exited(0, "Completed", `[{"key":"StartedAt","value":"2026-03-01T12:00:03.250Z","type":3}]`),
			want:   &corev1.ContainerStateTerminated{Reason: "Completed", StartedAt: at(3), FinishedAt: at(5)},
			reason: "Completed",
		},
		"failed": {
			state:  exited(4, "Error", `[{"key":"StartedAt","value":"2026-03-01T12:00:03.000Z","type":3},{"key":"r","value":"x","type":1}]`),
			want:   &corev1.ContainerStateTerminated{ExitCode: 4, Reason: "Error", Message: `[{"key":"r","value":"x","type":1}]`, StartedAt: at(3), FinishedAt: at(5)},
			reason: "Error",
		},
		"continued": {
			state:  exited(0, "Completed", `[{"key":"ExitCode","value":"11","type":3},{"key":"Reason","value":"Continued","type":3}]`),
			want:   &corev1.ContainerStateTerminated{ExitCode: 11, Reason: "Completed", StartedAt: at(1), FinishedAt: at(5)},
			reason: "Continued",
		},
		"skipped": {
			state:  exited(1, "Error", `[{"key":"Reason","value":"Skipped","type":3}]`),
			want:   &corev1.ContainerStateTerminated{ExitCode: 1, Reason: "Error", StartedAt: at(1), FinishedAt: at(5)},
			reason: "Skipped",
		},
		"died before it could report": {
			state: exited(137, "Error"),
			want:  &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "Error", StartedAt: at(1), FinishedAt: at(5)},
		},
		"out of memory": {
			state:  exited(137, "OOMKilled"),
			want:   &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "OOMKilled", StartedAt: at(1), FinishedAt: at(5)},
			reason: "OOMKilled",
		},
		"never ran": {
			state: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
				ExitCode: 128, Reason: "StartError", Message: "chdir to cwd failed", StartedAt: metav1.Unix(0, 0), FinishedAt: at(5),
			}},
			want: &corev1.ContainerStateTerminated{ExitCode: 128, Reason: "StartError", Message: "chdir to cwd failed", StartedAt: at(5), FinishedAt: at(5)},
		},
		"end that nobody saw": {
			state: exited(137, "ContainerStatusUnknown", "The container could not be located"),
			want:  &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "ContainerStatusUnknown", Message: "The container could not be located", StartedAt: at(1), FinishedAt: at(5)},
		},
		"times lost": {
			state: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "ContainerStatusUnknown"}},
			want:  &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "ContainerStatusUnknown", StartedAt: at(0), FinishedAt: at(0)},
		},
		"unreadable message": {
			state:  exited(1, "Error", `[{"key":"r","va`),
			want:   &corev1.ContainerStateTerminated{ExitCode: 1, Reason: "Error", StartedAt: at(1), FinishedAt: at(5)},
			reason: "Error",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPod(corev1.PodRunning).container("step-a", tc.state).pod
			source := &v1.Provenance{RefSource: &v1.RefSource{URI: "u"}}
			got := StepStates(p, ReadReports(p, nil), []v1.StepState{{Name: "a", Provenance: source}})
			want := []v1.StepState{{
				Name: "a", Container: "step-a", ImageID: "id", Provenance: source, TerminationReason: tc.reason,
				ContainerState: corev1.ContainerState{Terminated: tc.want},
			}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("states (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStepStatesKeepTheOrderOfTheTask(t *testing.T) {
	t.Parallel()
	p := newPod(corev1.PodRunning).container("step-z", running()).container("sidecar-s", running()).container("step-unnamed-1", running()).pod
	s := p.Status.ContainerStatuses
	s[0], s[2] = s[2], s[0]
	var got []string
	for _, state := range StepStates(p, nil, nil) {
		got = append(got, state.Name+" "+state.Container)
	}
	if diff := cmp.Diff([]string{"z step-z", "unnamed-1 step-unnamed-1"}, got); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

func TestSidecarStates(t *testing.T) {
	t.Parallel()
	p := newPod(corev1.PodRunning).init("prepare", false, exited(0, "Completed")).init("sidecar-n", true, running()).
		container("step-a", running()).container("sidecar-stopped", exited(1, "Error")).container("sidecar-b", running()).
		container("istio-proxy", running()).pod
	p.Spec.Containers[1].Image = "nop"
	want := []v1.SidecarState{
		{Name: "stopped", Container: "sidecar-stopped", ImageID: "id", ContainerState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
			ExitCode: 1, Reason: "Completed", Message: "Sidecar container successfully stopped by nop image", StartedAt: at(1), FinishedAt: at(5),
		}}},
		{Name: "b", Container: "sidecar-b", ImageID: "id", ContainerState: running()},
		{Name: "n", Container: "sidecar-n", ContainerState: running()},
	}
	if diff := cmp.Diff(want, SidecarStates(p, "nop")); diff != "" {
		t.Errorf("sidecars (-want +got):\n%s", diff)
	}
}

func TestTerminate(t *testing.T) {
	t.Parallel()
	done := v1.StepState{Name: "a", ContainerState: exited(0, "Completed"), TerminationReason: "Completed"}
	stub := Stub("", 3, nil)
	got := Terminate([]v1.StepState{done, {Name: "b", ContainerState: running()}, {Name: "c", ContainerState: waiting("X", "y")}, stub},
		"tr-pod", "TaskRunTimeout", at(-10).Time, at(60).Time)
	ended := func(name string, started metav1.Time) v1.StepState {
		return v1.StepState{Name: name, TerminationReason: "TaskRunTimeout", ContainerState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
			ExitCode: 1, Reason: "TaskRunTimeout", Message: "Step " + name + " terminated as pod tr-pod is terminated", StartedAt: started, FinishedAt: at(60),
		}}}
	}
	unheard := ended("unnamed-3", at(-10))
	unheard.Provenance = &v1.Provenance{}
	want := []v1.StepState{done, ended("b", at(1)), ended("c", at(-10)), unheard}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

func TestSidecarsReadyAndStoppable(t *testing.T) {
	t.Parallel()
	ready := func(b builder, names ...string) builder {
		for i := range b.pod.Status.ContainerStatuses {
			for _, n := range names {
				if s := &b.pod.Status.ContainerStatuses[i]; s.Name == n {
					s.Ready = true
				}
			}
		}
		return b
	}
	for name, tc := range map[string]struct {
		pod   builder
		ready bool
		stop  []int
	}{
		"no sidecar":            {pod: newPod(corev1.PodRunning).container("step-a", running()), ready: true},
		"pending":               {pod: newPod(corev1.PodPending).container("step-a", waiting("", ""))},
		"not ready":             {pod: newPod(corev1.PodRunning).container("step-a", running()).container("sidecar-s", running()), stop: []int{1}},
		"ready":                 {pod: ready(newPod(corev1.PodRunning).container("step-a", running()).container("sidecar-s", running()), "sidecar-s"), ready: true, stop: []int{1}},
		"injected, not ready":   {pod: ready(newPod(corev1.PodRunning).container("step-a", running()).container("sidecar-s", running()).container("istio-proxy", running()), "sidecar-s"), stop: []int{1, 2}},
		"prepare has not ended": {pod: newPod(corev1.PodRunning).container("prepare", running()).container("step-a", running()).container("sidecar-s", running()), stop: []int{2}},
		"over":                  {pod: newPod(corev1.PodRunning).container("step-a", running()).container("sidecar-s", exited(1, "Error")), ready: true},
		"reports results":       {pod: ready(newPod(corev1.PodRunning).container("step-a", running()).container("sidecar-tekton-log-results", running()), "sidecar-tekton-log-results"), ready: true},
		"native":                {pod: newPod(corev1.PodRunning).init("sidecar-s", true, running()).container("step-a", running()), ready: true},
		"native, and injected":  {pod: newPod(corev1.PodRunning).init("sidecar-s", true, running()).container("step-a", running()).container("istio-proxy", running()), stop: []int{1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := SidecarsReady(tc.pod.pod); got != tc.ready {
				t.Errorf("SidecarsReady = %v, want %v", got, tc.ready)
			}
			if diff := cmp.Diff(tc.stop, Stoppable(tc.pod.pod, "nop")); diff != "" {
				t.Errorf("Stoppable (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLongNamesAreKept has a step whose container cannot have its whole name.
func TestLongNamesAreKept(t *testing.T) {
	t.Parallel()
	const name = "a-step-with-a-name-that-is-as-long-as-admission-lets-it-be-63-c"
	container := names.StepContainer(name, 0)
	if "step-"+name == container {
		t.Fatalf("the name of container %s is not cut", container)
	}
	spec := &v1.TaskSpec{
		Results: []v1.TaskResult{{Name: "r", Value: v1.NewString("$(steps." + name + ".results.s)")}},
		Steps:   []v1.Step{{Name: name, Results: []v1.StepResult{{Name: "s"}}}},
	}
	source := &v1.RefSource{URI: "git"}
	pod := newPod(corev1.PodSucceeded).container(container, exited(0, "Completed", `[{"key":"s","value":"x","type":4}]`)).pod
	reports := ReadReports(pod, nil)
	states := StepStates(pod, reports, []v1.StepState{Stub(name, 0, source)})
	if states[0].Name != name || states[0].Container != container || states[0].Provenance.RefSource != source {
		t.Errorf("state = %+v", states[0])
	}
	// What an earlier release has written has no full names.
	for _, states := range [][]v1.StepState{states, StepStates(pod, reports, nil)} {
		if diff := cmp.Diff([]v1.TaskRunResult{str("r", "x")}, CollectResults(spec, states, reports).Task); diff != "" {
			t.Errorf("results (-want +got):\n%s", diff)
		}
	}
}
