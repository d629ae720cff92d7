package v1

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	"knative.dev/pkg/apis"
	duckv1 "knative.dev/pkg/apis/duck/v1"
)

// GetConditionSet returns the conditions that a PipelineRun has.
func (*PipelineRun) GetConditionSet() apis.ConditionSet { return runConditionSet }

// GetStatus returns the conditions of the run and what goes with them.
func (pr *PipelineRun) GetStatus() *duckv1.Status { return &pr.Status.Status }

// GetStatusCondition gives access to the conditions of the run.
func (pr *PipelineRun) GetStatusCondition() apis.ConditionAccessor { return &pr.Status }

// HasStarted reports whether the run has started.
func (pr *PipelineRun) HasStarted() bool {
	return pr.Status.StartTime != nil && !pr.Status.StartTime.IsZero()
}

// IsDone reports whether the run has ended.
func (pr *PipelineRun) IsDone() bool { return isDone(&pr.Status.Status) }

// IsSuccessful reports whether the run has ended well.
func (pr *PipelineRun) IsSuccessful() bool {
	return pr.Status.GetCondition(apis.ConditionSucceeded).IsTrue()
}

// IsFailure reports whether the run has ended badly.
func (pr *PipelineRun) IsFailure() bool {
	return pr.Status.GetCondition(apis.ConditionSucceeded).IsFalse()
}

// IsCancelled reports whether the spec asks to stop at once, without finally.
func (pr *PipelineRun) IsCancelled() bool { return pr.Spec.Status == PipelineRunSpecStatusCancelled }

// IsGracefullyCancelled reports whether the spec asks to stop all children and to run finally.
func (pr *PipelineRun) IsGracefullyCancelled() bool {
	return pr.Spec.Status == PipelineRunSpecStatusCancelledRunFinally
}

// IsGracefullyStopped reports whether the spec asks to let running children end and to run finally.
func (pr *PipelineRun) IsGracefullyStopped() bool {
	return pr.Spec.Status == PipelineRunSpecStatusStoppedRunFinally
}

// IsPending reports whether the spec asks not to start.
func (pr *PipelineRun) IsPending() bool { return pr.Spec.Status == PipelineRunSpecStatusPending }

// IsManagedHere reports whether the run belongs to this controller and not to another one (contract 3 §9.7).
func (pr *PipelineRun) IsManagedHere() bool { return isManagedHere(pr.Spec.ManagedBy) }

// SetCondition stores cond; its transition time becomes now if anything else changed. It reports whether it did.
func (s *PipelineRunStatus) SetCondition(cond apis.Condition, now time.Time) bool {
	return setCondition(&s.Status, cond, now)
}

// MarkRunning says that the run is not done yet. The message is written as it stands.
func (s *PipelineRunStatus) MarkRunning(reason PipelineRunReason, message string, now time.Time) bool {
	return s.SetCondition(succeeded(corev1.ConditionUnknown, reason.String(), message), now)
}

// MarkSucceeded says that the run ended well. The message is written as it stands.
func (s *PipelineRunStatus) MarkSucceeded(reason PipelineRunReason, message string, now time.Time) bool {
	return s.SetCondition(succeeded(corev1.ConditionTrue, reason.String(), message), now)
}

// MarkFailed says that the run ended badly. The message is written as it stands.
func (s *PipelineRunStatus) MarkFailed(reason PipelineRunReason, message string, now time.Time) bool {
	return s.SetCondition(succeeded(corev1.ConditionFalse, reason.String(), message), now)
}
