package v1

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Step is a container that runs as one part of a Task.
type Step struct {
	// Name of the step; its container is called step-<name>.
	// +optional
	Name string `json:"name,omitzero"`

	// Name for people to read.
	// +optional
	DisplayName string `json:"displayName,omitempty"`

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

	// Directory in which the program starts.
	// +optional
	WorkingDir string `json:"workingDir,omitempty"`

	// Sources whose entries become environment variables.
	// +optional
	// +listType=atomic
	EnvFrom []corev1.EnvFromSource `json:"envFrom,omitempty"`

	// Environment variables.
	// +optional
	// +patchMergeKey=name
	// +patchStrategy=merge
	// +listType=atomic
	Env []corev1.EnvVar `json:"env,omitempty" patchMergeKey:"name" patchStrategy:"merge"`

	// Compute resources of the container.
	// +optional
	ComputeResources corev1.ResourceRequirements `json:"computeResources,omitzero"`

	// Volumes to mount into the container.
	// +optional
	// +patchMergeKey=mountPath
	// +patchStrategy=merge
	// +listType=atomic
	VolumeMounts []corev1.VolumeMount `json:"volumeMounts,omitempty" patchMergeKey:"mountPath" patchStrategy:"merge"`

	// Block devices for the container.
	// +optional
	// +patchMergeKey=devicePath
	// +patchStrategy=merge
	// +listType=atomic
	VolumeDevices []corev1.VolumeDevice `json:"volumeDevices,omitempty" patchMergeKey:"devicePath" patchStrategy:"merge"`

	// When the image is pulled: Always, IfNotPresent or Never.
	// +optional
	ImagePullPolicy corev1.PullPolicy `json:"imagePullPolicy,omitempty"`

	// Security settings of the container.
	// +optional
	SecurityContext *corev1.SecurityContext `json:"securityContext,omitempty"`

	// Text of a script to run instead of a command; its first line may choose the interpreter, as in #!/bin/sh.
	// +optional
	Script string `json:"script,omitempty"`

	// Longest time the step may run; no limit when left out.
	// +optional
	Timeout *metav1.Duration `json:"timeout,omitempty"`

	// Workspaces that only this step, and others that name them, can use.
	// +optional
	// +listType=atomic
	Workspaces []WorkspaceUsage `json:"workspaces,omitempty"`

	// What happens when the step fails: continue or stopAndFail (the default).
	// +optional
	OnError OnErrorType `json:"onError,omitempty"`

	// Where to copy the standard output to.
	// +optional
	StdoutConfig *StepOutputConfig `json:"stdoutConfig,omitempty"`

	// Where to copy the standard error output to.
	// +optional
	StderrConfig *StepOutputConfig `json:"stderrConfig,omitempty"`

	// StepAction that says what the step runs.
	// +optional
	Ref *Ref `json:"ref,omitempty"`

	// Values for the parameters of the StepAction.
	// +optional
	Params Params `json:"params,omitempty"`

	// Values that the step produces.
	// +optional
	// +listType=atomic
	Results []StepResult `json:"results,omitempty"`

	// Conditions that must be true, or the step is skipped.
	// +optional
	When WhenExpressions `json:"when,omitempty"`
}

// OnErrorType says what happens when a step fails.
type OnErrorType string

const (
	// StopAndFail ends the Task with a failure.
	StopAndFail OnErrorType = "stopAndFail"
	// Continue goes on with the next step.
	Continue OnErrorType = "continue"
)

// StepOutputConfig says where the output of a step is copied to.
type StepOutputConfig struct {
	// File to write.
	// +optional
	Path string `json:"path,omitempty"`
}

// StepTemplate holds settings for every step that has no ref and does not set them itself.
type StepTemplate struct {
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

	// Directory in which the program starts.
	// +optional
	WorkingDir string `json:"workingDir,omitempty"`

	// Sources whose entries become environment variables.
	// +optional
	// +listType=atomic
	EnvFrom []corev1.EnvFromSource `json:"envFrom,omitempty"`

	// Environment variables.
	// +optional
	// +patchMergeKey=name
	// +patchStrategy=merge
	// +listType=atomic
	Env []corev1.EnvVar `json:"env,omitempty" patchMergeKey:"name" patchStrategy:"merge"`

	// Compute resources of the container.
	// +optional
	ComputeResources corev1.ResourceRequirements `json:"computeResources,omitzero"`

	// Volumes to mount into the container.
	// +optional
	// +patchMergeKey=mountPath
	// +patchStrategy=merge
	// +listType=atomic
	VolumeMounts []corev1.VolumeMount `json:"volumeMounts,omitempty" patchMergeKey:"mountPath" patchStrategy:"merge"`

	// Block devices for the container.
	// +optional
	// +patchMergeKey=devicePath
	// +patchStrategy=merge
	// +listType=atomic
	VolumeDevices []corev1.VolumeDevice `json:"volumeDevices,omitempty" patchMergeKey:"devicePath" patchStrategy:"merge"`

	// When the image is pulled: Always, IfNotPresent or Never.
	// +optional
	ImagePullPolicy corev1.PullPolicy `json:"imagePullPolicy,omitempty"`

	// Security settings of the container.
	// +optional
	SecurityContext *corev1.SecurityContext `json:"securityContext,omitempty"`
}
