// Package timing tells where the time of a TaskRun went: in the queue of the controller, waiting for quota, a node, images or
// sidecars, or in its steps. It reads the TaskRun and its Pod, and is pure: no client, clock or log.
//
// Entry points: [Of] for what the objects show at the end, and [Marks] for what they showed earlier and do not show any more.
package timing

import (
	"time"

	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// Names of phases, in their order in time. There are no others.
const (
	// Queue is from the creation of the TaskRun to the start of its first attempt.
	Queue = "queue"
	// Starting is from the start of the attempt to the creation of its Pod: references are resolved, the Task is checked.
	Starting = "starting"
	// Quota is from the first refusal of the Pod by a ResourceQuota to its creation. Only [Marks] know of it.
	Quota = "quota"
	// Node is from the creation of the Pod to its binding to a node.
	Node = "node"
	// Sandbox is from there to the time at which volumes and network were set up.
	Sandbox = "sandbox"
	// Images is from there to the start of the last container of a step: images are pulled, containers made.
	Images = "images"
	// SandboxAndImages is both, where nothing tells them apart: a Pod that has ended does not show any more when its sandbox was ready.
	SandboxAndImages = "sandbox_and_images"
	// Sidecars is from there to the start of the first step, which waits for sidecars to be ready.
	Sidecars = "sidecars"
	// Running is from there to the end of the last step.
	Running = "running"
	// Reporting is from there to the completion time of the TaskRun.
	Reporting = "reporting"
	// Unattributed is time of which nothing is known, such as that before the steps of a Pod that is gone.
	Unattributed = "unattributed"
)

// Names lists the names of all phases.
func Names() []string {
	return []string{Queue, Starting, Quota, Node, Sandbox, Images, SandboxAndImages, Sidecars, Running, Reporting, Unattributed}
}

// Phase is a part of the time of a TaskRun. The API keeps whole seconds, so both ends are exact to one second.
type Phase struct {
	// Name is one of the constants of this package.
	Name string
	// Start and End are when it began and ended. End is never before Start.
	Start, End time.Time
}

// Duration is how long the phase took, zero or more.
func (p Phase) Duration() time.Duration { return p.End.Sub(p.Start) }

// Of returns the phases of the last attempt of a TaskRun that have ended, in their order in time and without gaps. A phase that the
// attempt did not get through ends with the TaskRun, and none follows. Without a Pod, nil, it tells what the status alone shows.
func Of(tr *v1.TaskRun, pod *corev1.Pod) []Phase { return Marks{}.Of(tr, pod) }
