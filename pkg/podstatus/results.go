package podstatus

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/substitution"
	"github.com/tenon-ci/tenon/pkg/termination"
)

// Results is what CollectResults found.
type Results struct {
	// Task holds status.results.
	Task []v1.TaskRunResult
	// Failure says that results do not match their declarations (contract 2 §4.5) or got lost; nil if all is well.
	Failure *failure.Failure
}

// CollectResults reads the results of a finished pod off the reports. It fills in the results of states, which are in the
// order of spec.Steps, and returns those of the Task.
func CollectResults(spec *v1.TaskSpec, states []v1.StepState, reports Reports) Results {
	var found collection
	for i := range states {
		report := reports[states[i].Container]
		var declared []v1.StepResult
		if i < len(spec.Steps) {
			declared = spec.Steps[i].Results
		}
		for _, e := range report.Entries {
			switch e.Type {
			case termination.TaskResult:
				if d := taskResult(spec, e.Key); d != nil && !d.IsMapped() {
					found.put(e.Key, value(e.Value, declaredType(d.Type)))
				}
			case termination.StepResult:
				j := slices.IndexFunc(declared, func(r v1.StepResult) bool { return r.Name == e.Key })
				if j < 0 {
					continue
				}
				v := value(e.Value, declared[j].Type)
				states[i].Results = append(states[i].Results, v1.TaskRunStepResult{Name: e.Key, Type: v1.ResultsType(v.Type), Value: v})
				for _, name := range mappedFrom(spec, stepName(spec, states, i), e.Key) {
					found.put(name, v)
				}
			}
		}
	}
	out := Results{Task: found.list}
	out.check(spec)
	if out.Failure == nil {
		out.Failure = lost(spec, states, reports)
	}
	return out
}

// collection keeps the last value of a name at the place of the first.
type collection struct{ list []v1.TaskRunResult }

func (c *collection) put(name string, v v1.ParamValue) {
	r := v1.TaskRunResult{Name: name, Type: v1.ResultsType(v.Type), Value: v}
	if i := slices.IndexFunc(c.list, func(r v1.TaskRunResult) bool { return r.Name == name }); i >= 0 {
		c.list[i] = r
		return
	}
	c.list = append(c.list, r)
}

func taskResult(spec *v1.TaskSpec, name string) *v1.TaskResult {
	for i := range spec.Results {
		if spec.Results[i].Name == name {
			return &spec.Results[i]
		}
	}
	return nil
}

// stepName is the name by which others refer to the step: that of its container can be shorter.
func stepName(spec *v1.TaskSpec, states []v1.StepState, i int) string {
	if i < len(spec.Steps) && spec.Steps[i].Name != "" {
		return spec.Steps[i].Name
	}
	return states[i].Name
}

func mappedFrom(spec *v1.TaskSpec, step, result string) []string {
	var out []string
	for i := range spec.Results {
		r := &spec.Results[i]
		if r.IsMapped() && isStepResult(r.Value.StringVal, step, result) {
			out = append(out, r.Name)
		}
	}
	return out
}

// isStepResult tells whether text is a reference to the whole of a step's result, whose name may have dots.
func isStepResult(text, step, result string) bool {
	ref, ok := substitution.Whole(text)
	if !ok || !ref.Plain() || ref.Index != substitution.NoIndex || ref.Star || len(ref.Path) < 4 {
		return false
	}
	return ref.Path[0] == substitution.RootSteps && ref.Path[1] == step && ref.Path[2] == "results" && strings.Join(ref.Path[3:], ".") == result
}

// declaredType is the type of a task result; string by default.
func declaredType(t v1.ResultsType) v1.ResultsType {
	if t == "" {
		return v1.ResultsTypeString
	}
	return t
}

// value reads the content of a result file (contract 2 §4.2): content declared as string is taken as it is, any other is
// what it looks like.
func value(text string, declared v1.ResultsType) v1.ParamValue {
	if declared == v1.ResultsTypeString || text == "" {
		return *v1.NewString(text)
	}
	switch text[0] {
	case '[':
		var list []string
		if json.Unmarshal([]byte(text), &list) == nil {
			return *v1.NewArray(list...)
		}
	case '{':
		var members map[string]string
		if json.Unmarshal([]byte(text), &members) == nil {
			return *v1.NewObject(members)
		}
	case '"':
		var s string
		if json.Unmarshal([]byte(text), &s) == nil {
			return *v1.NewString(s)
		}
	}
	return *v1.NewString(text)
}

// check removes results that do not match their declaration and says which.
func (r *Results) check(spec *v1.TaskSpec) {
	var wrong []string
	missing := map[string][]string{}
	var kept []v1.TaskRunResult
	for _, got := range r.Task {
		d := taskResult(spec, got.Name)
		if want := declaredType(d.Type); want != got.Type {
			wrong = append(wrong, fmt.Sprintf(" %q: task result is expected to be %q type but was initialized to a different type %q", got.Name, want, got.Type))
			continue
		}
		if keys := missingKeys(d, got.Value); len(keys) > 0 {
			missing[got.Name] = keys
			continue
		}
		kept = append(kept, got)
	}
	r.Task = kept
	switch {
	case len(wrong) > 0:
		r.Failure = failure.UserErrorf(string(v1.TaskRunReasonFailedValidation),
			"Provided results don't match declared results; may be invalid JSON or missing result declaration: %s", strings.Join(wrong, ","))
	case len(missing) > 0:
		r.Failure = failure.UserErrorf(string(v1.TaskRunReasonFailedValidation),
			"missing keys for these results which are required in TaskResult's properties %v", missing)
	}
}

func missingKeys(d *v1.TaskResult, got v1.ParamValue) []string {
	if got.Type != v1.ParamTypeObject {
		return nil
	}
	var out []string
	for _, key := range slices.Sorted(maps.Keys(d.Properties)) {
		if _, ok := got.ObjectVal[key]; !ok {
			out = append(out, key)
		}
	}
	return out
}

// lost reports a step that ended well but whose message cannot be read, if results were to come out of it. Nothing would
// say so otherwise.
func lost(spec *v1.TaskSpec, states []v1.StepState, reports Reports) *failure.Failure {
	for i := range states {
		err := reports[states[i].Container].Err
		expects := len(spec.Results) > 0 || i < len(spec.Steps) && len(spec.Steps[i].Results) > 0
		if err == nil || !expects || states[i].Terminated == nil || states[i].Terminated.ExitCode != 0 {
			continue
		}
		return failure.Invalidf(string(v1.TaskRunReasonStepFailed), "results of %q are lost: %w", states[i].Container, err)
	}
	return nil
}
