package v1beta1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	duckv1 "knative.dev/pkg/apis/duck/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
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
	PipelineResults []v1.PipelineRunResult `json:"pipelineResults,omitempty"`

	// The Pipeline as it was run, with values filled in.
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	PipelineSpec *PipelineSpec `json:"pipelineSpec,omitempty"`

	// Never written; use childReferences.
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	TaskRuns *runtime.RawExtension `json:"taskRuns,omitempty"`

	// Never written; use childReferences.
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	Runs *runtime.RawExtension `json:"runs,omitempty"`

	// Pipeline tasks that were not run.
	// +optional
	// +listType=atomic
	SkippedTasks []v1.SkippedTask `json:"skippedTasks,omitempty"`

	// TaskRuns, CustomRuns and PipelineRuns that were created.
	// +optional
	// +listType=atomic
	ChildReferences []v1.ChildStatusReference `json:"childReferences,omitempty"`

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
