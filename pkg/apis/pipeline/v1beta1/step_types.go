package v1beta1

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
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

	// Has no effect; kept for old objects.
	// +optional
	// +patchMergeKey=containerPort
	// +patchStrategy=merge
	// +listType=map
	// +listMapKey=containerPort
	// +listMapKey=protocol
	Ports []corev1.ContainerPort `json:"ports,omitempty" patchMergeKey:"containerPort" patchStrategy:"merge"`

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
	Resources corev1.ResourceRequirements `json:"resources,omitzero"`

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

	// Has no effect; kept for old objects.
	// +optional
	LivenessProbe *corev1.Probe `json:"livenessProbe,omitempty"`

	// Has no effect; kept for old objects.
	// +optional
	ReadinessProbe *corev1.Probe `json:"readinessProbe,omitempty"`

	// Has no effect; kept for old objects.
	// +optional
	StartupProbe *corev1.Probe `json:"startupProbe,omitempty"`

	// Has no effect; kept for old objects.
	// +optional
	Lifecycle *corev1.Lifecycle `json:"lifecycle,omitempty"`

	// Has no effect; kept for old objects.
	// +optional
	TerminationMessagePath string `json:"terminationMessagePath,omitempty"`

	// Has no effect; kept for old objects.
	// +optional
	TerminationMessagePolicy corev1.TerminationMessagePolicy `json:"terminationMessagePolicy,omitempty"`

	// When the image is pulled: Always, IfNotPresent or Never.
	// +optional
	ImagePullPolicy corev1.PullPolicy `json:"imagePullPolicy,omitempty"`

	// Security settings of the container.
	// +optional
	SecurityContext *corev1.SecurityContext `json:"securityContext,omitempty"`

	// Has no effect; kept for old objects.
	// +optional
	Stdin bool `json:"stdin,omitempty"`

	// Has no effect; kept for old objects.
	// +optional
	StdinOnce bool `json:"stdinOnce,omitempty"`

	// Has no effect; kept for old objects.
	// +optional
	TTY bool `json:"tty,omitempty"`

	// Text of a script to run instead of a command; its first line may choose the interpreter, as in #!/bin/sh.
	// +optional
	Script string `json:"script,omitempty"`

	// Longest time the step may run; no limit when left out.
	// +optional
	Timeout *metav1.Duration `json:"timeout,omitempty"`

	// Workspaces that only this step, and others that name them, can use.
	// +optional
	// +listType=atomic
	Workspaces []v1.WorkspaceUsage `json:"workspaces,omitempty"`

	// What happens when the step fails: continue or stopAndFail (the default).
	// +optional
	OnError v1.OnErrorType `json:"onError,omitempty"`

	// Where to copy the standard output to.
	// +optional
	StdoutConfig *v1.StepOutputConfig `json:"stdoutConfig,omitempty"`

	// Where to copy the standard error output to.
	// +optional
	StderrConfig *v1.StepOutputConfig `json:"stderrConfig,omitempty"`

	// StepAction that says what the step runs.
	// +optional
	Ref *v1.Ref `json:"ref,omitempty"`

	// Values for the parameters of the StepAction.
	// +optional
	Params v1.Params `json:"params,omitempty"`

	// Values that the step produces.
	// +optional
	// +listType=atomic
	Results []v1.StepResult `json:"results,omitempty"`

	// Conditions that must be true, or the step is skipped.
	// +optional
	When v1.WhenExpressions `json:"when,omitempty"`
}

// StepTemplate holds settings for every step that has no ref and does not set them itself.
type StepTemplate struct {
	// Has no effect; kept for old objects.
	// +optional
	Name string `json:"name,omitempty"`

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

	// Has no effect; kept for old objects.
	// +optional
	// +patchMergeKey=containerPort
	// +patchStrategy=merge
	// +listType=map
	// +listMapKey=containerPort
	// +listMapKey=protocol
	Ports []corev1.ContainerPort `json:"ports,omitempty" patchMergeKey:"containerPort" patchStrategy:"merge"`

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
	Resources corev1.ResourceRequirements `json:"resources,omitzero"`

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

	// Has no effect; kept for old objects.
	// +optional
	LivenessProbe *corev1.Probe `json:"livenessProbe,omitempty"`

	// Has no effect; kept for old objects.
	// +optional
	ReadinessProbe *corev1.Probe `json:"readinessProbe,omitempty"`

	// Has no effect; kept for old objects.
	// +optional
	StartupProbe *corev1.Probe `json:"startupProbe,omitempty"`

	// Has no effect; kept for old objects.
	// +optional
	Lifecycle *corev1.Lifecycle `json:"lifecycle,omitempty"`

	// Has no effect; kept for old objects.
	// +optional
	TerminationMessagePath string `json:"terminationMessagePath,omitempty"`

	// Has no effect; kept for old objects.
	// +optional
	TerminationMessagePolicy corev1.TerminationMessagePolicy `json:"terminationMessagePolicy,omitempty"`

	// When the image is pulled: Always, IfNotPresent or Never.
	// +optional
	ImagePullPolicy corev1.PullPolicy `json:"imagePullPolicy,omitempty"`

	// Security settings of the container.
	// +optional
	SecurityContext *corev1.SecurityContext `json:"securityContext,omitempty"`

	// Has no effect; kept for old objects.
	// +optional
	Stdin bool `json:"stdin,omitempty"`

	// Has no effect; kept for old objects.
	// +optional
	StdinOnce bool `json:"stdinOnce,omitempty"`

	// Has no effect; kept for old objects.
	// +optional
	TTY bool `json:"tty,omitempty"`
}
