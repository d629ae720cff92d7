package v1beta1

// TaskResources declares the PipelineResources of old Tasks. They are no longer supported.
type TaskResources struct {
	// Things the Task reads.
	// +optional
	// +listType=atomic
	Inputs []TaskResource `json:"inputs,omitempty"`

	// Things the Task makes.
	// +optional
	// +listType=atomic
	Outputs []TaskResource `json:"outputs,omitempty"`
}

// TaskResource declares one PipelineResource.
type TaskResource struct {
	// Name of the resource.
	Name string `json:"name"`

	// Type of the resource.
	Type string `json:"type"`

	// What the resource is for.
	// +optional
	Description string `json:"description,omitempty"`

	// Directory of the resource.
	// +optional
	TargetPath string `json:"targetPath,omitempty"`

	// Whether the resource may be left out.
	// +optional
	Optional bool `json:"optional,omitempty"`
}
