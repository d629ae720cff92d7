package plan

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// conclude returns the condition of a run whose tasks are decided (contract 3 §1.2, §1.3, §2.7).
func (d *decided) conclude() verdict {
	c := d.count()
	switch {
	case d.pipelineTimedOut():
		return timeoutVerdict(d.pr, d.limits.pipeline)
	case d.hitTasksTimeout() && d.finallyDone():
		return verdict{corev1.ConditionFalse, v1.PipelineRunReasonTimedOut, tasksTimeoutMessage(d.pr, *d.limits.tasks)}
	case c.incomplete > 0:
		return verdict{corev1.ConditionUnknown, d.progress(c), c.runningMessage()}
	default:
		return d.result(c)
	}
}

// progress returns the reason of a run that is not done.
func (d *decided) progress(c counts) v1.PipelineRunReason {
	switch {
	case d.hitTasksTimeout():
		return v1.PipelineRunReasonTimedOutRunningFinally
	case d.pr.IsGracefullyCancelled():
		return v1.PipelineRunReasonCancelledRunningFinally
	case d.pr.IsGracefullyStopped():
		return v1.PipelineRunReasonStoppedRunningFinally
	case c.cancelled > 0, c.failed > 0 && d.finallyDone():
		return v1.PipelineRunReasonStopping
	default:
		return v1.PipelineRunReasonRunning
	}
}

// result returns the condition of a run all of whose tasks are done.
func (d *decided) result(c counts) verdict {
	message := c.doneMessage(d.problems())
	switch {
	case c.invalid > 0:
		return verdict{corev1.ConditionFalse, v1.PipelineRunReasonFailedValidation, message}
	case c.failed > 0, c.timedOutSkips > 0:
		return verdict{corev1.ConditionFalse, v1.PipelineRunReasonFailed, message}
	case d.pr.IsGracefullyCancelled(), d.pr.IsGracefullyStopped():
		return verdict{corev1.ConditionFalse, v1.PipelineRunReasonCancelled, cancelledMessage(d.pr)}
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
func (d *decided) hitTasksTimeout() bool {
	if !d.tasksTimedOut() {
		return false
	}
	for _, t := range d.tasks {
		if !t.isFinished() || t.state == timedOut || t.skip == v1.TasksTimedOutSkip {
			return true
		}
	}
	return false
}

func cancelledMessage(pr *v1.PipelineRun) string {
	return fmt.Sprintf("PipelineRun %q was cancelled", pr.Name)
}
