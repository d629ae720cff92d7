// Package podstatus reads a pod: which state each step and sidecar is in, whether the pod has finished, whether and why it
// failed, what it waits for, and which results and artifacts its steps reported (contract 2 §1.2 to §1.7, §4, §9).
//
// It is pure: it sees a pod, a Task and values, and knows no client, clock or log. What the flags of the controller say
// about results and sidecars is read off the pod itself, so that a flag changed during a run does not change how the run's
// pod is understood.
//
// Entry points: Outcome for the condition of a pod, StepStates and SidecarStates for the status, CollectResults and
// CollectArtifacts for the end, FindStartFailure for containers that cannot start.
package podstatus
