package v1

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/substitution"
)

const resultNameRegex = `^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$`

var resultNameFormat = regexp.MustCompile(resultNameRegex)

// IsResultName tells whether a Task or step can produce a result of that name (contract 1 §5.4 T-10).
func IsResultName(name string) bool { return resultNameFormat.MatchString(name) }

func validateResultName(name string) *apis.FieldError {
	if IsResultName(name) {
		return nil
	}
	return apis.ErrInvalidKeyName(name, "name", "Name must consist of alphanumeric characters, '-', '_', and must start and end with an alphanumeric "+
		"character (e.g. 'MyName',  or 'my-name',  or 'my_name', regex used for validation is '"+resultNameRegex+"')")
}

// validate applies rules T-10 to T-14 (contract 1 §5.4); paths are relative to the result.
func (r *TaskResult) validate() *apis.FieldError {
	if err := validateResultName(r.Name); err != nil {
		return err
	}
	var errs FieldErrors
	switch {
	case r.Type == ResultsTypeObject:
		errs.Add(validateResultProperties(r.Name, r.Properties, "The"))
	case !isResultsType(r.Type):
		errs.Add(apis.ErrInvalidValue(r.Type, "type", "type must be string"))
	}
	errs.Add(r.validateValue())
	return errs.Err()
}

// validateProperties checks the keys of an object result. The contract's texts for Tasks and steps differ in the first
// letter.
func validateResultProperties(name string, properties map[string]PropertySpec, the string) *apis.FieldError {
	if len(properties) == 0 {
		return apis.ErrMissingField(name + ".properties")
	}
	if wrong := nonStringKeys(properties); len(wrong) > 0 {
		message := fmt.Sprintf("%s value type specified for these keys %v is invalid, the type must be string", the, wrong)
		return apis.ErrGeneric(message, name+".properties")
	}
	return nil
}

// isResultsType accepts an empty type, which stands for string where nothing is defaulted (contract 1 §4.2).
func isResultsType(t ResultsType) bool { return t == "" || slices.Contains(AllResultsTypes, t) }

func (r *TaskResult) validateValue() *apis.FieldError {
	if r.Value == nil {
		return nil
	}
	if r.Value.Type != ParamTypeString {
		return apis.ErrGeneric(fmt.Sprintf("Invalid Type. Wanted string but got: %q", r.Value.Type), r.Name+".type")
	}
	if r.Value.StringVal == "" {
		return nil
	}
	step, result, ok := stepResultOf(r.Value.StringVal)
	switch path := r.Name + ".value"; {
	case !ok:
		message := "Could not extract step name and result name. Expected value to look like $(steps.<stepName>.results.<resultName>) but got %q"
		return apis.ErrGeneric(fmt.Sprintf(message, r.Value.StringVal), path)
	case len(validation.IsDNS1123Label(step)) > 0:
		return apis.ErrGeneric(fmt.Sprintf("invalid extracted step name %q", step), path)
	case !IsResultName(result):
		return apis.ErrGeneric(fmt.Sprintf("invalid extracted result name %q", result), path)
	}
	return nil
}

// stepResultOf returns what the first $(steps.<step>.results.<result>) in text names. Names may be malformed, so that
// the error can say which one is.
func stepResultOf(text string) (step, result string, ok bool) {
	for _, v := range substitution.Variables(text, substitution.RootSteps) {
		if step, result, ok = strings.Cut(v.Name, "."+substitution.RootResults+"."); ok {
			return step, result, true
		}
	}
	return "", "", false
}

// ValidateStepResults applies rules S-16 and SA-10 (contract 1 §5.3, §5.9); paths begin with "results".
func ValidateStepResults(results []StepResult) *apis.FieldError {
	var errs FieldErrors
	for i := range results {
		errs.Add(results[i].validate().ViaFieldIndex("results", i))
	}
	return errs.Err()
}

func (r *StepResult) validate() *apis.FieldError {
	if err := validateResultName(r.Name); err != nil {
		return err
	}
	switch {
	case r.Type == ResultsTypeObject:
		return validateResultProperties(r.Name, r.Properties, "the")
	case !isResultsType(r.Type):
		return apis.ErrInvalidValue(r.Type, "type", fmt.Sprintf("invalid type %s", r.Type))
	}
	return nil
}
