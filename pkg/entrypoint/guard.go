package entrypoint

import (
	"fmt"

	"github.com/tenon-ci/tenon/pkg/when"
)

// guardsHold evaluates the step's guards (contract 2 §3.5).
func (s *step) guardsHold(v *vars) (bool, error) {
	var expressions []when.Expression
	needCEL := false
	for _, g := range s.When {
		e, err := resolve(when.Expression(g), v)
		if err != nil {
			return false, err
		}
		needCEL = needCEL || e.CEL != ""
		expressions = append(expressions, e)
	}
	var evaluator when.Evaluator
	if needCEL && s.CEL != nil {
		made, err := s.CEL()
		if err != nil {
			return false, err
		}
		evaluator = made
	}
	return when.All(expressions, evaluator)
}

func resolve(e when.Expression, v *vars) (when.Expression, error) {
	var err error
	if e.Input, err = v.text(e.Input); err != nil {
		return e, fmt.Errorf("input of when: %w", err)
	}
	if e.Values, err = v.list(e.Values); err != nil {
		return e, fmt.Errorf("values of when: %w", err)
	}
	if e.CEL, err = v.text(e.CEL); err != nil {
		return e, fmt.Errorf("cel of when: %w", err)
	}
	return e, nil
}
