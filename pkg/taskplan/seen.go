package taskplan

import (
	"errors"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/credentials"
	"github.com/tenon-ci/tenon/pkg/decision"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/imageinfo"
	"github.com/tenon-ci/tenon/pkg/podbuild"
	"github.com/tenon-ci/tenon/pkg/termination"
)

// Seen is everything one pass looks at. Nothing in it is changed.
type Seen struct {
	TaskRun *v1.TaskRun
	Now     time.Time
	Config  *config.Config
	// Release is the build of the controller, for the annotation of that purpose.
	Release string
	// NopImage is the image that sidecars get to stop them, HelperImages are those of the containers that pods get.
	NopImage     string
	HelperImages podbuild.Images

	// SpanContext is the carrier that the status gets when the run starts, unless it has one; nil if the run is not traced.
	SpanContext map[string]string
	// Pod is the pod of the current attempt, which the TaskRun owns; nil if there is none.
	Pod *corev1.Pod
	// Cause is what events told of why the pod does not start, when they were read last; nil until Next wants it.
	Cause *Cause
	// Task is what became of resolving the Task; nil until Next wants it.
	Task *Task
	// Parts is what became of looking up what the pod is made of; nil until Next wants it.
	Parts *Parts
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

// Verification is the outcome of checking a signature; see package decision.
type Verification = decision.Verification

// Parts are what a pod is made of beside the run and its Task.
type Parts struct {
	// Err says why they are not there: a *failure.Failure, or an error of the API or on the way to it; wrapped or not. Failures
	// may leave their reason open. The other members but AskAgain and MissingSecrets are empty then.
	Err error
	// AskAgain is when to look them up again after a failure of class Waiting; zero if there is a pass anyway when they are there.
	AskAgain time.Time

	// Images are what is known of the images whose commands were asked for, by reference.
	Images map[string]imageinfo.Image
	// Credentials are those of the ServiceAccount.
	Credentials credentials.Set
	// MissingSecrets are Secrets that the ServiceAccount lists and that do not exist.
	MissingSecrets []string
	// LimitRanges are those of the namespace.
	LimitRanges []*corev1.LimitRange
	// NativeSidecars says that the API server knows init containers that go on running.
	NativeSidecars bool
	// Injected is how many containers others are going to add to the pod, as far as is known, and InjectedHold tells whether
	// ordinary ones are among them, which the first step waits for.
	Injected     int
	InjectedHold bool
	// PrepareInInit says that the nodes that such pods go to do not start containers in order.
	PrepareInInit bool
}

// ErrForeignPod says that the pod's name is taken by a pod that the TaskRun does not own, or by one that is being deleted.
var ErrForeignPod = errors.New("the pod exists and belongs to another object, or is being deleted")

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
