package plan

import (
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
)

// verdict is the outcome of a pass as the condition will show it.
type verdict struct {
	status  corev1.ConditionStatus
	reason  v1.PipelineRunReason
	message string
}

// judge returns the condition of a run whose tasks are decided (contract 3 §1.2, §1.3, §2.7).
func (r *run) judge() verdict {
	c := r.count()
	switch {
	case r.pipelineTimedOut():
		return verdict{corev1.ConditionFalse, v1.PipelineRunReasonTimedOut, timeoutMessage(r.pr, r.limits.pipeline)}
	case r.hitTasksTimeout() && r.finallyDone():
		return verdict{corev1.ConditionFalse, v1.PipelineRunReasonTimedOut, tasksTimeoutMessage(r.pr, *r.limits.tasks)}
	case c.incomplete > 0:
		return verdict{corev1.ConditionUnknown, r.progress(c), c.runningMessage()}
	default:
		return r.result(c)
	}
}

// progress returns the reason of a run that is not done.
func (r *run) progress(c counts) v1.PipelineRunReason {
	switch {
	case r.hitTasksTimeout():
		return v1.PipelineRunReasonTimedOutRunningFinally
	case r.pr.IsGracefullyCancelled():
		return v1.PipelineRunReasonCancelledRunningFinally
	case r.pr.IsGracefullyStopped():
		return v1.PipelineRunReasonStoppedRunningFinally
	case c.cancelled > 0, c.failed > 0 && r.finallyDone():
		return v1.PipelineRunReasonStopping
	default:
		return v1.PipelineRunReasonRunning
	}
}

// result returns the condition of a run all of whose tasks are done.
func (r *run) result(c counts) verdict {
	message := c.doneMessage(r.problems())
	switch {
	case c.invalid > 0:
		return verdict{corev1.ConditionFalse, v1.PipelineRunReasonFailedValidation, message}
	case c.failed > 0, c.timedOutSkips > 0:
		return verdict{corev1.ConditionFalse, v1.PipelineRunReasonFailed, message}
	case r.pr.IsGracefullyCancelled(), r.pr.IsGracefullyStopped():
		return verdict{corev1.ConditionFalse, v1.PipelineRunReasonCancelled, cancelledMessage(r.pr)}
	case c.cancelled > 0:
		return verdict{corev1.ConditionFalse, v1.PipelineRunReasonCancelled, message}
	case c.skipped > 0:
		return verdict{corev1.ConditionTrue, v1.PipelineRunReasonCompleted, message}
	default:
		return verdict{corev1.ConditionTrue, v1.PipelineRunReasonSuccessful, message}
	}
}

// hitTasksTimeout tells whether the time of tasks is up and that changed something: a DAG task still runs, was stopped or
// was skipped. A finally that is merely long does not count (contract 3 §14 #12).
func (r *run) hitTasksTimeout() bool {
	if !r.tasksTimedOut() {
		return false
	}
	for _, t := range r.tasks {
		if !t.isFinished() || t.state == timedOut || t.skip == v1.TasksTimedOutSkip {
			return true
		}
	}
	return false
}

func cancelledMessage(pr *v1.PipelineRun) string {
	return fmt.Sprintf("PipelineRun %q was cancelled", pr.Name)
}

// mark stores a verdict in the status. A run that is done gets its completion time, which equals the transition time of
// the condition.
func (r *run) mark(v verdict) {
	at := r.now
	if v.status != corev1.ConditionUnknown {
		at = r.endTime()
	}
	r.forgetVerdict()
	r.status.SetCondition(apis.Condition{
		Type: apis.ConditionSucceeded, Status: v.status, Reason: v.reason.String(), Message: v.message,
	}, at)
	r.status.CompletionTime = nil
	if v.status != corev1.ConditionUnknown {
		r.status.CompletionTime = &metav1.Time{Time: at}
	}
}

// forgetVerdict brings back the condition that was observed: the transition time moves only if the last verdict of the pass
// differs from it. It stays the first one, which is where clients look for it (contract 3 §1.1).
func (r *run) forgetVerdict() {
	isVerdict := func(c apis.Condition) bool { return c.Type == apis.ConditionSucceeded }
	r.status.Conditions = slices.DeleteFunc(slices.Clone(r.status.Conditions), isVerdict)
	if observed := r.pr.Status.GetCondition(apis.ConditionSucceeded); observed != nil {
		r.status.Conditions = slices.Insert(r.status.Conditions, 0, *observed)
	}
}

// endTime returns the time of the pass, or a start time that is later because another clock set it.
func (r *run) endTime() time.Time {
	end := r.now
	for _, start := range []*metav1.Time{r.status.StartTime, r.status.FinallyStartTime} {
		if start != nil && end.Before(start.Time) {
			end = start.Time
		}
	}
	return end
}

// fail ends the run with a failure.
func (r *run) fail(f *failure.Failure) {
	r.mark(verdict{corev1.ConditionFalse, v1.PipelineRunReason(f.Reason), f.Message()})
}
