// Package taskplan decides what to do next about a TaskRun: from what one pass has seen, including the time, to the new status,
// the writes and the time of the next look (contract 2 §1, §8).
//
// It is pure: it knows no client, lister, context or clock, and it never changes what it was given. Next answers with Wants as
// long as something is missing that only the outside can tell; the caller adds it to Seen and asks again within the same
// pass. The order of the checks is the contract's: done, cancelled, pending, timed out, containers that cannot start, Task,
// pod, state of the pod.
package taskplan
