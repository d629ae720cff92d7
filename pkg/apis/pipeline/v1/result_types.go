package v1

// ResultsType is the type of a result.
type ResultsType string

const (
	// ResultsTypeString is a single string.
	ResultsTypeString ResultsType = "string"
	// ResultsTypeArray is a list of strings.
	ResultsTypeArray ResultsType = "array"
	// ResultsTypeObject is a map of strings.
	ResultsTypeObject ResultsType = "object"
)

// AllResultsTypes lists the valid types.
var AllResultsTypes = []ResultsType{ResultsTypeString, ResultsTypeArray, ResultsTypeObject}

// ResultValue is the value of a result; it has the shape of a parameter value.
type ResultValue = ParamValue

// TaskResult declares a result of a Task.
type TaskResult struct {
	// Name that references use, as in $(results.name.path) and $(tasks.task.results.name).
	Name string `json:"name"`

	// Type of the value: string (the default), array or object.
	// +optional
	Type ResultsType `json:"type,omitempty"`

	// Keys of an object result with the type of each, which must be string.
	// +optional
	Properties map[string]PropertySpec `json:"properties,omitempty"`

	// What the result means.
	// +optional
	Description string `json:"description,omitempty"`

	// Step result to take the value from, as $(steps.step.results.name).
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	Value *ResultValue `json:"value,omitempty"`
}

// IsMapped tells whether the value is taken from a step's result. Any other is what a step writes into the result's own file.
func (r *TaskResult) IsMapped() bool { return r.Value != nil && r.Value.StringVal != "" }

// StepResult declares a result of a step.
type StepResult struct {
	// Name that references use, as in $(step.results.name.path).
	Name string `json:"name"`

	// Type of the value: string (the default), array or object.
	// +optional
	Type ResultsType `json:"type,omitempty"`

	// Keys of an object result with the type of each, which must be string.
	// +optional
	Properties map[string]PropertySpec `json:"properties,omitempty"`

	// What the result means.
	// +optional
	Description string `json:"description,omitempty"`
}

// TaskRunResult is a result that a TaskRun or one of its steps produced.
type TaskRunResult struct {
	// Name of the result.
	Name string `json:"name"`

	// Type of the value: string, array or object.
	// +optional
	Type ResultsType `json:"type,omitempty"`

	// Value of the result: a string, a list of strings or a map of strings.
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	Value ResultValue `json:"value"`
}

// TaskRunStepResult is a result that a step produced.
type TaskRunStepResult = TaskRunResult

// PipelineResult declares a result of a Pipeline.
type PipelineResult struct {
	// Name of the result.
	Name string `json:"name"`

	// Type of the value: string, array or object.
	// +optional
	Type ResultsType `json:"type,omitempty"`

	// What the result means.
	// +optional
	Description string `json:"description,omitzero"`

	// Where the value comes from: references to results of tasks, as $(tasks.task.results.name).
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	Value ResultValue `json:"value"`
}

// PipelineRunResult is a result that a PipelineRun produced.
type PipelineRunResult struct {
	// Name of the result.
	Name string `json:"name"`

	// Value of the result: a string, a list of strings or a map of strings.
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	Value ResultValue `json:"value"`
}
