package taskplan

import (
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/decision"
	"github.com/tenon-ci/tenon/pkg/failure"
)

// Step is what to do next about a TaskRun.
type Step struct {
	// Wants names what has to be looked up before there is an answer. Unless it is empty, nothing else counts.
	Wants Wants
	// Status is the whole new status; it equals the observed one if nothing is to be written.
	Status v1.TaskRunStatus
	// Labels and Annotations are to be added to the TaskRun; keys that have the value already may be among them.
	Labels, Annotations map[string]string
	// Actions are to be carried out in order, before the status is written; the first one that is refused ends it. An object
	// that is to be changed or deleted and is gone is no refusal, nor is one that exists already and that the TaskRun owns.
	Actions []Action
	// Events are to be recorded on the TaskRun once the status is written, so that a refused write does not repeat them.
	Events []Event
	// WakeAt is the next time at which the answer changes by itself; zero if it does not.
	WakeAt time.Time
	// Failure is the error of the pass, nil if there is none. It is transient: everything else counts, and the pass has to be
	// tried again with rate limit.
	Failure *failure.Failure
}

// Event is a Kubernetes event about the TaskRun.
type Event = decision.Event

// Wants names what Next has to know.
type Wants struct {
	// Task asks for Seen.Task.
	Task *TaskOrder
	// Parts asks for Seen.Parts.
	Parts *PartsOrder
	// Cause asks for Seen.Cause of now.
	Cause bool
	// Log asks for Seen.Log.
	Log bool
}

// Empty tells whether nothing is wanted.
func (w Wants) Empty() bool { return w == Wants{} }

// TaskOrder asks for a Task.
type TaskOrder struct {
	// Spec is set if the Task is known already and only its StepActions are wanted.
	Spec *v1.TaskSpec
}

// PartsOrder asks for what a pod is made of.
type PartsOrder struct {
	// Spec is the Task with all values filled in.
	Spec *v1.TaskSpec
	// PodTemplate is the run's, with params filled in; nil if it has none.
	PodTemplate *pod.Template
	// ServiceAccount is the name of the pod's account.
	ServiceAccount string
}

// Action is one write to the cluster.
type Action interface{ isAction() }

// CreateClaim asks for a claim of the run.
type CreateClaim struct{ Claim *corev1.PersistentVolumeClaim }

// CreatePod asks for the pod of an attempt.
type CreatePod struct {
	Pod *corev1.Pod
	// HoldInjected asks to make the first step wait, as HoldSteps does, if the pod comes back with containers that were injected.
	HoldInjected bool
}

// ReplacePod asks to delete a pod whose steps could not be prepared. Another one is made when it is gone.
type ReplacePod struct {
	Pod *corev1.Pod
	// Unordered says that the pod's node did not start containers in order. NodeKind, the kind of the node, is to be remembered
	// then; it may be empty.
	Unordered bool
	NodeKind  string
}

// DeletePod asks to delete a pod of the TaskRun.
type DeletePod struct{ Name string }

// CancelPod asks to stop the steps of the pod and keep it.
type CancelPod struct{ Name string }

// ReleaseSteps asks to let the first step of the pod start.
type ReleaseSteps struct{ Pod *corev1.Pod }

// HoldSteps asks to make the first step of the pod wait until ReleaseSteps.
type HoldSteps struct{ Pod *corev1.Pod }

// StopSidecars asks to replace the images of containers of the pod; Containers are positions in spec.containers.
type StopSidecars struct {
	Pod        *corev1.Pod
	Containers []int
}

// StopDeadline is the limit in seconds for how long a pod may be active that StopPod sets; the pod is older than that.
const StopDeadline = 1

// StopPod asks the node to stop all containers of a pod that does not end by itself, and to keep it.
type StopPod struct{ Pod *corev1.Pod }

func (CreateClaim) isAction()  {}
func (CreatePod) isAction()    {}
func (ReplacePod) isAction()   {}
func (DeletePod) isAction()    {}
func (CancelPod) isAction()    {}
func (ReleaseSteps) isAction() {}
func (HoldSteps) isAction()    {}
func (StopSidecars) isAction() {}
func (StopPod) isAction()      {}

// Refused is an action that could not be carried out, or was left out. Every action of a Step that is not among the Refused
// counts as done.
type Refused struct {
	Action Action
	// Err is the error; its text is shown to users. For CreatePod it may be ErrForeignPod.
	Err error
	// Kind tells what the error means.
	Kind RefusalKind
}

// RefusalKind classifies the errors of actions; see package decision.
type RefusalKind = decision.RefusalKind
