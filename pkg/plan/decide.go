package plan

import (
	"slices"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/matrix"
)

// decide brings every task into its state of this pass: what its children say, what was decided in earlier passes, and
// what the rules of contract 3 §2 say about the rest.
func (r *run) decide() {
	r.observeStarted()
	r.keepSkipped()
	r.decideTasks()
	if r.fatal == nil && r.dagDone() {
		r.decideFinals()
	}
}

// observeStarted sets the states of the tasks that have children.
func (r *run) observeStarted() {
	r.all(func(t *task) {
		if t.isStarted() {
			t.state = outcome(t.children, r.isOverdue)
		}
	})
	r.closeLost()
	r.all(r.completeFanOut)
}

// closeLost decides about tasks whose children were all deleted, where running them again would change the past
// (contract 3 §2.6). One on whose end another task has started must have ended well, and so has one that is known to have
// ended; for any other DAG task, once finally has started, the worst is assumed. The rest runs again.
func (r *run) closeLost() {
	all := r.tasksInOrder()
	if !slices.ContainsFunc(all, (*task).lacksChildren) {
		return
	}
	upon := r.startedUpon()
	for _, t := range r.tasks {
		if t.isLost() && upon[t.spec.Name] {
			t.state = succeeded
		}
	}
	r.recallEnded(all)
	for _, t := range all {
		if t.isLost() && r.ended[t.spec.Name] {
			t.state = succeeded
		}
	}
	if !slices.ContainsFunc(r.finals, (*task).hasStarted) {
		return
	}
	for _, t := range r.tasks {
		if t.isLost() && t.state == waiting {
			t.state = failed
		}
	}
}

// keepSkipped keeps what was decided and recorded in earlier passes: reasons do not change, and nothing is evaluated
// twice. Only the skips of a graceful spec.status go away with it (contract 3 §12.2).
func (r *run) keepSkipped() {
	for _, s := range r.pr.Status.SkippedTasks {
		t := r.byName[s.Name]
		if t == nil || t.state != waiting {
			continue
		}
		if s.Reason == v1.GracefullyCancelledSkip && !r.pr.IsGracefullyCancelled() {
			continue
		}
		if s.Reason == v1.GracefullyStoppedSkip && !r.pr.IsGracefullyStopped() {
			continue
		}
		t.recordedGuards = s.WhenExpressions
		t.skipFor(s.Reason)
	}
}

// decideTasks decides about the DAG tasks that have not started. If one of them turns out to be invalid, nothing new
// starts. Tasks that were skipped because the run was stopping are decided anew if nothing stops it any more: what had
// failed was deleted and runs again.
func (r *run) decideTasks() {
	stopping := r.isStopping()
	r.decideUnless(stopping)
	if r.fatal != nil || stopping {
		return
	}
	if !r.isStopping() && r.releaseStopped() {
		r.decideUnless(false)
	}
	if r.fatal != nil || !r.isStopping() {
		return
	}
	for _, t := range r.tasks {
		if t.state == due || t.state == waiting {
			t.skipFor(v1.StoppingSkip)
		}
	}
}

func (r *run) decideUnless(stopping bool) {
	for _, t := range r.tasks {
		r.decideTask(t, stopping)
	}
}

// releaseStopped takes back that tasks were skipped because the run was stopping, and tells whether there were any. Those
// that were skipped in their wake are decided anew with them.
func (r *run) releaseStopped() bool {
	isStopped := func(t *task) bool { return t.state == skipped && t.skip == v1.StoppingSkip }
	if !slices.ContainsFunc(r.tasks, isStopped) {
		return false
	}
	for _, t := range r.tasks {
		if isStopped(t) || t.state == skipped && t.skip == v1.ParentTasksSkip {
			t.state, t.skip, t.recordedGuards = waiting, "", nil
		}
		t.visited = t.visited && t.state != waiting
	}
	return true
}

// isStopping tells whether a DAG task failed, was cancelled or is invalid, so that nothing new starts.
func (r *run) isStopping() bool { return slices.ContainsFunc(r.tasks, (*task).stopsRun) }

func (t *task) skipFor(reason v1.SkippingReason) { t.state, t.skip = skipped, reason }

// decideTask applies the rules for DAG tasks in their order (contract 3 §2.4). Predecessors are decided first.
func (r *run) decideTask(t *task, stopping bool) {
	if t.state != waiting || t.visited || r.fatal != nil {
		return
	}
	switch {
	case stopping:
		t.skipFor(v1.StoppingSkip)
		return
	case r.pr.IsGracefullyCancelled():
		t.skipFor(v1.GracefullyCancelledSkip)
		return
	case r.pr.IsGracefullyStopped():
		t.skipFor(v1.GracefullyStoppedSkip)
		return
	}
	t.visited = true
	ready, parentSkipped, parentInvalid := true, false, false
	for _, name := range t.parents() {
		p := r.byName[name]
		if p == nil || p.final {
			continue
		}
		r.decideTask(p, stopping)
		ready = ready && p.isFinished()
		parentSkipped = parentSkipped || p.state == skipped && p.skip != v1.WhenExpressionsSkip
		parentInvalid = parentInvalid || p.state == invalid
	}
	if r.fatal != nil || parentInvalid {
		return
	}
	var f filling
	holds := true
	if ready {
		f = r.fill(t)
		if r.fatal = f.failure; r.fatal == nil {
			holds = r.guardsHold(t, f)
		}
		if r.fatal != nil {
			return
		}
	}
	switch {
	case !holds:
		t.skipFor(v1.WhenExpressionsSkip)
	case parentSkipped:
		t.skipFor(v1.ParentTasksSkip)
	case ready && f.skips(t):
		t.skipFor(v1.MissingResultsSkip)
	case r.pipelineTimedOut():
		t.skipFor(v1.PipelineTimedOutSkip)
	case r.tasksTimedOut():
		t.skipFor(v1.TasksTimedOutSkip)
	case ready && f.problem() != nil:
		t.state, t.problem = invalid, f.problem()
	case ready:
		r.makeDue(t, f)
	}
}

// decideFinals applies the rules for final tasks, once all DAG tasks are done (contract 3 §2.4).
func (r *run) decideFinals() {
	for _, t := range r.finals {
		if t.state != waiting || r.fatal != nil {
			continue
		}
		f := r.fill(t)
		if r.fatal = f.failure; r.fatal != nil {
			return
		}
		if len(f.missing) > 0 {
			t.skipFor(v1.MissingResultsSkip)
			continue
		}
		r.startFinally()
		holds := r.guardsHold(t, f)
		switch {
		case r.fatal != nil:
			return
		case !holds:
			t.skipFor(v1.WhenExpressionsSkip)
		case r.pipelineTimedOut():
			t.skipFor(v1.PipelineTimedOutSkip)
		case r.finallyTimedOut():
			t.skipFor(v1.FinallyTimedOutSkip)
		default:
			r.makeDue(t, f)
		}
	}
}

// makeDue makes a task ready to start, unless its fan-out is empty or wrong.
func (r *run) makeDue(t *task, f filling) {
	if !r.fillTask(t, f) {
		return
	}
	if !isFannedOut(t.spec) {
		t.state = due
		return
	}
	if matrix.HasEmptyArray(t.filled.Matrix) {
		t.skipFor(v1.EmptyArrayInMatrixParams)
		return
	}
	if r.fatal = r.checkMatrix(t.filled); r.fatal == nil {
		t.state = due
	}
}

// checkMatrix refuses a fan-out with wrong types, or too many combinations (contract 3 §5.2).
func (r *run) checkMatrix(pt *v1.PipelineTask) *failure.Failure {
	if err := matrix.CheckTypes(pt.Name, pt.Matrix); err != nil {
		return failure.UserErrorf(v1.PipelineRunReasonInvalidMatrixParameterTypes.String(), "Failed to validate matrix %q: %w", pt.Name, err)
	}
	return r.checkMatrixSize(pt)
}

// dagDone tells whether every DAG task is done.
func (r *run) dagDone() bool {
	return !slices.ContainsFunc(r.tasks, func(t *task) bool { return !t.isFinished() })
}

// finallyDone tells whether every final task is done; true without any.
func (r *run) finallyDone() bool {
	return !slices.ContainsFunc(r.finals, func(t *task) bool { return !t.isFinished() })
}
