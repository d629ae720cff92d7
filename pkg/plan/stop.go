package plan

import (
	"errors"
	"fmt"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/failure"
)

// stop returns the action that stops a child (contract 3 §9.4).
func stop(c child, timedOut bool) StopChild {
	a := StopChild{Kind: c.kind, Name: c.meta.Name, TimedOut: timedOut}
	switch c.kind {
	case kindTaskRun:
		a.Status = string(v1.TaskRunSpecStatusCancelled)
		a.Message = string(v1.TaskRunCancelledByPipelineMsg)
		if timedOut {
			a.Message = string(v1.TaskRunCancelledByPipelineTimeoutMsg)
		}
	case kindCustomRun:
		a.Status = string(v1beta1.CustomRunSpecStatusCancelled)
		a.Message = string(v1beta1.CustomRunCancelledByPipelineMsg)
		if timedOut {
			a.Message = string(v1beta1.CustomRunCancelledByPipelineTimeoutMsg)
		}
	default:
		a.Status = string(v1.PipelineRunSpecStatusCancelled)
	}
	return a
}

// stopUnfinished stops all children of the run that are neither done nor told to stop already.
func (p *pass) stopUnfinished(timedOut bool) []Action {
	return p.stopAll(nil, timedOut, func(child) bool { return true })
}

// stopAll adds to actions what stops the wanted children.
func (p *pass) stopAll(actions []Action, timedOut bool, wanted func(child) bool) []Action {
	for _, c := range p.unfinished() {
		if !c.isStopped() && wanted(c) {
			actions = append(actions, stop(c, timedOut))
		}
	}
	return actions
}

// stopOverdue stops the children that a timeout, or a graceful cancellation, ends (contract 3 §9.3, §9.5).
func (o *observed) stopOverdue() []Action {
	final := func(c child) bool {
		t := o.byName[c.task]
		return t != nil && t.final
	}
	var stops []Action
	switch {
	case o.pipelineTimedOut():
		return o.stopUnfinished(true)
	case o.tasksTimedOut():
		stops = o.stopAll(stops, true, func(c child) bool { return !final(c) })
	case o.pr.IsGracefullyCancelled():
		stops = o.stopAll(stops, false, func(c child) bool { return !final(c) })
	}
	if o.finallyTimedOut() {
		stops = o.stopAll(stops, true, final)
	}
	return stops
}

// refusedStops is the error, and the text of a condition, about children that could not be stopped.
func refusedStops(pr *v1.PipelineRun, refused []Refused, timedOut bool) error {
	done, trying, with := "cancelled", "cancel", "cancellation"
	if timedOut {
		done, trying, with = "timed out", "time out", "timeout"
	}
	var errs []error
	for _, x := range refused {
		if s, ok := x.Action.(StopChild); ok && x.Err != nil {
			errs = append(errs, fmt.Errorf("failed to patch %s `%s` with %s: %w", s.Kind, s.Name, with, x.Err))
		}
	}
	return fmt.Errorf("PipelineRun %q was %s but had errors trying to %s TaskRuns and/or Runs: %w",
		pr.Name, done, trying, errors.Join(errs...))
}

// checkKinds refuses recorded children of kinds that nobody knows (contract 3 §3.7).
func checkKinds(pr *v1.PipelineRun) *failure.Failure {
	for _, ref := range pr.Status.ChildReferences {
		if ref.Kind != kindTaskRun && ref.Kind != kindCustomRun && ref.Kind != kindPipelineRun {
			return failure.Transientf("", "child with name %s has unknown kind %s", ref.Name, ref.Kind)
		}
	}
	return nil
}
