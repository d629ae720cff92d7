package podstatus

import (
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
	"github.com/tenon-ci/tenon/pkg/names"
	"github.com/tenon-ci/tenon/pkg/termination"
)

// remakePause is between the end of an init container that could not be started and the next pod. Nothing else would keep the two
// apart.
const remakePause = 10 * time.Second

// Unprepared says why a pod has to be made again, in the same attempt and under the same name: its steps could not run, for
// reasons that are not theirs.
type Unprepared struct {
	// Reason and Why are for the condition of the run meanwhile.
	Reason v1.TaskRunReason
	Why    string
	// OrderBroken says that the node started a step before the container prepare was done. Pods for nodes of its kind had
	// better be prepared in an init container.
	OrderBroken bool
	// At is the earliest time for it; zero is at once.
	At time.Time
}

// FindUnprepared tells whether and why the pod has to be made again, prepared by an init container then; nil if it need not. The
// kubelet starts ordinary containers one after the other, but goes on with the next whatever became of the one before; so
// everything that keeps prepare from starting where it is an ordinary container makes the steps of this pod fail. An init
// container is waited for: the kubelet tries to pull and to create it again.
//
// A pod that another engine made is never made again: what it cannot do, it fails with or waits for.
func FindUnprepared(pod *corev1.Pod) *Unprepared {
	if IsForeign(pod) {
		return nil
	}
	if why, failed := PrepareFailed(pod); failed {
		out := &Unprepared{Reason: v1.TaskRunReasonPending, Why: why}
		prepare, first := prepareOf(pod)
		if w := prepare.waiting(); w != nil && slices.Contains(pullFailures, w.Reason) {
			out.Reason = v1.TaskRunReasonPullImageFailed
		}
		if t := prepare.terminated(); t != nil && !first {
			out.At = t.FinishedAt.Add(remakePause)
		}
		return out
	}
	if why, broken := OrderBroken(pod); broken {
		return &Unprepared{Reason: v1.TaskRunReasonPending, Why: why, OrderBroken: true}
	}
	return nil
}

// PrepareFailed tells whether the container that prepares the pod could not be pulled, created or started, in a way that this pod
// does not get over. A container that ran and failed is another matter, see WhyFailed.
func PrepareFailed(pod *corev1.Pod) (why string, failed bool) {
	prepare, first := prepareOf(pod)
	if t := prepare.terminated(); t != nil && neverRan(t) {
		return unpreparedText(t.Reason, t.Message), true
	}
	if w := prepare.waiting(); first && w != nil && !slices.Contains(startStages, w.Reason) {
		return unpreparedText(w.Reason, w.Message), true
	}
	return "", false
}

func unpreparedText(reason, message string) string {
	text := fmt.Sprintf("the pod is made again, because its container %q could not be started: %s", names.PrepareContainer, reason)
	if message != "" {
		text += ": " + message
	}
	return text
}

// OrderBroken tells whether a step began before the container prepare, where that is an ordinary one, was done.
func OrderBroken(pod *corev1.Pod) (why string, broken bool) {
	prepare, first := prepareOf(pod)
	if !first || prepare.exitedBadly() {
		return "", false
	}
	for _, s := range steps(pod) {
		if lacksRunner(s, prepare) || unpreparedRunner(s) {
			return fmt.Sprintf("the pod is made again, because container %q began before the pod was prepared", s.spec.Name), true
		}
	}
	return "", false
}

// lacksRunner tells whether the container could not be started because prepare had not yet put the runner there. Times have whole
// seconds, so the order of two in one second shows nothing.
func lacksRunner(s, prepare container) bool {
	if w := s.waiting(); w != nil {
		return slices.Contains(runnerErrors, w.Reason) && missesRunner(w.Message)
	}
	t := s.terminated()
	if t == nil || !neverRan(t) {
		return false
	}
	started := startOf(prepare)
	return missesRunner(t.Message) || started.IsZero() || t.FinishedAt.Time.Before(started)
}

// runnerErrors are what containers wait for whose command is not there, depending on the runtime.
var runnerErrors = []string{waitCreateContainerError, "RunContainerError"}

func missesRunner(message string) bool {
	return strings.Contains(message, protocol.Runner) && strings.Contains(strings.ToLower(message), "no such file")
}

// unpreparedRunner tells whether the step's runner was there but something else was missing.
func unpreparedRunner(s container) bool {
	t := s.terminated()
	return t != nil && readReport(t.Message).Reason == termination.NotPrepared
}

func startOf(c container) time.Time {
	switch {
	case c.running():
		return c.status.State.Running.StartedAt.Time
	case c.terminated() != nil:
		return c.terminated().StartedAt.Time
	default:
		return time.Time{}
	}
}

// preparedAnyway tells whether prepare, as an ordinary container, had done its work, however it ended: a runner got to run.
func preparedAnyway(pod *corev1.Pod) bool {
	if _, first := prepareOf(pod); !first {
		return false
	}
	return slices.ContainsFunc(steps(pod), func(s container) bool {
		t := s.terminated()
		return s.running() || t != nil && !isForeign(t) && !unpreparedRunner(s)
	})
}

// prepareOf returns the container that prepares the pod, and whether it is an ordinary one.
func prepareOf(pod *corev1.Pod) (c container, first bool) {
	for _, c := range initial(pod) {
		if c.prepares() {
			first = slices.ContainsFunc(pod.Spec.Containers, func(r corev1.Container) bool { return r.Name == c.spec.Name })
			return c, first
		}
	}
	return container{}, false
}

// Reasons of containers of which nothing has run. Their message is the container runtime's.
const (
	reasonStartError = "StartError"
	reasonCannotRun  = "ContainerCannotRun"
	// reasonUnknown is that of containers whose end nobody saw. Its message is the kubelet's.
	reasonUnknown = "ContainerStatusUnknown"
)

func neverRan(t *corev1.ContainerStateTerminated) bool {
	return t.Reason == reasonStartError || t.Reason == reasonCannotRun
}

// isForeign tells whether the message of a container's end is not its own.
func isForeign(t *corev1.ContainerStateTerminated) bool {
	return neverRan(t) || t.Reason == reasonUnknown
}

// NeverRan tells whether the container of a step ended before its runner began. Nobody tells the other steps then.
func NeverRan(pod *corev1.Pod) bool {
	return slices.ContainsFunc(steps(pod), func(s container) bool { return s.terminated() != nil && neverRan(s.terminated()) })
}

// Stuck tells whether the pod has finished but does not end by itself: containers of ours wait for a step that never ran. They
// have to be stopped from outside.
func Stuck(pod *corev1.Pod) bool {
	if !NeverRan(pod) && !runnerLost(pod) || pod.DeletionTimestamp != nil {
		return false
	}
	if pod.Status.Phase != corev1.PodRunning && pod.Status.Phase != corev1.PodPending {
		return false
	}
	return slices.ContainsFunc(all(pod), func(c container) bool {
		ours := IsStep(c.spec.Name) || IsResultSidecar(c.spec.Name) || c.prepares()
		return ours && c.terminated() == nil
	})
}
