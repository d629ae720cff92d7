package v1beta1

import (
	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// Sidecar is a container that runs next to the steps of a Task.
type Sidecar struct {
	// Name of the sidecar; its container is called sidecar-<name>.
	// +optional
	Name string `json:"name,omitzero"`

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

	// Ports that the container listens on.
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

	// Check after which the container is restarted when it fails.
	// +optional
	LivenessProbe *corev1.Probe `json:"livenessProbe,omitempty"`

	// Check that says when the sidecar is ready; steps wait for it.
	// +optional
	ReadinessProbe *corev1.Probe `json:"readinessProbe,omitempty"`

	// Check that says when the container has started; the other checks wait for it.
	// +optional
	StartupProbe *corev1.Probe `json:"startupProbe,omitempty"`

	// Actions after the start and before the stop of the container.
	// +optional
	Lifecycle *corev1.Lifecycle `json:"lifecycle,omitempty"`

	// File from which the last words of the container are read.
	// +optional
	TerminationMessagePath string `json:"terminationMessagePath,omitempty"`

	// Where the last words come from: File or FallbackToLogsOnError.
	// +optional
	TerminationMessagePolicy corev1.TerminationMessagePolicy `json:"terminationMessagePolicy,omitempty"`

	// When the image is pulled: Always, IfNotPresent or Never.
	// +optional
	ImagePullPolicy corev1.PullPolicy `json:"imagePullPolicy,omitempty"`

	// Security settings of the container.
	// +optional
	SecurityContext *corev1.SecurityContext `json:"securityContext,omitempty"`

	// Whether the container keeps a buffer for standard input.
	// +optional
	Stdin bool `json:"stdin,omitempty"`

	// Whether standard input is closed after the first client.
	// +optional
	StdinOnce bool `json:"stdinOnce,omitempty"`

	// Whether the container gets a terminal; needs stdin.
	// +optional
	TTY bool `json:"tty,omitempty"`

	// Text of a script to run instead of a command; its first line may choose the interpreter, as in #!/bin/sh.
	// +optional
	Script string `json:"script,omitempty"`

	// Workspaces that only this sidecar, and steps that name them, can use.
	// +optional
	// +listType=atomic
	Workspaces []v1.WorkspaceUsage `json:"workspaces,omitempty"`

	// Always makes this sidecar an init container that keeps running, as Kubernetes does with sidecars of its own from 1.29 on. The
	// feature flag enable-kubernetes-sidecar does so with all sidecars.
	// +optional
	RestartPolicy *corev1.ContainerRestartPolicy `json:"restartPolicy,omitempty"`
}
