package plan

import (
	"slices"
	"strings"

	"github.com/tenon-ci/tenon/pkg/affinityassistant"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/names"
	"github.com/tenon-ci/tenon/pkg/params"
)

// maker makes the children that are due, and what they need.
type maker struct {
	*decided
	// bindings are those of the loaded run with the results that exist filled in.
	bindings []v1.WorkspaceBinding
	// labels, annotations and trace are what children take over from the run.
	labels, annotations, trace map[string]string
	// assistants are the affinity assistants of the run, and byWorkspace their names.
	assistants  []affinityassistant.Assistant
	byWorkspace map[string]string
	// taken has the pipeline tasks of the children that are made, used the affinity assistants next to which they run, and
	// starting their workspaces.
	taken    map[childKey]string
	used     map[string]bool
	starting [][]v1.WorkspaceBinding
}

// planned is a child to create.
type planned struct {
	action    Action
	reference v1.ChildStatusReference
}

// create plans the children of all tasks that are due, and what they need: claims and affinity assistants. stops are the
// children that are stopped in the same pass.
func (d *decided) create(out *draft, stops []Action) ([]Action, map[*task][]planned, *halt) {
	if h := d.askForDue(); h != nil {
		return nil, nil, h
	}
	bindings, f := d.filledBindings()
	if f != nil {
		return nil, nil, haltOver(f)
	}
	m := &maker{
		decided: d, bindings: bindings, labels: out.labels, annotations: out.annotations, trace: out.status.SpanContext,
		taken: map[childKey]string{}, used: map[string]bool{},
	}
	m.assistants, m.byWorkspace = affinityassistant.Needed(d.mode, d.pr, bindings)
	children := map[*task][]planned{}
	var creations []Action
	for _, t := range d.all {
		made, f := m.childrenOf(t)
		if f != nil {
			return nil, nil, haltOver(f)
		}
		if len(made) == 0 {
			continue
		}
		children[t] = made
		for _, child := range made {
			creations = append(creations, child.action)
		}
	}
	needs, h := m.needs(len(creations) > 0, stops)
	return append(needs, creations...), children, h
}

// askForDue asks for the Tasks and child Pipelines of tasks that are due. Whatever becomes of it, they start: a TaskRun or
// child whose definition is gone says so itself, and the run goes on to its end.
func (d *decided) askForDue() *halt {
	var starting []*task
	for _, t := range d.all {
		if t.state == due || len(t.missing) > 0 {
			starting = append(starting, t)
		}
	}
	return d.askFor(starting, func(t *task) *v1.PipelineTask { return t.filled })
}

// childrenOf makes the children of a task that start in this pass.
func (m *maker) childrenOf(t *task) ([]planned, *failure.Failure) {
	instances := m.instances(t)
	if len(instances) == 0 {
		return nil, nil
	}
	if f := m.checkDue(t, instances); f != nil {
		return nil, f
	}
	if f := m.claimNames(t, instances); f != nil {
		return nil, f
	}
	bindings, f := m.childBindings(t)
	if f != nil {
		return nil, f
	}
	assistant := m.assistantOf(t)
	if assistant != "" {
		m.used[assistant] = true
	}
	m.starting = append(m.starting, bindings)
	made := make([]planned, 0, len(instances))
	for _, i := range instances {
		i.workspaces, i.assistant = bindings, assistant
		made = append(made, planned{action: m.make(t, i), reference: m.reference(t, i)})
	}
	return made, nil
}

// needs plans the claims and affinity assistants that children need: those that start, if any do, and those that exist.
func (m *maker) needs(anyStarts bool, stops []Action) ([]Action, *halt) {
	wanted := func(string) bool { return false }
	switch {
	case anyStarts && !m.hasChildren():
		wanted = func(string) bool { return true }
		for _, a := range m.assistants {
			m.used[a.Name] = true
		}
	case anyStarts:
		wanted = m.isFirstUse
	}
	claims, wants, f := m.createClaims(wanted)
	if f != nil {
		return nil, haltOver(f)
	}
	placed, wantedSets, f := m.placeAssistants(stops)
	if f != nil {
		return nil, haltOver(f)
	}
	return append(claims, placed...), haltFor(Wants{Claims: wants, StatefulSets: wantedSets})
}

// instances returns the children to create for a task in this pass: all of a task that is due, the missing ones of a
// fan-out that was created in part.
func (d *decided) instances(t *task) []instance {
	if t.state != due {
		return t.missing
	}
	if !isFannedOut(t.filled) {
		name := names.PipelineTask(d.pr.Name, t.spec.Name)
		if len(t.recorded) > 0 {
			name = t.recorded[0].Name
		}
		return []instance{{name: name}}
	}
	all := d.fanOut(t.spec.Name, t.filled.Matrix)
	if usesOtherNames(t, all) && len(t.recorded) == len(all) {
		for i := range all {
			all[i].name = t.recorded[i].Name
		}
	}
	return all
}

// childKey identifies a child inside a run.
type childKey struct{ kind, name string }

// claimNames refuses children whose names belong to children of other pipeline tasks: an instance of a fan-out and a task
// that is called like it.
func (m *maker) claimNames(t *task, instances []instance) *failure.Failure {
	kind := childKind(t.spec)
	for _, i := range instances {
		key := childKey{kind, i.name}
		holder, isTaken := m.taken[key]
		if !isTaken {
			holder, isTaken = m.holderOf(key)
		}
		if isTaken && holder != t.spec.Name {
			return failure.Invalidf(v1.PipelineRunReasonCreateRunFailed.String(),
				"%s %q of pipeline task %q cannot be created: its name belongs to that of pipeline task %q; rename one of the tasks",
				kind, i.name, t.spec.Name, holder)
		}
		m.taken[key] = t.spec.Name
	}
	return nil
}

// holderOf returns the pipeline task of the observed child of that name.
func (p *pass) holderOf(key childKey) (string, bool) {
	i, _ := slices.BinarySearchFunc(p.children, key.name, func(c child, name string) int { return strings.Compare(c.meta.Name, name) })
	for ; i < len(p.children) && p.children[i].meta.Name == key.name; i++ {
		if p.children[i].kind == key.kind {
			return p.children[i].task, true
		}
	}
	return "", false
}

// make makes the object for a child.
func (m *maker) make(t *task, i instance) Action {
	switch childKind(t.spec) {
	case kindTaskRun:
		return CreateTaskRun{TaskRun: m.taskRun(t, i)}
	case kindCustomRun:
		return CreateCustomRun{CustomRun: m.customRun(t, i)}
	default:
		return CreatePipelineRun{PipelineRun: m.pipelineRun(t, i)}
	}
}

// checkDue refuses children that must not be created.
func (m *maker) checkDue(t *task, instances []instance) *failure.Failure {
	if t.spec.IsChildPipeline() {
		return m.checkCycle(t)
	}
	spec, known := m.taskSpec(t)
	if !known || !m.seen.Config.FeatureFlags.EnableParamEnum {
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
func (m *maker) checkCycle(t *task) *failure.Failure {
	if len(m.seen.Ancestors) >= maxNesting {
		return failure.Invalidf(v1.PipelineRunReasonCreateRunFailed.String(),
			"pipelines in pipelines can be nested %d deep at most: pipeline task %q would go deeper", maxNesting, t.spec.Name)
	}
	chain := m.seen.Ancestors
	if t.spec.PipelineRef == nil {
		return nil
	}
	name := m.childPipelineName(t)
	if m.title.name != "" && m.pr.Spec.PipelineRef != nil {
		chain = append([]string{m.title.name}, chain...)
	}
	if name == "" || !slices.Contains(chain, name) {
		return nil
	}
	return failure.Invalidf(v1.PipelineRunReasonCreateRunFailed.String(),
		"detected cycle in pipeline-in-pipeline: pipeline %q is already running in ancestor chain %v", name, chain)
}
