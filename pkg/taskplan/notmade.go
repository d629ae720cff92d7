package taskplan

import (
	"errors"
	"fmt"
	"time"

	"github.com/tenon-ci/tenon/pkg/apierror"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
)

// Times after which a pod that could not be created is tried again (contract 2 §8.7).
const (
	retryForeignPod    = time.Second
	retryQuotaConflict = time.Second
	retryQuota         = time.Minute
)

// lookUpPatience is how long after the creation of a run look-ups for its pod are not reported.
const lookUpPatience = 2 * time.Second

// notMade turns the reason why there is no pod into the status (contract 2 §1.2 to §1.4).
func (p *pass) notMade(err error) bool {
	if errors.Is(err, ErrForeignPod) {
		p.wake(p.seen.Now.Add(retryForeignPod))
		return p.wait(v1.TaskRunReasonPending, "tried to create pod, but it already exists")
	}
	if f, ok := failure.As(err); ok {
		return p.notMadeBecause(f)
	}
	switch kind := apierror.Classify(err); {
	case kind == apierror.QuotaConflict:
		return p.waitForQuota(retryQuotaConflict, v1.TaskRunReasonPending, "tried to create pod, but it failed with ResourceQuotaConflictError")
	case kind == apierror.Quota:
		return p.waitForQuota(retryQuota, v1.TaskRunReasonExceededResourceQuota, fmt.Sprintf("TaskRun Pod exceeded available resources: %v", err))
	case kind == apierror.Policy:
		return p.fail(v1.TaskRunReasonPodAdmissionFailed, err.Error())
	case kind == apierror.Foreign, kind.Passes():
		return p.tryAgain(err)
	default:
		return p.fail(v1.TaskRunReasonPodCreationFailed, p.creationMessage(err.Error()))
	}
}

func (p *pass) notMadeBecause(f *failure.Failure) bool {
	switch {
	case f.Final():
		return p.refusedForGood(f)
	case f.Class == failure.Waiting && p.isQuick():
		p.unreported = true
		return true
	case f.Class == failure.Waiting:
		return p.wait(v1.TaskRunReasonPending, f.Message())
	default:
		return p.tryAgain(f)
	}
}

// isQuick tells whether a run that waits for a look-up is so new that this is not reported: the next pass may well have the answer,
// and makes one write of the two. It makes sure that there is a pass when the wait has become a long one.
func (p *pass) isQuick() bool {
	reported := p.tr.CreationTimestamp.Add(lookUpPatience)
	if p.before.Reason != "" || !p.seen.Now.Before(reported) {
		return false
	}
	p.wake(reported)
	return true
}

func (p *pass) refusedForGood(f *failure.Failure) bool {
	if f.Reason == "" || v1.TaskRunReason(f.Reason) == v1.TaskRunReasonPodCreationFailed {
		return p.fail(v1.TaskRunReasonPodCreationFailed, p.creationMessage(f.Message()))
	}
	return p.fail(v1.TaskRunReason(f.Reason), f.Message())
}

func (p *pass) creationMessage(err string) string {
	message := fmt.Sprintf("failed to create task run pod %q: %s. Maybe ", p.tr.Name, err)
	if ref := p.tr.Spec.TaskRef; ref != nil {
		return message + fmt.Sprintf("missing or invalid Task %s/%s", p.tr.Namespace, ref.Name)
	}
	return message + "invalid TaskSpec"
}

// tryAgain keeps the run waiting for something that passes, within its timeout.
func (p *pass) tryAgain(err error) bool {
	p.step.Failure = failure.Transientf("", "%w", err)
	return p.wait(v1.TaskRunReasonPending, fmt.Sprintf("tried to create pod, but it failed and will be tried again: %v", err))
}

// waitForQuota stops the clock: the time of waiting does not count.
func (p *pass) waitForQuota(after time.Duration, reason v1.TaskRunReason, message string) bool {
	p.status.StartTime = nil
	p.step.WakeAt = p.seen.Now.Add(after)
	return p.wait(reason, message)
}
