package v1beta1

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"knative.dev/pkg/kmeta"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// Task is a list of steps that run one after the other in a pod.
//
// +genclient
// +genclient:noStatus
// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object
// +kubebuilder:object:root=true
// +kubebuilder:resource:path=tasks,singular=task,categories=tekton;tekton-pipelines
// +kubebuilder:subresource:status
type Task struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata"`

	// What the Task does.
	// +optional
	Spec TaskSpec `json:"spec"`
}

// TaskList is a list of Tasks.
//
// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object
type TaskList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []Task `json:"items"`
}

var _ kmeta.OwnerRefable = (*Task)(nil)

// GetGroupVersionKind returns the kind of a Task.
func (*Task) GetGroupVersionKind() schema.GroupVersionKind {
	return SchemeGroupVersion.WithKind(pipeline.TaskControllerKind)
}

// TaskSpec says what a Task takes, runs and produces.
type TaskSpec struct {
	// No longer supported; use params, workspaces and results.
	// +optional
	Resources *TaskResources `json:"resources,omitempty"`

	// No longer supported; use params and workspaces.
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	Inputs *runtime.RawExtension `json:"inputs,omitempty"`

	// No longer supported; use results and workspaces.
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	Outputs *runtime.RawExtension `json:"outputs,omitempty"`

	// Parameters that a run may or must give.
	// +optional
	Params v1.ParamSpecs `json:"params,omitempty"`

	// Name for people to read.
	// +optional
	DisplayName string `json:"displayName,omitempty"`

	// What the Task is for.
	// +optional
	Description string `json:"description,omitempty"`

	// Containers that run one after the other.
	// +optional
	// +listType=atomic
	Steps []Step `json:"steps,omitempty"`

	// Volumes that steps and sidecars may mount, as in a pod spec.
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	Volumes []corev1.Volume `json:"volumes,omitempty"`

	// Settings for every step that does not set them itself.
	// +optional
	StepTemplate *StepTemplate `json:"stepTemplate,omitempty"`

	// Containers that run next to the steps and stop after them.
	// +optional
	// +listType=atomic
	Sidecars []Sidecar `json:"sidecars,omitempty"`

	// Volumes that a run has to bind.
	// +optional
	// +listType=atomic
	Workspaces []v1.WorkspaceDeclaration `json:"workspaces,omitempty"`

	// Values that the Task produces.
	// +optional
	// +listType=atomic
	Results []v1.TaskResult `json:"results,omitempty"`
}
