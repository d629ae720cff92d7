package lint

import "github.com/tenon-ci/tenon/pkg/manifest"

// Rules that are found by comparing objects.
const (
	RuleMissingReference = "missing-reference"
	RuleMissingParam     = "missing-param"
	RuleUnknownParam     = "unknown-param"
	RuleParamType        = "param-type"
	RuleMissingWorkspace = "missing-workspace"
	RuleUnknownWorkspace = "unknown-workspace"
	RuleMissingResult    = "missing-result"
	RuleDuplicateObject  = "duplicate-object"
)

// Rules about what is accepted but hardly meant.
const (
	RuleScriptInjection    = "script-injection"
	RuleUnusedParam        = "unused-param"
	RuleUnusedWorkspace    = "unused-workspace"
	RuleUnwrittenResult    = "unwritten-result"
	RuleLatestImage        = "latest-image"
	RuleUnpinnedImage      = "unpinned-image"
	RuleUnpinnedRemote     = "unpinned-remote"
	RuleDeprecatedVersion  = "deprecated-version"
	RuleDeprecatedVariable = "deprecated-variable"
	RuleRedundantRunAfter  = "redundant-run-after"
	RuleTimeoutTooLong     = "timeout-too-long"
	RuleLongName           = "long-name"
	RuleAmbiguousValue     = "ambiguous-value"
	RulePlainSecret        = "plain-secret"
)

// Rule describes a rule.
type Rule struct {
	// ID does not change.
	ID string
	// Severity is that of its problems. Rules of the webhook's messages have manifest.Error.
	Severity manifest.Severity
	// Summary is one line.
	Summary string
}

// Rules returns all rules, those of the webhook first.
func Rules() []Rule {
	const e, w = manifest.Error, manifest.Warning
	return []Rule{
		{manifest.RuleDuplicateKey, e, "A key is set more than once: only the last value counts."},
		{manifest.RuleUnknownField, w, "A field that no version of the kind has; an error where the webhook refuses it."},
		{manifest.RuleUnknownKind, e, "No such kind is served, or apiVersion or kind is missing."},
		{manifest.RuleDecode, e, "A value has another type than its field."},
		{manifest.RuleConfig, e, "A ConfigMap with settings has a value that is not allowed."},
		{manifest.RuleConversion, e, "The object cannot be converted to the version that is stored."},
		{manifest.RuleAdmission, w, "The webhook accepts it with a warning."},
		{manifest.RuleInvalid, e, "The webhook refuses the object for a reason that has no rule of its own."},
		{"missing-field", e, "A field, or one of several, must be set."},
		{"forbidden-field", e, "A field must not be set here."},
		{"exclusive-fields", e, "Only one of these fields may be set, or a name is used twice."},
		{"feature-flag", e, "A feature flag that the field needs is not set."},
		{"unknown-variable", e, "A variable does not exist."},
		{"variable-type", e, "A variable of this type cannot be used here."},
		{"invalid-name", e, "A name is not allowed."},
		{"cycle", e, "Tasks wait for each other."},
		{"duplicate-name", e, "A name is used more than once."},
		{"invalid-value", e, "A value is not allowed."},
		{RuleMissingReference, e, "An object that is referred to is not among the files (with --complete)."},
		{RuleMissingParam, e, "A param without a default is not given."},
		{RuleUnknownParam, w, "A param is given that is not declared."},
		{RuleParamType, e, "A param is given a value of another type."},
		{RuleMissingWorkspace, e, "A workspace that is not optional is not given."},
		{RuleUnknownWorkspace, e, "A workspace is given that the Task does not declare."},
		{RuleMissingResult, e, "A result is used that the task does not have."},
		{RuleDuplicateObject, w, "Two objects have the same kind, namespace and name."},
		{RuleScriptInjection, w, "A variable is put into the text of a program."},
		{RuleUnusedParam, w, "A declared param is not used."},
		{RuleUnusedWorkspace, w, "A declared workspace is not used."},
		{RuleUnwrittenResult, w, "No step writes a declared result."},
		{RuleLatestImage, w, "An image has the tag latest or none."},
		{RuleUnpinnedImage, w, "An image is not named by digest (with --pinned)."},
		{RuleUnpinnedRemote, w, "A remote definition can change: it is not named by commit or digest."},
		{RuleDeprecatedVersion, w, "The version of the object is deprecated."},
		{RuleDeprecatedVariable, w, "The form of a variable is deprecated."},
		{RuleRedundantRunAfter, w, "The order follows from results already."},
		{RuleTimeoutTooLong, w, "A task may take longer than the whole run."},
		{RuleLongName, w, "Names of children are too long and get a hash."},
		{RuleAmbiguousValue, w, "A value without quotes becomes another text."},
		{RulePlainSecret, w, "A text looks like a password or key."},
	}
}

func severityOf(rule string) manifest.Severity {
	for _, r := range Rules() {
		if r.ID == rule {
			return r.Severity
		}
	}
	return manifest.Warning
}
