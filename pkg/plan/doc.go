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
//	outcome := carryOut(next.Actions)          // in order, until one is refused
//	next = plan.Amend(seen, next, outcome)     // what the refusals mean for the run
//	report(next)                               // events, then status, labels, wake-up time, error
package plan
