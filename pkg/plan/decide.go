package plan

import (
	"slices"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/matrix"
)

// decided is an observed run every task of which has the state of this pass.
type decided struct {
	*observed
	// finallyDue says that a final task is, or was, due.
	finallyDue bool
	// ended are the tasks that are known to have succeeded although children of theirs were deleted; endedNote is what the
	// run has to keep about them, empty for nothing new.
	ended     map[string]bool
	endedNote string
}

// decide brings every task into its state of this pass: what its children say, what was decided in earlier passes, and
// what the rules of contract 3 §2 say about the rest. With a halt, the states are incomplete.
func (o *observed) decide() (*decided, *halt) {
	d := &decided{observed: o}
	if f := d.takeStarted(); f != nil {
		return d, haltOver(f)
	}
	d.keepSkipped()
	if h := d.decideTasks(); h != nil {
		return d, h
	}
	// Final tasks can ask how the others ended, which is decided only now.
	if f := d.completeFanOuts(d.finals); f != nil || !d.dagDone() {
		return d, haltOver(f)
	}
	return d, d.decideFinals()
}

// takeStarted sets the states of the tasks that have, or had, children.
func (d *decided) takeStarted() *failure.Failure {
	for _, t := range d.all {
		if t.isStarted() {
			t.state = outcome(t.children, d.isOverdue)
		}
	}
	d.closeLost()
	return d.completeFanOuts(d.tasks)
}

// keepSkipped keeps what was decided and recorded in earlier passes: reasons do not change, and nothing is evaluated
// twice. Only the skips of a graceful spec.status go away with it (contract 3 §12.2).
func (d *decided) keepSkipped() {
	for _, s := range d.pr.Status.SkippedTasks {
		t := d.byName[s.Name]
		if t == nil || t.state != waiting {
			continue
		}
		if s.Reason == v1.GracefullyCancelledSkip && !d.pr.IsGracefullyCancelled() {
			continue
		}
		if s.Reason == v1.GracefullyStoppedSkip && !d.pr.IsGracefullyStopped() {
			continue
		}
		t.recordedGuards = s.WhenExpressions
		t.skipFor(s.Reason)
	}
}

// decideTasks decides about the DAG tasks that have not started. If one of them turns out to be invalid, nothing new
// starts. Tasks that were skipped because the run was stopping are decided anew if nothing stops it any more: what had
// failed was deleted and runs again.
func (d *decided) decideTasks() *halt {
	stopping := d.isStopping()
	if h := d.decideUnless(stopping); h != nil || stopping {
		return h
	}
	if !d.isStopping() && d.releaseStopped() {
		if h := d.decideUnless(false); h != nil {
			return h
		}
	}
	if !d.isStopping() {
		return nil
	}
	for _, t := range d.tasks {
		if t.state == due || t.state == waiting {
			t.skipFor(v1.StoppingSkip)
		}
	}
	return nil
}

func (d *decided) decideUnless(stopping bool) *halt {
	for _, t := range d.tasks {
		if h := d.decideTask(t, stopping); h != nil {
			return h
		}
	}
	return nil
}

// releaseStopped takes back that tasks were skipped because the run was stopping, and tells whether there were any. Those
// that were skipped in their wake are decided anew with them.
func (d *decided) releaseStopped() bool {
	isStopped := func(t *task) bool { return t.state == skipped && t.skip == v1.StoppingSkip }
	if !slices.ContainsFunc(d.tasks, isStopped) {
		return false
	}
	for _, t := range d.tasks {
		if isStopped(t) || t.state == skipped && t.skip == v1.ParentTasksSkip {
			t.state, t.skip, t.recordedGuards = waiting, "", nil
		}
		t.visited = t.visited && t.state != waiting
	}
	return true
}

// isStopping tells whether a DAG task failed, was cancelled or is invalid, so that nothing new starts.
func (d *decided) isStopping() bool { return slices.ContainsFunc(d.tasks, (*task).stopsRun) }

// decideTask decides about a DAG task and those that come before it, in the order of the rules of contract 3 §2.4.
func (d *decided) decideTask(t *task, stopping bool) *halt {
	if t.state != waiting || t.visited {
		return nil
	}
	switch {
	case stopping:
		t.skipFor(v1.StoppingSkip)
		return nil
	case d.pr.IsGracefullyCancelled():
		t.skipFor(v1.GracefullyCancelledSkip)
		return nil
	case d.pr.IsGracefullyStopped():
		t.skipFor(v1.GracefullyStoppedSkip)
		return nil
	}
	t.visited = true
	before, h := d.decidePredecessors(t, stopping)
	if h != nil || before.invalid {
		return h
	}
	return d.applyRules(t, before)
}

// past is what the tasks before a task came to.
type past struct {
	// ready says that all have ended.
	ready            bool
	skipped, invalid bool
}

// decidePredecessors decides about the tasks that come before a task.
func (d *decided) decidePredecessors(t *task, stopping bool) (past, *halt) {
	before := past{ready: true}
	for _, name := range t.predecessors() {
		p := d.dagTask(name)
		if p == nil {
			continue
		}
		if h := d.decideTask(p, stopping); h != nil {
			return before, h
		}
		before.ready = before.ready && p.isFinished()
		before.skipped = before.skipped || p.state == skipped && p.skip != v1.WhenExpressionsSkip
		before.invalid = before.invalid || p.state == invalid
	}
	return before, nil
}

// applyRules decides about a DAG task when those before it are decided.
func (d *decided) applyRules(t *task, before past) *halt {
	var known values
	holds := true
	if before.ready {
		var f *failure.Failure
		if known, f = d.valuesFor(t); f == nil {
			holds, f = d.guardsHold(t, known)
		}
		if f != nil {
			return haltOver(f)
		}
	}
	switch {
	case !holds:
		t.skipFor(v1.WhenExpressionsSkip)
	case before.skipped:
		t.skipFor(v1.ParentTasksSkip)
	case before.ready && known.skips(t):
		t.skipFor(v1.MissingResultsSkip)
	case d.pipelineTimedOut():
		t.skipFor(v1.PipelineTimedOutSkip)
	case d.tasksTimedOut():
		t.skipFor(v1.TasksTimedOutSkip)
	case before.ready && known.problem() != nil:
		t.state, t.problem = invalid, known.problem()
	case before.ready:
		return d.makeDue(t, known)
	}
	return nil
}

// decideFinals applies the rules for final tasks, once all DAG tasks are done (contract 3 §2.4).
func (d *decided) decideFinals() *halt {
	for _, t := range d.finals {
		if t.state != waiting {
			continue
		}
		if h := d.decideFinal(t); h != nil {
			return h
		}
	}
	return nil
}

func (d *decided) decideFinal(t *task) *halt {
	known, f := d.valuesFor(t)
	if f != nil {
		return haltOver(f)
	}
	if len(known.missing) > 0 {
		t.skipFor(v1.MissingResultsSkip)
		return nil
	}
	d.finallyDue = true
	holds, f := d.guardsHold(t, known)
	switch {
	case f != nil:
		return haltOver(f)
	case !holds:
		t.skipFor(v1.WhenExpressionsSkip)
	case d.pipelineTimedOut():
		t.skipFor(v1.PipelineTimedOutSkip)
	case d.finallyTimedOut():
		t.skipFor(v1.FinallyTimedOutSkip)
	default:
		return d.makeDue(t, known)
	}
	return nil
}

// makeDue makes a task ready to start, unless its fan-out is empty or wrong.
func (d *decided) makeDue(t *task, known values) *halt {
	if f := d.fillIn(t, known); f != nil {
		return haltOver(f)
	}
	if !isFannedOut(t.spec) {
		t.state = due
		return nil
	}
	if matrix.HasEmptyArray(t.filled.Matrix) {
		t.skipFor(v1.EmptyArrayInMatrixParams)
		return nil
	}
	if h := d.checkMatrix(t.filled); h != nil {
		return h
	}
	t.state = due
	return nil
}

// checkMatrix refuses a fan-out with wrong types, or too many combinations (contract 3 §5.2).
func (d *decided) checkMatrix(pt *v1.PipelineTask) *halt {
	if err := matrix.CheckTypes(pt.Name, pt.Matrix); err != nil {
		return haltOver(userError(v1.PipelineRunReasonInvalidMatrixParameterTypes, "Failed to validate matrix %q: %w", pt.Name, err))
	}
	return d.checkMatrixSize(pt)
}

// dagDone tells whether every DAG task is done.
func (d *decided) dagDone() bool {
	return !slices.ContainsFunc(d.tasks, func(t *task) bool { return !t.isFinished() })
}

// finallyDone tells whether every final task is done; true without any.
func (d *decided) finallyDone() bool {
	return !slices.ContainsFunc(d.finals, func(t *task) bool { return !t.isFinished() })
}
