package manifest

import (
	"strings"

	"knative.dev/pkg/apis"
)

// Severity tells how bad a problem is.
type Severity string

const (
	// Error is what the API server refuses.
	Error Severity = "error"
	// Warning is what it accepts although it is hardly meant.
	Warning Severity = "warning"
)

// Rules of problems that are found before an object is validated. Those of the webhook's messages are in Rules.
const (
	RuleDuplicateKey = "duplicate-key"
	RuleUnknownField = "unknown-field"
	RuleUnknownKind  = "unknown-kind"
	RuleDecode       = "wrong-type"
	RuleConfig       = "invalid-config"
	RuleConversion   = "conversion"
	// RuleAdmission is of warnings of the webhook.
	RuleAdmission = "has-no-effect"
	// RuleInvalid is of every message of the webhook that has no rule of its own.
	RuleInvalid = "invalid"
)

// Problem is something about one field of an object.
type Problem struct {
	File string
	// Line and Column are where the field is, or the nearest part of the object around it. They begin at 1.
	Line, Column int
	// Object is its kind and name, as in "Task/build".
	Object string
	// Rule is a short name that does not change, such as "missing-field".
	Rule string
	// Field is the path of the field, as in "spec.tasks[1].name"; empty if it is about the whole object.
	Field string
	// Message is what the webhook says, without the field. It can have more than one line.
	Message  string
	Severity Severity
}

// messageRules give a rule to each kind of message, the first that fits.
func messageRules() []struct{ part, rule string } {
	return []struct{ part, rule string }{
		{"missing field(s)", "missing-field"},
		{"must not set the field(s)", "forbidden-field"},
		{"got neither", "missing-field"},
		{"expected at least one, got none", "missing-field"},
		{"got both", "exclusive-fields"},
		{"got multiple", "exclusive-fields"},
		{"feature gate", "feature-flag"},
		{"feature flag", "feature-flag"},
		{"requires \"", "feature-flag"},
		{"non-existent variable", "unknown-variable"},
		{"variable type invalid", "variable-type"},
		{"not properly isolated", "variable-type"},
		{"invalid resource name", "invalid-name"},
		{"Invalid resource name", "invalid-name"},
		{"cycle detected", "cycle"},
		{"more than once", "duplicate-name"},
		{"invalid key name", "invalid-value"},
		{"invalid value", "invalid-value"},
		{" <= ", "invalid-value"},
	}
}

// Rules returns the names of all rules of problems that this package finds, each once.
func Rules() []string {
	rules := []string{
		RuleDuplicateKey, RuleUnknownField, RuleUnknownKind, RuleDecode, RuleConfig, RuleConversion, RuleAdmission, RuleInvalid,
	}
	seen := map[string]bool{}
	for _, m := range messageRules() {
		if !seen[m.rule] {
			seen[m.rule] = true
			rules = append(rules, m.rule)
		}
	}
	return rules
}

func ruleOf(e *apis.FieldError) string {
	if e.Level == apis.WarningLevel {
		return RuleAdmission
	}
	for _, m := range messageRules() {
		if strings.Contains(e.Message, m.part) {
			return m.rule
		}
	}
	return RuleInvalid
}

// Problem returns a problem of the object, at the place of the field.
func (d Document) Problem(severity Severity, rule, field, message string) Problem {
	line, column := d.Position(field)
	return Problem{
		File: d.File, Line: line, Column: column, Object: d.Name(), Rule: rule, Field: field, Message: message, Severity: severity,
	}
}

// problemsOf turns the errors of the webhook into one problem for each field.
func (d Document) problemsOf(errs *apis.FieldError) []Problem {
	var problems []Problem
	for _, e := range errs.WrappedErrors() {
		severity, message := Error, e.Message
		if e.Level == apis.WarningLevel {
			severity = Warning
		}
		if e.Details != "" {
			message += "\n" + e.Details
		}
		paths := e.Paths
		if len(paths) == 0 {
			paths = []string{""}
		}
		for _, path := range paths {
			problems = append(problems, d.Problem(severity, ruleOf(e), path, message))
		}
	}
	return problems
}
