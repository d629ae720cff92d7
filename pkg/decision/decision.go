// Package decision holds the words in which the planners of PipelineRuns and TaskRuns speak with those who carry out what
// they decide: the events to record, what it means that an action was refused, and what became of checking a signature.
package decision

// Event is a Kubernetes event on the run that a decision is about.
type Event struct {
	// Type is Normal or Warning.
	Type, Reason, Message string
}

// RefusalKind classifies the errors of actions.
type RefusalKind int

const (
	// RefusedForNow means that trying again can help.
	RefusedForNow RefusalKind = iota
	// RefusedForGood means that trying again cannot help: the API answered Invalid or BadRequest, or the name belongs to
	// something else.
	RefusedForGood
	// RefusedByQuota means that a quota is exceeded, or that the write conflicted with another one.
	RefusedByQuota
	// NotTried means that the action was left out because another one was refused; it has no error.
	NotTried
)

// Verification is the outcome of checking the signature of a definition (contract 4 §4.3).
type Verification struct {
	Passed bool
	// Message says what is wrong with the signature; it is shown to users.
	Message string
}
