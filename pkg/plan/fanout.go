package plan

import (
	"slices"
	"strings"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/names"
	"github.com/tenon-ci/tenon/pkg/specvars"
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
		return names.MatrixInstance(r.pr.Name, t.spec.Name, 0, pt.Matrix.Count())
	default:
		return names.PipelineTask(r.pr.Name, t.spec.Name)
	}
}

// fanOut returns all instances of a matrix (contract 3 §3.1, §5.1).
func (r *run) fanOut(task string, m *v1.Matrix) []instance {
	combinations := m.Combinations()
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

// completeFanOut finds the instances that a started fan-out lacks because a pass ended half way (contract 3 §5.3). A
// fan-out is one task, so that it is completed also while the run is stopping because another task failed: what was begun
// gets its whole outcome. Instances are not made up for once the run was asked to stop, its time is up, something has
// started on the task's end, or they had ended before they were deleted.
func (r *run) completeFanOut(t *task) {
	if !t.isStarted() || !isFannedOut(t.spec) || r.ended[t.spec.Name] || r.isWindingUp(t) || r.isBuiltUpon(t) {
		return
	}
	n, known := r.fanOutSize(t)
	if !known || n <= len(t.children) || n > r.seen.Config.Defaults.DefaultMaxMatrixCombinationsCount {
		return
	}
	if f := r.fill(t); f.failure != nil || !r.fillTask(t, f) {
		return
	}
	all := r.fanOut(t.spec.Name, t.filled.Matrix)
	if r.usesOtherNames(t, all) {
		return
	}
	have := make(map[string]bool, len(t.children))
	for _, c := range t.children {
		have[c.meta.Name] = true
	}
	missing := slices.DeleteFunc(all, func(i instance) bool { return have[i.name] })
	if len(missing) > 0 {
		t.missing, t.state = missing, running
	}
}

// fanOutSize returns how many instances a started fan-out has, and false if that is no longer known. It builds none of them:
// most fan-outs are complete.
func (r *run) fanOutSize(t *task) (int, bool) {
	m := t.spec.Matrix
	if hasVariables(m) {
		f := r.fill(t)
		missesMatrix := func(m missingResult) bool { return m.ref.place == inMatrix }
		if f.failure != nil || slices.ContainsFunc(f.missing, missesMatrix) {
			return 0, false
		}
		filled, err := specvars.PipelineTask(&v1.PipelineTask{Name: t.spec.Name, Retries: t.spec.Retries, Matrix: m}, f.values)
		if err != nil {
			return 0, false
		}
		m = filled.Matrix
	}
	return m.Count(), true
}

// hasVariables tells whether any value of a matrix is still to be filled in.
func hasVariables(m *v1.Matrix) bool {
	found := false
	look := func(params v1.Params) {
		for i := range params {
			specvars.Field{Value: &params[i].Value}.Texts(func(text string) { found = found || strings.Contains(text, "$(") })
		}
	}
	look(m.Params)
	for i := range m.Include {
		look(m.Include[i].Params)
	}
	return found
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
	return slices.ContainsFunc(r.finals, (*task).hasStarted) || r.startedUpon()[t.spec.Name]
}

// startedUpon returns the names of the tasks that a DAG task which has started comes after.
func (r *run) startedUpon() map[string]bool {
	if r.upon == nil {
		r.upon = map[string]bool{}
		for _, t := range r.tasks {
			if !t.hasStarted() {
				continue
			}
			for _, name := range t.parents() {
				r.upon[name] = true
			}
		}
	}
	return r.upon
}
