package specvars

import (
	"fmt"
	"slices"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/params"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// StepAction returns the step that a step with a ref stands for: the fields of the StepAction, with its parameters
// replaced, and the step's own settings, without ref and params (contract 2 §7). task is what references to the Task's
// parameters stand for, which count in the values that the step gives; see TaskRun.ParamValues. The StepAction sees its
// own parameters only. References to results of steps stay, for the running step.
//
// The error has the contract's text without the prefix that names the step.
func StepAction(step *v1.Step, action *v1beta1.StepActionSpec, task substitution.Values) (*v1.Step, error) {
	given, err := stepParams(step, task)
	if err != nil {
		return nil, err
	}
	given = withoutTextsForObjects(action.Params, given)
	if err := checkStepParams(action.Params, given); err != nil {
		return nil, err
	}
	set, err := params.ForStepAction(action.Params, given)
	if err != nil {
		return nil, err
	}
	out := ofAction(action.DeepCopy())
	values := set.Values()
	forwardResults(out, set, &values)
	r := substitution.NewReplacer(values)
	visitStep(out, 0, func(f Field) {
		// Parameters in scripts are refused at admission: a value would become code.
		if f.Name != Script {
			f.replace(r)
		}
	})
	if err := r.Err(); err != nil {
		return nil, err
	}
	addOwn(out, step.DeepCopy())
	return out, nil
}

// stepParams returns the values that a step gives, with the Task's parameters replaced.
func stepParams(step *v1.Step, task substitution.Values) (v1.Params, error) {
	r := substitution.NewReplacer(task)
	given := make(v1.Params, len(step.Params))
	for i, p := range step.Params {
		given[i] = v1.Param{Name: p.Name, Value: params.Replace(p.Value, r)}
	}
	return given, r.Err()
}

// withoutTextsForObjects leaves out the texts that a step gives for object parameters with a default: the default counts, with all its
// keys. Published steps depend on it. What stands for a whole result of a step is no text.
func withoutTextsForObjects(declared v1.ParamSpecs, given v1.Params) v1.Params {
	return slices.DeleteFunc(given, func(p v1.Param) bool {
		if _, result := wholeResult(p.Value); result || p.Value.Type == v1.ParamTypeArray || p.Value.Type == v1.ParamTypeObject {
			return false
		}
		return slices.ContainsFunc(declared, func(d v1.ParamSpec) bool {
			return d.Name == p.Name && d.Default != nil && params.TypeOf(d) == v1.ParamTypeObject
		})
	})
}

func checkStepParams(declared v1.ParamSpecs, given v1.Params) error {
	var extra, missing []string
	for _, p := range given {
		if !slices.ContainsFunc(declared, func(d v1.ParamSpec) bool { return d.Name == p.Name }) {
			extra = append(extra, p.Name)
		}
	}
	if extra != nil {
		return fmt.Errorf("extra params passed by Step to StepAction: %v", extra)
	}
	set := params.Of(given)
	for _, d := range declared {
		if _, ok := set[d.Name]; !ok && d.Default == nil {
			missing = append(missing, d.Name)
		}
	}
	if missing != nil {
		return fmt.Errorf("non-existent params in Step: %v", missing)
	}
	for _, d := range declared {
		if value, ok := set[d.Name]; ok && !fits(value, params.TypeOf(d)) {
			return fmt.Errorf("invalid parameter substitution: %s. Please check the types of the default value and the passed value", d.Name)
		}
	}
	return nil
}

// fits reports whether a value can be used for a parameter of type t. A reference to a whole result of a step can become
// anything.
func fits(value v1.ParamValue, t v1.ParamType) bool {
	if value.Type == t || value.Type == "" && t == v1.ParamTypeString {
		return true
	}
	_, ok := wholeResult(value)
	return ok
}

// wholeResult returns the result of a step that a value is entirely a reference to.
func wholeResult(value v1.ParamValue) (substitution.StepResultRef, bool) {
	if value.Type != v1.ParamTypeString {
		return substitution.StepResultRef{}, false
	}
	r, ok := substitution.Whole(value.StringVal)
	if !ok {
		return substitution.StepResultRef{}, false
	}
	ref, ok := r.StepResult()
	return ref, ok && ref.Index == substitution.NoIndex && ref.Key == ""
}

// forwardResults lets references to a parameter whose value is a whole result of a step stand for the same reference to
// that result: $(params.p[0]) for $(steps.s.results.r[0]).
func forwardResults(step *v1.Step, set params.Set, values *substitution.Values) {
	results := make(map[string]substitution.StepResultRef)
	for name, value := range set {
		if ref, ok := wholeResult(value); ok {
			results[name] = ref
		}
	}
	if len(results) == 0 {
		return
	}
	var refs []substitution.ParamRef
	visitStep(step, 0, func(f Field) { refs = appendParamRefs(refs, f) })
	for _, ref := range refs {
		result, ok := results[ref.Name]
		if !ok || ref.Alias {
			continue
		}
		key := ref.Text[len("$(") : len(ref.Text)-len(")")]
		values.SetString(key, "$(steps."+result.Step+".results."+result.Result+suffix(ref, result.Star)+")")
	}
}

// suffix returns what follows a parameter's name in a reference; star is used where nothing does.
func suffix(ref substitution.ParamRef, star bool) string {
	switch {
	case ref.Key != "":
		return "." + ref.Key
	case ref.Index != substitution.NoIndex:
		return fmt.Sprintf("[%d]", ref.Index)
	case ref.Star || star:
		return "[*]"
	default:
		return ""
	}
}

// ofAction returns a step with the fields of a StepAction.
func ofAction(a *v1beta1.StepActionSpec) *v1.Step {
	return &v1.Step{
		Image:           a.Image,
		Command:         a.Command,
		Args:            a.Args,
		Env:             a.Env,
		Script:          a.Script,
		WorkingDir:      a.WorkingDir,
		Results:         a.Results,
		SecurityContext: a.SecurityContext,
		VolumeMounts:    a.VolumeMounts,
	}
}

// addOwn adds what a step with a ref keeps of its own. Its securityContext counts if the StepAction has none (contract 2 §11 #25): a
// step must not run with more rights than its author gave it.
func addOwn(out, step *v1.Step) {
	if out.SecurityContext == nil {
		out.SecurityContext = step.SecurityContext
	}
	out.Name = step.Name
	out.DisplayName = step.DisplayName
	out.OnError = step.OnError
	out.Timeout = step.Timeout
	out.When = step.When
	out.Workspaces = step.Workspaces
	out.ComputeResources = step.ComputeResources
	out.EnvFrom = step.EnvFrom
	out.VolumeDevices = step.VolumeDevices
	out.ImagePullPolicy = step.ImagePullPolicy
	out.StdoutConfig = step.StdoutConfig
	out.StderrConfig = step.StderrConfig
}
