package plan

import (
	"encoding/json"
	"strconv"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/specvars"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// Values of status variables (contract 3 §4.3).
const (
	statusSucceeded = "Succeeded"
	statusFailed    = "Failed"
	statusCompleted = "Completed"
	statusNone      = "None"
)

// putVariables adds what the variables of a task about other tasks stand for, apart from results: how they ended, for final
// tasks, how many combinations they have, and which artifacts they made.
func (d *decided) putVariables(t *task, known *specvars.PipelineTaskValues) {
	visit := func(f specvars.Field) {
		f.References(func(ref substitution.Reference) { d.putVariable(t, ref, known) })
	}
	specvars.VisitPipelineTaskFields(t.spec, visit)
	if specvars.IsTask(t.spec) && d.seen.Config.FeatureFlags.EnableArtifacts {
		specvars.VisitTaskFields(&t.spec.TaskSpec.TaskSpec, visit)
	}
}

func (d *decided) putVariable(t *task, ref substitution.Reference, known *specvars.PipelineTaskValues) {
	if s, ok := ref.Status(); ok && t.final {
		d.putStatus(s, &known.Statuses)
		return
	}
	if m, ok := ref.MatrixLength(); ok {
		d.putLength(m, &known.Lengths)
		return
	}
	if a, ok := ref.Artifact(); ok && d.seen.Config.FeatureFlags.EnableArtifacts && a.Section == substitution.RootTasks {
		d.putArtifact(a, &known.Results)
	}
}

func keyOf(text string) string { return text[len("$(") : len(text)-len(")")] }

func (d *decided) putStatus(ref substitution.StatusRef, known *substitution.Values) {
	if ref.Task == "" {
		known.SetString(keyOf(ref.Text), d.tasksStatus())
		return
	}
	t := d.dagTask(ref.Task)
	switch {
	case t == nil:
	case ref.Reason:
		known.SetString(keyOf(ref.Text), t.reasonText())
	default:
		known.SetString(keyOf(ref.Text), t.statusText())
	}
}

// tasksStatus returns how the DAG tasks ended together.
func (d *decided) tasksStatus() string {
	if !d.dagDone() {
		return statusNone
	}
	status := statusSucceeded
	for _, t := range d.tasks {
		switch t.state {
		case failed, timedOut, cancelled:
			return statusFailed
		case skipped, invalid:
			status = statusCompleted
		default:
		}
	}
	return status
}

// statusText returns how a DAG task ended.
func (t *task) statusText() string {
	switch t.state {
	case succeeded:
		return statusSucceeded
	case failed, timedOut, cancelled:
		return statusFailed
	default:
		return statusNone
	}
}

// reasonText returns the reason of the first child that is not successful, else of the first child.
func (t *task) reasonText() string {
	if len(t.children) == 0 {
		return ""
	}
	for _, c := range t.children {
		if !c.isSuccessful() {
			return c.reason()
		}
	}
	return t.children[0].reason()
}

func (d *decided) putLength(ref substitution.MatrixLengthRef, known *substitution.Values) {
	t := d.dagTask(ref.Task)
	if t == nil || !isFannedOut(t.spec) {
		return
	}
	if ref.Result != "" {
		if set := t.resultSet(); set.Has(ref.Result) {
			known.SetString(keyOf(ref.Text), strconv.Itoa(set.Len(ref.Result)))
		}
		return
	}
	known.SetString(keyOf(ref.Text), strconv.Itoa(d.combinations(t)))
}

// combinations returns how many children the matrix of a task has: those it got, if it has started, and else what its
// text says.
func (d *decided) combinations(t *task) int {
	if t.isFinished() && t.isStarted() {
		return len(t.children)
	}
	return t.spec.Matrix.Count()
}

// putArtifact adds the values of an artifact as compact JSON.
func (d *decided) putArtifact(ref substitution.ArtifactRef, known *substitution.Values) {
	t := d.dagTask(ref.Name)
	if t == nil {
		return
	}
	for _, c := range t.children {
		if c.taskRun == nil || c.taskRun.Status.Artifacts == nil {
			continue
		}
		list := c.taskRun.Status.Artifacts.Inputs
		if ref.Output {
			list = c.taskRun.Status.Artifacts.Outputs
		}
		if text, ok := artifactText(list, ref.Artifact); ok {
			known.SetString(keyOf(ref.Text), text)
			return
		}
	}
}

func artifactText(list []v1.Artifact, name string) (string, bool) {
	for _, a := range list {
		if a.Name != name {
			continue
		}
		text, err := json.Marshal(a.Values)
		return string(text), err == nil
	}
	return "", false
}
