package specvars

import (
	"slices"
	"strconv"
	"strings"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/params"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// PipelineRun holds the facts of a PipelineRun that the variables of its Pipeline stand for.
type PipelineRun struct {
	Name, Namespace, UID string
	// PipelineName is the name of the Pipeline document, or of the PipelineRun if the Pipeline is inline.
	PipelineName string
	// Params are the values that the PipelineRun gives.
	Params v1.Params
	// Workspaces are the bindings that the PipelineRun gives; only their names are looked at.
	Workspaces []v1.WorkspaceBinding
}

// ContextValues returns what the context variables of a PipelineRun stand for.
func (pr PipelineRun) ContextValues() substitution.Values {
	return substitution.Values{Strings: map[string]string{
		"context.pipelineRun.name":      pr.Name,
		"context.pipelineRun.namespace": pr.Namespace,
		"context.pipelineRun.uid":       pr.UID,
		"context.pipeline.name":         pr.PipelineName,
	}}
}

// boundValues returns what $(workspaces.<w>.bound) stands for: everything the run binds, and everything the Pipeline
// declares.
func (pr PipelineRun) boundValues(spec *v1.PipelineSpec) substitution.Values {
	values := substitution.Values{Strings: make(map[string]string)}
	for _, w := range spec.Workspaces {
		values.SetString(boundKey(w.Name), "false")
	}
	for _, w := range pr.Workspaces {
		values.SetString(boundKey(w.Name), "true")
	}
	return values
}

func boundKey(workspace string) string { return "workspaces." + workspace + ".bound" }

// Pipeline returns a copy of the spec of a PipelineRun's Pipeline with parameters, then context, then
// workspaces.<w>.bound replaced in its tasks, also inside inline Tasks (contract 3 §4.1, §4.2). An inline Task sees the
// values of the run, declared or not, and the Pipeline's defaults, except where its pipeline task sets the parameter
// itself: there it sees that value if it is known already, and else the reference stays, for the TaskRun. The error says
// that a default cannot be resolved, or that the result is too large.
func Pipeline(spec *v1.PipelineSpec, pr PipelineRun) (*v1.PipelineSpec, error) {
	set, err := params.ForPipeline(spec.Params, pr.Params)
	if err != nil {
		return nil, err
	}
	out := spec.DeepCopy()
	bound := pr.boundValues(spec)
	p := pipelinePass{
		set:         set,
		params:      substitution.NewReplacer(set.Values()),
		inner:       substitution.NewReplacer(set.Values(params.Prefix, params.TaskAlias)),
		context:     substitution.NewReplacer(pr.ContextValues()),
		bound:       substitution.NewReplacer(bound),
		boundValues: bound,
	}
	for _, section := range [][]v1.PipelineTask{out.Tasks, out.Finally} {
		for i := range section {
			if err := p.task(&section[i]); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// pipelinePass puts what is known when a PipelineRun starts into its pipeline tasks, in place.
type pipelinePass struct {
	set params.Set
	// inner is params for inline Tasks that have no parameter of the same name as one in set.
	params, inner, context, bound *substitution.Replacer
	// boundValues are those of bound.
	boundValues substitution.Values
}

func (p *pipelinePass) task(pt *v1.PipelineTask) error {
	for _, r := range []*substitution.Replacer{p.params, p.context, p.bound} {
		VisitPipelineTaskFields(pt, func(f Field) { f.replace(r) })
		if err := r.Err(); err != nil {
			return err
		}
	}
	if !IsTask(pt) {
		return nil
	}
	return p.inlineTask(pt, &pt.TaskSpec.TaskSpec)
}

func (p *pipelinePass) inlineTask(pt *v1.PipelineTask, spec *v1.TaskSpec) error {
	passes := []*substitution.Replacer{p.outer(ownParams(pt)), p.context, p.boundIn(pt)}
	defaults := p.outer(declaredParams(spec))
	for i := range spec.Params {
		if d := spec.Params[i].Default; d != nil {
			*d = params.Replace(*d, defaults)
		}
	}
	if given := givenValues(pt, spec); len(given) > 0 {
		passes = append(passes, substitution.NewReplacer(given.Values(params.Prefix, params.TaskAlias)))
	}
	for _, r := range passes {
		VisitTaskFields(spec, func(f Field) { f.replace(r) })
		if err := r.Err(); err != nil {
			return err
		}
	}
	return defaults.Err()
}

// givenValues returns what a pipeline task gives its inline Task, as far as that is known before any task has run. A value of
// another type than declared is left for the TaskRun to refuse. Of an object only the members that are given are known here:
// others may have defaults.
func givenValues(pt *v1.PipelineTask, spec *v1.TaskSpec) params.Set {
	known := make(params.Set, len(pt.Params))
	for _, p := range pt.Params {
		i := slices.IndexFunc(spec.Params, func(d v1.ParamSpec) bool { return d.Name == p.Name })
		if i >= 0 && params.TypeOf(spec.Params[i]) != p.Value.Type || isOpen(p.Value) {
			continue
		}
		if p.Value.Type != v1.ParamTypeObject {
			known[p.Name] = p.Value
			continue
		}
		for key, text := range p.Value.ObjectVal {
			known[p.Name+"."+key] = *v1.NewString(text)
		}
	}
	return known
}

// isOpen tells whether a value contains, or could become part of, a reference.
func isOpen(value v1.ParamValue) bool {
	open := false
	Field{Value: &value}.Texts(func(text string) {
		open = open || strings.Contains(text, "$(") || strings.HasSuffix(text, "$")
	})
	return open
}

// outer returns what puts values into an inline Task, except for those parameters that it has itself.
func (p *pipelinePass) outer(own params.Set) *substitution.Replacer {
	for name := range own {
		if _, ok := p.set[name]; ok {
			return substitution.NewReplacer(without(p.set, own).Values(params.Prefix, params.TaskAlias))
		}
	}
	return p.inner
}

// ownParams returns what the pipeline task sets itself.
func ownParams(pt *v1.PipelineTask) params.Set {
	own := params.Of(pt.Params)
	if pt.Matrix == nil {
		return own
	}
	for _, p := range pt.Matrix.Params {
		own[p.Name] = p.Value
	}
	for _, entry := range pt.Matrix.Include {
		for _, p := range entry.Params {
			own[p.Name] = p.Value
		}
	}
	return own
}

func declaredParams(spec *v1.TaskSpec) params.Set {
	declared := make(params.Set, len(spec.Params))
	for _, d := range spec.Params {
		declared[d.Name] = v1.ParamValue{}
	}
	return declared
}

// without returns the values of set whose names are not in own. Of an object that both have, the members stay that own
// lacks: they are the fallback (contract 3 §4.1).
func without(set, own params.Set) params.Set {
	rest := make(params.Set, len(set))
	for name, value := range set {
		mine, ok := own[name]
		switch {
		case !ok:
			rest[name] = value
		case value.Type == v1.ParamTypeObject && mine.Type == v1.ParamTypeObject:
			for key, text := range value.ObjectVal {
				if _, ok := mine.ObjectVal[key]; !ok {
					rest[name+"."+key] = *v1.NewString(text)
				}
			}
		}
	}
	return rest
}

// boundIn returns what replaces workspaces.<w>.bound in an inline Task. What the Task has under a name of its own is left
// to the TaskRun.
func (p *pipelinePass) boundIn(pt *v1.PipelineTask) *substitution.Replacer {
	if len(pt.Workspaces) == 0 && len(pt.TaskSpec.Workspaces) == 0 {
		return p.bound
	}
	var values substitution.Values
	values.Merge(p.boundValues)
	for _, w := range pt.Workspaces {
		delete(values.Strings, boundKey(w.Name))
	}
	for _, w := range pt.TaskSpec.Workspaces {
		delete(values.Strings, boundKey(w.Name))
	}
	return substitution.NewReplacer(values)
}

// PipelineTaskValues is what becomes known about a pipeline task while its PipelineRun goes on.
type PipelineTaskValues struct {
	// Statuses are tasks.<t>.status, tasks.<t>.reason and tasks.status, for final tasks. They count in params, when,
	// displayName and taskRef (contract 3 §4.3).
	Statuses substitution.Values
	// Results are tasks.<t>.results.<r> in all their forms, and tasks.<t>.outputs.<a> and inputs. They count everywhere,
	// also in an inline Task.
	Results substitution.Values
	// Lengths are tasks.<t>.matrix.length and tasks.<t>.matrix.<r>.length. They count in params, matrix and displayName,
	// as do the retries of the pipeline task (contract 3 §5.4).
	Lengths substitution.Values
}

// PipelineTask returns a copy of a pipeline task with statuses, then results, then its own retries and lengths replaced
// (contract 1 §6.1). The error says that the result is too large.
func PipelineTask(pt *v1.PipelineTask, values PipelineTaskValues) (*v1.PipelineTask, error) {
	out := pt.DeepCopy()
	facts := substitution.Values{Strings: map[string]string{"context.pipelineTask.retries": strconv.Itoa(pt.Retries)}}
	facts.Merge(values.Lengths)
	for _, pass := range []struct {
		values substitution.Values
		parts  func(Part) bool
	}{
		{values.Statuses, takesStatus},
		{values.Results, func(Part) bool { return true }},
		{facts, takesLength},
	} {
		if pass.values.Empty() {
			continue
		}
		r := substitution.NewReplacer(pass.values)
		VisitPipelineTaskFields(out, func(f Field) {
			if pass.parts(f.Part) {
				f.replace(r)
			}
		})
		if err := r.Err(); err != nil {
			return nil, err
		}
	}
	if IsTask(out) && !values.Results.Empty() {
		if err := replaceTask(&out.TaskSpec.TaskSpec, values.Results); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func takesStatus(p Part) bool {
	return p == PartParams || p == PartWhen || p == PartDisplayName || p == PartTaskRef
}

func takesLength(p Part) bool { return p == PartParams || p == PartMatrix || p == PartDisplayName }

// CheckPipelineIndexes returns a problem if the Pipeline's tasks refer to elements past the end of its array parameters,
// whose values are given or defaults; nil if not (contract 3 §1.3). In an inline Task, only references count that do not
// mean a parameter of its own.
func CheckPipelineIndexes(spec *v1.PipelineSpec, given v1.Params) *params.Problem {
	set := params.Of(given).Over(params.Defaults(spec.Params))
	var refs []substitution.ParamRef
	for _, section := range [][]v1.PipelineTask{spec.Tasks, spec.Finally} {
		for i := range section {
			pt := &section[i]
			VisitPipelineTaskFields(pt, func(f Field) { refs = appendParamRefs(refs, f) })
			if IsTask(pt) {
				refs = append(refs, outerRefs(pt)...)
			}
		}
	}
	return params.CheckIndexes(refs, set)
}

// outerRefs returns the references of an inline Task that mean parameters of the Pipeline.
func outerRefs(pt *v1.PipelineTask) []substitution.ParamRef {
	own := ownParams(pt)
	var refs []substitution.ParamRef
	for _, ref := range taskParamRefs(&pt.TaskSpec.TaskSpec) {
		if _, ok := own[ref.Dotted]; !ok {
			refs = append(refs, ref)
		}
	}
	return refs
}
