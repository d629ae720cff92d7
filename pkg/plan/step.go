package plan

import (
	"time"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/decision"
	"github.com/tenon-ci/tenon/pkg/failure"
)

// Step is what to do next about a PipelineRun.
type Step struct {
	// Wants names what has to be looked up before there is an answer. Unless it is empty, nothing else counts.
	Wants Wants
	// Status is the whole new status; it equals the observed one if nothing is to be written.
	Status v1.PipelineRunStatus
	// Labels and Annotations are to be added to the PipelineRun; keys that have the value already are left out.
	Labels, Annotations map[string]string
	// Actions are to be carried out in order, before the status is written; the first one that is refused ends it, except
	// that every StopChild is tried. An object that exists already, or that is to be stopped or deleted and is gone, is
	// no refusal; a child that exists already is one unless the PipelineRun owns it.
	Actions []Action
	// Events are to be recorded on the PipelineRun once the status is written, so that a refused write does not repeat them.
	Events []Event
	// WakeAt is the next time at which the answer changes by itself; zero if it does not.
	WakeAt time.Time
	// Failure is the error of the pass, nil if there is none. A final one is recorded in Status already and must not be
	// retried; a transient one has to be retried with rate limit.
	Failure *failure.Failure
}

// Wants names what Next has to know.
type Wants struct {
	// Pipeline asks for Seen.Pipeline, which PipelineRef refers to: spec.pipelineRef with values filled in.
	Pipeline    bool
	PipelineRef *v1.PipelineRef
	// Definitions asks for entries of Seen.Definitions. They do not depend on each other, so that they can be looked up side
	// by side; tasks that refer to the same object of the cluster share one.
	Definitions []Reference
	// StatefulSets and Claims ask for entries of Seen.StatefulSets and Seen.Claims, by name.
	StatefulSets, Claims []string
}

// Empty tells whether nothing is wanted.
func (w Wants) Empty() bool {
	return !w.Pipeline && len(w.Definitions)+len(w.StatefulSets)+len(w.Claims) == 0
}

// Reference asks for the definition of a pipeline task.
type Reference struct {
	// PipelineTask is the key into Seen.Definitions.
	PipelineTask string
	// Base is the name that a resolution request is derived from (contract 4 §1.2).
	Base string
	// TaskRef or PipelineRef is what to fetch, with values filled in.
	TaskRef     *v1.TaskRef
	PipelineRef *v1.PipelineRef
}

// Event is a Kubernetes event on the PipelineRun.
type Event = decision.Event

// Refused is an action that could not be carried out, or was left out. Every action of a Step that is not among the Refused
// counts as done.
type Refused struct {
	Action Action
	// Err is the error; its text is shown to users.
	Err error
	// Kind tells what the error means.
	Kind RefusalKind
}

// RefusalKind classifies the errors of actions.
type RefusalKind = decision.RefusalKind

// The kinds of refusals; see package decision.
const (
	RefusedForNow  = decision.RefusedForNow
	RefusedForGood = decision.RefusedForGood
	RefusedByQuota = decision.RefusedByQuota
	NotTried       = decision.NotTried
)
