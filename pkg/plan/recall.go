package plan

import (
	"fmt"
	"slices"
	"strings"

	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/specvars"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// endedAnnotation lists the pipeline tasks that are known to have succeeded although children of theirs were deleted since,
// separated by commas. It is written when that is noticed, so that only runs whose children are pruned have it.
const endedAnnotation = "tenon.dev/ended-tasks"

// recallEnded finds out which tasks had succeeded before children of theirs were deleted: those that an earlier pass wrote
// down, and all others if the observed status leaves no other possibility. A task whose results somebody still waits for is
// not among them: it has to run again.
func (r *run) recallEnded(all []*task) {
	r.ended = map[string]bool{}
	for _, name := range strings.Split(r.pr.Annotations[endedAnnotation], ",") {
		r.ended[name] = true
	}
	upon := r.startedUpon()
	var unknown []*task
	known := 0
	for _, t := range all {
		name := t.spec.Name
		switch {
		case t.lacksChildren() && !r.ended[name] && t.state != running && (t.final || !upon[name]):
			unknown = append(unknown, t)
		case t.isFinished() || t.isLost() && r.ended[name]:
			known++
		}
	}
	if len(unknown) == 0 || !r.nothingFailed() {
		return
	}
	hadAllEnded := r.completed() >= known+len(unknown)
	var names []string
	for _, t := range unknown {
		// Final tasks start when all others have ended.
		hadEnded := hadAllEnded || !t.final && r.pr.Status.FinallyStartTime != nil
		if hadEnded && !r.isAwaited(t) {
			r.ended[t.spec.Name] = true
			names = append(names, t.spec.Name)
		}
	}
	if len(names) == 0 {
		return
	}
	if before := r.pr.Annotations[endedAnnotation]; before != "" {
		names = append(strings.Split(before, ","), names...)
	}
	r.annotations = withEntry(r.annotations, endedAnnotation, strings.Join(names, ","))
}

// recordedCounts returns the numbers of ended tasks that the observed condition names, and false if it names none.
func (r *run) recordedCounts() (completed, failed, cancelled int, ok bool) {
	c := r.pr.Status.GetCondition(apis.ConditionSucceeded)
	if c == nil {
		return 0, 0, 0, false
	}
	n, err := fmt.Sscanf(c.Message, "Tasks Completed: %d (Failed: %d, Cancelled %d)", &completed, &failed, &cancelled)
	return completed, failed, cancelled, err == nil && n == 3
}

// nothingFailed tells whether the observed condition says that no task ended in a way that stops a run.
func (r *run) nothingFailed() bool {
	_, failed, cancelled, ok := r.recordedCounts()
	return ok && failed == 0 && cancelled == 0
}

// completed returns how many tasks had ended by the observed condition.
func (r *run) completed() int {
	completed, _, _, _ := r.recordedCounts()
	return completed
}

// isAwaited tells whether results of a task are still needed: by a task that has not started, or by the results of the run.
// Once finally has started, it is too late for those of DAG tasks.
func (r *run) isAwaited(t *task) bool {
	finally := slices.ContainsFunc(r.finals, (*task).hasStarted)
	if t.final || finally {
		return false
	}
	refersToIt := func(ref reference) bool { return ref.Task == t.spec.Name }
	for _, other := range r.tasksInOrder() {
		if !other.hasStarted() && slices.ContainsFunc(other.references(), refersToIt) {
			return true
		}
	}
	awaited := false
	for i := range r.spec.Results {
		specvars.Field{Value: &r.spec.Results[i].Value}.References(func(ref substitution.Reference) {
			result, ok := ref.TaskResult()
			awaited = awaited || ok && result.Section == substitution.RootTasks && result.Task == t.spec.Name
		})
	}
	return awaited
}
