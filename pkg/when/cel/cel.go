// Package cel evaluates the CEL expressions of guards: standard library, no variables, boolean result (contract 2 §3.5,
// 3 §4). New makes an evaluator for package when; Check is for validation. Size and cost of an expression are limited,
// so that none can keep a controller or a step busy.
package cel

import (
	"errors"
	"fmt"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
)

// Limits of one expression. Real guards compare a few strings and cost some ten units.
const (
	// maxCost is in CEL's cost units; nested loops at the limit take some 60 ms.
	maxCost = 100_000
	// maxSize is in code points.
	maxSize = 64 << 10
	// maxDepth is the nesting depth.
	maxDepth = 100
)

// Evaluator evaluates expressions. It is safe for use by several goroutines.
type Evaluator struct{ env *cel.Env }

// New returns an evaluator. It takes a few milliseconds, so callers keep it.
func New() (*Evaluator, error) {
	env, err := cel.NewEnv(cel.ParserExpressionSizeLimit(maxSize), cel.ParserRecursionLimit(maxDepth))
	if err != nil {
		return nil, fmt.Errorf("setting up CEL: %w", err)
	}
	return &Evaluator{env: env}, nil
}

// Check compiles an expression. Whether it gives a boolean can be known only when it is evaluated.
func (e *Evaluator) Check(expression string) error {
	_, issues := e.env.Compile(expression)
	return issues.Err()
}

// Evaluate compiles and evaluates an expression. The error names it.
func (e *Evaluator) Evaluate(expression string) (bool, error) {
	holds, err := e.evaluate(expression)
	if notBoolean := (NotBooleanError{}); errors.As(err, &notBoolean) {
		return false, err
	}
	if err != nil {
		return false, fmt.Errorf("evaluating CEL expression %q: %w", expression, err)
	}
	return holds, nil
}

// NotBooleanError says that an expression has a value of another type.
type NotBooleanError struct{ Expression string }

// Error returns the text of contract 3 §1.3.
func (e NotBooleanError) Error() string {
	return "The CEL expression " + e.Expression + " is not evaluated to a boolean"
}

func (e *Evaluator) evaluate(expression string) (bool, error) {
	ast, issues := e.env.Compile(expression)
	if err := issues.Err(); err != nil {
		return false, err
	}
	program, err := e.env.Program(ast, cel.CostLimit(maxCost))
	if err != nil {
		return false, err
	}
	value, _, err := program.Eval(cel.NoVars())
	if err != nil {
		return false, err
	}
	holds, ok := value.(types.Bool)
	if !ok {
		return false, NotBooleanError{expression}
	}
	return bool(holds), nil
}
