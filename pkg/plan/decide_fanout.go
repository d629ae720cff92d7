package plan

import (
	"github.com/tenon-ci/tenon/pkg/failure"
	"slices"
	"strings"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/names"
	"github.com/tenon-ci/tenon/pkg/specvars"
)

// fanOut returns all instances of a matrix (contract 3 §3.1, §5.1).
func (o *observed) fanOut(task string, m *v1.Matrix) []instance {
	combinations := m.Combinations()
	all := make([]instance, len(combinations))
	for i, c := range combinations {
		all[i] = instance{name: names.MatrixInstance(o.pr.Name, task, i, len(combinations)), combination: c}
	}
	return all
}

// usesOtherNames tells whether a task has recorded children whose names are not those of its instances.
func usesOtherNames(t *task, all []instance) bool {
	known := make(map[string]bool, len(all))
	for _, i := range all {
		known[i.name] = true
	}
	return slices.ContainsFunc(t.recorded, func(ref v1.ChildStatusReference) bool { return !known[ref.Name] })
}

func (d *decided) completeFanOuts(tasks []*task) *failure.Failure {
	for _, t := range tasks {
		if f := d.completeFanOut(t); f != nil {
			return f
		}
	}
	return nil
}

// completeFanOut finds the instances that a started fan-out lacks because a pass ended half way (contract 3 §5.3). A
// fan-out is one task, so that it is completed also while the run is stopping because another task failed: what was begun
// gets its whole outcome. Instances are not made up for once the run was asked to stop, its time is up, something has
// started on the task's end, or they had ended before they were deleted.
func (d *decided) completeFanOut(t *task) *failure.Failure {
	if !t.isStarted() || !isFannedOut(t.spec) || d.ended[t.spec.Name] || d.isWindingUp(t) || d.isBuiltUpon(t) {
		return nil
	}
	n, known := d.fanOutSize(t)
	if !known || n <= len(t.children) || n > d.seen.Config.Defaults.DefaultMaxMatrixCombinationsCount {
		return nil
	}
	values, f := d.valuesFor(t)
	if f != nil {
		return nil
	}
	if f := d.fillIn(t, values); f != nil {
		return f
	}
	all := d.fanOut(t.spec.Name, t.filled.Matrix)
	if usesOtherNames(t, all) {
		return nil
	}
	have := make(map[string]bool, len(t.children))
	for _, c := range t.children {
		have[c.meta.Name] = true
	}
	missing := slices.DeleteFunc(all, func(i instance) bool { return have[i.name] })
	if len(missing) > 0 {
		t.missing, t.state = missing, running
	}
	return nil
}

// fanOutSize returns how many instances a started fan-out has, and false if that is no longer known. It builds none of them:
// most fan-outs are complete.
func (d *decided) fanOutSize(t *task) (int, bool) {
	m := t.spec.Matrix
	if hasVariables(m) {
		known, f := d.valuesFor(t)
		missesMatrix := func(m missingResult) bool { return m.ref.place == inMatrix }
		if f != nil || slices.ContainsFunc(known.missing, missesMatrix) {
			return 0, false
		}
		filled, err := specvars.PipelineTask(&v1.PipelineTask{Name: t.spec.Name, Retries: t.spec.Retries, Matrix: m}, known.PipelineTaskValues)
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
func (d *decided) isWindingUp(t *task) bool {
	switch {
	case d.pipelineTimedOut():
		return true
	case t.final:
		return d.finallyTimedOut()
	default:
		return d.tasksTimedOut() || d.pr.IsGracefullyCancelled() || d.pr.IsGracefullyStopped()
	}
}

// isBuiltUpon tells whether anything has started on the end of a task.
func (d *decided) isBuiltUpon(t *task) bool {
	if t.final {
		return false
	}
	return slices.ContainsFunc(d.finals, (*task).hasStarted) || d.startedUpon()[t.spec.Name]
}
