package v1

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/selection"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/when/cel"
)

var whenOperators = []selection.Operator{selection.In, selection.NotIn}

// celChecker has the limits of the evaluation. There are no variables: references stand inside quotes and are replaced before.
var celChecker = sync.OnceValues(cel.New)

// Validate applies rules E (contract 1 §5.5); paths begin with the index.
func (w WhenExpressions) Validate(ctx context.Context) *apis.FieldError {
	var errs FieldErrors
	for i := range w {
		errs.Add(w[i].validate(ctx).ViaIndex(i))
	}
	return errs.Err()
}

func (w *WhenExpression) validate(ctx context.Context) *apis.FieldError {
	if w.CEL != "" {
		return w.validateCEL(ctx)
	}
	if w.Input == "" && w.Operator == "" && len(w.Values) == 0 {
		return apis.ErrMissingField(apis.CurrentField)
	}
	var errs FieldErrors
	if !slices.Contains(whenOperators, w.Operator) {
		message := fmt.Sprintf("operator %q is not recognized. valid operators: %s", w.Operator, joinOperators(whenOperators))
		errs.Add(apis.ErrInvalidValue(message, apis.CurrentField))
	}
	if len(w.Values) == 0 {
		errs.Add(apis.ErrInvalidValue("expecting non-empty values field", apis.CurrentField))
	}
	return errs.Err()
}

func (w *WhenExpression) validateCEL(ctx context.Context) *apis.FieldError {
	if !flags(ctx).EnableCELInWhenExpression {
		message := fmt.Sprintf("feature flag %s should be set to true to use CEL: %s in WhenExpression", config.KeyEnableCELInWhenExpression, w.CEL)
		if err := gateError(ctx, config.KeyEnableCELInWhenExpression, message); err != nil {
			return err
		}
	}
	if w.Input != "" || w.Operator != "" || len(w.Values) > 0 {
		message := fmt.Sprintf("cel and input+operator+values cannot be set in one WhenExpression: &{%s %s %v %s}", w.Input, w.Operator, w.Values, w.CEL)
		return apis.ErrGeneric(message, apis.CurrentField)
	}
	checker, err := celChecker()
	if err == nil {
		err = checker.Check(w.CEL)
	}
	if err != nil {
		return apis.ErrGeneric(fmt.Sprintf("invalid cel expression: %s with err: %v", w.CEL, err), apis.CurrentField)
	}
	return nil
}

func joinOperators(operators []selection.Operator) string {
	words := make([]string, len(operators))
	for i, o := range operators {
		words[i] = string(o)
	}
	return strings.Join(words, ",")
}
