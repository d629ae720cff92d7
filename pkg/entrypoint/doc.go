// Package entrypoint is the step runner: what runs as the first process in every step's container, and in the init
// container that prepares the pod (contract 2 §3). Main is the one entry point; protocol is what it is told.
//
// A step goes through phases, each in a file of its own: credentials, waiting for its turn (wait.go), a breakpoint
// (breakpoint.go), references to results and artifacts of other steps (vars.go), guards (guard.go), the process
// (run.go), and the end: what it means (verdict.go), what it left (collect.go) and telling others (post.go). Whatever
// happens, the last thing that happens is the hand-over to the next step.
//
// It links no Kubernetes package: its size is copied into every pod.
package entrypoint
