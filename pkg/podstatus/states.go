package podstatus

import (
	"cmp"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/names"
	"github.com/tenon-ci/tenon/pkg/termination"
)

// Termination reasons that follow from the container alone; the runner sends the others.
const (
	terminationCompleted = "Completed"
	terminationError     = "Error"
)

const nopMessage = "Sidecar container successfully stopped by nop image"

// HasReported tells whether the kubelet has reported container states, so that step states can be read off the pod.
func HasReported(pod *corev1.Pod) bool { return len(pod.Status.ContainerStatuses) > 0 }

// StepStates returns status.steps for the pod, in the order of the Task (contract 2 §9.2). prior is the list so far, from which
// the provenance is kept. Results and artifacts are filled in by CollectResults and CollectArtifacts.
func StepStates(pod *corev1.Pod, reports Reports, prior []v1.StepState) []v1.StepState {
	list := steps(pod)
	out := make([]v1.StepState, 0, len(list))
	for _, s := range list {
		state := known(prior, s.spec.Name)
		if s.status != nil {
			state.ImageID = s.status.ImageID
			state.ContainerState = *s.status.State.DeepCopy()
		}
		if t := state.Terminated; t != nil {
			state.TerminationReason = refine(t, reports[s.spec.Name])
			fillTimes(t, pod)
		}
		out = append(out, state)
	}
	return out
}

// known returns what is known of the step in the container but its state. The name of a container can be shorter than that of its
// step.
func known(prior []v1.StepState, container string) v1.StepState {
	for i := range prior {
		if names.StepContainer(prior[i].Name, i) == container {
			return v1.StepState{
				Name: cmp.Or(prior[i].Name, StepName(container)), Container: container,
				Provenance: cmp.Or(prior[i].Provenance, &v1.Provenance{}),
			}
		}
	}
	return v1.StepState{Name: StepName(container), Container: container, Provenance: &v1.Provenance{}}
}

// refine replaces what the container says about its end by what the runner says about the step's, and returns the
// termination reason.
func refine(t *corev1.ContainerStateTerminated, r Report) string {
	if !isForeign(t) {
		// An error leaves the message empty: it cannot be encoded, so it is not public.
		t.Message, _ = termination.Public(r.Entries)
	}
	if !r.StartedAt.IsZero() {
		// The API keeps whole seconds; more would make every later comparison see a change.
		t.StartedAt = metav1.NewTime(r.StartedAt.Truncate(time.Second))
	}
	ignored := r.ExitCode != nil && *r.ExitCode != 0 && t.ExitCode == 0
	if r.ExitCode != nil {
		t.ExitCode = int32(*r.ExitCode) //nolint:gosec // exit codes are small
	}
	switch {
	case t.Reason == reasonOOMKilled:
		return reasonOOMKilled
	case r.Reason != "":
		return string(r.Reason)
	case ignored:
		// Not every runner says so: only an error that is ignored has a code of its own.
		return string(termination.Continued)
	case t.ExitCode == 0:
		return terminationCompleted
	case r.Sent:
		return terminationError
	default:
		return ""
	}
}

// fillTimes gives containers whose times Kubernetes lost those of the pod: the schema refuses a missing time. What never ran began
// when it ended, and not in 1970, as runtimes say.
func fillTimes(t *corev1.ContainerStateTerminated, pod *corev1.Pod) {
	if neverRan(t) && t.StartedAt.Unix() <= 0 {
		t.StartedAt = t.FinishedAt
	}
	if t.StartedAt.IsZero() {
		t.StartedAt = pod.CreationTimestamp
		if pod.Status.StartTime != nil {
			t.StartedAt = *pod.Status.StartTime
		}
	}
	if t.FinishedAt.IsZero() {
		t.FinishedAt = t.StartedAt
	}
}

// SidecarStates returns status.sidecars for the pod: regular containers, then native sidecars (contract 2 §9.3). nopImage is
// the image that stopped sidecars get. Another engine has another such image, which nobody knows; but a change of its image is the
// only thing that starts an ordinary container of such a pod again.
func SidecarStates(pod *corev1.Pod, nopImage string) []v1.SidecarState {
	var out []v1.SidecarState
	for _, c := range append(regular(pod), initial(pod)...) {
		if !IsSidecar(c.spec.Name) || c.status == nil {
			continue
		}
		state := v1.SidecarState{
			Name:           SidecarName(c.spec.Name),
			Container:      c.spec.Name,
			ImageID:        c.status.ImageID,
			ContainerState: *c.status.State.DeepCopy(),
		}
		if t := state.Terminated; t != nil {
			fillTimes(t, pod)
			if nopImage != "" && c.spec.Image == nopImage || !isNative(c.spec) && c.status.RestartCount > 0 {
				t.Reason, t.Message = terminationCompleted, nopMessage
			}
		}
		out = append(out, state)
	}
	return out
}

// Stub is the state of a step before its pod reports any (contract 2 §9.2). index is the step's position in the Task.
func Stub(step string, index int, source *v1.RefSource) v1.StepState {
	if step == "" {
		step = fmt.Sprintf("unnamed-%d", index)
	}
	return v1.StepState{Name: step, Provenance: &v1.Provenance{RefSource: source}}
}

// Terminate ends every step that has not ended, because its pod is stopped from outside (contract 2 §8.2). Steps that nothing was
// heard of are among them: clients look for an end of each.
func Terminate(states []v1.StepState, pod, reason string, created, now time.Time) []v1.StepState {
	out := make([]v1.StepState, len(states))
	for i := range states {
		s := *states[i].DeepCopy()
		if s.Terminated == nil {
			started := metav1.NewTime(created)
			if s.Running != nil && !s.Running.StartedAt.IsZero() {
				started = s.Running.StartedAt
			}
			s.ContainerState = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
				ExitCode:   1,
				Reason:     reason,
				Message:    fmt.Sprintf("Step %s terminated as pod %s is terminated", s.Name, pod),
				StartedAt:  started,
				FinishedAt: metav1.NewTime(now),
			}}
			s.TerminationReason = reason
		}
		out[i] = s
	}
	return out
}
