package v1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	duckv1 "knative.dev/pkg/apis/duck/v1"
)

// PipelineRunStatus says how a PipelineRun goes.
type PipelineRunStatus struct {
	duckv1.Status `json:",inline"`

	PipelineRunStatusFields `json:",inline"`
}

// PipelineRunStatusFields is what a PipelineRun reports apart from its conditions.
type PipelineRunStatusFields struct {
	// When the run started.
	// +optional
	StartTime *metav1.Time `json:"startTime,omitempty"`

	// When the run ended.
	// +optional
	CompletionTime *metav1.Time `json:"completionTime,omitempty"`

	// Values that the run produced.
	// +optional
	// +listType=atomic
	Results []PipelineRunResult `json:"results,omitempty"`

	// The Pipeline as it was run, with values filled in.
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	PipelineSpec *PipelineSpec `json:"pipelineSpec,omitempty"`

	// Pipeline tasks that were not run.
	// +optional
	// +listType=atomic
	SkippedTasks []SkippedTask `json:"skippedTasks,omitempty"`

	// TaskRuns, CustomRuns and PipelineRuns that were created.
	// +optional
	// +listType=atomic
	ChildReferences []ChildStatusReference `json:"childReferences,omitempty"`

	// When the first task of finally was due.
	// +optional
	FinallyStartTime *metav1.Time `json:"finallyStartTime,omitempty"`

	// Where the Pipeline came from and which settings applied.
	// +optional
	Provenance *Provenance `json:"provenance,omitempty"`

	// Trace carrier of the run.
	// +optional
	SpanContext map[string]string `json:"spanContext,omitempty"`
}

// ChildStatusReference refers to an object that runs a pipeline task.
type ChildStatusReference struct {
	runtime.TypeMeta `json:",inline"`

	// Name of the object.
	// +optional
	Name string `json:"name,omitempty"`

	// Name for people to read.
	// +optional
	DisplayName string `json:"displayName,omitempty"`

	// Name of the pipeline task.
	// +optional
	PipelineTaskName string `json:"pipelineTaskName,omitempty"`

	// Conditions of the pipeline task, with values filled in.
	// +optional
	// +listType=atomic
	WhenExpressions []WhenExpression `json:"whenExpressions,omitempty"`
}

// SkippedTask is a pipeline task that was not run.
type SkippedTask struct {
	// Name of the pipeline task.
	Name string `json:"name"`

	// Why it was not run.
	Reason SkippingReason `json:"reason"`

	// Conditions of the pipeline task, with values filled in.
	// +optional
	// +listType=atomic
	WhenExpressions []WhenExpression `json:"whenExpressions,omitempty"`
}

// SkippingReason says why a pipeline task was not run (contract 3 §2.4).
type SkippingReason string

const (
	// WhenExpressionsSkip means that a condition was false.
	WhenExpressionsSkip SkippingReason = "When Expressions evaluated to false"
	// ParentTasksSkip means that a task before it was skipped.
	ParentTasksSkip SkippingReason = "Parent Tasks were skipped"
	// StoppingSkip means that another task failed or was cancelled.
	StoppingSkip SkippingReason = "PipelineRun was stopping"
	// GracefullyCancelledSkip means that spec.status is CancelledRunFinally.
	GracefullyCancelledSkip SkippingReason = "PipelineRun was gracefully cancelled"
	// GracefullyStoppedSkip means that spec.status is StoppedRunFinally.
	GracefullyStoppedSkip SkippingReason = "PipelineRun was gracefully stopped"
	// MissingResultsSkip means that a result it needs does not exist.
	MissingResultsSkip SkippingReason = "Results were missing"
	// PipelineTimedOutSkip means that the time of the whole run was up.
	PipelineTimedOutSkip SkippingReason = "PipelineRun timeout has been reached"
	// TasksTimedOutSkip means that the time of tasks was up.
	TasksTimedOutSkip SkippingReason = "PipelineRun Tasks timeout has been reached"
	// FinallyTimedOutSkip means that the time of finally was up.
	FinallyTimedOutSkip SkippingReason = "PipelineRun Finally timeout has been reached"
	// EmptyArrayInMatrixParams means that a list of its matrix is empty.
	EmptyArrayInMatrixParams SkippingReason = "Matrix Parameters have an empty array"
	// None means that the task is not skipped.
	None SkippingReason = "None"
)
