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

// tasksInOrder returns the DAG tasks and then the final tasks.
func (r *run) tasksInOrder() []*task {
	return append(slices.Clip(r.tasks), r.finals...)
}

// checkTaskParams checks what pipeline tasks pass against what their Tasks declare.
func checkTaskParams(r *run) *failure.Failure {
	for _, t := range r.tasksInOrder() {
		spec, known := r.taskSpec(t)
		if !known {
			continue
		}
		if problem := params.Check(spec.Params, r.asLists(givenParams(t.spec))); problem != nil {
			return userError(v1.PipelineRunReasonFailedValidation,
				"Validation failed for pipelinerun %s with error invalid input params for task %s: %w", r.pr.Name, r.taskName(t), problem)
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
func (r *run) asLists(given v1.Params) v1.Params {
	var out v1.Params
	for i, p := range given {
		ref, ok := substitution.Whole(p.Value.StringVal)
		if !ok || p.Value.Type != v1.ParamTypeString {
			continue
		}
		result, ok := ref.TaskResult()
		if !ok || result.Star || result.Key != "" || result.Index != substitution.NoIndex || !r.canBeList(result) {
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
func (r *run) canBeList(ref substitution.TaskResultRef) bool {
	producer, known := r.declaration(r.dagTask(ref.Task))
	if !known || producer.Spec == nil {
		return true
	}
	return slices.ContainsFunc(producer.Spec.Results, func(declared v1.TaskResult) bool {
		return declared.Name == ref.Result && (declared.Type == v1.ResultsTypeArray || declared.Type == v1.ResultsTypeObject)
	})
}

// taskName returns the name of the Task behind a pipeline task, or of the pipeline task if the Task is inline.
func (r *run) taskName(t *task) string {
	if definition := r.seen.Definitions[t.definitionKey()].Task; definition != nil && definition.Name != "" {
		return definition.Name
	}
	if t.spec.TaskRef != nil && t.spec.TaskRef.Name != "" {
		return t.spec.TaskRef.Name
	}
	return t.spec.Name
}

// checkEnumSubsets makes sure that every value a parameter of the Pipeline allows is allowed by the Task that gets it.
func checkEnumSubsets(r *run) *failure.Failure {
	if !r.seen.Config.FeatureFlags.EnableParamEnum {
		return nil
	}
	written := r.writtenSpec()
	if written == nil {
		return nil
	}
	for _, section := range [][]v1.PipelineTask{written.Tasks, written.Finally} {
		for i := range section {
			t := r.byName[section[i].Name]
			if t == nil {
				continue
			}
			spec, known := r.taskSpec(t)
			if !known {
				continue
			}
			if err := params.CheckEnumSubsets(written.Params, section[i].Params, r.taskName(t), spec.Params); err != nil {
				return userError(v1.PipelineRunReasonFailedValidation, "Validation failed for pipelinerun with error %w", err)
			}
		}
	}
	return nil
}

// writtenSpec returns the Pipeline before values were filled in, nil if it has to be fetched again first.
func (r *run) writtenSpec() *v1.PipelineSpec {
	switch {
	case r.pr.Spec.PipelineSpec != nil:
		return r.pr.Spec.PipelineSpec
	case r.seen.Pipeline == nil:
		r.wantPipeline()
		return nil
	case r.seen.Pipeline.Pipeline == nil:
		return nil
	default:
		return &r.seen.Pipeline.Pipeline.Spec
	}
}

// checkResultReferences finds references to results that no task can produce.
func checkResultReferences(r *run) *failure.Failure {
	find := func(name string) (results.Declaration, bool) { return r.declaration(r.dagTask(name)) }
	for _, t := range r.tasksInOrder() {
		for _, ref := range t.references() {
			if !ref.isNeeded() {
				continue
			}
			if err := results.CheckReference(ref.TaskResultRef, find); err != nil {
				return failure.Invalidf(v1.PipelineRunReasonInvalidTaskResultReference.String(),
					"invalid result reference in pipeline task %q: %w", t.spec.Name, err)
			}
		}
	}
	return nil
}

// declaration returns what is known about the results of a task. Those of a Task that is fetched only when it is due, and
// of custom tasks, cannot be checked.
func (r *run) declaration(t *task) (results.Declaration, bool) {
	if t == nil {
		return results.Declaration{}, false
	}
	spec, known := r.taskSpec(t)
	return results.Declaration{Custom: !known && !t.spec.IsChildPipeline(), Spec: spec}, true
}

// checkPipelineResults finds results of the Pipeline that no task can produce.
func checkPipelineResults(r *run) *failure.Failure {
	for _, declared := range r.spec.Results {
		if err := r.checkPipelineResult(declared); err != nil {
			return failure.Invalidf(v1.PipelineRunReasonInvalidPipelineResultReference.String(),
				"Failed to resolve pipeline result reference for %q with error invalid pipeline result %q: %w", r.pr.Name, declared.Name, err)
		}
	}
	return nil
}

func (r *run) checkPipelineResult(declared v1.PipelineResult) error {
	field := specvars.Field{Value: &declared.Value}
	var first error
	field.References(func(ref substitution.Reference) {
		result, ok := ref.TaskResult()
		if !ok || first != nil {
			return
		}
		first = results.CheckReference(result, func(name string) (results.Declaration, bool) {
			return r.declaration(r.taskIn(result.Section, name))
		})
	})
	return first
}

// taskIn returns the task of a section, nil if there is none of that name.
func (r *run) taskIn(section, name string) *task {
	t := r.byName[name]
	if t == nil || t.final != (section == substitution.RootFinally) {
		return nil
	}
	return t
}

// checkOptionalWorkspaces refuses to pass an optional workspace of the Pipeline to a Task that needs it. Only mappings
// that name the Pipeline's workspace count (contract 3 §7.1).
func checkOptionalWorkspaces(r *run) *failure.Failure {
	optional := map[string]bool{}
	for _, w := range r.spec.Workspaces {
		optional[w.Name] = w.Optional
	}
	for _, t := range r.tasksInOrder() {
		spec, known := r.taskSpec(t)
		if !known {
			continue
		}
		for _, mapped := range t.spec.Workspaces {
			needed := func(w v1.WorkspaceDeclaration) bool { return w.Name == mapped.Name && !w.Optional }
			if mapped.Workspace != "" && optional[mapped.Workspace] && slices.ContainsFunc(spec.Workspaces, needed) {
				return userError(v1.PipelineRunReasonRequiredWorkspaceMarkedOptional,
					"Optional workspace not supported by task: pipeline workspace %q is marked optional but pipeline task %q requires it be provided",
					mapped.Workspace, t.spec.Name)
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
