package taskplan

import (
	"errors"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

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
	f, isFailure := failure.As(err)
	switch {
	case errors.Is(err, ErrForeignPod):
		p.wake(p.seen.Now.Add(retryForeignPod))
		return p.wait(v1.TaskRunReasonPending, "tried to create pod, but it already exists")
	case isFailure && f.Final():
		return p.refusedForGood(f)
	case isFailure || !isAPIError(err):
		return p.tryAgain(err)
	case apierrors.IsConflict(err) && strings.Contains(err.Error(), "resourcequotas"):
		return p.waitForQuota(retryQuotaConflict, v1.TaskRunReasonPending, "tried to create pod, but it failed with ResourceQuotaConflictError")
	case apierrors.IsForbidden(err) && strings.Contains(err.Error(), "exceeded quota"):
		return p.waitForQuota(retryQuota, v1.TaskRunReasonExceededResourceQuota, fmt.Sprintf("TaskRun Pod exceeded available resources: %v", err))
	case apierrors.IsForbidden(err) && refusedByPolicy(err):
		return p.fail(v1.TaskRunReasonPodAdmissionFailed, err.Error())
	case passes(err):
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

func isAPIError(err error) bool {
	var status apierrors.APIStatus
	return errors.As(err, &status)
}

func refusedByPolicy(err error) bool {
	return strings.Contains(err.Error(), "violates PodSecurity") || strings.Contains(err.Error(), "security context constraint")
}

// passes tells whether an error of the API can go away by itself.
func passes(err error) bool {
	return apierrors.IsConflict(err) || apierrors.IsServerTimeout(err) || apierrors.IsTimeout(err) || apierrors.IsTooManyRequests(err) ||
		apierrors.IsInternalError(err) || apierrors.IsServiceUnavailable(err) || apierrors.IsUnexpectedServerError(err)
}

// ClaimRefused turns the error of creating a claim into the failure that belongs into Created.
func ClaimRefused(tr *v1.TaskRun, err error) error {
	class := failure.Invalid
	if !isAPIError(err) || passes(err) {
		class = failure.Transient
	}
	return failure.New(class, string(v1.TaskRunReasonCouldntCreateWorkspacePVC),
		"failed to create PVC for TaskRun %s/%s workspaces correctly: %w", tr.Namespace, tr.Name, err)
}
