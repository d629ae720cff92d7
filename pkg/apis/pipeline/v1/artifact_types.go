package v1

// Artifacts lists what a TaskRun read and made.
type Artifacts struct {
	// Artifacts that were read.
	// +optional
	// +listType=atomic
	Inputs []Artifact `json:"inputs,omitempty"`

	// Artifacts that were made.
	// +optional
	// +listType=atomic
	Outputs []Artifact `json:"outputs,omitempty"`
}

// Artifact is a named set of things a step read or made.
type Artifact struct {
	// Name of the artifact.
	// +optional
	Name string `json:"name,omitempty"`

	// The things themselves.
	// +optional
	// +listType=atomic
	Values []ArtifactValue `json:"values,omitempty"`

	// Whether the artifact is what the build is for, as opposed to a by-product.
	// +optional
	BuildOutput bool `json:"buildOutput,omitempty"`
}

// ArtifactValue identifies one thing by place and content.
type ArtifactValue struct {
	// Digests of the content in hex, by algorithm.
	// +optional
	Digest map[string]string `json:"digest,omitempty"`

	// Where the thing is found.
	// +optional
	URI string `json:"uri,omitempty"`
}

// TaskRunStepArtifact is an artifact of one step.
type TaskRunStepArtifact = Artifact
