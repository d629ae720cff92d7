package plan

import (
	"slices"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/matrix"
	"github.com/tenon-ci/tenon/pkg/names"
)

// instances returns the children to create for a task in this pass: all of a task that is due, the missing ones of a
// fan-out that was created in part.
func (r *run) instances(t *task) []instance {
	if t.state != due {
		return t.missing
	}
	if !isFannedOut(t.filled) {
		name := names.PipelineTask(r.pr.Name, t.spec.Name)
		if len(t.recorded) > 0 {
			name = t.recorded[0].Name
		}
		return []instance{{name: name}}
	}
	all := r.fanOut(t.spec.Name, t.filled.Matrix)
	if r.usesOtherNames(t, all) && len(t.recorded) == len(all) {
		for i := range all {
			all[i].name = t.recorded[i].Name
		}
	}
	return all
}

// firstName returns the name of the first child of a task, as far as it is known.
func (r *run) firstName(t *task, pt *v1.PipelineTask) string {
	switch {
	case len(t.recorded) > 0:
		return t.recorded[0].Name
	case isFannedOut(pt):
		return names.MatrixInstance(r.pr.Name, t.spec.Name, 0, matrix.Count(pt.Matrix))
	default:
		return names.PipelineTask(r.pr.Name, t.spec.Name)
	}
}

// fanOut returns all instances of a matrix (contract 3 §3.1, §5.1).
func (r *run) fanOut(task string, m *v1.Matrix) []instance {
	combinations := matrix.Combinations(m)
	all := make([]instance, len(combinations))
	for i, c := range combinations {
		all[i] = instance{name: names.MatrixInstance(r.pr.Name, task, i, len(combinations)), combination: c}
	}
	return all
}

// usesOtherNames tells whether a task has recorded children whose names are not those of its instances.
func (r *run) usesOtherNames(t *task, all []instance) bool {
	known := make(map[string]bool, len(all))
	for _, i := range all {
		known[i.name] = true
	}
	return slices.ContainsFunc(t.recorded, func(ref v1.ChildStatusReference) bool { return !known[ref.Name] })
}

// completeFanOut finds the instances that a started fan-out lacks because a pass ended half way (contract 3 §5.3). They
// are not made up for once the run was asked to stop, its time is up, or something has started on the task's end.
func (r *run) completeFanOut(t *task) {
	if !t.isStarted() || !isFannedOut(t.spec) || r.isWindingUp(t) {
		return
	}
	f := r.fill(t)
	missesMatrix := func(m missingResult) bool { return m.ref.place == inMatrix }
	if f.failure != nil || slices.ContainsFunc(f.missing, missesMatrix) || !r.fillTask(t, f) {
		return
	}
	if matrix.Count(t.filled.Matrix) > r.seen.Config.Defaults.DefaultMaxMatrixCombinationsCount {
		return
	}
	all := r.fanOut(t.spec.Name, t.filled.Matrix)
	if len(all) <= len(t.children) || r.usesOtherNames(t, all) {
		return
	}
	have := make(map[string]bool, len(t.children))
	for _, c := range t.children {
		have[c.meta.Name] = true
	}
	missing := slices.DeleteFunc(all, func(i instance) bool { return have[i.name] })
	if len(missing) > 0 && !r.isBuiltUpon(t) {
		t.missing, t.state = missing, running
	}
}

// isWindingUp tells whether nothing is started any more in the section of a task, not even to complete a fan-out.
func (r *run) isWindingUp(t *task) bool {
	switch {
	case r.pipelineTimedOut():
		return true
	case t.final:
		return r.finallyTimedOut()
	default:
		return r.tasksTimedOut() || r.pr.IsGracefullyCancelled() || r.pr.IsGracefullyStopped()
	}
}

// isBuiltUpon tells whether anything has started on the end of a task.
func (r *run) isBuiltUpon(t *task) bool {
	if t.final {
		return false
	}
	if slices.ContainsFunc(r.finals, (*task).hasStarted) {
		return true
	}
	return slices.ContainsFunc(r.tasks, func(other *task) bool {
		return other.hasStarted() && slices.Contains(other.parents(), t.spec.Name)
	})
}
