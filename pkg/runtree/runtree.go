// Package runtree shows a run as a tree: tasks of its Pipeline, their attempts, combinations and children, steps and sidecars. It reads
// objects of the API only, so that it is the same for a run on this machine and for one of a cluster. It decides nothing and does
// nothing; [Build] is the entry point.
package runtree

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
)

// Objects are a run and everything below it. The order of the lists does not matter, and they may hold objects of other runs.
type Objects struct {
	// Root is the *v1.PipelineRun, *v1.TaskRun or *v1beta1.CustomRun that the tree is of. It need not be in the lists.
	Root         metav1.Object
	PipelineRuns []*v1.PipelineRun
	TaskRuns     []*v1.TaskRun
	CustomRuns   []*v1beta1.CustomRun
}

// State is how far a node is.
type State string

const (
	// Waiting means that it has not begun, or that it has and waits for its pod; Reason and Message tell for what, if it is known.
	Waiting State = "Waiting"
	// Running means that it goes on.
	Running State = "Running"
	// Succeeded means that it ended well.
	Succeeded State = "Succeeded"
	// Failed means that it ended badly; see [Node.Ignored].
	Failed State = "Failed"
	// Cancelled means that it was stopped because somebody asked for it.
	Cancelled State = "Cancelled"
	// Skipped means that it will not be run; Reason tells why, and Message in words.
	Skipped State = "Skipped"
	// TimedOut means that it was stopped because it took too long.
	TimedOut State = "TimedOut"
	// Unknown means that its object is gone.
	Unknown State = "Unknown"
)

// IsDone tells whether the state is final.
func (s State) IsDone() bool { return s != Waiting && s != Running }

// IsBad tells whether the state is an end that nobody wants: Failed, Cancelled or TimedOut.
func (s State) IsBad() bool { return s == Failed || s == Cancelled || s == TimedOut }

// Kinds of nodes.
const (
	KindPipelineRun = "PipelineRun"
	KindTaskRun     = "TaskRun"
	KindCustomRun   = "CustomRun"
	// KindTask is a task of a Pipeline that has no object: it has not begun, is skipped, or fans out over combinations, which are its
	// children.
	KindTask    = "Task"
	KindStep    = "Step"
	KindSidecar = "Sidecar"
)

// Node is one thing of a run that people look at.
type Node struct {
	// Kind is PipelineRun, TaskRun, CustomRun, Task, Step or Sidecar.
	Kind string
	// Name is what people call it: the display name or name of the pipeline task or step, the values of a combination ("os=linux,
	// go=1.25"), "attempt 1" of an attempt that failed and was made again, the object's name for the root.
	Name string
	// Task is the name of the pipeline task that it carries out, by which Needs refers to it; empty for the root, steps and sidecars.
	Task string
	// Object and Namespace name the object, empty if there is none; those of steps and sidecars are of their TaskRun.
	Object, Namespace string
	// Pod and Container are where it runs: the pod of a TaskRun's last attempt, the pod and container of a step or sidecar. Empty if they
	// are not known yet.
	Pod, Container string
	State          State
	// Reason is that of the condition, of the container's state or of the skipped task, as the API has it; Message is for people.
	Reason, Message string
	// Start and End are zero if it has not begun or is not over. A run with several attempts starts with its first one.
	Start, End time.Time
	// ExitCode is that of a step or sidecar that has ended.
	ExitCode *int32
	// Attempt is the number of the attempt, from 1, of a TaskRun; 0 of everything else. Earlier attempts are children of kind TaskRun.
	Attempt int
	// Finally tells that it is a task of finally.
	Finally bool
	// Ignored tells that it has failed and that its run goes on as if it had not, because of onError.
	Ignored bool
	// Results are what it produced, in the order of the status.
	Results []Result
	// Needs are the pipeline tasks, as in Task, that it waits for, each once. Tasks of finally wait for all other tasks, and name none.
	Needs    []string
	Children []*Node
}

// Result is a value that a run or step produced.
type Result struct {
	Name string
	// Type is string, array or object.
	Type v1.ParamType
	// Value is the text of a string, and the JSON of everything else.
	Value string
}

// Duration is how long the node took, or has taken until now if it goes on; 0 if it has not begun.
func (n *Node) Duration(now time.Time) time.Duration {
	switch {
	case n.Start.IsZero():
		return 0
	case !n.End.IsZero():
		return max(0, n.End.Sub(n.Start))
	case n.State.IsDone():
		return 0
	default:
		return max(0, now.Sub(n.Start))
	}
}

// Walk visits the node and everything below it, parents first. It goes below a node only if visit returns true.
func (n *Node) Walk(visit func(node *Node, depth int) bool) { n.walk(visit, 0) }

func (n *Node) walk(visit func(*Node, int) bool, depth int) {
	if !visit(n, depth) {
		return
	}
	for _, child := range n.Children {
		child.walk(visit, depth+1)
	}
}
