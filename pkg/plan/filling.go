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

// filling is what is known about the variables of a task whose predecessors are finished.
type filling struct {
	values  specvars.PipelineTaskValues
	missing []missingResult
	// failure says that a reference points past the end of an array, which ends the run.
	failure *failure.Failure
}

// missingResult is a result that a task needs and that does not exist.
type missingResult struct {
	ref      reference
	consumer string
	// producer is nil if there is no such DAG task.
	producer *task
	err      error
}

// fill looks up what the variables of a task stand for.
func (r *run) fill(t *task) filling {
	var f filling
	for _, ref := range t.references() {
		producer := r.dagTask(ref.Task)
		var err error = &results.MissingError{Task: ref.Task, Result: ref.Result}
		if producer != nil {
			err = producer.resultSet().Put(&f.values.Results, ref.TaskResultRef)
		}
		var outOfBounds *results.OutOfBoundsError
		switch {
		case err == nil || !ref.isNeeded():
		case errors.As(err, &outOfBounds):
			f.failure = r.unresolvable(err)
			return f
		default:
			f.missing = append(f.missing, missingResult{ref: ref, consumer: t.spec.Name, producer: producer, err: err})
		}
	}
	r.putFacts(t, &f.values)
	return f
}

// dagTask returns the DAG task of that name, nil if there is none.
func (r *run) dagTask(name string) *task {
	if t := r.byName[name]; t != nil && !t.final {
		return t
	}
	return nil
}

// fillTask makes t.filled unless it is there already. It returns false if the run fails over it.
func (r *run) fillTask(t *task, f filling) bool {
	if r.fatal != nil || t.filled != nil {
		return r.fatal == nil
	}
	filled, err := specvars.PipelineTask(t.spec, f.values)
	if err != nil {
		r.fatal = r.unresolvable(err)
		return false
	}
	t.filled = filled
	return true
}

func (r *run) unresolvable(err error) *failure.Failure {
	return failure.UserErrorf(v1.PipelineRunReasonFailedValidation.String(),
		"PipelineRun %s/%s can't be Run; couldn't resolve all references: %w", r.pr.Namespace, r.pr.Name, err)
}

// guardsHold evaluates the conditions of a task. Conditions in CEL that refer to a missing result would not compile; they
// count as true, and the missing result decides.
func (r *run) guardsHold(t *task, f filling) bool {
	if len(t.spec.When) == 0 || !r.fillTask(t, f) {
		return true
	}
	expressions := make([]when.Expression, 0, len(t.filled.When))
	for _, w := range t.filled.When {
		if w.CEL != "" && f.lacks(w.CEL) {
			continue
		}
		expressions = append(expressions, when.Expression{
			Input: w.Input, Operator: string(w.Operator), Values: w.Values, CEL: w.CEL,
		})
	}
	holds, err := when.All(expressions, r.seen.CEL)
	if err != nil {
		r.fatal = failure.UserErrorf(v1.PipelineRunReasonCELEvaluationFailed.String(), "Error evaluating CEL %s: %w", r.pr.Name, err)
		return false
	}
	return holds
}

// lacks tells whether a text refers to a missing result.
func (f filling) lacks(text string) bool {
	return slices.ContainsFunc(f.missing, func(m missingResult) bool { return strings.Contains(text, m.ref.Text) })
}

// skips tells whether a DAG task is skipped because results are missing, as opposed to failing validation.
func (f filling) skips(t *task) bool {
	return slices.ContainsFunc(f.missing, func(m missingResult) bool {
		if p := m.producer; p != nil && p.state == skipped && p.skip == v1.WhenExpressionsSkip {
			return true
		}
		return t.onErrorGoesOn() && (m.ref.place == inParams || m.ref.place == inWhen)
	})
}

// problem returns why a DAG task fails validation, nil if it does not (contract 3 §2.5).
func (f filling) problem() error {
	if len(f.missing) == 0 {
		return nil
	}
	m := f.missing[0]
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
