package v1

// ParamSpec declares a parameter.
type ParamSpec struct {
	// Name that references use, as in $(params.name).
	Name string `json:"name"`

	// Type of the value: string, array or object. Inferred from default and properties when left out.
	// +optional
	Type ParamType `json:"type,omitempty"`

	// What the parameter is for.
	// +optional
	Description string `json:"description,omitempty"`

	// Keys of an object parameter with the type of each, which must be string.
	// +optional
	Properties map[string]PropertySpec `json:"properties,omitempty"`

	// Value used when none is given: a string, a list of strings or a map of strings. May refer to other parameters.
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	Default *ParamValue `json:"default,omitempty"`

	// Values that a string parameter accepts; any value when empty.
	// +optional
	// +listType=atomic
	Enum []string `json:"enum,omitempty"`
}

// PropertySpec declares one key of an object.
type PropertySpec struct {
	// Type of the value: string.
	// +optional
	Type ParamType `json:"type,omitempty"`
}

// ParamSpecs is a list of parameter declarations.
// +listType=atomic
type ParamSpecs []ParamSpec

// Param gives a value to a parameter.
type Param struct {
	// Name of the parameter.
	Name string `json:"name"`

	// Value of the parameter: a string, a list of strings or a map of strings.
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	Value ParamValue `json:"value"`
}

// Params is a list of parameter values.
// +listType=atomic
type Params []Param

// ParamType is the type of a parameter or result.
type ParamType string

const (
	// ParamTypeString is a single string.
	ParamTypeString ParamType = "string"
	// ParamTypeArray is a list of strings.
	ParamTypeArray ParamType = "array"
	// ParamTypeObject is a map of strings.
	ParamTypeObject ParamType = "object"
)

// AllParamTypes lists the valid types.
var AllParamTypes = []ParamType{ParamTypeString, ParamTypeArray, ParamTypeObject}

// ParamValue is a string, a list of strings or a map of strings. Type says which of the other members counts.
// Its JSON form is the plain value (contract 1 §1.2).
type ParamValue struct {
	Type      ParamType
	StringVal string
	ArrayVal  []string
	ObjectVal map[string]string
}

// NewString returns a string value.
func NewString(value string) *ParamValue {
	return &ParamValue{Type: ParamTypeString, StringVal: value}
}

// NewArray returns a list value.
func NewArray(values ...string) *ParamValue {
	return &ParamValue{Type: ParamTypeArray, ArrayVal: values}
}

// NewObject returns a map value.
func NewObject(members map[string]string) *ParamValue {
	return &ParamValue{Type: ParamTypeObject, ObjectVal: members}
}
