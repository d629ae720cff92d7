package podstatus

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// Tolerance says how long containers may be unable to start; 0 means not at all (contract 2 §8.6).
type Tolerance struct {
	ImagePullBackOff     time.Duration
	CreateContainerError time.Duration
}

// StartInput is what FindStartFailure looks at.
type StartInput struct {
	// TaskRun is the name for messages.
	TaskRun string
	// Steps and Sidecars are the states that the TaskRun's status shows.
	Steps    []v1.StepState
	Sidecars []v1.SidecarState
	// Pod is the pod of the current attempt; nil if it cannot be found. A state in Steps or Sidecars counts only if the pod
	// still says the same, so that states left over from an earlier attempt do nothing.
	Pod     *corev1.Pod
	PodName string
	// Task is what the pod runs; it names images when the pod is gone. It may be nil.
	Task      *v1.TaskSpec
	Tolerance Tolerance
	Now       time.Time
}

// StartFailure is the answer of FindStartFailure.
type StartFailure struct {
	// Verdict is empty if no container failed for good.
	Verdict
	// RecheckAt is when the next tolerance ends; zero if none is running.
	RecheckAt time.Time
}

// FindStartFailure looks for a container that waits in a way that does not pass (contract 2 §8.6): in steps, then sidecars,
// then the init containers that others have added to the pod. The container prepare is the operator's, see FindUnprepared, and so are
// those that prepare a pod of another engine.
func FindStartFailure(in StartInput) StartFailure {
	var out StartFailure
	for _, w := range in.waiters() {
		v, recheck := in.judge(w)
		if v.Reason != "" {
			return StartFailure{Verdict: v}
		}
		if !recheck.IsZero() && (out.RecheckAt.IsZero() || recheck.Before(out.RecheckAt)) {
			out.RecheckAt = recheck
		}
	}
	return out
}

// ConfigFailure says which container of a pod in phase Pending its configuration keeps from starting, and why; empty if none. If
// that is still tolerated, it returns until when. The container prepare is the operator's, see FindUnprepared.
func ConfigFailure(pod *corev1.Pod, t Tolerance, now time.Time) (why string, recheckAt time.Time) {
	for _, c := range all(pod) {
		w := c.waiting()
		if w == nil || c.prepares() || w.Reason != waitCreateContainerConfigError || waitsForSubPath(w) {
			continue
		}
		if end := createDeadline(pod, w, t); now.Before(end) {
			if recheckAt.IsZero() || end.Before(recheckAt) {
				recheckAt = end
			}
			continue
		}
		return fmt.Sprintf("container %q: %s", c.spec.Name, w.Message), time.Time{}
	}
	return "", recheckAt
}

// waiter is a waiting container as messages name it.
type waiter struct {
	kind, name, image string
	state             *corev1.ContainerStateWaiting
}

func (in StartInput) waiters() []waiter {
	var out []waiter
	for i := range in.Steps {
		s := &in.Steps[i]
		if in.stillWaits(s.Container, s.Waiting) {
			out = append(out, waiter{"step", s.Name, cmp.Or(in.image(s.Container, s.ImageID), in.stepImage(i)), s.Waiting})
		}
	}
	for i := range in.Sidecars {
		s := &in.Sidecars[i]
		if in.stillWaits(s.Container, s.Waiting) {
			out = append(out, waiter{"sidecar", s.Name, in.image(s.Container, s.ImageID), s.Waiting})
		}
	}
	if in.Pod == nil {
		return out
	}
	for _, c := range initial(in.Pod) {
		if w := c.waiting(); w != nil && !IsSidecar(c.spec.Name) && !isEngines(c.spec.Name) {
			out = append(out, waiter{"init container", c.spec.Name, in.image(c.spec.Name, c.status.ImageID), w})
		}
	}
	return out
}

// image names the image of a container: as the kubelet does or, as long as it has none, as the pod does.
func (in StartInput) image(container, id string) string {
	if id != "" || in.Pod == nil {
		return id
	}
	for _, c := range all(in.Pod) {
		if c.spec.Name == container {
			return c.spec.Image
		}
	}
	return ""
}

func (in StartInput) stepImage(i int) string {
	switch {
	case in.Task == nil || i >= len(in.Task.Steps):
		return ""
	case in.Task.Steps[i].Image == "" && in.Task.StepTemplate != nil:
		return in.Task.StepTemplate.Image
	default:
		return in.Task.Steps[i].Image
	}
}

func (in StartInput) stillWaits(name string, shown *corev1.ContainerStateWaiting) bool {
	if shown == nil || in.Pod == nil {
		return shown != nil
	}
	for _, c := range all(in.Pod) {
		if c.spec.Name == name {
			w := c.waiting()
			return w != nil && w.Reason == shown.Reason
		}
	}
	return false
}

func (in StartInput) judge(w waiter) (Verdict, time.Time) {
	switch w.state.Reason {
	case waitImagePullBackOff:
		return in.judgePull(w)
	case waitInvalidImageName:
		return in.pullVerdict(w, in.podMessage(w)), time.Time{}
	case waitCreateContainerError:
		return in.judgeCreate(w, v1.TaskRunReasonPodCreationFailed)
	case waitCreateContainerConfigError:
		if waitsForSubPath(w.state) {
			return Verdict{}, time.Time{}
		}
		return in.judgeCreate(w, v1.TaskRunReasonCreateContainerConfigError)
	default:
		return Verdict{}, time.Time{}
	}
}

func (in StartInput) judgePull(w waiter) (Verdict, time.Time) {
	if in.Tolerance.ImagePullBackOff > 0 {
		if in.Pod == nil {
			return in.pullVerdict(w, fmt.Sprintf("Failed to get pod with error: \"pod %q not found.\"", in.PodName)), time.Time{}
		}
		if end := startable(in.Pod).Add(in.Tolerance.ImagePullBackOff); in.Now.Before(end) {
			return Verdict{}, end
		}
	}
	return in.pullVerdict(w, in.podMessage(w)), time.Time{}
}

func (in StartInput) judgeCreate(w waiter, reason v1.TaskRunReason) (Verdict, time.Time) {
	if in.Pod != nil {
		if end := createDeadline(in.Pod, w.state, in.Tolerance); in.Now.Before(end) {
			return Verdict{}, end
		}
	}
	return Verdict{string(reason), fmt.Sprintf("the %s %q in TaskRun %q failed to start. %s", w.kind, w.name, in.TaskRun, in.podMessage(w))}, time.Time{}
}

func (in StartInput) pullVerdict(w waiter, tail string) Verdict {
	return Verdict{
		string(v1.TaskRunReasonImagePullFailed),
		fmt.Sprintf("the %s %q in TaskRun %q failed to pull the image %q. %s", w.kind, w.name, in.TaskRun, w.image, tail),
	}
}

func (StartInput) podMessage(w waiter) string {
	return fmt.Sprintf("The pod errored with the message: \"%s.\"", w.state.Message)
}

// createDeadline is until when the waiting state is tolerated; zero if it is not.
func createDeadline(pod *corev1.Pod, w *corev1.ContainerStateWaiting, t Tolerance) time.Time {
	if t.CreateContainerError <= 0 || !strings.Contains(w.Message, "context deadline exceeded") {
		return time.Time{}
	}
	return startable(pod).Add(t.CreateContainerError)
}

// startable is from when on the containers of the pod could have started: the later one of its initialization and of the
// readiness of its sandbox.
func startable(pod *corev1.Pod) time.Time {
	at := pod.CreationTimestamp.Time
	for _, c := range pod.Status.Conditions {
		if c.Type != corev1.PodInitialized && c.Type != corev1.PodReadyToStartContainers {
			continue
		}
		if c.LastTransitionTime.After(at) {
			at = c.LastTransitionTime.Time
		}
	}
	return at
}
