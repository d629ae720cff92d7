package v1

// Matrix fans a pipeline task out over combinations of parameter values.
type Matrix struct {
	// Parameters with lists of values; every combination runs once.
	// +optional
	Params Params `json:"params,omitempty"`

	// Combinations to add to, or to complete, those of params.
	// +optional
	Include IncludeParamsList `json:"include,omitempty"`
}

// IncludeParamsList is a list of combinations.
// +listType=atomic
type IncludeParamsList []IncludeParams

// IncludeParams is one combination.
type IncludeParams struct {
	// Name of the combination, for people to read.
	// +optional
	Name string `json:"name,omitempty"`

	// Parameters with string values.
	// +optional
	Params Params `json:"params,omitempty"`
}
