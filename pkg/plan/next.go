package plan

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
)

// Next returns what to do next about a PipelineRun. For one that is done, that is to clean up what it no longer needs; for
// one that another controller manages, nothing.
func Next(seen Seen) Step {
	pr := seen.PipelineRun
	switch {
	case !pr.IsManagedHere():
		return Step{Status: pr.Status}
	case pr.IsDone():
		return cleanUp(&seen)
	}
	p, out := newPass(&seen), newDraft(&seen)
	actions, h := p.run(out)
	if h.asks() {
		return Step{Wants: h.wants, Status: pr.Status}
	}
	var f *failure.Failure
	if h != nil {
		actions, f = p.giveUp(out, actions, h.failure)
	}
	if tooLarge := out.checkSize(); tooLarge != nil {
		out.shrink()
		actions, f = p.giveUp(out, nil, tooLarge)
	}
	return p.step(out, actions, f)
}

// halt says why a phase has no value: something has to be looked up first, or the run cannot go on. Exactly one of the two
// is set; nil means that nothing is in the way.
type halt struct {
	wants   Wants
	failure *failure.Failure
}

// asks tells whether something has to be looked up.
func (h *halt) asks() bool { return h != nil && !h.wants.Empty() }

// haltOver is the halt over a failure, nil without one.
func haltOver(f *failure.Failure) *halt {
	if f == nil {
		return nil
	}
	return &halt{failure: f}
}

// haltFor is the halt until something is looked up, nil if nothing is wanted.
func haltFor(w Wants) *halt {
	if w.Empty() {
		return nil
	}
	return &halt{wants: w}
}

// run goes through the phases in the order of contract 3 §1.1 until one of them has the answer. With a halt, the actions are
// those that do not depend on what is in the way.
func (p *pass) run(out *draft) ([]Action, *halt) {
	if p.pr.HasStarted() && p.timedOutLongAgo() {
		out.mark(timeoutVerdict(p.pr, p.limits.pipeline))
		return p.stopUnfinished(true), nil
	}
	out.setPipelineLabel()
	if p.pr.IsPending() && !p.pr.HasStarted() {
		out.pend()
		return nil, nil
	}
	out.start()
	p.start = out.status.StartTime
	if f := checkKinds(p.pr); f != nil {
		return nil, haltOver(f)
	}
	out.adopt(p.children)
	p.start = out.status.StartTime
	if err := p.seen.Children.Err; err != nil {
		return nil, haltOver(failure.Transientf("", "%w", err))
	}
	if p.pr.IsCancelled() {
		out.mark(verdict{corev1.ConditionFalse, v1.PipelineRunReasonCancelled, cancelledMessage(p.pr)})
		return p.stopUnfinished(false), nil
	}
	out.noteFlags(p.seen.Config.FeatureFlags)
	l, h := p.load(out)
	if h != nil {
		return nil, h
	}
	o := l.observe(out.status.ChildReferences)
	out.tasksOpen = len(o.tasks) > 0
	if h := o.admit(out); h != nil {
		return nil, h
	}
	d, h := o.decide()
	out.noteDecided(d)
	if h != nil {
		return nil, h
	}
	return d.carryOn(out)
}

// carryOn plans children and stops, and writes down what was decided.
func (d *decided) carryOn(out *draft) ([]Action, *halt) {
	stops := d.stopOverdue()
	actions, children, h := d.create(out, stops)
	if h != nil {
		return stops, h
	}
	for _, t := range d.invalidTasks() {
		out.warn("ResultValidationFailed", "Task \""+t.spec.Name+"\" failed result validation: "+t.problem.Error())
	}
	d.report(out, children)
	out.mark(d.conclude())
	if out.isDone() {
		d.finish(out)
	}
	return append(stops, actions...), nil
}

// giveUp ends the pass with a failure: the run waits, tries again, or ends. Children of a run that ends are stopped:
// nobody would look after them (contract 3 §14 #37). While it waits or tries again, its timeouts stop children all the same:
// stops are those that the pass planned. It returns the actions and the failure of the step.
func (p *pass) giveUp(out *draft, stops []Action, f *failure.Failure) ([]Action, *failure.Failure) {
	switch {
	case (f.Class == failure.Waiting || f.Class == failure.Transient) && p.pipelineTimedOut():
		out.mark(timeoutVerdict(p.pr, p.limits.pipeline))
		return p.stopUnfinished(true), nil
	case f.Class == failure.Waiting:
		out.mark(verdict{corev1.ConditionUnknown, v1.PipelineRunReason(f.Reason), f.Message()})
		return stops, nil
	case f.Class == failure.Transient:
		return stops, f
	default:
		out.fail(f)
		return p.stopUnfinished(false), f
	}
}

// step returns the outcome of the pass.
func (p *pass) step(out *draft, actions []Action, f *failure.Failure) Step {
	s := Step{
		Status: out.status, Actions: actions, Failure: f,
		Labels:      added(p.pr.Labels, out.labels),
		Annotations: added(p.pr.Annotations, out.annotations),
	}
	s.Events = append(slices.Clip(out.events), conditionEvents(&p.pr.Status, &s.Status)...)
	if !out.isDone() {
		p.finallyStart = out.status.FinallyStartTime
		s.WakeAt = p.wakeAt(out.tasksOpen)
	}
	return s
}
