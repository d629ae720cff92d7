package v1beta1

import v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"

// TaskRef refers to a Task or, with apiVersion and kind, to a custom task.
type TaskRef struct {
	// Name of the Task in the namespace of the run.
	// +optional
	Name string `json:"name,omitempty"`

	// Kind of the definition: Task, or the kind of a custom task.
	// +optional
	Kind v1.TaskKind `json:"kind,omitempty"`

	// API version of a custom task; empty for a Task.
	// +optional
	APIVersion string `json:"apiVersion,omitempty"`

	// No longer supported; use the bundles resolver.
	// +optional
	Bundle string `json:"bundle,omitempty"`

	v1.ResolverRef `json:",inline"`
}

// PipelineRef refers to a Pipeline.
type PipelineRef struct {
	// Name of the Pipeline in the namespace of the run.
	// +optional
	Name string `json:"name,omitempty"`

	// API version of the Pipeline; carries no meaning.
	// +optional
	APIVersion string `json:"apiVersion,omitempty"`

	// No longer supported; use the bundles resolver.
	// +optional
	Bundle string `json:"bundle,omitempty"`

	v1.ResolverRef `json:",inline"`
}
