package plan

import (
	"slices"
	"strings"
	"time"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/names"
)

// observed is a loaded Pipeline as tasks, each with the children that it has.
type observed struct {
	*loaded
	// tasks are the DAG tasks and finals the final tasks, in the order of the spec.
	tasks, finals []*task
	// all are both, in that order.
	all         []*task
	byName      map[string]*task
	specsByTask map[string][]*v1.PipelineTaskRunSpec
	// upon are the tasks on whose end another one has started; nil before anybody asks.
	upon map[string]bool
}

// observe gives every task its children. recorded are the entries of status.childReferences, with those of children that
// were not recorded before.
func (l *loaded) observe(recorded []v1.ChildStatusReference) *observed {
	o := &observed{loaded: l, byName: make(map[string]*task, len(l.spec.Tasks)+len(l.spec.Finally))}
	o.tasks = o.section(l.spec.Tasks, false)
	o.finals = o.section(l.spec.Finally, true)
	o.all = append(slices.Clip(o.tasks), o.finals...)
	o.shareDefinitions()
	for _, c := range l.children {
		if t := o.byName[c.task]; t != nil && c.kind == childKind(t.spec) {
			t.children = append(t.children, c)
		}
	}
	for _, ref := range recorded {
		if t := o.byName[ref.PipelineTaskName]; t != nil && ref.Kind == childKind(t.spec) {
			t.recorded = append(t.recorded, ref)
		}
	}
	o.specsByTask = make(map[string][]*v1.PipelineTaskRunSpec, len(l.pr.Spec.TaskRunSpecs))
	for i := range l.pr.Spec.TaskRunSpecs {
		s := &l.pr.Spec.TaskRunSpecs[i]
		o.specsByTask[s.PipelineTaskName] = append(o.specsByTask[s.PipelineTaskName], s)
	}
	return o
}

func (o *observed) section(specs []v1.PipelineTask, final bool) []*task {
	tasks := make([]*task, len(specs))
	for i := range specs {
		tasks[i] = &task{spec: &specs[i], final: final}
		o.byName[specs[i].Name] = tasks[i]
	}
	return tasks
}

// shareDefinitions finds the tasks that refer to the same Task or Pipeline of the cluster: it is looked up once, under the name
// of the first of them.
func (o *observed) shareDefinitions() {
	var first map[string]string
	for _, t := range o.all {
		kind, name := localReference(t.spec)
		if name == "" {
			continue
		}
		if first == nil {
			first = map[string]string{}
		}
		key := kind + "/" + name
		if _, ok := first[key]; !ok {
			first[key] = t.spec.Name
		}
		t.sharedWith = first[key]
	}
}

// localReference returns the kind and name of the object of the cluster that a pipeline task refers to; no name if it refers to
// none, or if the name depends on variables.
func localReference(pt *v1.PipelineTask) (kind, name string) {
	switch {
	case pt.PipelineRef != nil && pt.PipelineRef.Resolver == "":
		kind, name = "Pipeline", pt.PipelineRef.Name
	case pt.TaskRef != nil && pt.TaskRef.Resolver == "" && !pt.IsCustomTask():
		kind, name = string(pt.TaskRef.Kind), pt.TaskRef.Name
	}
	if strings.Contains(name, "$(") {
		return kind, ""
	}
	return kind, name
}

// dagTask returns the DAG task of that name, nil if there is none.
func (o *observed) dagTask(name string) *task {
	if t := o.byName[name]; t != nil && !t.final {
		return t
	}
	return nil
}

// taskIn returns the task of a section of variables, nil if there is none of that name.
func (o *observed) taskIn(section, name string) *task {
	t := o.byName[name]
	if t == nil || t.final != isFinalSection(section) {
		return nil
	}
	return t
}

// startedUpon returns the names of the tasks that a DAG task which has started comes after.
func (o *observed) startedUpon() map[string]bool {
	if o.upon == nil {
		o.upon = map[string]bool{}
		for _, t := range o.tasks {
			if !t.hasStarted() {
				continue
			}
			for _, name := range t.predecessors() {
				o.upon[name] = true
			}
		}
	}
	return o.upon
}

// isOverdue tells whether a child that was stopped was stopped because time was up. A child PipelineRun cannot say so: it
// counts if it did not end before the time of its section.
func (o *observed) isOverdue(c child) bool {
	if c.kind != kindPipelineRun {
		return c.hasTimeoutMessage()
	}
	t, end := o.byName[c.task], c.completionTime()
	if t == nil || end == nil || !c.isStopped() {
		return false
	}
	limit := o.tasksDeadline()
	if t.final {
		limit = o.finallyDeadline()
	}
	// Stored times have no fractions of a second, and a child PipelineRun can end within the second in which it is stopped.
	return !limit.IsZero() && !end.Time.Before(limit.Truncate(time.Second))
}

// definition returns what became of fetching the definition of a task, and false if it was not fetched.
func (o *observed) definition(t *task) (Definition, bool) {
	d, ok := o.seen.Definitions[t.definitionKey()]
	return d, ok
}

// lastSpec returns the last entry of taskRunSpecs for a task, nil without one: it counts alone, except for the service
// account and the pod template (contract 1 §1.9).
func (o *observed) lastSpec(t *task) *v1.PipelineTaskRunSpec {
	specs := o.specsByTask[t.spec.Name]
	if len(specs) == 0 {
		return nil
	}
	return specs[len(specs)-1]
}

// firstName returns the name of the first child of a task, as far as it is known.
func (o *observed) firstName(t *task, pt *v1.PipelineTask) string {
	switch {
	case len(t.recorded) > 0:
		return t.recorded[0].Name
	case isFannedOut(pt):
		return names.MatrixInstance(o.pr.Name, t.spec.Name, 0, pt.Matrix.Count())
	default:
		return names.PipelineTask(o.pr.Name, t.spec.Name)
	}
}
