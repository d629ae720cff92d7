package v1

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"knative.dev/pkg/kmeta"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
)

// PipelineRun runs a Pipeline once.
//
// +genclient
// +genreconciler:krshapedlogic=false
// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object
// +kubebuilder:object:root=true
// +kubebuilder:resource:path=pipelineruns,singular=pipelinerun,shortName=pr;prs,categories=tekton;tekton-pipelines
// +kubebuilder:subresource:status
// +kubebuilder:storageversion
// +kubebuilder:printcolumn:name="Succeeded",type=string,JSONPath=`.status.conditions[?(@.type=="Succeeded")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Succeeded")].reason`
// +kubebuilder:printcolumn:name="StartTime",type=date,JSONPath=`.status.startTime`
// +kubebuilder:printcolumn:name="CompletionTime",type=date,JSONPath=`.status.completionTime`
type PipelineRun struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// What to run.
	// +optional
	Spec PipelineRunSpec `json:"spec,omitempty"`

	// How the run goes; written by the controller.
	// +optional
	Status PipelineRunStatus `json:"status,omitzero"`
}

// PipelineRunList is a list of PipelineRuns.
//
// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object
type PipelineRunList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []PipelineRun `json:"items"`
}

var _ kmeta.OwnerRefable = (*PipelineRun)(nil)

// GetGroupVersionKind returns the kind of a PipelineRun.
func (*PipelineRun) GetGroupVersionKind() schema.GroupVersionKind {
	return SchemeGroupVersion.WithKind(pipeline.PipelineRunControllerKind)
}

// PipelineRunSpec says which Pipeline to run and with what.
type PipelineRunSpec struct {
	// Pipeline to run; exactly one of pipelineRef and pipelineSpec must be given.
	// +optional
	PipelineRef *PipelineRef `json:"pipelineRef,omitempty"`

	// Pipeline to run, written in place.
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	PipelineSpec *PipelineSpec `json:"pipelineSpec,omitempty"`

	// Values for the parameters of the Pipeline.
	// +optional
	Params Params `json:"params,omitempty"`

	// Request to the controller: Cancelled, CancelledRunFinally and StoppedRunFinally stop the run, PipelineRunPending
	// keeps it from starting.
	// +optional
	Status PipelineRunSpecStatus `json:"status,omitempty"`

	// Longest times the run and its parts may take.
	// +optional
	Timeouts *TimeoutFields `json:"timeouts,omitempty"`

	// Settings for all children.
	// +optional
	TaskRunTemplate PipelineTaskRunTemplate `json:"taskRunTemplate,omitzero"`

	// Volumes for the workspaces of the Pipeline.
	// +optional
	// +listType=atomic
	Workspaces []WorkspaceBinding `json:"workspaces,omitempty"`

	// Settings for the children of single pipeline tasks.
	// +optional
	// +listType=atomic
	TaskRunSpecs []PipelineTaskRunSpec `json:"taskRunSpecs,omitempty"`

	// Controller that runs this object, if not tekton.dev/pipeline; cannot be changed.
	// +optional
	ManagedBy *string `json:"managedBy,omitempty"`
}

// PipelineRunSpecStatus is a request to the controller.
type PipelineRunSpecStatus string

const (
	// PipelineRunSpecStatusCancelled stops all children and does not run finally.
	PipelineRunSpecStatusCancelled PipelineRunSpecStatus = "Cancelled"
	// PipelineRunSpecStatusCancelledRunFinally stops all children and runs finally.
	PipelineRunSpecStatusCancelledRunFinally PipelineRunSpecStatus = "CancelledRunFinally"
	// PipelineRunSpecStatusStoppedRunFinally lets running children end and runs finally.
	PipelineRunSpecStatusStoppedRunFinally PipelineRunSpecStatus = "StoppedRunFinally"
	// PipelineRunSpecStatusPending keeps the run from starting.
	PipelineRunSpecStatusPending PipelineRunSpecStatus = "PipelineRunPending"
)

// TimeoutFields holds the longest times a PipelineRun and its parts may take; 0 means no limit.
type TimeoutFields struct {
	// Longest time for the whole run.
	// +optional
	Pipeline *metav1.Duration `json:"pipeline,omitempty"`

	// Longest time for tasks.
	// +optional
	Tasks *metav1.Duration `json:"tasks,omitempty"`

	// Longest time for finally.
	// +optional
	Finally *metav1.Duration `json:"finally,omitempty"`
}

// PipelineTaskRunTemplate holds settings for all children.
type PipelineTaskRunTemplate struct {
	// Settings for the pods.
	// +optional
	PodTemplate *pod.Template `json:"podTemplate,omitempty"`

	// Service account of the pods.
	// +optional
	ServiceAccountName string `json:"serviceAccountName,omitempty"`
}

// PipelineTaskRunSpec holds settings for the children of one pipeline task.
type PipelineTaskRunSpec struct {
	// Name of the pipeline task.
	// +optional
	PipelineTaskName string `json:"pipelineTaskName,omitempty"`

	// Service account of the pods.
	// +optional
	ServiceAccountName string `json:"serviceAccountName,omitempty"`

	// Settings for the pods.
	// +optional
	PodTemplate *pod.Template `json:"podTemplate,omitempty"`

	// Settings for single steps.
	// +optional
	// +listType=atomic
	StepSpecs []TaskRunStepSpec `json:"stepSpecs,omitempty"`

	// Settings for single sidecars.
	// +optional
	// +listType=atomic
	SidecarSpecs []TaskRunSidecarSpec `json:"sidecarSpecs,omitempty"`

	// Labels and annotations for the children.
	// +optional
	Metadata *PipelineTaskMetadata `json:"metadata,omitempty"`

	// Compute resources of all steps together.
	// +optional
	ComputeResources *corev1.ResourceRequirements `json:"computeResources,omitempty"`

	// Longest time one attempt may take; 0 means no limit.
	// +optional
	Timeout *metav1.Duration `json:"timeout,omitempty"`
}
