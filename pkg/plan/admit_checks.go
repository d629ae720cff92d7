package plan

import (
	"fmt"
	"slices"
	"strings"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/params"
	"github.com/tenon-ci/tenon/pkg/results"
	"github.com/tenon-ci/tenon/pkg/specvars"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// checkTaskParams checks what pipeline tasks pass against what their Tasks declare.
func checkTaskParams(o *observed) *halt {
	for _, t := range o.all {
		spec, known := o.taskSpec(t)
		if !known {
			continue
		}
		if problem := params.Check(spec.Params, o.asLists(givenParams(t.spec))); problem != nil {
			return haltOver(userError(v1.PipelineRunReasonFailedValidation,
				"Validation failed for pipelinerun %s with error invalid input params for task %s: %w", o.pr.Name, o.taskName(t), problem))
		}
	}
	return nil
}

// givenParams returns what the children of a pipeline task get; a parameter of the matrix is a string in each of them.
func givenParams(pt *v1.PipelineTask) v1.Params {
	if !isFannedOut(pt) {
		return pt.Params
	}
	given := slices.Clip(pt.Params)
	add := func(list v1.Params) {
		for _, p := range list {
			given = append(given, v1.Param{Name: p.Name, Value: *v1.NewString("")})
		}
	}
	add(pt.Matrix.Params)
	for _, entry := range pt.Matrix.Include {
		add(entry.Params)
	}
	return given
}

// asLists writes the values that are nothing but a reference to an array or object result in the form that stands for all of
// it: they become it, too.
func (o *observed) asLists(given v1.Params) v1.Params {
	var out v1.Params
	for i, p := range given {
		ref, ok := substitution.Whole(p.Value.StringVal)
		if !ok || p.Value.Type != v1.ParamTypeString {
			continue
		}
		result, ok := ref.TaskResult()
		if !ok || result.Star || result.Key != "" || result.Index != substitution.NoIndex || !o.canBeList(result) {
			continue
		}
		if out == nil {
			out = slices.Clone(given)
		}
		out[i].Value.StringVal = strings.TrimSuffix(ref.Text, ")") + "[*])"
	}
	if out == nil {
		return given
	}
	return out
}

// canBeList tells whether a result is declared to be an array or an object, or may be one for all that is known.
func (o *observed) canBeList(ref substitution.TaskResultRef) bool {
	producer, known := o.declaration(o.dagTask(ref.Task))
	if !known || producer.Spec == nil {
		return true
	}
	return slices.ContainsFunc(producer.Spec.Results, func(declared v1.TaskResult) bool {
		return declared.Name == ref.Result && (declared.Type == v1.ResultsTypeArray || declared.Type == v1.ResultsTypeObject)
	})
}

// taskName returns the name of the Task behind a pipeline task, or of the pipeline task if the Task is inline.
func (o *observed) taskName(t *task) string {
	if definition := o.definedTask(t); definition != nil && definition.Name != "" {
		return definition.Name
	}
	if t.spec.TaskRef != nil && t.spec.TaskRef.Name != "" {
		return t.spec.TaskRef.Name
	}
	return t.spec.Name
}

// checkEnumSubsets makes sure that every value a parameter of the Pipeline allows is allowed by the Task that gets it.
func checkEnumSubsets(o *observed) *halt {
	if !o.seen.Config.FeatureFlags.EnableParamEnum {
		return nil
	}
	written, h := o.writtenSpec()
	if written == nil {
		return h
	}
	for _, section := range [][]v1.PipelineTask{written.Tasks, written.Finally} {
		for i := range section {
			t := o.byName[section[i].Name]
			if t == nil {
				continue
			}
			spec, known := o.taskSpec(t)
			if !known {
				continue
			}
			if err := params.CheckEnumSubsets(written.Params, section[i].Params, o.taskName(t), spec.Params); err != nil {
				return haltOver(userError(v1.PipelineRunReasonFailedValidation, "Validation failed for pipelinerun with error %w", err))
			}
		}
	}
	return nil
}

// writtenSpec returns the Pipeline before values were filled in, or the halt until it has been fetched again. It returns
// neither if it is gone.
func (o *observed) writtenSpec() (*v1.PipelineSpec, *halt) {
	switch found := o.fetched(); {
	case o.pr.Spec.PipelineSpec != nil:
		return o.pr.Spec.PipelineSpec, nil
	case o.seen.Pipeline == nil:
		return nil, o.askForPipeline()
	case found == nil:
		return nil, nil
	default:
		return &found.Spec, nil
	}
}

// checkResultReferences finds references to results that no task can produce.
func checkResultReferences(o *observed) *halt {
	find := func(name string) (results.Declaration, bool) { return o.declaration(o.dagTask(name)) }
	for _, t := range o.all {
		for _, ref := range t.references() {
			if !ref.isNeeded() {
				continue
			}
			if err := results.CheckReference(ref.TaskResultRef, find); err != nil {
				return haltOver(failure.Invalidf(v1.PipelineRunReasonInvalidTaskResultReference.String(),
					"invalid result reference in pipeline task %q: %w", t.spec.Name, err))
			}
		}
	}
	return nil
}

// declaration returns what is known about the results of a task. Those of a Task that is fetched only when it is due, and
// of custom tasks, cannot be checked.
func (o *observed) declaration(t *task) (results.Declaration, bool) {
	if t == nil {
		return results.Declaration{}, false
	}
	spec, known := o.taskSpec(t)
	return results.Declaration{Custom: !known && !t.spec.IsChildPipeline(), Spec: spec}, true
}

// checkPipelineResults finds results of the Pipeline that no task can produce.
func checkPipelineResults(o *observed) *halt {
	for _, declared := range o.spec.Results {
		if err := o.checkPipelineResult(declared); err != nil {
			return haltOver(failure.Invalidf(v1.PipelineRunReasonInvalidPipelineResultReference.String(),
				"Failed to resolve pipeline result reference for %q with error invalid pipeline result %q: %w", o.pr.Name, declared.Name, err))
		}
	}
	return nil
}

func (o *observed) checkPipelineResult(declared v1.PipelineResult) error {
	field := specvars.Field{Value: &declared.Value}
	var first error
	field.References(func(ref substitution.Reference) {
		result, ok := ref.TaskResult()
		if !ok || first != nil {
			return
		}
		first = results.CheckReference(result, func(name string) (results.Declaration, bool) {
			return o.declaration(o.taskIn(result.Section, name))
		})
	})
	return first
}

// checkOptionalWorkspaces refuses to pass an optional workspace of the Pipeline to a Task that needs it. Only mappings
// that name the Pipeline's workspace count (contract 3 §7.1).
func checkOptionalWorkspaces(o *observed) *halt {
	optional := map[string]bool{}
	for _, w := range o.spec.Workspaces {
		optional[w.Name] = w.Optional
	}
	for _, t := range o.all {
		spec, known := o.taskSpec(t)
		if !known {
			continue
		}
		for _, mapped := range t.spec.Workspaces {
			needed := func(w v1.WorkspaceDeclaration) bool { return w.Name == mapped.Name && !w.Optional }
			if mapped.Workspace != "" && optional[mapped.Workspace] && slices.ContainsFunc(spec.Workspaces, needed) {
				return haltOver(userError(v1.PipelineRunReasonRequiredWorkspaceMarkedOptional,
					"Optional workspace not supported by task: pipeline workspace %q is marked optional but pipeline task %q requires it be provided",
					mapped.Workspace, t.spec.Name))
			}
		}
	}
	return nil
}

// referenceText names a reference in messages: by its name, else by the resolver and its params.
func referenceText(name string, ref v1.ResolverRef) string {
	if name != "" {
		return name
	}
	text := string(ref.Resolver)
	for _, p := range ref.Params {
		text += fmt.Sprintf(" %s=%s", p.Name, paramText(p.Value))
	}
	return text
}

func paramText(v v1.ParamValue) string {
	switch v.Type {
	case v1.ParamTypeArray:
		return fmt.Sprint(v.ArrayVal)
	case v1.ParamTypeObject:
		return fmt.Sprint(v.ObjectVal)
	default:
		return v.StringVal
	}
}

// taskSpec returns the Task behind a pipeline task, as far as it is known.
func (o *observed) taskSpec(t *task) (*v1.TaskSpec, bool) {
	if specvars.IsTask(t.spec) {
		return &t.spec.TaskSpec.TaskSpec, true
	}
	if found := o.definedTask(t); found != nil {
		return &found.Spec, true
	}
	return nil, false
}

// definedTask returns the document behind the taskRef of a task, nil if it is not known.
func (o *observed) definedTask(t *task) *v1.Task {
	definition, _ := o.definition(t)
	return definition.Task
}
