// Package when decides guards of tasks and steps: input, operator and values, or a CEL expression (contract 2 §3.5,
// 3 §4). All is the one entry point. It depends on the standard library only, because the step runner links it; CEL is
// evaluated by whoever hands in an Evaluator, such as package when/cel.
package when

import (
	"errors"
	"fmt"
	"slices"
)

// Operators of an expression.
const (
	In    = "in"
	NotIn = "notin"
)

// Expression is one guard with its variables already replaced: either Input, Operator and Values, or CEL.
type Expression struct {
	Input    string
	Operator string
	Values   []string
	CEL      string
}

// Evaluator evaluates a CEL expression that has no variables of its own and must give a boolean.
type Evaluator interface {
	Evaluate(expression string) (bool, error)
}

// ErrNoCEL says that an expression needs CEL where there is no evaluator.
var ErrNoCEL = errors.New("CEL expressions are not supported here")

// ErrOperator says that an operator is none of the constants.
var ErrOperator = errors.New("unknown operator")

// All reports whether every expression holds; no expressions hold. It stops at the first that does not. The evaluator
// may be nil, which makes a CEL expression an error.
func All(expressions []Expression, cel Evaluator) (bool, error) {
	for _, e := range expressions {
		holds, err := e.holds(cel)
		if err != nil || !holds {
			return false, err
		}
	}
	return true, nil
}

func (e Expression) holds(cel Evaluator) (bool, error) {
	if e.CEL != "" {
		if cel == nil {
			return false, fmt.Errorf("evaluating %q: %w", e.CEL, ErrNoCEL)
		}
		return cel.Evaluate(e.CEL)
	}
	switch e.Operator {
	case In:
		return slices.Contains(e.Values, e.Input), nil
	case NotIn:
		return !slices.Contains(e.Values, e.Input), nil
	default:
		return false, fmt.Errorf("%w %q: use %q or %q", ErrOperator, e.Operator, In, NotIn)
	}
}
