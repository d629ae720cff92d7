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

// refused turns the error of creating the pod into the status (contract 2 §1.2 to §1.4).
func (p *pass) refused(err error) bool {
	if errors.Is(err, ErrForeignPod) {
		p.wake(p.seen.Now.Add(retryForeignPod))
		return p.wait(v1.TaskRunReasonPending, "tried to create pod, but it already exists")
	}
	if f, ok := failure.As(err); ok {
		if f.Final() {
			return p.refusedForGood(f)
		}
		return p.tryAgain(err)
	}
	switch apierror.Classify(err) {
	case apierror.QuotaConflict:
		return p.waitForQuota(retryQuotaConflict, v1.TaskRunReasonPending, "tried to create pod, but it failed with ResourceQuotaConflictError")
	case apierror.Quota:
		return p.waitForQuota(retryQuota, v1.TaskRunReasonExceededResourceQuota, fmt.Sprintf("TaskRun Pod exceeded available resources: %v", err))
	case apierror.Policy:
		return p.fail(v1.TaskRunReasonPodAdmissionFailed, err.Error())
	case apierror.Passing, apierror.TimedOut, apierror.Conflict, apierror.Foreign:
		return p.tryAgain(err)
	default:
		return p.fail(v1.TaskRunReasonPodCreationFailed, p.creationMessage(err.Error()))
	}
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
	p.decision.Err = err
	return p.wait(v1.TaskRunReasonPending, fmt.Sprintf("tried to create pod, but it failed and will be tried again: %v", err))
}

// waitForQuota stops the clock: the time of waiting does not count.
func (p *pass) waitForQuota(after time.Duration, reason v1.TaskRunReason, message string) bool {
	p.status.StartTime = nil
	p.decision.WakeAt = p.seen.Now.Add(after)
	return p.wait(reason, message)
}

// ClaimRefused turns the error of creating a claim into the failure that belongs into Created.
func ClaimRefused(tr *v1.TaskRun, err error) error {
	class := failure.Invalid
	if kind := apierror.Classify(err); kind.Passes() || kind == apierror.Foreign {
		class = failure.Transient
	}
	return failure.New(class, string(v1.TaskRunReasonCouldntCreateWorkspacePVC),
		"failed to create PVC for TaskRun %s/%s workspaces correctly: %w", tr.Namespace, tr.Name, err)
}
