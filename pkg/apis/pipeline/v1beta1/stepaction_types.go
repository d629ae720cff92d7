package v1beta1

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// StepAction is a step that Tasks can refer to.
//
// +genclient
// +genclient:noStatus
// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object
// +kubebuilder:object:root=true
// +kubebuilder:resource:path=stepactions,singular=stepaction,categories=tekton;tekton-pipelines
// +kubebuilder:subresource:status
// +kubebuilder:storageversion
type StepAction struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata"`

	// What the step does.
	// +optional
	Spec StepActionSpec `json:"spec"`
}

// StepActionList is a list of StepActions.
//
// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object
type StepActionList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []StepAction `json:"items"`
}

// StepActionSpec says what a step takes, runs and produces.
type StepActionSpec struct {
	// What the step is for.
	// +optional
	Description string `json:"description,omitempty"`

	// Image of the container.
	// +optional
	Image string `json:"image,omitempty"`

	// Program to run instead of the one the image names.
	// +optional
	// +listType=atomic
	Command []string `json:"command,omitempty"`

	// Arguments of the program.
	// +optional
	// +listType=atomic
	Args []string `json:"args,omitempty"`

	// Environment variables.
	// +optional
	// +patchMergeKey=name
	// +patchStrategy=merge
	// +listType=atomic
	Env []corev1.EnvVar `json:"env,omitempty" patchMergeKey:"name" patchStrategy:"merge"`

	// Text of a script to run instead of a command. It cannot refer to parameters; pass them through env.
	// +optional
	Script string `json:"script,omitempty"`

	// Directory in which the program starts.
	// +optional
	WorkingDir string `json:"workingDir,omitempty"`

	// Parameters that a step may or must give.
	// +optional
	Params v1.ParamSpecs `json:"params,omitempty"`

	// Values that the step produces.
	// +optional
	// +listType=atomic
	Results []v1.StepResult `json:"results,omitempty"`

	// Security settings of the container.
	// +optional
	SecurityContext *corev1.SecurityContext `json:"securityContext,omitempty"`

	// Volumes to mount into the container; each name is a reference to a string parameter.
	// +optional
	// +patchMergeKey=mountPath
	// +patchStrategy=merge
	// +listType=atomic
	VolumeMounts []corev1.VolumeMount `json:"volumeMounts,omitempty" patchMergeKey:"mountPath" patchStrategy:"merge"`
}
