package plan

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"

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
	r := newRun(&seen)
	r.pass()
	if !r.wants.Empty() {
		return Step{Wants: r.wants, Status: pr.Status}
	}
	if f := r.checkSize(); f != nil {
		r.shrink()
		r.giveUp(f)
	}
	return r.step()
}

func newRun(seen *Seen) *run {
	pr := seen.PipelineRun
	return &run{
		seen: seen, pr: pr, now: seen.Now, mode: seen.Config.FeatureFlags.Coschedule,
		status: pr.Status, labels: pr.Labels, annotations: pr.Annotations,
		limits:   limitsOf(&pr.Spec, seen.Config.Defaults.Timeout()),
		children: ownedChildren(pr, seen.Children),
	}
}

// pass goes through the checks in the order of contract 3 §1.1 until one of them has the answer.
func (r *run) pass() {
	if r.pr.HasStarted() && r.timedOutLongAgo() {
		r.stopUnfinished(true)
		r.mark(verdict{corev1.ConditionFalse, v1.PipelineRunReasonTimedOut, timeoutMessage(r.pr, r.limits.pipeline)})
		return
	}
	r.setPipelineLabel()
	if r.pr.IsPending() && !r.pr.HasStarted() {
		r.pend()
		return
	}
	r.start()
	if f := checkKinds(r.pr); f != nil {
		r.fatal = f
		return
	}
	r.adopt()
	if r.pr.IsCancelled() {
		r.stopUnfinished(false)
		r.mark(verdict{corev1.ConditionFalse, v1.PipelineRunReasonCancelled, cancelledMessage(r.pr)})
		return
	}
	r.noteFlags()
	if f := r.prepare(); f != nil {
		r.giveUp(f)
		return
	}
	if !r.wants.Empty() {
		return
	}
	r.proceed()
}

// prepare loads and checks the Pipeline and what it refers to.
func (r *run) prepare() *failure.Failure {
	if f := r.loadSpec(); f != nil || !r.wants.Empty() {
		return f
	}
	r.arrange()
	if f := r.loadBindings(); f != nil {
		return f
	}
	r.keepMode(r.bindings)
	if r.hasChildren() {
		return nil
	}
	if f := r.loadDefinitions(); f != nil || !r.wants.Empty() {
		return f
	}
	return r.firstFailure(startChecks)
}

// proceed decides about all tasks, and plans children, stops and status accordingly.
func (r *run) proceed() {
	r.decide()
	var children map[*task][]planned
	if r.fatal == nil {
		r.stopOverdue()
		children = r.create()
	}
	if !r.wants.Empty() {
		return
	}
	if r.fatal != nil {
		r.giveUp(r.fatal)
		return
	}
	for _, t := range r.invalidTasks() {
		r.warn("ResultValidationFailed", "Task \""+t.spec.Name+"\" failed result validation: "+t.problem.Error())
	}
	r.report(children)
	r.mark(r.judge())
	if r.isMarkedDone() {
		r.finish()
	}
}

// pend keeps a run from starting.
func (r *run) pend() {
	if r.pr.Status.GetCondition(apis.ConditionSucceeded) == nil {
		r.normal(v1.PipelineRunReasonStarted.String(), "")
	}
	r.mark(verdict{corev1.ConditionUnknown, v1.PipelineRunReasonPending, "PipelineRun \"" + r.pr.Name + "\" is pending"})
}

// start gives the run its start time, which is never before its creation, although clocks differ.
func (r *run) start() {
	if r.pr.HasStarted() {
		return
	}
	start := metav1.NewTime(r.now)
	if created := r.pr.CreationTimestamp; start.Before(&created) {
		start = created
	}
	r.status.StartTime = &start
	r.normal(v1.PipelineRunReasonStarted.String(), "")
	r.mark(verdict{corev1.ConditionUnknown, v1.PipelineRunReasonStarted, ""})
}

// startFinally notes when the first final task was due.
func (r *run) startFinally() {
	if r.status.FinallyStartTime == nil {
		r.status.FinallyStartTime = &metav1.Time{Time: r.endTime()}
	}
}

// noteFlags records the feature flags of the pass.
func (r *run) noteFlags() {
	flags := r.seen.Config.FeatureFlags
	if !flags.EnableProvenanceInStatus {
		return
	}
	recorded := v1.FeatureFlags(*flags)
	recorded.EnableStepActions, recorded.EnableTektonOCIBundles = false, false
	p := v1.Provenance{FeatureFlags: &recorded}
	if old := r.status.Provenance; old != nil {
		p.RefSource = old.RefSource
	}
	r.status.Provenance = &p
}

// giveUp ends the pass with a failure: the run waits, tries again, or ends. Children of a run that ends are stopped:
// nobody would look after them (contract 3 §14 #37). While it waits or tries again, its timeouts stop children all the same.
func (r *run) giveUp(f *failure.Failure) {
	stops := onlyStops(r.actions)
	r.actions = nil
	switch {
	case (f.Class == failure.Waiting || f.Class == failure.Transient) && r.pipelineTimedOut():
		r.fatal = nil
		r.stopUnfinished(true)
		r.mark(verdict{corev1.ConditionFalse, v1.PipelineRunReasonTimedOut, timeoutMessage(r.pr, r.limits.pipeline)})
	case f.Class == failure.Waiting:
		r.actions = stops
		r.mark(verdict{corev1.ConditionUnknown, v1.PipelineRunReason(f.Reason), f.Message()})
	case f.Class == failure.Transient:
		r.actions, r.fatal = stops, f
	default:
		r.fatal = f
		r.stopUnfinished(false)
		r.fail(f)
	}
}

func onlyStops(actions []Action) []Action {
	return slices.DeleteFunc(actions, func(a Action) bool {
		_, isStop := a.(StopChild)
		return !isStop
	})
}

func (r *run) isMarkedDone() bool {
	return !r.status.GetCondition(apis.ConditionSucceeded).IsUnknown()
}

// step returns the outcome of the pass.
func (r *run) step() Step {
	s := Step{
		Status: r.status, Actions: r.actions, Failure: r.fatal,
		Labels:      added(r.pr.Labels, r.labels),
		Annotations: added(r.pr.Annotations, r.annotations),
	}
	s.Events = append(slices.Clip(r.events), conditionEvents(&r.pr.Status, &s.Status)...)
	if !r.isMarkedDone() {
		s.WakeAt = r.wakeAt()
	}
	return s
}
