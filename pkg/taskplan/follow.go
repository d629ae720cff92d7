package taskplan

import (
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/podstatus"
)

const (
	messageSucceeded = "All Steps have completed executing"
	messageRunning   = "Not all Steps in the Task have finished executing"
	messageConfig    = "Failed to create pod due to config error: "

	messageLogForbidden = "the results cannot be read from the log of the pod: the controller's service account may not get pods/log in namespace %q. " +
		"Grant it with examples/_rbac/pod-log-access.yaml, or set the feature flag results-from to termination-message"
)

// resultLogPatience is how long after the end of the steps an unreadable log keeps the run open.
const resultLogPatience = time.Minute

// forbiddenLogPatience is the same when the API server forbids to read it. It does so for a moment after its own start too,
// before it knows the roles.
const forbiddenLogPatience = 10 * time.Second

// startPatience is how long the stages of a pod that starts normally are not reported.
const startPatience = 5 * time.Second

// causePatience is the longest time between two looks at the events of a pod that does not start.
const causePatience = 5 * time.Minute

// followPod copies the state of the pod.
func (p *pass) followPod() bool {
	p.status.PodName = p.pod.Name
	reports := p.reports()
	p.copyStates(reports)
	switch {
	case podstatus.Finished(p.pod):
		return p.finish(reports)
	case p.pod.Status.Phase == corev1.PodPending:
		return p.podPending()
	default:
		if p.pod.Annotations[pipeline.ReadyAnnotationKey] != pipeline.ReadyAnnotationValue && podstatus.SidecarsReady(p.pod) {
			p.act(ReleaseSteps{p.pod})
		}
		return p.wait(v1.TaskRunReasonRunning, messageRunning)
	}
}

func (p *pass) reports() podstatus.Reports {
	if p.pod == nil {
		return nil
	}
	if p.seen.Log == nil {
		return podstatus.ReadReports(p.pod, nil)
	}
	return podstatus.ReadReports(p.pod, p.seen.Log.Entries)
}

// copyStates replaces the states of steps and sidecars as soon as the pod has any; what an earlier attempt left is shown until
// then.
func (p *pass) copyStates(reports podstatus.Reports) {
	if p.pod == nil || !podstatus.HasReported(p.pod) {
		return
	}
	p.status.Steps = podstatus.StepStates(p.pod, reports, p.status.Steps)
	p.status.Sidecars = podstatus.SidecarStates(p.pod, p.seen.NopImage)
}

// holdSteps makes the first step wait for containers that were injected, if nobody could when the pod was made: the answer to
// its creation got lost. The engine that made a foreign pod has decided that for itself.
func (p *pass) holdSteps() {
	if podstatus.IsForeign(p.pod) || !MayInject(p.seen.Config) || !podstatus.HasInjected(p.pod) || stepStarted(p.pod) {
		return
	}
	if p.pod.Annotations[pipeline.ReadyAnnotationKey] == pipeline.ReadyAnnotationValue {
		p.act(HoldSteps{p.pod})
	}
}

// MayInject tells whether first steps wait for containers that somebody else adds to pods (contract 2 §2.10).
func MayInject(cfg *config.Config) bool {
	return cfg.FeatureFlags.AwaitSidecarReadiness && cfg.FeatureFlags.RunningInEnvWithInjectedSidecars
}

func stepStarted(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.Status.ContainerStatuses, func(s corev1.ContainerStatus) bool {
		return podstatus.IsStep(s.Name) && s.State.Waiting == nil && s.State != (corev1.ContainerState{})
	})
}

func (p *pass) podPending() bool {
	p.holdSteps()
	failed, recheck := podstatus.ConfigFailure(p.pod, p.tolerance(), p.seen.Now)
	if failed != "" {
		return p.stop(v1.TaskRunReasonCreateContainerConfigError, messageConfig+failed)
	}
	p.wake(recheck)
	if podstatus.ExceedsNodeResources(p.pod) {
		p.warn(string(v1.TaskRunReasonExceededNodeResources), fmt.Sprintf("Insufficient resources to schedule pod %q", p.pod.Name))
	}
	if p.startsNormally() {
		return true
	}
	cause, ended := p.cause()
	if ended {
		return true
	}
	why := podstatus.WhyPending(p.pod, cause)
	return p.wait(v1.TaskRunReason(why.Reason), why.Message)
}

// cause is what the events of the pod tell, if the pod itself does not say why it does not start. They are read when the pod has
// been pending for startPatience, and then after twice the time, and so on.
func (p *pass) cause() (text string, ended bool) {
	if !podstatus.Preparing(p.pod) {
		return "", false
	}
	created := p.pod.CreationTimestamp.Time
	due := created.Add(startPatience)
	if last := p.seen.Cause; last != nil {
		text = last.Text
		due = last.At.Add(min(max(last.At.Sub(created), startPatience), causePatience))
	}
	if p.seen.Now.Before(due) {
		p.wake(due)
		return text, false
	}
	p.step.Wants.Cause = true
	return "", true
}

// startsNormally leaves the status alone while a pod goes through its first stages as every pod does. Nobody gets to know more from
// each of them, and they would be half of all writes of a short run. A pod that stays in one of them is reported.
func (p *pass) startsNormally() bool {
	reported := p.pod.CreationTimestamp.Add(startPatience)
	if v1.TaskRunReason(p.before.Reason) != v1.TaskRunReasonPending || p.tr.Status.PodName != p.pod.Name ||
		!p.seen.Now.Before(reported) || !podstatus.StartsNormally(p.pod) {
		return false
	}
	p.status.Conditions, p.status.Steps, p.status.Sidecars = p.tr.Status.Conditions, p.tr.Status.Steps, p.tr.Status.Sidecars
	p.wake(reported)
	return true
}

// finish ends the run with the outcome of the pod.
func (p *pass) finish(reports podstatus.Reports) bool {
	if podstatus.HasResultSidecar(p.pod) {
		if p.seen.Log == nil {
			p.step.Wants.Log = true
			return true
		}
		if ended := p.logProblem(); ended {
			return true
		}
	}
	p.complete()
	if podstatus.Failed(p.pod) {
		why := podstatus.WhyFailed(p.pod, reports.StepText)
		p.status.MarkFailed(p.podFailure(why.Reason), why.Message, p.stamp)
	} else {
		p.status.MarkSucceeded(v1.TaskRunReasonSuccessful, messageSucceeded, p.stamp)
	}
	p.collect(reports)
	p.stopRest()
	return true
}

// logProblem ends the checks if the results are not in the log, or not yet. After a failure of the pod they matter less than it
// does, and after resultLogPatience a run ends without them (contract 2 §4.4), unless nobody would ever be told why.
func (p *pass) logProblem() bool {
	err := p.seen.Log.Err
	forbidden := apierrors.IsForbidden(err)
	patience := resultLogPatience
	if forbidden {
		patience = forbiddenLogPatience
	}
	switch {
	case p.seen.Log.TooLarge > 0:
		return p.tooLarge()
	case err == nil:
		return false
	case p.seen.Now.Before(lastEnd(p.pod).Add(patience)):
		p.step.Failure = failure.Transientf("", "reading results of pod %s: %w", p.pod.Name, err)
		return p.wait(v1.TaskRunReasonRunning, messageRunning)
	case forbidden && !podstatus.Failed(p.pod):
		p.stopSidecars()
		return p.fail(v1.TaskRunReasonFailedValidation, fmt.Sprintf(messageLogForbidden, p.tr.Namespace))
	default:
		return false
	}
}

func (p *pass) podFailure(reason string) v1.TaskRunReason {
	if p.tr.Annotations[pipeline.OnErrorAnnotationKey] == string(v1.Continue) {
		return v1.TaskRunReasonFailureIgnored
	}
	return v1.TaskRunReason(reason)
}

func (p *pass) collect(reports podstatus.Reports) {
	results := podstatus.CollectResults(p.spec, p.status.Steps, reports)
	p.status.Results = results.Task
	p.status.Artifacts = podstatus.CollectArtifacts(p.status.Steps, reports)
	if f := results.Failure; f != nil {
		p.status.MarkFailed(v1.TaskRunReason(f.Reason), f.Message(), p.stamp)
	}
}

// tooLarge keeps the contract's text, doubled quotes included, and adds which result it is.
func (p *pass) tooLarge() bool {
	log, limit := p.seen.Log, p.seen.Config.FeatureFlags.MaxResultSize
	message := fmt.Sprintf("[User error]  TaskRun \"\"%s\"\" failed: %d bytes results size exceeds configured limit of %d bytes", p.tr.Name, log.TooLarge, limit)
	if log.TooLargeName != "" {
		message += fmt.Sprintf(": with its name and quotes, result %q is %d bytes too large for max-result-size", log.TooLargeName, log.TooLarge-limit)
	}
	return p.stop(v1.TaskRunReasonResultLargerThanAllowedLimit, message)
}

// lastEnd is when the last container that has ended did so.
func lastEnd(pod *corev1.Pod) time.Time {
	end := pod.CreationTimestamp.Time
	for i := range pod.Status.ContainerStatuses {
		if t := pod.Status.ContainerStatuses[i].State.Terminated; t != nil && t.FinishedAt.After(end) {
			end = t.FinishedAt.Time
		}
	}
	return end
}
