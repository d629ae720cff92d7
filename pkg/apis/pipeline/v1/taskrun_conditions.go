package v1

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	"knative.dev/pkg/apis"
	duckv1 "knative.dev/pkg/apis/duck/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
)

// GetConditionSet returns the conditions that a TaskRun has.
func (*TaskRun) GetConditionSet() apis.ConditionSet { return runConditionSet }

// GetStatus returns the conditions of the run and what goes with them.
func (tr *TaskRun) GetStatus() *duckv1.Status { return &tr.Status.Status }

// GetStatusCondition gives access to the conditions of the run.
func (tr *TaskRun) GetStatusCondition() apis.ConditionAccessor { return &tr.Status }

// HasStarted reports whether the current attempt has started.
func (tr *TaskRun) HasStarted() bool {
	return tr.Status.StartTime != nil && !tr.Status.StartTime.IsZero()
}

// IsDone reports whether the run has ended.
func (tr *TaskRun) IsDone() bool { return isDone(&tr.Status.Status) }

// IsSuccessful reports whether the run has ended well.
func (tr *TaskRun) IsSuccessful() bool {
	return tr.Status.GetCondition(apis.ConditionSucceeded).IsTrue()
}

// IsFailure reports whether the run has ended badly.
func (tr *TaskRun) IsFailure() bool {
	return tr.Status.GetCondition(apis.ConditionSucceeded).IsFalse()
}

// IsCancelled reports whether the spec asks to stop.
func (tr *TaskRun) IsCancelled() bool { return tr.Spec.Status == TaskRunSpecStatusCancelled }

// IsPending reports whether the spec asks not to start.
func (tr *TaskRun) IsPending() bool { return tr.Spec.Status == TaskRunSpecStatusPending }

// IsManagedHere reports whether the run belongs to this controller and not to another one (contract 2 §1.1).
func (tr *TaskRun) IsManagedHere() bool { return isManagedHere(tr.Spec.ManagedBy) }

// IsRetriable reports whether retries are left after the current attempt.
func (tr *TaskRun) IsRetriable() bool { return len(tr.Status.RetriesStatus) < tr.Spec.Retries }

func isManagedHere(managedBy *string) bool {
	return managedBy == nil || *managedBy == "" || *managedBy == pipeline.ManagedBy
}

// SetCondition stores cond; its transition time becomes now if anything else changed. It reports whether it did.
func (s *TaskRunStatus) SetCondition(cond apis.Condition, now time.Time) bool {
	return setCondition(&s.Status, cond, now)
}

// MarkRunning says that the run is not done yet. The message is written as it stands.
func (s *TaskRunStatus) MarkRunning(reason TaskRunReason, message string, now time.Time) bool {
	return s.SetCondition(succeeded(corev1.ConditionUnknown, reason.String(), message), now)
}

// MarkSucceeded says that the run ended well. The message is written as it stands.
func (s *TaskRunStatus) MarkSucceeded(reason TaskRunReason, message string, now time.Time) bool {
	return s.SetCondition(succeeded(corev1.ConditionTrue, reason.String(), message), now)
}

// MarkFailed says that the run ended badly. The message is written as it stands.
func (s *TaskRunStatus) MarkFailed(reason TaskRunReason, message string, now time.Time) bool {
	return s.SetCondition(succeeded(corev1.ConditionFalse, reason.String(), message), now)
}
