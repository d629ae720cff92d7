package plan

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// limits are the times a run and its sections may take (contract 3 §9.1). Nil and 0 are no limit; a section whose limit
// is 0 says so explicitly, which its children inherit.
type limits struct {
	pipeline       time.Duration
	tasks, finally *time.Duration
}

func limitsOf(spec *v1.PipelineRunSpec, fallback time.Duration) limits {
	t := spec.Timeouts
	if t == nil {
		return limits{pipeline: fallback}
	}
	l := limits{pipeline: fallback, tasks: duration(t.Tasks), finally: duration(t.Finally)}
	if t.Pipeline != nil {
		l.pipeline = t.Pipeline.Duration
	}
	given := l
	if given.tasks == nil && isPositive(given.finally) && l.pipeline != 0 {
		rest := l.pipeline - *given.finally
		l.tasks = &rest
	}
	if given.finally == nil && isPositive(given.tasks) && l.pipeline != 0 {
		rest := l.pipeline - *given.tasks
		l.finally = &rest
	}
	return l
}

func duration(d *metav1.Duration) *time.Duration {
	if d == nil {
		return nil
	}
	return &d.Duration
}

func isPositive(d *time.Duration) bool { return d != nil && *d != 0 }

// deadline returns when a limit that counts from start is reached; zero if there is no limit or no start.
func deadline(start *metav1.Time, limit time.Duration) time.Time {
	if start.IsZero() || limit == 0 {
		return time.Time{}
	}
	return start.Add(limit)
}

func deadlineOf(start *metav1.Time, limit *time.Duration) time.Time {
	if limit == nil {
		return time.Time{}
	}
	return deadline(start, *limit)
}

func isPast(now, deadline time.Time) bool { return !deadline.IsZero() && now.After(deadline) }

// clock tells which limits of a run are up.
type clock struct {
	now    time.Time
	limits limits
	// start and finallyStart are the start times of the run and of its final tasks, nil before them.
	start, finallyStart *metav1.Time
}

func (c clock) pipelineDeadline() time.Time { return deadline(c.start, c.limits.pipeline) }
func (c clock) tasksDeadline() time.Time    { return deadlineOf(c.start, c.limits.tasks) }
func (c clock) finallyDeadline() time.Time  { return deadlineOf(c.finallyStart, c.limits.finally) }

func (c clock) pipelineTimedOut() bool { return isPast(c.now, c.pipelineDeadline()) }
func (c clock) tasksTimedOut() bool    { return isPast(c.now, c.tasksDeadline()) }
func (c clock) finallyTimedOut() bool  { return isPast(c.now, c.finallyDeadline()) }

// timedOutLongAgo tells whether twice the time of the run has passed: it could not be ended in the usual way, probably
// because it is too large to be written (contract 3 §9.3).
func (c clock) timedOutLongAgo() bool {
	return isPast(c.now, deadline(c.start, 2*c.limits.pipeline))
}

// wakeAt returns the next time limit that can change anything; that of tasks can while some of them are open. It is a moment
// later than the limit, because a limit counts only once it is exceeded and stored times have no fractions of a second.
func (c clock) wakeAt(tasksOpen bool) time.Time {
	candidates := []time.Time{c.pipelineDeadline()}
	if tasksOpen {
		candidates = append(candidates, c.tasksDeadline())
	}
	candidates = append(candidates, c.finallyDeadline())
	var next time.Time
	for _, at := range candidates {
		if !at.IsZero() && !at.Before(c.now) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	if next.IsZero() {
		return next
	}
	return next.Add(time.Millisecond)
}

func timeoutVerdict(pr *v1.PipelineRun, limit time.Duration) verdict {
	return verdict{
		corev1.ConditionFalse, v1.PipelineRunReasonTimedOut, fmt.Sprintf("PipelineRun %q failed to finish within %q", pr.Name, limit),
	}
}

func tasksTimeoutMessage(pr *v1.PipelineRun, limit time.Duration) string {
	return fmt.Sprintf("PipelineRun %q failed due to tasks failed to finish within %q", pr.Name, limit)
}
