package v1

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"knative.dev/pkg/kmeta"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
)

// TaskRun runs a Task once, in a pod.
//
// +genclient
// +genreconciler:krshapedlogic=false
// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object
// +kubebuilder:object:root=true
// +kubebuilder:resource:path=taskruns,singular=taskrun,shortName=tr;trs,categories=tekton;tekton-pipelines
// +kubebuilder:subresource:status
// +kubebuilder:storageversion
// +kubebuilder:printcolumn:name="Succeeded",type=string,JSONPath=`.status.conditions[?(@.type=="Succeeded")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Succeeded")].reason`
// +kubebuilder:printcolumn:name="StartTime",type=date,JSONPath=`.status.startTime`
// +kubebuilder:printcolumn:name="CompletionTime",type=date,JSONPath=`.status.completionTime`
type TaskRun struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// What to run.
	// +optional
	Spec TaskRunSpec `json:"spec,omitempty"`

	// How the run goes; written by the controller.
	// +optional
	Status TaskRunStatus `json:"status,omitzero"`
}

// TaskRunList is a list of TaskRuns.
//
// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object
type TaskRunList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []TaskRun `json:"items"`
}

var _ kmeta.OwnerRefable = (*TaskRun)(nil)

// GetGroupVersionKind returns the kind of a TaskRun.
func (*TaskRun) GetGroupVersionKind() schema.GroupVersionKind {
	return SchemeGroupVersion.WithKind(pipeline.TaskRunControllerKind)
}

// TaskRunSpec says which Task to run and with what.
type TaskRunSpec struct {
	// Settings for finding out why steps fail.
	// +optional
	Debug *TaskRunDebug `json:"debug,omitempty"`

	// Values for the parameters of the Task.
	// +optional
	Params Params `json:"params,omitempty"`

	// Service account of the pod.
	// +optional
	ServiceAccountName string `json:"serviceAccountName,omitempty"`

	// Task to run; exactly one of taskRef and taskSpec must be given.
	// +optional
	TaskRef *TaskRef `json:"taskRef,omitempty"`

	// Task to run, written in place.
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	TaskSpec *TaskSpec `json:"taskSpec,omitempty"`

	// Request to the controller: TaskRunCancelled stops the run, TaskRunPending keeps it from starting.
	// +optional
	Status TaskRunSpecStatus `json:"status,omitempty"`

	// Why status is set.
	// +optional
	StatusMessage TaskRunSpecStatusMessage `json:"statusMessage,omitempty"`

	// How often a failed run is tried again.
	// +optional
	Retries int `json:"retries,omitempty"`

	// Longest time one attempt may take; 0 means no limit.
	// +optional
	Timeout *metav1.Duration `json:"timeout,omitempty"`

	// Settings for the pod.
	// +optional
	PodTemplate *pod.Template `json:"podTemplate,omitempty"`

	// Volumes for the workspaces of the Task.
	// +optional
	// +listType=atomic
	Workspaces []WorkspaceBinding `json:"workspaces,omitempty"`

	// Settings for single steps that go before those of the Task.
	// +optional
	// +listType=atomic
	StepSpecs []TaskRunStepSpec `json:"stepSpecs,omitempty"`

	// Settings for single sidecars that go before those of the Task.
	// +optional
	// +listType=atomic
	SidecarSpecs []TaskRunSidecarSpec `json:"sidecarSpecs,omitempty"`

	// Compute resources of all steps together.
	// +optional
	ComputeResources *corev1.ResourceRequirements `json:"computeResources,omitempty"`

	// Controller that runs this object, if not tekton.dev/pipeline; cannot be changed.
	// +optional
	ManagedBy *string `json:"managedBy,omitempty"`
}

// TaskRunSpecStatus is a request to the controller.
type TaskRunSpecStatus string

const (
	// TaskRunSpecStatusCancelled stops the run.
	TaskRunSpecStatusCancelled TaskRunSpecStatus = "TaskRunCancelled"
	// TaskRunSpecStatusPending keeps the run from starting.
	TaskRunSpecStatusPending TaskRunSpecStatus = "TaskRunPending"
)

// TaskRunSpecStatusMessage says why a request was made.
type TaskRunSpecStatusMessage string

const (
	// TaskRunCancelledByPipelineMsg is written when the PipelineRun was cancelled.
	TaskRunCancelledByPipelineMsg TaskRunSpecStatusMessage = "TaskRun cancelled as the PipelineRun it belongs to has been cancelled."
	// TaskRunCancelledByPipelineTimeoutMsg is written when the PipelineRun ran out of time.
	TaskRunCancelledByPipelineTimeoutMsg TaskRunSpecStatusMessage = "TaskRun cancelled as the PipelineRun it belongs to has timed out."
)

// TaskRunDebug holds settings for finding out why steps fail.
type TaskRunDebug struct {
	// Where to hold the run.
	// +optional
	Breakpoints *TaskBreakpoints `json:"breakpoints,omitempty"`
}

// BreakpointOnFailureEnabled is the value of onFailure that holds failed steps.
const BreakpointOnFailureEnabled = "enabled"

// TaskBreakpoints says where to hold a run.
type TaskBreakpoints struct {
	// The value enabled holds a step that has failed.
	// +optional
	OnFailure string `json:"onFailure,omitempty"`

	// Names of steps to hold before they start.
	// +optional
	// +listType=atomic
	BeforeSteps []string `json:"beforeSteps,omitempty"`
}

// TaskRunStepSpec holds settings for one step.
type TaskRunStepSpec struct {
	// Name of the step.
	Name string `json:"name"`

	// Compute resources of the step.
	// +optional
	ComputeResources corev1.ResourceRequirements `json:"computeResources,omitzero"`
}

// TaskRunSidecarSpec holds settings for one sidecar.
type TaskRunSidecarSpec struct {
	// Name of the sidecar.
	Name string `json:"name"`

	// Compute resources of the sidecar.
	// +optional
	ComputeResources corev1.ResourceRequirements `json:"computeResources,omitzero"`
}
