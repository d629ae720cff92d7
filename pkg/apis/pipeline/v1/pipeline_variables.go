package v1

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/sets"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// referenceRoots are what references in a Pipeline can begin with (contract 1 §5.8 V-22).
var referenceRoots = []string{
	substitution.RootParams, substitution.RootTasks, substitution.RootFinally, substitution.RootContext,
	substitution.RootWorkspaces, substitution.RootResults,
}

// pipelineContext holds the context variables of a Pipeline by the prefix of each group (contract 1 §5.8 V-21).
var pipelineContext = []struct {
	prefix string
	names  []string
}{
	{"context.pipelineRun", []string{"name", "namespace", "uid"}},
	{"context.pipeline", []string{"name"}},
	{"context.pipelineTask", []string{"retries"}},
}

// validateVariables applies rules V-21 to V-25 and V-33.
func (ps *PipelineSpec) validateVariables(ctx context.Context) *apis.FieldError {
	inDAG := sets.Set[string]{}
	for i := range ps.Tasks {
		inDAG.Insert(ps.Tasks[i].Name)
	}
	inFinally := sets.Set[string]{}
	for i := range ps.Finally {
		inFinally.Insert(ps.Finally[i].Name)
	}
	var errs FieldErrors
	for _, section := range ps.sections() {
		for i := range section.tasks {
			if errs.Full() {
				break
			}
			pt := &section.tasks[i]
			errs.Add(pt.validateRoots().ViaFieldIndex(section.name, i))
			if i == len(section.tasks)-1 {
				errs.Add(pt.validateContextVariables().ViaField(section.name))
			}
			errs.Add(pt.validateArtifacts(ctx).ViaFieldIndex(section.name, i))
		}
	}
	for i := range ps.Tasks {
		errs.Add(ps.Tasks[i].validateNoStatus().ViaFieldIndex("tasks", i))
	}
	for i := range ps.Finally {
		errs.Add(ps.Finally[i].validateFinalReferences(inDAG, inFinally).ViaFieldIndex("finally", i))
	}
	return errs.Err()
}

// validateRoots applies rule V-22 where an unknown reference can only be a mistake: in guards, and where its first name is nearly one
// that exists. Other unknown texts in values, such as $(uname), are for the task that gets them: see foreignTexts.
func (pt *PipelineTask) validateRoots() *apis.FieldError {
	var errs FieldErrors
	for path, text := range pt.guarded() {
		for _, ref := range substitution.Parse(text) {
			meant := misspelt(ref)
			if !isUnknown(ref) || meant == "" && !strings.HasPrefix(path, "when") {
				continue
			}
			err := apis.ErrInvalidValue(fmt.Sprintf("invalid variable reference %q, must start with a valid prefix: params, tasks, finally, context, "+
				"workspaces, or results; if you meant a shell variable, use ${VAR} instead", ref.Text), path)
			if meant != "" {
				err.Details = "did you mean " + meant + "?"
			}
			errs.Add(err)
			break
		}
	}
	return errs.Err()
}

// foreignTexts finds the values with texts that look like variables and are none of a Pipeline: they reach the task as they are.
func (pt *PipelineTask) foreignTexts(found func(path, text string)) {
	for path, text := range pt.guarded() {
		if strings.HasPrefix(path, "when") {
			continue
		}
		for _, ref := range substitution.Parse(text) {
			if isUnknown(ref) && misspelt(ref) == "" {
				found(path, ref.Text)
				break
			}
		}
	}
}

func isUnknown(ref substitution.Reference) bool {
	return ref.Plain() && !slices.Contains(referenceRoots, ref.Root())
}

// misspelt returns the first name that a reference probably means, empty if it need not mean a variable. A single word is none: that
// is how commands look in shell text.
func misspelt(ref substitution.Reference) string {
	if len(ref.Path) < 2 {
		return ""
	}
	root := strings.ToLower(ref.Root())
	if root == "parameter" || root == "parameters" {
		return substitution.RootParams
	}
	for _, known := range referenceRoots {
		if isOneEditAway(root, known) {
			return known
		}
	}
	return ""
}

// isOneEditAway tells whether one letter more, less or other, or two letters the other way round, at most, make a out of b.
func isOneEditAway(a, b string) bool {
	start := 0
	for start < min(len(a), len(b)) && a[start] == b[start] {
		start++
	}
	a, b = a[start:], b[start:]
	end := 0
	for end < min(len(a), len(b)) && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	a, b = a[:len(a)-end], b[:len(b)-end]
	return len(a) <= 1 && len(b) <= 1 || len(a) == 2 && len(b) == 2 && a[0] == b[1] && a[1] == b[0]
}

// validateContextVariables applies rule V-21, which holds for the last task of a section only; the others are warned
// about (contract 1 §8 #12).
func (pt *PipelineTask) validateContextVariables() *apis.FieldError {
	for path, text := range pt.guarded() {
		if strings.HasPrefix(path, "when") {
			continue
		}
		for _, group := range pipelineContext {
			for _, v := range substitution.Variables(text, group.prefix) {
				if !slices.Contains(group.names, v.Name) {
					return apis.ErrGeneric(fmt.Sprintf("non-existent variable in %q", text), "value")
				}
			}
		}
	}
	return nil
}

// validateArtifacts applies rule V-33.
func (pt *PipelineTask) validateArtifacts(ctx context.Context) *apis.FieldError {
	if flags(ctx).EnableArtifacts {
		return nil
	}
	for _, p := range pt.Params {
		for _, text := range p.Value.texts() {
			if !slices.ContainsFunc(substitution.Artifacts(text), func(r substitution.ArtifactRef) bool { return r.Section == substitution.RootTasks }) {
				continue
			}
			message := "feature flag " + config.KeyEnableArtifacts + " should be set to true to use artifacts feature."
			return gateError(ctx, config.KeyEnableArtifacts, message, "params")
		}
	}
	return nil
}

// statusTexts goes through what rules V-23 to V-25 look at: params and when, with the path they report.
func (pt *PipelineTask) statusTexts(visit func(path, text string)) {
	for path, text := range pt.guarded() {
		if !strings.HasPrefix(path, "matrix") {
			visit(path, text)
		}
	}
}

// besideResults returns the paths of the parameters that refer to results. Statuses beside these have always been
// admitted (contract 1 §5.8 V-23, V-24); now they cause a warning.
func (pt *PipelineTask) besideResults() map[string]bool {
	var paths map[string]bool
	for _, p := range pt.Params {
		if !slices.ContainsFunc(p.Value.texts(), func(text string) bool { return len(substitution.TaskResults(text)) > 0 }) {
			continue
		}
		if paths == nil {
			paths = map[string]bool{}
		}
		paths["params["+p.Name+"].value"] = true
	}
	return paths
}

// validateNoStatus applies rule V-23.
func (pt *PipelineTask) validateNoStatus() *apis.FieldError {
	exempt := pt.besideResults()
	var errs FieldErrors
	pt.statusTexts(func(path, text string) {
		if len(substitution.Statuses(text)) > 0 && !exempt[path] {
			errs.Add(apis.ErrInvalidValue("pipeline tasks can not refer to execution status of any other pipeline task or aggregate status of tasks", path))
		}
	})
	return errs.Err()
}

// validateFinalReferences applies rules V-24 and V-25 to a final task.
func (pt *PipelineTask) validateFinalReferences(inDAG, inFinally sets.Set[string]) *apis.FieldError {
	exempt := pt.besideResults()
	var errs FieldErrors
	pt.statusTexts(func(path, text string) {
		for _, ref := range substitution.Statuses(text) {
			if ref.Task != "" && !inDAG.Has(ref.Task) && !exempt[path] {
				errs.Add(apis.ErrInvalidValue(fmt.Sprintf("pipeline task %s is not defined in the pipeline", ref.Task), path))
			}
		}
		for _, ref := range substitution.TaskResults(text) {
			if ref.Section != substitution.RootTasks || inDAG.Has(ref.Task) {
				continue
			}
			message := fmt.Sprintf("invalid task result reference, final task has task result reference from a task %s which is not defined in the pipeline", ref.Task)
			if inFinally.Has(ref.Task) {
				message = "invalid task result reference, final task has task result reference from a final task " + ref.Task
			}
			errs.Add(apis.ErrInvalidValue(message, path))
		}
	})
	return errs.Err()
}

// validateParamUsage applies rule V-20 to all tasks.
func (ps *PipelineSpec) validateParamUsage() *apis.FieldError {
	known := NewKnownParams(ps.Params)
	var errs FieldErrors
	for _, section := range ps.sections() {
		for i := range section.tasks {
			if errs.Full() {
				break
			}
			errs.Add(known.ValidatePipelineTask(&section.tasks[i]).ViaFieldIndex(section.name, i))
		}
	}
	return errs.Err()
}

// ValidatePipelineTask applies rule V-20 to one pipeline task; paths are relative to it.
func (k KnownParams) ValidatePipelineTask(pt *PipelineTask) *apis.FieldError {
	var errs FieldErrors
	for i := range pt.Params {
		errs.Add(k.validateValue(&pt.Params[i], "params["+pt.Params[i].Name+"]"))
	}
	for j := range pt.When {
		w := &pt.When[j]
		path := indexed("when", j)
		errs.Add(k.validateText(w.Input, path+".input", wholeAllowed))
		for _, value := range w.Values {
			errs.Add(k.validateText(value, path+".values", elementAllowed))
		}
	}
	if pt.Matrix == nil {
		return errs.Err()
	}
	for i := range pt.Matrix.Params {
		errs.Add(k.validateValue(&pt.Matrix.Params[i], "matrix.params["+pt.Matrix.Params[i].Name+"]"))
	}
	for i := range pt.Matrix.Include {
		for _, p := range pt.Matrix.Include[i].Params {
			errs.Add(k.validateText(p.Value.StringVal, indexed("matrix.include.params", i), nothingWhole))
		}
	}
	return errs.Err()
}

func (k KnownParams) validateValue(p *Param, path string) *apis.FieldError {
	var errs FieldErrors
	switch p.Value.Type {
	case ParamTypeArray:
		for i, text := range p.Value.ArrayVal {
			errs.Add(k.validateText(text, indexed(path+".value", i), elementAllowed))
		}
	case ParamTypeObject:
		for _, key := range sortedKeys(p.Value.ObjectVal) {
			errs.Add(k.validateText(p.Value.ObjectVal[key], path+".properties["+key+"]", nothingWhole))
		}
	default:
		errs.Add(k.validateText(p.Value.StringVal, path, wholeAllowed))
	}
	return errs.Err()
}

// whole says what may stand in place of a whole text.
type whole int

const (
	// nothingWhole is a text that has to stay a string.
	nothingWhole whole = iota
	// elementAllowed is an element of a list: a whole array reference may replace it.
	elementAllowed
	// wholeAllowed is a text that one whole array or object reference may turn into that array or object.
	wholeAllowed
)

// validateText checks the references to params in one text.
func (k KnownParams) validateText(text, path string, allowed whole) *apis.FieldError {
	if !strings.Contains(text, "$(") {
		return nil
	}
	var deep, mixed, wrong bool
	for _, v := range substitution.Variables(text, substitution.RootParams) {
		name, key, ok := splitParam(v)
		if !ok {
			deep = true
			continue
		}
		p, declared := k[name]
		if !declared || p.Type == ParamTypeString || p.Type == "" || key != "" || v.Index != substitution.NoIndex {
			continue
		}
		switch {
		case text == v.Text && allowed == wholeAllowed, text == v.Text && allowed == elementAllowed && p.Type == ParamTypeArray:
		case allowed == elementAllowed && p.Type == ParamTypeArray:
			mixed = true
		default:
			wrong = true
		}
	}
	// Each kind of problem is reported once: the messages quote the whole text, which can be large.
	var errs FieldErrors
	errs.Add(k.fieldUsage(stepField{path: path, text: text, mode: true}))
	if deep {
		errs.Add(tooDeep(text, path))
	}
	if mixed {
		errs.Add(apis.ErrGeneric(fmt.Sprintf("variable is not properly isolated in %q", text), path))
	}
	if wrong {
		errs.Add(apis.ErrGeneric(fmt.Sprintf("variable type invalid in %q", text), path))
	}
	return errs.Err()
}

// validateInlineTaskParams applies rule V-19: inline Tasks use their own parameters and those of the Pipeline.
func (ps *PipelineSpec) validateInlineTaskParams() *apis.FieldError {
	known := NewKnownParams(ps.Params)
	var errs FieldErrors
	for _, section := range ps.sections() {
		for i := range section.tasks {
			if errs.Full() {
				break
			}
			spec := section.tasks[i].TaskSpec
			if spec == nil || len(spec.Steps) == 0 {
				continue
			}
			restore := known.overlay(spec.Params)
			errs.Add(spec.validateUsage(known).ViaField("taskSpec").ViaFieldIndex(section.name, i))
			restore()
		}
	}
	return errs.Err()
}

// validateUsage applies rules V-04 and V-10 to V-13 to an inline spec whose steps can refer to all of known.
func (ts *TaskSpec) validateUsage(known KnownParams) *apis.FieldError {
	steps, _ := ts.mergedSteps() // Validate reports the error
	return ts.Params.ValidateProperties().Also(known.ValidateUsage(steps))
}

// overlay puts the declarations of inner in place of, or adds them to, the ones of the same name, until the returned
// function is called. Keys of objects that both declare are pooled. It takes time for inner only.
func (k KnownParams) overlay(inner ParamSpecs) (restore func()) {
	outer := make(KnownParams, len(inner))
	for i := range inner {
		p := &inner[i]
		if _, seen := outer[p.Name]; !seen {
			outer[p.Name] = k[p.Name]
		}
		if o := k[p.Name]; o != nil && o.Type == ParamTypeObject && p.Type == ParamTypeObject {
			p = &ParamSpec{Name: p.Name, Type: p.Type, Properties: pooled(o.Properties, p.Properties)}
		}
		k[p.Name] = p
	}
	return func() {
		for name, p := range outer {
			if p == nil {
				delete(k, name)
			} else {
				k[name] = p
			}
		}
	}
}

// overlaid returns the declarations with those of inner in place of, or added to, the ones of the same name. Keys of
// objects that both declare are pooled.
func (ps ParamSpecs) overlaid(inner ParamSpecs) ParamSpecs {
	out := make(ParamSpecs, 0, len(ps)+len(inner))
	index := make(map[string]int, len(ps)+len(inner))
	owned := make(map[string]bool)
	for _, p := range slices.Concat(ps, inner) {
		i, again := index[p.Name]
		if !again {
			index[p.Name] = len(out)
			out = append(out, p)
			continue
		}
		if p.Type == ParamTypeObject && out[i].Type == ParamTypeObject {
			if !owned[p.Name] {
				out[i].Properties = maps.Clone(out[i].Properties)
				owned[p.Name] = true
			}
			p.Properties = into(out[i].Properties, p.Properties)
		} else {
			owned[p.Name] = false
		}
		out[i] = p
	}
	return out
}

func pooled(a, b map[string]PropertySpec) map[string]PropertySpec {
	return into(maps.Clone(a), b)
}

// into adds b to a, which it makes if there is none.
func into(a, b map[string]PropertySpec) map[string]PropertySpec {
	if a == nil {
		a = make(map[string]PropertySpec, len(b))
	}
	maps.Copy(a, b)
	return a
}
