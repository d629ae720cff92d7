package v1beta1

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"knative.dev/pkg/kmeta"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// TaskRun runs a Task once, in a pod.
//
// +genclient
// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object
// +kubebuilder:object:root=true
// +kubebuilder:resource:path=taskruns,singular=taskrun,shortName=tr;trs,categories=tekton;tekton-pipelines
// +kubebuilder:subresource:status
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
	Debug *v1.TaskRunDebug `json:"debug,omitempty"`

	// Values for the parameters of the Task.
	// +optional
	Params v1.Params `json:"params,omitempty"`

	// No longer supported; use params, workspaces and results.
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	Resources *runtime.RawExtension `json:"resources,omitempty"`

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
	Status v1.TaskRunSpecStatus `json:"status,omitempty"`

	// Why status is set.
	// +optional
	StatusMessage v1.TaskRunSpecStatusMessage `json:"statusMessage,omitempty"`

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
	Workspaces []v1.WorkspaceBinding `json:"workspaces,omitempty"`

	// Settings for single steps that go before those of the Task.
	// +optional
	// +listType=atomic
	StepOverrides []TaskRunStepOverride `json:"stepOverrides,omitempty"`

	// Settings for single sidecars that go before those of the Task.
	// +optional
	// +listType=atomic
	SidecarOverrides []TaskRunSidecarOverride `json:"sidecarOverrides,omitempty"`

	// Compute resources of all steps together.
	// +optional
	ComputeResources *corev1.ResourceRequirements `json:"computeResources,omitempty"`

	// Controller that runs this object, if not tekton.dev/pipeline; cannot be changed.
	// +optional
	ManagedBy *string `json:"managedBy,omitempty"`
}

// TaskRunStepOverride holds settings for one step.
type TaskRunStepOverride struct {
	// Name of the step.
	Name string `json:"name"`

	// Compute resources of the step.
	// +optional
	Resources corev1.ResourceRequirements `json:"resources,omitzero"`
}

// TaskRunSidecarOverride holds settings for one sidecar.
type TaskRunSidecarOverride struct {
	// Name of the sidecar.
	Name string `json:"name"`

	// Compute resources of the sidecar.
	// +optional
	Resources corev1.ResourceRequirements `json:"resources,omitzero"`
}
