// Package taskplan decides what to do next about a TaskRun: from what one pass has seen, including the time, to the new status,
// the writes and the time of the next look (contract 2 §1, §8).
//
// It is pure: it knows no client, lister, context or clock, and it never changes what it was given. Next answers with Wants as
// long as something is missing that only the outside can tell; the caller looks it up, adds it to Seen and asks again within
// the same pass. Looking up writes nothing: claims and the pod are Actions, which are carried out in order, and what the
// cluster refuses of them goes into Amend. The order of the checks is the contract's: done, cancelled, pending, timed out,
// pods that cannot be prepared, containers that cannot start, Task, pod, state of the pod:
//
//	next.go      the pass, its beginning and what all checks use
//	stop.go      runs that are stopped, and what is left to do for those that are done
//	prepare.go   pods that have to be made again
//	resolve.go   the Task, validate.go whether the run fits it
//	make.go      the pod, notmade.go why there is none
//	follow.go    the state of the pod
//	report.go    retries, events and what else a pass leaves behind
//	amend.go     what is different if actions were refused
package taskplan
