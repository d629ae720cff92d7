package v1

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	duckv1 "knative.dev/pkg/apis/duck/v1"
)

// TaskRunStatus says how a TaskRun goes.
type TaskRunStatus struct {
	duckv1.Status `json:",inline"`

	TaskRunStatusFields `json:",inline"`
}

// TaskRunStatusFields is what a TaskRun reports apart from its conditions.
type TaskRunStatusFields struct {
	// Name of the pod; empty until it exists.
	PodName string `json:"podName"`

	// When the current attempt started.
	// +optional
	StartTime *metav1.Time `json:"startTime,omitempty"`

	// When the run ended.
	// +optional
	CompletionTime *metav1.Time `json:"completionTime,omitempty"`

	// States of the steps, in the order of the Task.
	// +optional
	// +listType=atomic
	Steps []StepState `json:"steps,omitempty"`

	// Status of earlier attempts, oldest first.
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	RetriesStatus []TaskRunStatus `json:"retriesStatus,omitempty"`

	// Values that the run produced.
	// +optional
	// +listType=atomic
	Results []TaskRunResult `json:"results,omitempty"`

	// What the run read and made.
	// +optional
	Artifacts *Artifacts `json:"artifacts,omitempty"`

	// States of the sidecars.
	// +optional
	// +listType=atomic
	Sidecars []SidecarState `json:"sidecars,omitempty"`

	// The Task as it was run, with values filled in.
	// +optional
	TaskSpec *TaskSpec `json:"taskSpec,omitempty"`

	// Where the Task came from and which settings applied.
	// +optional
	Provenance *Provenance `json:"provenance,omitempty"`

	// Trace carrier of the run.
	// +optional
	SpanContext map[string]string `json:"spanContext,omitempty"`
}

// StepState is the state of a step.
type StepState struct {
	corev1.ContainerState `json:",inline"`

	// Name of the step.
	// +optional
	Name string `json:"name,omitempty"`

	// Name of the container.
	// +optional
	Container string `json:"container,omitempty"`

	// Identity of the image that runs.
	// +optional
	ImageID string `json:"imageID,omitempty"`

	// Values that the step produced.
	// +optional
	// +listType=atomic
	Results []TaskRunStepResult `json:"results,omitempty"`

	// Where the StepAction came from.
	// +optional
	Provenance *Provenance `json:"provenance,omitempty"`

	// Why the step ended, such as Completed, Error, Skipped or TimeoutExceeded.
	// +optional
	TerminationReason string `json:"terminationReason,omitempty"`

	// Artifacts that the step read.
	// +optional
	// +listType=atomic
	Inputs []TaskRunStepArtifact `json:"inputs,omitempty"`

	// Artifacts that the step made.
	// +optional
	// +listType=atomic
	Outputs []TaskRunStepArtifact `json:"outputs,omitempty"`
}

// SidecarState is the state of a sidecar.
type SidecarState struct {
	corev1.ContainerState `json:",inline"`

	// Name of the sidecar.
	// +optional
	Name string `json:"name,omitempty"`

	// Name of the container.
	// +optional
	Container string `json:"container,omitempty"`

	// Identity of the image that runs.
	// +optional
	ImageID string `json:"imageID,omitempty"`
}
