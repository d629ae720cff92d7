package plan

import (
	"fmt"
	"slices"
	"strings"

	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/specvars"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// endedAnnotation lists the pipeline tasks that are known to have ended well although children of theirs were deleted since,
// separated by commas: they succeeded, or failed in a way that onError ignores. It is written when that is noticed, so that
// only runs whose children are pruned have it.
const endedAnnotation = "tenon.dev/ended-tasks"

// closeLost decides about tasks whose children were all deleted, where running them again would change the past
// (contract 3 §2.6). One on whose end another task has started must have ended well, and so has one that is known to have
// ended; for any other DAG task, once finally has started, the worst is assumed. The rest runs again.
func (d *decided) closeLost() {
	if !slices.ContainsFunc(d.all, (*task).lacksChildren) {
		return
	}
	upon := d.startedUpon()
	for _, t := range d.tasks {
		if t.isLost() && upon[t.spec.Name] {
			t.state = succeeded
		}
	}
	d.recallEnded()
	for _, t := range d.all {
		if t.isLost() && d.ended[t.spec.Name] {
			t.state = succeeded
		}
	}
	if !slices.ContainsFunc(d.finals, (*task).hasStarted) {
		return
	}
	for _, t := range d.tasks {
		if t.isLost() && t.state == waiting && !d.wasSkipped(t) {
			t.state = failed
		}
	}
}

// recallEnded finds out which tasks had succeeded before children of theirs were deleted: those that an earlier pass wrote
// down, and all others if the observed status leaves no other possibility. A task whose results somebody still waits for is
// not among them: it has to run again.
func (d *decided) recallEnded() {
	d.ended = map[string]bool{}
	for _, name := range strings.Split(d.pr.Annotations[endedAnnotation], ",") {
		d.ended[name] = true
	}
	upon := d.startedUpon()
	var unknown []*task
	known := 0
	for _, t := range d.all {
		name := t.spec.Name
		switch {
		case t.lacksChildren() && !d.ended[name] && !d.wasSkipped(t) && t.state != running && (t.final || !upon[name]):
			unknown = append(unknown, t)
		case t.isFinished() || t.isLost() && d.ended[name]:
			known++
		}
	}
	if len(unknown) == 0 || !d.nothingFailed() {
		return
	}
	hadAllEnded := d.completed() >= known+len(unknown)
	var names []string
	for _, t := range unknown {
		// Final tasks start when all others have ended.
		hadEnded := hadAllEnded || !t.final && d.pr.Status.FinallyStartTime != nil
		if hadEnded && !d.isAwaited(t) {
			d.ended[t.spec.Name] = true
			names = append(names, t.spec.Name)
		}
	}
	if len(names) == 0 {
		return
	}
	if before := d.pr.Annotations[endedAnnotation]; before != "" {
		names = append(strings.Split(before, ","), names...)
	}
	d.endedNote = strings.Join(names, ",")
}

// wasSkipped tells whether an earlier pass skipped a task. Its child was deleted before its end was seen.
func (d *decided) wasSkipped(t *task) bool {
	return slices.ContainsFunc(d.pr.Status.SkippedTasks, func(s v1.SkippedTask) bool { return s.Name == t.spec.Name })
}

// recordedCounts returns the numbers of ended tasks that the observed condition names, and false if it names none.
func (d *decided) recordedCounts() (completed, failed, cancelled int, ok bool) {
	c := d.pr.Status.GetCondition(apis.ConditionSucceeded)
	if c == nil {
		return 0, 0, 0, false
	}
	n, err := fmt.Sscanf(c.Message, "Tasks Completed: %d (Failed: %d, Cancelled %d)", &completed, &failed, &cancelled)
	return completed, failed, cancelled, err == nil && n == 3
}

// nothingFailed tells whether the observed condition says that no task ended in a way that stops a run.
func (d *decided) nothingFailed() bool {
	_, failed, cancelled, ok := d.recordedCounts()
	return ok && failed == 0 && cancelled == 0
}

// completed returns how many tasks had ended by the observed condition.
func (d *decided) completed() int {
	completed, _, _, _ := d.recordedCounts()
	return completed
}

// isAwaited tells whether results of a task are still needed: by a task that has not started, or by the results of the run.
// Once finally has started, it is too late for those of DAG tasks.
func (d *decided) isAwaited(t *task) bool {
	finally := slices.ContainsFunc(d.finals, (*task).hasStarted)
	if t.final || finally {
		return false
	}
	refersToIt := func(ref reference) bool { return ref.Task == t.spec.Name }
	for _, other := range d.all {
		if !other.hasStarted() && slices.ContainsFunc(other.references(), refersToIt) {
			return true
		}
	}
	awaited := false
	for i := range d.spec.Results {
		specvars.Field{Value: &d.spec.Results[i].Value}.References(func(ref substitution.Reference) {
			result, ok := ref.TaskResult()
			awaited = awaited || ok && result.Section == substitution.RootTasks && result.Task == t.spec.Name
		})
	}
	return awaited
}
