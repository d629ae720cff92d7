package taskplan

import (
	"errors"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/termination"
)

// Seen is everything one pass looks at. Nothing in it is changed.
type Seen struct {
	TaskRun *v1.TaskRun
	Now     time.Time
	Config  *config.Config
	// Release is the build of the controller, for the annotation of that purpose.
	Release string
	// NopImage is the image that sidecars get to stop them.
	NopImage string

	// Pod is the pod of the current attempt, which the TaskRun owns; nil if there is none.
	Pod *corev1.Pod
	// Cause is what events told of why the pod does not start, when they were read last; nil until Next wants it.
	Cause *Cause
	// Task is what became of resolving the Task; nil until Next wants it.
	Task *Task
	// Created is what became of creating the pod in this pass; nil until Next wants it.
	Created *Created
	// Log is what became of reading the log of the sidecar that reports results; nil until Next wants it.
	Log *ResultLog
}

// Task is a resolved Task.
type Task struct {
	// Failure says why there is no Task; the other members but Verification are empty then. Its reason may be empty.
	Failure *failure.Failure
	// Name is the Task's own name; empty for an inline spec.
	Name string
	// Labels and Annotations are those of the Task.
	Labels, Annotations map[string]string
	// Spec is the Task before values are filled in. Unless StepFailure is set, no step of it refers to a StepAction any more.
	Spec *v1.TaskSpec
	// StepFailure says why the StepActions are not there.
	StepFailure *failure.Failure
	// RefSource is where a resolver found the Task; nil otherwise.
	RefSource *v1.RefSource
	// StepSources are where resolvers found the StepActions, by position of the step.
	StepSources []*v1.RefSource
	// Verification is the outcome of checking the signature; nil if no policy applied.
	Verification *Verification
}

// Verification is the outcome of checking a signature (contract 4 §4.3).
type Verification struct {
	Passed  bool
	Message string
}

// Created is the outcome of creating a pod: Pod or Err is set.
type Created struct {
	Pod *corev1.Pod
	// Err is ErrForeignPod, a *failure.Failure, or an error of the API or on the way to it; wrapped or not. Failures may leave
	// their reason open.
	Err error
	// MissingSecrets are Secrets that the ServiceAccount lists and that do not exist.
	MissingSecrets []string
}

// ErrForeignPod says that the pod's name is taken by a pod that the TaskRun does not own.
var ErrForeignPod = errors.New("the pod exists and belongs to another object")

// Cause is what the events of a pod tell.
type Cause struct {
	// Text has the reason of the event and its message; empty if no event tells a cause.
	Text string
	// At is when the events were read.
	At time.Time
}

// ResultLog is the outcome of reading results from a log.
type ResultLog struct {
	// Entries are the results and artifacts by container of the step that made them.
	Entries map[string][]termination.Entry
	// TooLarge is the size in bytes of a result above the limit; 0 if there is none.
	TooLarge int
	// TooLargeName is the name of that result, with its step's container before it if it is one of a step; empty if it
	// could not be read.
	TooLargeName string
	// Err says that the log could not be read.
	Err error
}

// Decision is what to do next about a TaskRun.
type Decision struct {
	// Wants names what has to be added to Seen before there is an answer. Unless it is empty, nothing else counts.
	Wants Wants
	// Status is the whole new status.
	Status v1.TaskRunStatus
	// Labels and Annotations are to be added to the TaskRun.
	Labels, Annotations map[string]string
	// Actions are to be carried out before the status is written, all of them.
	Actions []Action
	// MustAct says that the status must not be written unless all actions succeeded, because no later pass would repeat them.
	MustAct bool
	// Events are to be recorded once the status is written.
	Events []Event
	// WakeAt is the next time at which the answer changes by itself; zero if it does not.
	WakeAt time.Time
	// Err makes the caller try again with rate limit, after everything else was done.
	Err error
}

// Wants names what Next has to know.
type Wants struct {
	Task *TaskOrder
	Pod  *PodOrder
	// Cause asks for Seen.Cause of now.
	Cause bool
	// Log asks for Seen.Log.
	Log bool
}

// Empty tells whether nothing is wanted.
func (w Wants) Empty() bool { return w == Wants{} }

// TaskOrder asks for Seen.Task.
type TaskOrder struct {
	// Spec is set if the Task is known already and only its StepActions are wanted.
	Spec *v1.TaskSpec
}

// PodOrder asks for Seen.Created.
type PodOrder struct {
	// TaskRun is the run with the labels and annotations it is going to have.
	TaskRun *v1.TaskRun
	// Spec is the Task with all values filled in.
	Spec *v1.TaskSpec
	// PodTemplate is the run's, with params filled in; nil if it has none.
	PodTemplate *pod.Template
	// Claims have to exist before the pod is created. Bindings are the workspaces, which use them.
	Claims   []*corev1.PersistentVolumeClaim
	Bindings []v1.WorkspaceBinding
}

// Action is one write to the cluster. An object that is gone is no failure.
type Action interface{ isAction() }

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

func (DeletePod) isAction()    {}
func (CancelPod) isAction()    {}
func (ReleaseSteps) isAction() {}
func (HoldSteps) isAction()    {}
func (StopSidecars) isAction() {}

// Event is a Kubernetes event about the TaskRun.
type Event struct {
	// Type is corev1.EventTypeNormal or corev1.EventTypeWarning.
	Type, Reason, Message string
}
