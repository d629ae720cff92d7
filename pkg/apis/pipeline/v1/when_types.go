package v1

import "k8s.io/apimachinery/pkg/selection"

// WhenExpression is a condition: either input, operator and values, or cel.
type WhenExpression struct {
	// Text to look for; may hold references.
	// +optional
	Input string `json:"input,omitempty"`

	// How input relates to values: in or notin.
	// +optional
	Operator selection.Operator `json:"operator,omitempty"`

	// Texts to compare with; a reference to a whole array is expanded in place.
	// +optional
	// +listType=atomic
	Values []string `json:"values,omitempty"`

	// CEL expression that evaluates to a boolean.
	// +optional
	CEL string `json:"cel,omitempty"`
}

// WhenExpressions is a list of conditions that must all be true.
// +listType=atomic
type WhenExpressions []WhenExpression
