package plan

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/results"
	"github.com/tenon-ci/tenon/pkg/specvars"
	"github.com/tenon-ci/tenon/pkg/when"
)

// values is what is known about the variables of a task whose predecessors are finished.
type values struct {
	specvars.PipelineTaskValues
	missing []missingResult
}

// missingResult is a result that a task needs and that does not exist.
type missingResult struct {
	ref      reference
	consumer string
	// producer is nil if there is no such DAG task.
	producer *task
	err      error
}

// valuesFor looks up what the variables of a task stand for. The failure says that a reference points past the end of an
// array.
func (d *decided) valuesFor(t *task) (values, *failure.Failure) {
	var known values
	for _, ref := range t.references() {
		producer := d.dagTask(ref.Task)
		var err error = &results.MissingError{Task: ref.Task, Result: ref.Result}
		if producer != nil {
			err = producer.resultSet().Put(&known.Results, ref.TaskResultRef)
		}
		var outOfBounds *results.OutOfBoundsError
		switch {
		case err == nil || !ref.isNeeded():
		case errors.As(err, &outOfBounds):
			return values{}, d.unresolvable(err)
		default:
			known.missing = append(known.missing, missingResult{ref: ref, consumer: t.spec.Name, producer: producer, err: err})
		}
	}
	d.putVariables(t, &known.PipelineTaskValues)
	return known, nil
}

// fillIn makes t.filled unless it is there already.
func (d *decided) fillIn(t *task, known values) *failure.Failure {
	if t.filled != nil {
		return nil
	}
	filled, err := specvars.PipelineTask(t.spec, known.PipelineTaskValues)
	if err != nil {
		return d.unresolvable(err)
	}
	t.filled = filled
	return nil
}

// guardsHold evaluates the conditions of a task. Conditions in CEL that refer to a missing result would not compile; they
// count as true, and the missing result decides.
func (d *decided) guardsHold(t *task, known values) (bool, *failure.Failure) {
	if len(t.spec.When) == 0 {
		return true, nil
	}
	if f := d.fillIn(t, known); f != nil {
		return false, f
	}
	expressions := make([]when.Expression, 0, len(t.filled.When))
	for _, w := range t.filled.When {
		if w.CEL != "" && known.lacks(w.CEL) {
			continue
		}
		expressions = append(expressions, when.Expression{
			Input: w.Input, Operator: string(w.Operator), Values: w.Values, CEL: w.CEL,
		})
	}
	holds, err := when.All(expressions, d.seen.CEL)
	if err != nil {
		return false, userError(v1.PipelineRunReasonCELEvaluationFailed, "Error evaluating CEL %s: %w", d.pr.Name, err)
	}
	return holds, nil
}

// lacks tells whether a text refers to a missing result.
func (known values) lacks(text string) bool {
	return slices.ContainsFunc(known.missing, func(m missingResult) bool { return strings.Contains(text, m.ref.Text) })
}

// skips tells whether a DAG task is skipped because results are missing, as opposed to failing validation.
func (known values) skips(t *task) bool {
	return slices.ContainsFunc(known.missing, func(m missingResult) bool {
		if p := m.producer; p != nil && p.state == skipped && p.skip == v1.WhenExpressionsSkip {
			return true
		}
		return t.onErrorGoesOn() && (m.ref.place == inParams || m.ref.place == inWhen)
	})
}

// problem returns why a DAG task fails validation, nil if it does not (contract 3 §2.5).
func (known values) problem() error {
	if len(known.missing) == 0 {
		return nil
	}
	m := known.missing[0]
	switch {
	case m.producer == nil:
		return &referenceError{fmt.Sprintf("Could not find ref %q in internal pipelineRunState", m.ref.Task)}
	case !m.producer.isStarted() && m.producer.spec.IsCustomTask():
		return &referenceError{fmt.Sprintf("Internal result ref %q has zero-length CustomRuns", m.ref.Task)}
	case !m.producer.isStarted():
		return &referenceError{fmt.Sprintf("Internal result ref %q has zero-length TaskRuns", m.ref.Task)}
	case m.producer.state == succeeded && m.isWholeResult():
		return fmt.Errorf("task %q completed successfully but did not emit the result %q, which is referenced by task %q",
			m.ref.Task, m.ref.Result, m.consumer)
	default:
		return &invalidReferenceError{m.err}
	}
}

// isWholeResult tells whether the whole result is missing, and not a member of it.
func (m missingResult) isWholeResult() bool {
	var missing *results.MissingError
	return errors.As(m.err, &missing) && missing.Key == ""
}

// referenceError says that the producer of a result has nothing to show.
type referenceError struct{ why string }

// Error returns the text of contract 3 §2.5.
func (e *referenceError) Error() string { return "Result reference error: " + e.why }

// invalidReferenceError says that a producer that did not succeed left no such result.
type invalidReferenceError struct{ cause error }

// Error returns the text of contract 3 §2.5.
func (e *invalidReferenceError) Error() string {
	return "Invalid task result reference: " + e.cause.Error()
}

func (e *invalidReferenceError) Unwrap() error { return e.cause }
