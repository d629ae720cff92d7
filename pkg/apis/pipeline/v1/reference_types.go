package v1

// ResolverName is the name of a resolver, such as git or bundles.
type ResolverName string

// ResolverRef asks for a definition that a resolver fetches.
type ResolverRef struct {
	// Resolver that fetches the definition, such as git, bundles, cluster, hub or http.
	// +optional
	Resolver ResolverName `json:"resolver,omitempty"`

	// Parameters of the resolver.
	// +optional
	Params Params `json:"params,omitempty"`
}

// TaskKind is the kind of thing a TaskRef refers to.
type TaskKind string

// NamespacedTaskKind refers to a Task.
const NamespacedTaskKind TaskKind = "Task"

// TaskRef refers to a Task or, with apiVersion and kind, to a custom task.
type TaskRef struct {
	// Name of the Task in the namespace of the run.
	// +optional
	Name string `json:"name,omitempty"`

	// Kind of the definition: Task, or the kind of a custom task.
	// +optional
	Kind TaskKind `json:"kind,omitempty"`

	// API version of a custom task; empty for a Task.
	// +optional
	APIVersion string `json:"apiVersion,omitempty"`

	ResolverRef `json:",inline"`
}

// PipelineRef refers to a Pipeline.
type PipelineRef struct {
	// Name of the Pipeline in the namespace of the run.
	// +optional
	Name string `json:"name,omitempty"`

	// API version of the Pipeline; carries no meaning.
	// +optional
	APIVersion string `json:"apiVersion,omitempty"`

	ResolverRef `json:",inline"`
}

// Ref refers to a StepAction.
type Ref struct {
	// Name of the StepAction in the namespace of the run.
	// +optional
	Name string `json:"name,omitempty"`

	ResolverRef `json:",inline"`
}
