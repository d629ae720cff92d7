package plan

import (
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/results"
)

// state is how far a pipeline task has come.
type state int

const (
	// waiting means that it has no child and that nothing is decided: predecessors are not finished.
	waiting state = iota
	// due means that its children are to be created in this pass.
	due
	// running means that it has children and that not all of them are done.
	running
	// The following states are final.
	succeeded
	// failed includes failures that onError ignores.
	failed
	// timedOut means that the run stopped it because time was up. It counts as a failure that is never ignored.
	timedOut
	cancelled
	skipped
	// invalid means that it cannot start because a result that it needs is missing (contract 3 §2.5).
	invalid
)

// task is a pipeline task in one pass: what was observed about it, and what the pass decides.
type task struct {
	spec *v1.PipelineTask
	// final says that it belongs to finally.
	final bool
	// recorded are the entries of status.childReferences for it.
	recorded []v1.ChildStatusReference
	// children are the observed children, sorted by name.
	children []child
	// sharedWith is the first task that refers to the same object of the cluster, itself perhaps; empty if it refers to none.
	sharedWith string

	refs      []reference
	refsKnown bool
	set       *results.Set

	fate
}

// fate is what a pass decides about a task.
type fate struct {
	state state
	// skip is the reason of state skipped.
	skip v1.SkippingReason
	// problem is the error of state invalid.
	problem error
	// missing are the instances of a started fan-out that do not exist.
	missing []instance
	// filled is spec with the results of other tasks filled in, for a task that is due or was decided by its own guards;
	// nil before.
	filled *v1.PipelineTask
	// recordedGuards are the conditions that an earlier pass recorded when it skipped the task.
	recordedGuards []v1.WhenExpression
	// visited says that the rules were applied in this pass, whether or not they decided.
	visited bool
}

// references returns the references to results of other tasks.
func (t *task) references() []reference {
	if !t.refsKnown {
		t.refs, t.refsKnown = resultRefs(t.spec), true
	}
	return t.refs
}

// predecessors returns the names of the tasks that come before it; a name can occur several times.
func (t *task) predecessors() []string { return predecessors(t.spec, t.references()) }

// definitionKey is the key of the definition of the task in Seen.Definitions.
func (t *task) definitionKey() string {
	if t.sharedWith != "" {
		return t.sharedWith
	}
	return t.spec.Name
}

func (t *task) isFinished() bool    { return t.state >= succeeded }
func (t *task) isStarted() bool     { return len(t.children) > 0 }
func (t *task) onErrorGoesOn() bool { return t.spec.OnError == v1.PipelineTaskContinue }

// isLost tells whether it had children that were all deleted.
func (t *task) isLost() bool { return !t.isStarted() && len(t.recorded) > 0 }

// lacksChildren tells whether any child of it was deleted.
func (t *task) lacksChildren() bool {
	return len(t.recorded) > len(t.children) // every observed child was adopted
}

// skipFor decides that the task does not run.
func (t *task) skipFor(reason v1.SkippingReason) { t.state, t.skip = skipped, reason }

// hasStarted tells whether it has, or had, children.
func (t *task) hasStarted() bool { return t.isStarted() || len(t.recorded) > 0 }

// isIgnored tells whether it failed and onError lets the run go on.
func (t *task) isIgnored() bool { return t.state == failed && t.onErrorGoesOn() }

// stopsRun tells whether nothing new may start because of it (contract 3 §2.4).
func (t *task) stopsRun() bool {
	switch t.state {
	case failed, cancelled:
		return !t.onErrorGoesOn()
	case timedOut, invalid:
		return true
	default:
		return false
	}
}

// childKind returns the kind of the children of a pipeline task.
func childKind(pt *v1.PipelineTask) string {
	switch {
	case pt.IsChildPipeline():
		return kindPipelineRun
	case pt.IsCustomTask():
		return kindCustomRun
	default:
		return kindTaskRun
	}
}

// outcome returns the state that the children of a task are in together (contract 3 §2.2, §2.7). overdue tells which
// children were stopped because time was up.
func outcome(children []child, overdue func(child) bool) state {
	result := succeeded
	for _, c := range children {
		switch {
		case !c.isDone():
			return running
		case c.isSuccessful():
		case c.hasCancelReason() && overdue(c):
			result = timedOut
		case c.hasCancelReason() && result != timedOut:
			result = cancelled
		case result == succeeded:
			result = failed
		}
	}
	return result
}

// resultSet returns what the finished children of a task produced.
func (t *task) resultSet() results.Set {
	if t.set == nil {
		set := t.collect()
		t.set = &set
	}
	return *t.set
}

func (t *task) collect() results.Set {
	var trs []*v1.TaskRun
	for _, c := range t.children {
		if c.kind == kindTaskRun && c.isDone() {
			trs = append(trs, c.taskRun)
		}
	}
	switch {
	case t.spec.IsCustomTask():
		return results.OfCustomRuns(t.endedCustomRuns())
	case isFannedOut(t.spec):
		return results.OfMatrix(trs)
	case len(trs) > 0:
		return results.OfTaskRun(trs[0])
	default:
		return results.Set{}
	}
}

func (t *task) endedCustomRuns() []*v1beta1.CustomRun {
	var runs []*v1beta1.CustomRun
	for _, c := range t.children {
		if c.kind == kindCustomRun && c.isDone() {
			runs = append(runs, c.customRun)
		}
	}
	return runs
}

// isFannedOut tells whether a pipeline task has a matrix that counts; child pipelines cannot fan out (contract 3 §10.6).
func isFannedOut(pt *v1.PipelineTask) bool { return pt.IsMatrixed() && !pt.IsChildPipeline() }
