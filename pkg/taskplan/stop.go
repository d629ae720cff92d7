package taskplan

import (
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/names"
	"github.com/tenon-ci/tenon/pkg/podstatus"
)

func (p *pass) cancelled() bool {
	if !p.tr.IsCancelled() {
		return false
	}
	p.start()
	message := fmt.Sprintf("TaskRun %q was cancelled. %s", p.tr.Name, p.tr.Spec.StatusMessage)
	return p.stop(v1.TaskRunReasonCancelled, message+p.context())
}

func (p *pass) timedOut() bool {
	timeout := p.timeout()
	if timeout <= 0 {
		return false
	}
	deadline := p.status.StartTime.Add(timeout)
	if !p.seen.Now.After(deadline) {
		p.wake(deadline.Add(time.Millisecond))
		return false
	}
	if p.endedInTime(deadline) {
		return false
	}
	p.copyStates(p.reports())
	message := fmt.Sprintf("TaskRun %q failed to finish within %q", p.tr.Name, timeout)
	return p.stop(v1.TaskRunReasonTimedOut, message+p.context())
}

// endedInTime tells whether the pod had its outcome before the deadline, which nobody has seen until now because no controller was
// there. Stored times have whole seconds.
func (p *pass) endedInTime(deadline time.Time) bool {
	return p.pod != nil && podstatus.Finished(p.pod) && stepsEnded(p.pod) && !lastEnd(p.pod).After(deadline)
}

// context keeps what the run waited for when it was stopped (contract 2 §1.5).
func (p *pass) context() string {
	switch v1.TaskRunReason(p.before.Reason) {
	case v1.TaskRunReasonStarted, v1.TaskRunReasonRunning, v1.TaskRunReasonTaskRunPending, "":
		return ""
	}
	if p.before.Message == "" {
		return ""
	}
	return fmt.Sprintf("\nPrevious status: [%s] %s", p.before.Reason, p.before.Message)
}

// cannotStart looks at containers that, as the status shows, cannot start (contract 2 §8.6). What an earlier attempt left in
// the status does not count: the name of the pod is gone then, and later the pod has to say the same.
func (p *pass) cannotStart() bool {
	if p.tr.Status.PodName == "" {
		return false
	}
	if p.pod == nil && v1.TaskRunReason(p.before.Reason) != v1.TaskRunReasonPullImageFailed {
		return false
	}
	found := podstatus.FindStartFailure(podstatus.StartInput{
		TaskRun:   p.tr.Name,
		Steps:     p.status.Steps,
		Sidecars:  p.status.Sidecars,
		Pod:       p.pod,
		PodName:   p.status.PodName,
		Task:      p.status.TaskSpec,
		Tolerance: p.tolerance(),
		Now:       p.seen.Now,
	})
	p.wake(found.RecheckAt)
	if found.Reason == "" {
		return false
	}
	return p.stop(v1.TaskRunReason(found.Reason), found.Message)
}

func (p *pass) tolerance() podstatus.Tolerance {
	d := p.seen.Config.Defaults
	return podstatus.Tolerance{
		ImagePullBackOff:     d.DefaultImagePullBackOffTimeout,
		CreateContainerError: d.DefaultCreateContainerErrorTimeout,
	}
}

// stop fails the run and takes its pod away (contract 2 §8.2).
func (p *pass) stop(reason v1.TaskRunReason, message string) bool {
	p.fail(reason, message)
	if p.status.PodName == "" {
		return true
	}
	created := p.tr.CreationTimestamp
	if created.IsZero() {
		created = metav1.NewTime(p.stamp)
	}
	p.status.Steps = podstatus.Terminate(p.stoppedSteps(), p.status.PodName, string(reason), created.Time, p.stamp)
	p.act(p.removal(reason))
	return true
}

// stoppedSteps are the steps of the attempt as far as they got, each with its container's name. If the status has nothing of this
// attempt yet, the pod is asked, which may have ended steps meanwhile.
func (p *pass) stoppedSteps() []v1.StepState {
	switch {
	case p.showsAttempt():
		return p.status.Steps
	case p.pod != nil:
		return podstatus.StepStates(p.pod, p.reports(), p.status.Steps)
	case p.status.TaskSpec == nil:
		return nil
	}
	out := make([]v1.StepState, len(p.status.TaskSpec.Steps))
	for i := range out {
		name := p.status.TaskSpec.Steps[i].Name
		out[i] = podstatus.Stub(name, i, p.sourceOfStep(i))
		out[i].Container = names.StepContainer(name, i)
	}
	return out
}

// showsAttempt tells whether the status has states of steps that the pod of this attempt has reported.
func (p *pass) showsAttempt() bool {
	reported := slices.ContainsFunc(p.status.Steps, func(s v1.StepState) bool { return s.Container != "" })
	if archived := p.status.RetriesStatus; reported && len(archived) > 0 {
		return !equality.Semantic.DeepEqual(p.status.Steps, archived[len(archived)-1].Steps)
	}
	return reported
}

// sourceOfStep is where the StepAction of a step came from, as the status shows it; nil if it is not known.
func (p *pass) sourceOfStep(i int) *v1.RefSource {
	if i >= len(p.status.Steps) || p.status.Steps[i].Provenance == nil {
		return nil
	}
	return p.status.Steps[i].Provenance.RefSource
}

func (p *pass) removal(reason v1.TaskRunReason) Action {
	if p.seen.Config.FeatureFlags.EnableKeepPodOnCancel && keepable(reason) {
		return CancelPod{p.status.PodName}
	}
	return DeletePod{p.status.PodName}
}

func keepable(reason v1.TaskRunReason) bool {
	return reason == v1.TaskRunReasonCancelled || reason == v1.TaskRunReasonTimedOut
}

// takesPodAway tells whether a TaskRun that failed for this reason has no use for its pod.
func takesPodAway(reason v1.TaskRunReason) bool {
	switch reason {
	case v1.TaskRunReasonCancelled, v1.TaskRunReasonTimedOut, v1.TaskRunReasonImagePullFailed,
		v1.TaskRunReasonCreateContainerConfigError, v1.TaskRunReasonPodCreationFailed, v1.TaskRunReasonResultLargerThanAllowedLimit:
		return true
	default:
		return false
	}
}

// afterwards looks after the pod of a TaskRun that is done: it stops sidecars, and repeats a removal that did not succeed.
func (p *pass) afterwards() {
	if p.pod == nil || p.pod.DeletionTimestamp != nil {
		return
	}
	reason := v1.TaskRunReason(p.before.Reason)
	kept := p.pod.Annotations[pipeline.CancelAnnotationKey] == pipeline.CancelAnnotationValue
	if takesPodAway(reason) && p.before.IsFalse() && !kept {
		p.act(p.removal(reason))
		return
	}
	if kept {
		if stepsEnded(p.pod) {
			p.stopSidecars()
		}
		return
	}
	if !sidecarsEnded(p.status.Sidecars) {
		p.status.Sidecars = podstatus.SidecarStates(p.pod, p.seen.NopImage)
	}
	p.stopRest()
}

// sidecarsEnded tells whether there is nothing to add to what the status says about the sidecars of a run that is done.
func sidecarsEnded(shown []v1.SidecarState) bool {
	return !slices.ContainsFunc(shown, func(s v1.SidecarState) bool { return s.Terminated == nil })
}

// stepsEnded tells whether stopping the sidecars of a kept pod takes nothing away from a step.
func stepsEnded(pod *corev1.Pod) bool {
	for i := range pod.Status.ContainerStatuses {
		s := &pod.Status.ContainerStatuses[i]
		if podstatus.IsStep(s.Name) && s.State.Terminated == nil {
			return false
		}
	}
	return len(pod.Status.ContainerStatuses) > 0
}

// stopRest ends what goes on after the outcome is known: all of the pod if it does not end by itself, else its sidecars.
func (p *pass) stopRest() {
	if !podstatus.Stuck(p.pod) {
		p.stopSidecars()
		return
	}
	if limit := p.pod.Spec.ActiveDeadlineSeconds; limit == nil || *limit != StopDeadline {
		p.act(StopPod{p.pod})
	}
}

func (p *pass) stopSidecars() {
	if list := podstatus.Stoppable(p.pod, p.seen.NopImage); len(list) > 0 {
		p.act(StopSidecars{Pod: p.pod, Containers: list})
	}
}
