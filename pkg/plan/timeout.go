package plan

import (
	"fmt"
	"time"

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

func (r *run) pipelineDeadline() time.Time { return deadline(r.status.StartTime, r.limits.pipeline) }
func (r *run) tasksDeadline() time.Time    { return deadlineOf(r.status.StartTime, r.limits.tasks) }
func (r *run) finallyDeadline() time.Time {
	return deadlineOf(r.status.FinallyStartTime, r.limits.finally)
}

func (r *run) pipelineTimedOut() bool { return isPast(r.now, r.pipelineDeadline()) }
func (r *run) tasksTimedOut() bool    { return isPast(r.now, r.tasksDeadline()) }
func (r *run) finallyTimedOut() bool  { return isPast(r.now, r.finallyDeadline()) }

// timedOutLongAgo tells whether twice the time of the run has passed: it could not be ended in the usual way, probably
// because it is too large to be written (contract 3 §9.3).
func (r *run) timedOutLongAgo() bool {
	return isPast(r.now, deadline(r.status.StartTime, 2*r.limits.pipeline))
}

// isOverdue tells whether a child that was stopped was stopped because time was up. A child PipelineRun cannot say so: it
// counts if it ended after the time of its section.
func (r *run) isOverdue(c child) bool {
	if c.kind != kindPipelineRun {
		return c.hasTimeoutMessage()
	}
	t, end := r.byName[c.task], c.completionTime()
	if t == nil || end == nil || !c.isStopped() {
		return false
	}
	if t.final {
		return isPast(end.Time, r.finallyDeadline())
	}
	return isPast(end.Time, r.tasksDeadline())
}

// wakeAt returns the next time limit that can change anything. It is a moment later than the limit, because a limit counts
// only once it is exceeded and stored times have no fractions of a second.
func (r *run) wakeAt() time.Time {
	candidates := []time.Time{r.pipelineDeadline()}
	if !r.dagDone() {
		candidates = append(candidates, r.tasksDeadline())
	}
	candidates = append(candidates, r.finallyDeadline())
	var next time.Time
	for _, c := range candidates {
		if !c.IsZero() && !c.Before(r.now) && (next.IsZero() || c.Before(next)) {
			next = c
		}
	}
	if next.IsZero() {
		return next
	}
	return next.Add(time.Millisecond)
}

// childTimeout returns the timeout of the TaskRuns and CustomRuns of a task, nil to leave it to their defaults
// (contract 3 §9.2).
func (r *run) childTimeout(t *task) *metav1.Duration {
	if s := r.lastSpec(t); s != nil && s.Timeout != nil {
		return s.Timeout
	}
	if t.spec.Timeout != nil {
		return t.spec.Timeout
	}
	limit := r.limits.tasks
	if t.final {
		limit = r.limits.finally
	}
	if limit == nil || (*limit != 0 && *limit <= r.defaultTimeout()) {
		return nil
	}
	return &metav1.Duration{Duration: *limit}
}

func (r *run) defaultTimeout() time.Duration { return r.seen.Config.Defaults.Timeout() }

func timeoutMessage(pr *v1.PipelineRun, limit time.Duration) string {
	return fmt.Sprintf("PipelineRun %q failed to finish within %q", pr.Name, limit)
}

func tasksTimeoutMessage(pr *v1.PipelineRun, limit time.Duration) string {
	return fmt.Sprintf("PipelineRun %q failed due to tasks failed to finish within %q", pr.Name, limit)
}
