// Package plan decides what to do about a PipelineRun. [Next] takes everything that was observed about it ([Seen]) and
// returns its new status and the actions to carry out ([Step]): objects to create, children to stop, things to delete.
// It is pure: no client, lister, context, clock, logger or goroutine; the observed objects are never changed. The time a
// pass takes grows linearly with the tasks and edges of the pipeline.
//
// The caller works in rounds:
//
//	next := plan.Next(seen)
//	for !next.Wants.Empty() {
//		lookUp(&seen, next.Wants) // fill in Seen.Pipeline, Definitions, StatefulSets, Claims
//		next = plan.Next(seen)
//	}
//	refused := carryOut(next.Actions)          // in order, until one is refused
//	next = plan.Amend(seen, next, refused)     // what the refusals mean for the run
//	report(next)                               // labels and annotations, status, then events, wake-up time, error
//
// # Phases
//
// A pass goes through phases. Each of them makes a value that the next one takes and embeds, so that a phase can use what
// those before it found out, and nothing that comes later:
//
//	pass      the run, its children, and the time               pass.go, clock.go, observe_child.go
//	loaded    the Pipeline with values filled in                load*.go
//	observed  its tasks, each with the children it has          observe*.go; checks until the first child exists: admit*.go
//	decided   the state of every task                           decide*.go
//	maker     the children to create and what they need         create*.go
//
// Beside them goes the draft (draft*.go), what the pass will write: status, labels, annotations and events. conclude*.go
// turn the states of the tasks into the status. A phase that has no value returns a halt: something has to be looked up
// first, or the run cannot go on. [Next] turns that into the step. amend.go and cleanup.go are about what comes after:
// refusals, and runs that are done.
package plan
