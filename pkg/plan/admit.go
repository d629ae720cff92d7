package plan

import (
	"strings"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/params"
	"github.com/tenon-ci/tenon/pkg/specvars"
)

// startChecks look at the Pipeline together with what it refers to, until the first child exists.
var startChecks = []func(*observed) *halt{
	checkTaskParams,
	checkEnumSubsets,
	checkResultReferences,
	checkPipelineResults,
	checkOptionalWorkspaces,
}

// admit checks the run together with everything that its tasks refer to. That happens until the first child exists: one
// thing missing keeps the whole run from starting (contract 3 §11).
func (o *observed) admit(out *draft) *halt {
	if o.hasChildren() {
		return nil
	}
	if h := o.checkDefinitions(out); h != nil {
		return h
	}
	for _, c := range startChecks {
		if h := c(o); h != nil {
			return h
		}
	}
	return nil
}

// checkDefinitions asks for everything the tasks refer to, and then looks at what came of it.
func (o *observed) checkDefinitions(out *draft) *halt {
	if h := o.askFor(o.all, func(t *task) *v1.PipelineTask { return t.spec }); h != nil {
		return h
	}
	var worst *failure.Failure
	for _, t := range o.all {
		definition, ok := o.definition(t)
		if !ok {
			continue
		}
		out.noteVerification(definition.Verification)
		if definition.Failure == nil {
			continue
		}
		h := o.definitionFailure(out, t, definition.Failure)
		if h.asks() {
			return h
		}
		if h.failure.Outranks(worst) {
			worst = h.failure
		}
	}
	return haltOver(worst)
}

// askFor asks for the definitions of tasks; filled returns a task as far as it is filled in.
func (o *observed) askFor(tasks []*task, filled func(*task) *v1.PipelineTask) *halt {
	var wants Wants
	asked := map[string]bool{}
	for _, t := range tasks {
		if _, known := o.definition(t); known || asked[t.definitionKey()] {
			continue
		}
		ref, ok, err := o.definitionRef(t, filled(t))
		if err != nil {
			return haltOver(o.unresolvable(err))
		}
		if !ok {
			continue
		}
		asked[ref.PipelineTask] = true
		wants.Definitions = append(wants.Definitions, ref)
	}
	return haltFor(wants)
}

// definitionRef returns what to fetch for a task, and false if its definition is inline or nobody here can know it: custom
// tasks, and references that still contain results or statuses of other tasks.
func (o *observed) definitionRef(t *task, pt *v1.PipelineTask) (Reference, bool, error) {
	switch {
	case pt.PipelineRef != nil:
		values := params.Of(o.pr.Spec.Params).Over(params.Defaults(o.spec.Params)).Values()
		filled, err := specvars.PipelineRef(pt.PipelineRef, values, o.variables(o.title.name).ContextValues())
		return Reference{PipelineTask: t.definitionKey(), PipelineRef: filled, Base: o.pr.Name}, true, err
	case pt.TaskRef != nil && !pt.IsCustomTask() && !isOpen(pt.TaskRef) && !isLeftToChild(t.spec.TaskRef):
		return Reference{PipelineTask: t.definitionKey(), TaskRef: pt.TaskRef, Base: o.firstName(t, pt)}, true, nil
	default:
		return Reference{}, false, nil
	}
}

// isLeftToChild tells whether a reference is resolved remotely with what other tasks produced. Its TaskRun starts whatever
// becomes of that, and learns of the answer at once only if the request is its own (contract 2 §8.7).
func isLeftToChild(ref *v1.TaskRef) bool { return ref.Resolver != "" && isOpen(ref) }

// isOpen tells whether a reference still depends on other tasks.
func isOpen(ref *v1.TaskRef) bool {
	open := strings.Contains(ref.Name, "$(tasks.")
	for _, p := range ref.Params {
		specvars.Field{Value: &p.Value}.Texts(func(text string) { open = open || strings.Contains(text, "$(tasks.") })
	}
	return open
}

// definitionFailure words why a definition is missing (contract 3 §1.3).
func (o *observed) definitionFailure(out *draft, t *task, f *failure.Failure) *halt {
	name := ""
	if ref := t.spec.TaskRef; ref != nil {
		name = referenceText(ref.Name, ref.ResolverRef)
	} else if ref := t.spec.PipelineRef; ref != nil {
		name = referenceText(ref.Name, ref.ResolverRef)
	}
	switch {
	case f.Class == failure.Waiting:
		return haltOver(o.awaiting(v1.PipelineRunReasonResolvingTaskRef))
	case f.Class == failure.Transient:
		return haltOver(f)
	case isVerification(f):
		return haltOver(o.unverified(out, name, f))
	}
	return o.naming(func(definition string) *failure.Failure {
		if t.spec.PipelineRef != nil {
			return failure.New(f.Class, v1.PipelineRunReasonCouldntGetPipeline.String(),
				"Pipeline %s can't be Run; it contains child Pipelines that don't exist: Couldn't retrieve Pipeline %q: %w", definition, name, plain(f))
		}
		return failure.New(f.Class, v1.PipelineRunReasonCouldntGetTask.String(),
			"Pipeline %s can't be Run; it contains Tasks that don't exist: Couldn't retrieve Task %q: %w", definition, name, plain(f))
	})
}
