package v1beta1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"knative.dev/pkg/kmeta"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// Pipeline is a graph of tasks.
//
// +genclient
// +genclient:noStatus
// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object
// +kubebuilder:object:root=true
// +kubebuilder:resource:path=pipelines,singular=pipeline,categories=tekton;tekton-pipelines
// +kubebuilder:subresource:status
type Pipeline struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata"`

	// What the Pipeline does.
	// +optional
	Spec PipelineSpec `json:"spec"`
}

// PipelineList is a list of Pipelines.
//
// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object
type PipelineList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []Pipeline `json:"items"`
}

var _ kmeta.OwnerRefable = (*Pipeline)(nil)

// GetGroupVersionKind returns the kind of a Pipeline.
func (*Pipeline) GetGroupVersionKind() schema.GroupVersionKind {
	return SchemeGroupVersion.WithKind(pipeline.PipelineControllerKind)
}

// PipelineSpec says what a Pipeline takes, runs and produces.
type PipelineSpec struct {
	// Name for people to read.
	// +optional
	DisplayName string `json:"displayName,omitempty"`

	// What the Pipeline is for.
	// +optional
	Description string `json:"description,omitempty"`

	// No longer supported; use params, workspaces and results.
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	Resources []runtime.RawExtension `json:"resources,omitempty"`

	// Tasks of the graph.
	// +optional
	// +listType=atomic
	Tasks []PipelineTask `json:"tasks,omitempty"`

	// Parameters that a run may or must give.
	// +optional
	Params v1.ParamSpecs `json:"params,omitempty"`

	// Volumes that a run has to bind.
	// +optional
	// +listType=atomic
	Workspaces []v1.PipelineWorkspaceDeclaration `json:"workspaces,omitempty"`

	// Values that the Pipeline produces.
	// +optional
	// +listType=atomic
	Results []v1.PipelineResult `json:"results,omitempty"`

	// Tasks that run after all others have ended, whatever came of them.
	// +optional
	// +listType=atomic
	Finally []PipelineTask `json:"finally,omitempty"`
}

// PipelineTask is one node of a Pipeline.
type PipelineTask struct {
	// Name of the node, unique in the Pipeline.
	// +optional
	Name string `json:"name,omitempty"`

	// Name for people to read.
	// +optional
	DisplayName string `json:"displayName,omitempty"`

	// What the node is for.
	// +optional
	Description string `json:"description,omitempty"`

	// Task or custom task to run.
	// +optional
	TaskRef *TaskRef `json:"taskRef,omitempty"`

	// Task or custom task to run, written in place.
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	TaskSpec *EmbeddedTask `json:"taskSpec,omitempty"`

	// Conditions that must be true, or the node is skipped.
	// +optional
	When v1.WhenExpressions `json:"when,omitempty"`

	// How often a failed run is tried again.
	// +optional
	Retries int `json:"retries,omitempty"`

	// Nodes that must end before this one starts.
	// +optional
	// +listType=atomic
	RunAfter []string `json:"runAfter,omitempty"`

	// No longer supported; use params, workspaces and results.
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	Resources *runtime.RawExtension `json:"resources,omitempty"`

	// No longer supported; use when.
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	Conditions *runtime.RawExtension `json:"conditions,omitempty"`

	// Values for the parameters of the task.
	// +optional
	Params v1.Params `json:"params,omitempty"`

	// Parameters whose values the node fans out over.
	// +optional
	Matrix *v1.Matrix `json:"matrix,omitempty"`

	// Workspaces of the Pipeline that the task gets.
	// +optional
	// +listType=atomic
	Workspaces []v1.WorkspacePipelineTaskBinding `json:"workspaces,omitempty"`

	// Longest time one attempt may take; 0 means no limit.
	// +optional
	Timeout *metav1.Duration `json:"timeout,omitempty"`

	// Pipeline to run as a child.
	// +optional
	PipelineRef *PipelineRef `json:"pipelineRef,omitempty"`

	// Pipeline to run as a child, written in place.
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	PipelineSpec *PipelineSpec `json:"pipelineSpec,omitempty"`

	// What happens when the task fails: continue or stopAndFail (the default).
	// +optional
	OnError v1.PipelineTaskOnErrorType `json:"onError,omitempty"`
}

// EmbeddedTask is a Task or, with apiVersion and kind, a custom task written in place.
type EmbeddedTask struct {
	// API version of a custom task; empty for a Task. Kind and Spec belong to it.
	// +optional
	runtime.TypeMeta `json:",inline"`

	// Definition of a custom task, which its own controller understands.
	// +optional
	Spec runtime.RawExtension `json:"spec,omitzero"`

	// Labels and annotations for the run.
	// +optional
	Metadata v1.PipelineTaskMetadata `json:"metadata,omitzero"`

	// +optional
	TaskSpec `json:",inline,omitempty"`
}
