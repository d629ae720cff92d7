package v1

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/substitution"
)

// stepField is a field of a step in which variables are checked (contract 1 §5.2, <F>).
type stepField struct {
	// path is relative to the step; wholePath is what V-13 and V-14 call the field, where that differs.
	path, wholePath string
	text            string
	// element says that the field is an element of command or args, which a whole array may replace.
	element bool
	// mode says that the field takes a mode and is only checked for unknown variables.
	mode bool
}

// stepFields goes through the fields in which variables are checked and which hold any.
func stepFields(s *Step) iter.Seq[stepField] {
	return func(yield func(stepField) bool) {
		for _, f := range plainFields(s) {
			if strings.Contains(f.text, "$(") && !yield(f) {
				return
			}
		}
		for _, list := range []struct {
			name     string
			elements []string
		}{{"command", s.Command}, {"args", s.Args}} {
			for i, text := range list.elements {
				if strings.Contains(text, "$(") && !yield(stepField{path: indexed(list.name, i), text: text, element: true}) {
					return
				}
			}
		}
		for i := range s.Env {
			if strings.Contains(s.Env[i].Value, "$(") && !yield(stepField{path: "env[" + s.Env[i].Name + "]", text: s.Env[i].Value}) {
				return
			}
		}
		for i := range s.VolumeMounts {
			m, mount := &s.VolumeMounts[i], indexed("volumeMount", i)
			for _, f := range []stepField{
				{path: mount + ".name", text: m.Name},
				{path: mount + ".MountPath", wholePath: mount + ".mountPath", text: m.MountPath},
				{path: mount + ".SubPath", wholePath: mount + ".subPath", text: m.SubPath},
			} {
				if strings.Contains(f.text, "$(") && !yield(f) {
					return
				}
			}
		}
	}
}

func plainFields(s *Step) []stepField {
	return []stepField{
		{path: "name", text: s.Name},
		{path: "image", text: s.Image},
		{path: "workingDir", text: s.WorkingDir},
		{path: "script", text: s.Script},
		{path: "onError", text: string(s.OnError), mode: true},
	}
}

func indexed(name string, i int) string { return name + "[" + strconv.Itoa(i) + "]" }

// KnownParams answers questions about declared parameters.
type KnownParams map[string]*ParamSpec

// NewKnownParams returns the given declarations, which must not be changed while it is used.
func NewKnownParams(specs ParamSpecs) KnownParams {
	known := make(KnownParams, len(specs))
	for i := range specs {
		known[specs[i].Name] = &specs[i]
	}
	return known
}

// ValidateUsage applies rules V-10 to V-13 (contract 1 §5.2): the parameters that steps refer to are declared, object keys
// too, and no object is used whole. Paths are relative to the spec that holds the steps.
func (k KnownParams) ValidateUsage(steps []Step) *apis.FieldError {
	return checkSteps(steps, func(s *Step) *apis.FieldError { return k.ValidateStepUsage(s) })
}

// ValidateStepUsage is ValidateUsage for one step; paths are relative to the step.
func (k KnownParams) ValidateStepUsage(s *Step) *apis.FieldError { return checkFields(s, k.fieldUsage) }

// ValidateArrays applies rules V-14 and V-15 (contract 1 §5.2): arrays are used whole only as entire elements of command
// and args. Paths are relative to the spec that holds the steps.
func (k KnownParams) ValidateArrays(steps []Step) *apis.FieldError {
	return checkSteps(steps, func(s *Step) *apis.FieldError { return k.ValidateStepArrays(s) })
}

// ValidateStepArrays is ValidateArrays for one step; paths are relative to the step.
func (k KnownParams) ValidateStepArrays(s *Step) *apis.FieldError {
	return checkFields(s, k.fieldArrays)
}

func checkSteps(steps []Step, check func(*Step) *apis.FieldError) *apis.FieldError {
	var errs FieldErrors
	for i := range steps {
		if errs.Full() {
			break
		}
		errs.AddAt(check(&steps[i]), "steps", i)
	}
	return errs.Err()
}

func checkFields(s *Step, check func(stepField) *apis.FieldError) *apis.FieldError {
	var errs FieldErrors
	for f := range stepFields(s) {
		errs.Add(check(f))
	}
	return errs.Err()
}

// fieldUsage reports each kind of problem once for the field: the messages quote the whole field.
func (k KnownParams) fieldUsage(f stepField) *apis.FieldError {
	var unknown, deep, whole bool
	for _, v := range substitution.Variables(f.text, substitution.RootParams) {
		name, key, ok := splitParam(v)
		if !ok {
			deep = true
			continue
		}
		p, declared := k[name]
		if !declared {
			unknown = true
			continue
		}
		if p.Type != ParamTypeObject {
			continue
		}
		if _, has := p.Properties[key]; key != "" && !has {
			unknown = true
		}
		whole = whole || key == "" && v.Index == substitution.NoIndex
	}
	var errs FieldErrors
	if unknown {
		errs.Add(unknownVariable(f))
	}
	if f.mode {
		return errs.Err()
	}
	if deep {
		errs.Add(tooDeep(f.text, f.path))
	}
	if whole {
		errs.Add(wholeVariable(f))
	}
	return errs.Err()
}

func (k KnownParams) fieldArrays(f stepField) *apis.FieldError {
	if f.mode {
		return nil
	}
	for _, v := range substitution.Variables(f.text, substitution.RootParams) {
		name, key, ok := splitParam(v)
		if !ok || key != "" || v.Index != substitution.NoIndex {
			continue
		}
		if p, declared := k[name]; !declared || p.Type != ParamTypeArray {
			continue
		}
		if !f.element {
			return wholeVariable(f)
		}
		if f.text != v.Text {
			return apis.ErrGeneric(fmt.Sprintf("variable is not properly isolated in %q", f.text), f.path)
		}
	}
	return nil
}

// splitParam returns the name and the object key that a variable names. It fails if there are more parts than that.
func splitParam(v substitution.Variable) (name, key string, ok bool) {
	if v.Quoted {
		return v.Name, "", true
	}
	name, key, _ = strings.Cut(v.Name, ".")
	return name, key, !strings.Contains(key, ".")
}

func tooDeep(text, path string) *apis.FieldError {
	return apis.ErrGeneric(fmt.Sprintf("Invalid referencing of parameters in %q! Only two dot-separated components after the prefix %q are allowed.",
		text, substitution.RootParams), path)
}

func unknownVariable(f stepField) *apis.FieldError {
	return apis.ErrGeneric(fmt.Sprintf("non-existent variable in %q", f.text), f.path)
}

func wholeVariable(f stepField) *apis.FieldError {
	path := f.path
	if f.wholePath != "" {
		path = f.wholePath
	}
	return apis.ErrGeneric(fmt.Sprintf("variable type invalid in %q", f.text), path)
}

// taskContext holds the context variables of a Task by the prefix of each group (contract 1 §5.2 V-16).
var taskContext = []struct {
	prefix string
	names  []string
}{
	{"context.taskRun", []string{"name", "namespace", "uid"}},
	{"context.task", []string{"name", "retry-count"}},
}

// validateContext applies rule V-16; paths are relative to the spec that holds the steps.
func validateContext(steps []Step) *apis.FieldError {
	return checkSteps(steps, func(s *Step) *apis.FieldError {
		return checkFields(s, func(f stepField) *apis.FieldError {
			for _, group := range taskContext {
				for _, v := range substitution.Variables(f.text, group.prefix) {
					if !slices.Contains(group.names, v.Name) {
						return unknownVariable(f)
					}
				}
			}
			return nil
		})
	})
}

// validateResultPaths applies rule V-17, and V-18 to steps that declare results. Paths are relative to the spec.
func validateResultPaths(steps []Step, results []TaskResult) *apis.FieldError {
	declared := make([]string, len(results))
	for i := range results {
		declared[i] = results[i].Name
	}
	return checkSteps(steps, func(s *Step) *apis.FieldError {
		var errs FieldErrors
		errs.Add(validateResultNames(s.Script, substitution.RootResults, declared))
		if len(s.Results) > 0 {
			errs.Add(ValidateStepResultPaths(s.Script, s.Results))
		}
		return errs.Err()
	})
}

// ValidateStepResultPaths checks that the script names only the given results as $(step.results…): rules V-18 and SA-09
// (contract 1 §5.2, §5.9). The path is "script".
func ValidateStepResultPaths(script string, results []StepResult) *apis.FieldError {
	return validateResultNames(script, "step.results", stepResultNames(results))
}

// ValidateTaskResultPaths does the same for $(results…) in a StepAction: there the results are those of the step.
func ValidateTaskResultPaths(script string, results []StepResult) *apis.FieldError {
	return validateResultNames(script, substitution.RootResults, stepResultNames(results))
}

func stepResultNames(results []StepResult) []string {
	names := make([]string, len(results))
	for i := range results {
		names[i] = results[i].Name
	}
	return names
}

func validateResultNames(script, prefix string, declared []string) *apis.FieldError {
	for _, v := range substitution.Variables(script, prefix) {
		// A name with other characters is put together by the script itself, as in $(results.digest-${i}.path).
		known := v.Quoted || !dottedNameFormat.MatchString(v.Name) || slices.ContainsFunc(declared, func(name string) bool {
			return v.Name == name || strings.HasPrefix(v.Name, name+".")
		})
		if !known {
			return unknownVariable(stepField{path: "script", text: script})
		}
	}
	return nil
}

// ValidateText applies rules V-10 to V-14 to a single text, in which no array can be used whole.
func (k KnownParams) ValidateText(path, text string) *apis.FieldError {
	f := stepField{path: path, text: text}
	return k.fieldUsage(f).Also(k.fieldArrays(f))
}
