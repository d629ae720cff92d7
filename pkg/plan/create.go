package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenon-ci/tenon/pkg/affinityassistant"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/params"
	"github.com/tenon-ci/tenon/pkg/specvars"
	"github.com/tenon-ci/tenon/pkg/substitution"
	"github.com/tenon-ci/tenon/pkg/workspace"
)

// planned is a child to create.
type planned struct {
	action    Action
	reference v1.ChildStatusReference
}

// create plans the children of all tasks that are due, and what they need: claims and affinity assistants. It may find
// that something has to be looked up first, or that the run fails.
func (r *run) create() map[*task][]planned {
	all := map[*task][]planned{}
	if r.wantDueDefinitions(); !r.wants.Empty() {
		return all
	}
	r.fillBindings()
	assistants, byWorkspace := affinityassistant.Needed(r.coschedule(), r.pr, r.bindings)
	used := map[string]bool{}
	taken := map[childKey]string{}
	var starting [][]v1.WorkspaceBinding
	var actions []Action
	r.all(func(t *task) {
		instances := r.instances(t)
		if len(instances) == 0 || r.fatal != nil {
			return
		}
		if r.fatal = r.checkDue(t, instances); r.fatal != nil {
			return
		}
		if r.fatal = r.claimNames(t, instances, taken); r.fatal != nil {
			return
		}
		bindings, f := r.childBindings(t)
		if r.fatal = f; f != nil {
			return
		}
		name := r.assistantOf(t, assistants, byWorkspace)
		if name != "" {
			used[name] = true
		}
		starting = append(starting, bindings)
		for _, i := range instances {
			i.workspaces, i.assistant = bindings, name
			p := planned{action: r.make(t, i), reference: r.reference(t, i)}
			all[t] = append(all[t], p)
			actions = append(actions, p.action)
		}
	})
	if r.fatal != nil {
		return all
	}
	switch {
	case len(actions) > 0 && !r.hasChildren():
		r.createClaims(func(string) bool { return true })
		for _, a := range assistants {
			used[a.Name] = true
		}
	case len(actions) > 0:
		r.createClaims(func(claim string) bool { return r.isFirstUse(claim, starting) })
	}
	if r.fatal != nil {
		return all
	}
	r.placeAssistants(assistants, used)
	r.actions = append(r.actions, actions...)
	return all
}

// isFirstUse tells whether children that start need a claim that no child has used yet. It is there, unless the mode of
// coscheduling changed since the first child was created.
func (r *run) isFirstUse(claim string, starting [][]v1.WorkspaceBinding) bool {
	isIt := func(b v1.WorkspaceBinding) bool {
		return b.PersistentVolumeClaim != nil && b.PersistentVolumeClaim.ClaimName == claim
	}
	needed := slices.ContainsFunc(starting, func(bindings []v1.WorkspaceBinding) bool { return slices.ContainsFunc(bindings, isIt) })
	return needed && !slices.ContainsFunc(r.children, func(c child) bool { return c.usesClaim(claim) })
}

// childKey identifies a child inside a run.
type childKey struct{ kind, name string }

// claimNames refuses children whose names belong to children of other pipeline tasks: an instance of a fan-out and a task
// that is called like it. taken has the names of those that are created in this pass.
func (r *run) claimNames(t *task, instances []instance, taken map[childKey]string) *failure.Failure {
	kind := childKind(t.spec)
	for _, i := range instances {
		key := childKey{kind, i.name}
		holder, isTaken := taken[key]
		if !isTaken {
			holder, isTaken = r.holderOf(key)
		}
		if isTaken && holder != t.spec.Name {
			return failure.Invalidf(v1.PipelineRunReasonCreateRunFailed.String(),
				"%s %q of pipeline task %q cannot be created: its name belongs to that of pipeline task %q; rename one of the tasks",
				kind, i.name, t.spec.Name, holder)
		}
		taken[key] = t.spec.Name
	}
	return nil
}

// holderOf returns the pipeline task of the observed child of that name.
func (r *run) holderOf(key childKey) (string, bool) {
	i, _ := slices.BinarySearchFunc(r.children, key.name, func(c child, name string) int { return strings.Compare(c.meta.Name, name) })
	for ; i < len(r.children) && r.children[i].meta.Name == key.name; i++ {
		if r.children[i].kind == key.kind {
			return r.children[i].task, true
		}
	}
	return "", false
}

// wantDueDefinitions asks for the Tasks and child Pipelines of tasks that are due. Whatever becomes of it, they start: a
// TaskRun or child whose definition is gone says so itself, and the run goes on to its end.
func (r *run) wantDueDefinitions() {
	r.all(func(t *task) {
		if len(r.instancesToCome(t)) > 0 {
			r.want(t, t.filled)
		}
	})
}

// instancesToCome is instances without building those of a fan-out twice.
func (r *run) instancesToCome(t *task) []instance {
	if t.state == due {
		return []instance{{}}
	}
	return t.missing
}

// make makes the object for a child.
func (r *run) make(t *task, i instance) Action {
	switch childKind(t.spec) {
	case kindTaskRun:
		return CreateTaskRun{TaskRun: r.taskRun(t, i)}
	case kindCustomRun:
		return CreateCustomRun{CustomRun: r.customRun(t, i)}
	default:
		return CreatePipelineRun{PipelineRun: r.pipelineRun(t, i)}
	}
}

// checkDue refuses children that must not be created.
func (r *run) checkDue(t *task, instances []instance) *failure.Failure {
	if t.spec.IsChildPipeline() {
		return r.checkCycle(t)
	}
	spec, known := r.taskSpec(t)
	if !known || !r.seen.Config.FeatureFlags.EnableParamEnum {
		return nil
	}
	for _, i := range instances {
		if p := params.CheckEnums(spec.Params, i.params(t.filled)); p != nil {
			return failure.UserErrorf(v1.PipelineRunReasonInvalidParamValue.String(),
				"Invalid param value from PipelineTask %q: %w", t.spec.Name, p)
		}
	}
	return nil
}

// maxNesting is how many PipelineRuns can be around another one. A Pipeline that a resolver finds may have no name by which
// a cycle could be seen.
const maxNesting = 50

// checkCycle refuses a child pipeline that is running already further out, or too far inside (contract 3 §10.6).
func (r *run) checkCycle(t *task) *failure.Failure {
	if len(r.seen.Ancestors) >= maxNesting {
		return failure.Invalidf(v1.PipelineRunReasonCreateRunFailed.String(),
			"pipelines in pipelines can be nested %d deep at most: pipeline task %q would go deeper", maxNesting, t.spec.Name)
	}
	chain := r.seen.Ancestors
	if t.spec.PipelineRef == nil {
		return nil
	}
	name := r.childPipelineName(t)
	if r.pipelineName != "" && r.pr.Spec.PipelineRef != nil {
		chain = append([]string{r.pipelineName}, chain...)
	}
	if name == "" || !slices.Contains(chain, name) {
		return nil
	}
	return failure.Invalidf(v1.PipelineRunReasonCreateRunFailed.String(),
		"detected cycle in pipeline-in-pipeline: pipeline %q is already running in ancestor chain %v", name, chain)
}

// fillBindings puts the results that exist into the bindings of the run. Those that do not exist stay as they are
// (contract 3 §7.2).
func (r *run) fillBindings() {
	var values substitution.Values
	for _, ref := range specvars.BindingReferences(r.bindings) {
		res, ok := ref.TaskResult()
		if !ok || res.Section != substitution.RootTasks {
			continue
		}
		if t := r.dagTask(res.Task); t != nil && t.isFinished() {
			_ = t.resultSet().Put(&values, res) // what does not exist stays as it is
		}
	}
	if values.Empty() {
		return
	}
	filled, err := specvars.WorkspaceBindings(r.bindings, values)
	if err != nil {
		r.fatal = r.unresolvable(fmt.Errorf("workspaces: %w", err))
		return
	}
	r.bindings = filled
}

// createClaims plans those claims of templates that are wanted, except where affinity assistants bring them along
// (contract 3 §7.3).
func (r *run) createClaims(wanted func(claim string) bool) {
	if affinityassistant.IsWholeRun(r.coschedule()) {
		return
	}
	for _, c := range workspace.Claims(r.bindings, r.pr) {
		if !wanted(c.Name) {
			continue
		}
		seen, known := r.seen.Claims[c.Name]
		switch {
		case !known:
			r.wants.Claims = append(r.wants.Claims, c.Name)
		case seen.Err != nil:
			r.fatal = failure.Transientf("", "reading PersistentVolumeClaim %s/%s: %w", r.pr.Namespace, c.Name, seen.Err)
		case !seen.Exists:
			r.actions = append(r.actions, CreateClaim{Claim: c})
		}
	}
}
