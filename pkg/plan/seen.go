package plan

import (
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/decision"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/when"
)

// Seen is everything one pass looks at. Nothing in it is changed.
type Seen struct {
	PipelineRun *v1.PipelineRun
	// SpanContext is the carrier that the status gets when the run starts, unless it has one; nil if the run is not traced.
	SpanContext map[string]string
	// Pipeline is what became of fetching spec.pipelineRef; nil until Next wants it. It is not needed for an inline spec,
	// nor once status.pipelineSpec is stored.
	Pipeline *PipelineDefinition
	// Definitions holds what became of fetching the Task or child Pipeline of a pipeline task, by Reference.PipelineTask. An
	// entry is missing until Next wants it.
	Definitions map[string]Definition
	// Children are the children of the run.
	Children Children
	// StatefulSets holds, by name, the affinity assistants that Next wanted to know about.
	StatefulSets map[string]StatefulSet
	// Claims holds, by name, the claims that Next wanted to know about.
	Claims map[string]Claim
	// Ancestors are the values of the label tekton.dev/pipeline of the PipelineRun that owns this one, its owner and so
	// on, innermost first.
	Ancestors []string
	// Config holds the settings of this pass.
	Config Config
	// CEL evaluates "cel" conditions; without it they are errors.
	CEL when.Evaluator
	// ValidateSpec checks a pipeline spec as admission does. It must be pure; nil checks nothing.
	ValidateSpec func(*v1.PipelineSpec) error
	// Now is the time of the pass.
	Now time.Time
}

// Config holds the settings that planning depends on.
type Config struct {
	FeatureFlags *config.FeatureFlags
	Defaults     *config.Defaults
	// NopImage is the image of affinity assistants.
	NopImage string
}

// Children are the objects that run pipeline tasks, as observed. The lists have to be complete: objects that have the
// PipelineRun as their first owner and every object that status.childReferences names. A recorded child that the cache
// does not show has to be read from the API before it is left out (contract 3 §2.6). Objects with another owner are ignored.
type Children struct {
	TaskRuns     []*v1.TaskRun
	CustomRuns   []*v1beta1.CustomRun
	PipelineRuns []*v1.PipelineRun
	// Err is set if a recorded child could not be read. Nothing is created then.
	Err error
}

// PipelineDefinition is what became of fetching the Pipeline of the run.
type PipelineDefinition struct {
	// Pipeline is the document, with defaults; nil if Failure is set.
	Pipeline *v1.Pipeline
	// RefSource is where a resolver found it; nil for a Pipeline in the cluster.
	RefSource *v1.RefSource
	// Verification is the outcome of checking the signature; nil if no policy applied.
	Verification *Verification
	// Failure says why there is no Pipeline; see [Definition.Failure].
	Failure *failure.Failure
}

// Definition is what became of fetching the Task or the child Pipeline of a pipeline task.
type Definition struct {
	// Task is the document behind a taskRef, with defaults.
	Task *v1.Task
	// Pipeline is the document behind a pipelineRef, with defaults.
	Pipeline *v1.Pipeline
	// Verification is the outcome of checking the signature; nil if no policy applied.
	Verification *Verification
	// Failure says why there is no document. Its class decides: Waiting keeps the run waiting, Transient makes it try
	// again, anything else ends it. Its Text is the plain error, without the context that Next adds. Its Reason is empty,
	// or ResourceVerificationFailed if the signature was refused, or PipelineValidationFailed if the cluster refused the
	// document in a dry run.
	Failure *failure.Failure
}

// Verification is the outcome of checking a signature; see package decision.
type Verification = decision.Verification

// StatefulSet is an affinity assistant as observed.
type StatefulSet struct {
	// Exists says that there is one that the run owns.
	Exists bool
	// Foreign says that one of that name belongs to another run, or is about to go. It must be gone before the run's own can be made.
	Foreign bool
	// UID is its own, if it exists.
	UID types.UID
	// Cordoned says that its Pod, with PodUID, is ready on a node that takes no new Pods.
	Cordoned bool
	PodUID   types.UID
	// Err is set if it could not be read.
	Err error
}

// Claim is a PersistentVolumeClaim as observed.
type Claim struct {
	Exists bool
	// Err is set if it could not be read.
	Err error
}
