package substitution

import "strings"

// Names that references begin with, and parts of them.
const (
	RootParams     = "params"
	RootInputs     = "inputs"
	RootTasks      = "tasks"
	RootFinally    = "finally"
	RootSteps      = "steps"
	RootStep       = "step"
	RootContext    = "context"
	RootWorkspaces = "workspaces"
	RootResults    = "results"
	RootArtifacts  = "artifacts"

	partResults = "results"
	partMatrix  = "matrix"
	partLength  = "length"
	partPath    = "path"
)

// ParamRef is a reference to a param: $(params.NAME), $(params.NAME.KEY), $(params['NAME'][0]), …
type ParamRef struct {
	Text string
	// Alias says that the old prefix inputs.params is used, which works in Task specs.
	Alias bool
	// Name is the first name after the prefix, and Key the rest of a dotted reference. A dot can also be part of a param's
	// name: see Dotted.
	Name, Key string
	// Dotted is everything after the prefix up to the index: Name, or Name.Key.
	Dotted string
	// Quoted says that the name is in brackets and quotes.
	Quoted bool
	Index  int
	Star   bool
}

// Param returns r as a reference to a param.
func (r Reference) Param() (ParamRef, bool) {
	path, quoted := r.Path, r.Quoted
	alias := len(path) > 1 && path[0] == RootInputs && path[1] == RootParams
	if alias {
		path, quoted = path[1:], quoted-1
	}
	if len(path) < 2 || path[0] != RootParams || r.Key != "" || r.Quoted >= 0 && quoted != 1 {
		return ParamRef{}, false
	}
	return ParamRef{
		Text:   r.Text,
		Alias:  alias,
		Name:   path[1],
		Key:    strings.Join(path[2:], "."),
		Dotted: strings.Join(path[1:], "."),
		Quoted: r.Quoted >= 0,
		Index:  r.Index,
		Star:   r.Star,
	}, true
}

// TaskResultRef is a reference to a result of a pipeline task: $(tasks.TASK.results.RESULT) and its forms.
type TaskResultRef struct {
	Text string
	// Section is RootTasks or RootFinally; the latter in pipeline results only.
	Section      string
	Task, Result string
	// Key is the member of an object, empty for none.
	Key   string
	Index int
	Star  bool
	// Quoted says that the result's name is in brackets and quotes.
	Quoted bool
}

// TaskResult returns r as a reference to a result of a pipeline task. In dot form a result's name cannot contain dots.
func (r Reference) TaskResult() (TaskResultRef, bool) {
	n := len(r.Path)
	if n < 4 || n > 5 || r.Path[0] != RootTasks && r.Path[0] != RootFinally || r.Path[2] != partResults {
		return TaskResultRef{}, false
	}
	if r.Quoted >= 0 && (r.Quoted != 3 || n > 4) || r.Quoted < 0 && r.Key != "" {
		return TaskResultRef{}, false
	}
	ref := TaskResultRef{
		Text:    r.Text,
		Section: r.Path[0],
		Task:    r.Path[1],
		Result:  r.Path[3],
		Key:     r.Key,
		Index:   r.Index,
		Star:    r.Star,
		Quoted:  r.Quoted >= 0,
	}
	if n == 5 {
		ref.Key = r.Path[4]
	}
	return ref, true
}

// TaskResults returns the references to results of pipeline tasks in text.
func TaskResults(text string) []TaskResultRef {
	return views(text, Reference.TaskResult)
}

// StepResultRef is a reference to a result of a step: $(steps.STEP.results.RESULT) and its forms.
type StepResultRef struct {
	Text         string
	Step, Result string
	// Key is the member of an object, empty for none.
	Key   string
	Index int
	Star  bool
}

// StepResult returns r as a reference to a result of a step, which has dot form only.
func (r Reference) StepResult() (StepResultRef, bool) {
	n := len(r.Path)
	if !r.Plain() || n < 4 || n > 5 || r.Path[0] != RootSteps || r.Path[2] != partResults {
		return StepResultRef{}, false
	}
	ref := StepResultRef{Text: r.Text, Step: r.Path[1], Result: r.Path[3], Index: r.Index, Star: r.Star}
	if n == 5 {
		ref.Key = r.Path[4]
	}
	return ref, true
}

// StepResults returns the references to results of steps in text.
func StepResults(text string) []StepResultRef {
	return views(text, Reference.StepResult)
}

// StatusRef is a reference to how tasks ended: $(tasks.TASK.status), $(tasks.TASK.reason), $(tasks.status).
type StatusRef struct {
	Text string
	// Task is empty for the status of all tasks together.
	Task string
	// Reason says that the reason is asked for, not the status.
	Reason bool
}

// Status returns r as a reference to how tasks ended.
func (r Reference) Status() (StatusRef, bool) {
	if !r.Plain() || r.ended() || r.Path[0] != RootTasks {
		return StatusRef{}, false
	}
	switch {
	case len(r.Path) == 2 && r.Path[1] == "status":
		return StatusRef{Text: r.Text}, true
	case len(r.Path) == 3 && (r.Path[2] == "status" || r.Path[2] == "reason"):
		return StatusRef{Text: r.Text, Task: r.Path[1], Reason: r.Path[2] == "reason"}, true
	default:
		return StatusRef{}, false
	}
}

// Statuses returns the references to how tasks ended in text.
func Statuses(text string) []StatusRef {
	return views(text, Reference.Status)
}

// ContextRef is a reference to a fact about the run: $(context.OBJECT.FIELD).
type ContextRef struct {
	Text string
	// Object is taskRun, task, pipelineRun, pipeline or pipelineTask, Field for instance name, if the reference is valid.
	Object, Field string
}

// Context returns r as a reference to a fact about the run.
func (r Reference) Context() (ContextRef, bool) {
	if !r.Plain() || r.ended() || len(r.Path) != 3 || r.Path[0] != RootContext {
		return ContextRef{}, false
	}
	return ContextRef{Text: r.Text, Object: r.Path[1], Field: r.Path[2]}, true
}

// WorkspaceRef is a reference to a workspace: $(workspaces.NAME.FIELD).
type WorkspaceRef struct {
	Text string
	Name string
	// Field is path, claim, volume or bound, if the reference is valid.
	Field string
}

// Workspace returns r as a reference to a workspace. Dots before the last one belong to the name.
func (r Reference) Workspace() (WorkspaceRef, bool) {
	n := len(r.Path)
	if !r.Plain() || r.ended() || n < 3 || r.Path[0] != RootWorkspaces {
		return WorkspaceRef{}, false
	}
	return WorkspaceRef{Text: r.Text, Name: strings.Join(r.Path[1:n-1], "."), Field: r.Path[n-1]}, true
}

// Workspaces returns the references to workspaces in text.
func Workspaces(text string) []WorkspaceRef {
	return views(text, Reference.Workspace)
}

// MatrixLengthRef is a reference to a number of combinations or results: $(tasks.TASK.matrix.length),
// $(tasks.TASK.matrix.RESULT.length).
type MatrixLengthRef struct {
	Text string
	Task string
	// Result is empty for the number of combinations.
	Result string
}

// MatrixLength returns r as a reference to a number of combinations or results.
func (r Reference) MatrixLength() (MatrixLengthRef, bool) {
	n := len(r.Path)
	if !r.Plain() || r.ended() || n < 4 || r.Path[0] != RootTasks || r.Path[2] != partMatrix || r.Path[n-1] != partLength {
		return MatrixLengthRef{}, false
	}
	return MatrixLengthRef{Text: r.Text, Task: r.Path[1], Result: strings.Join(r.Path[3:n-1], ".")}, true
}

// MatrixLengths returns the references to numbers of combinations or results in text.
func MatrixLengths(text string) []MatrixLengthRef {
	return views(text, Reference.MatrixLength)
}

// ArtifactRef is a reference to the values of an artifact: $(steps.NAME.outputs.ARTIFACT),
// $(tasks.NAME.inputs.ARTIFACT).
type ArtifactRef struct {
	Text string
	// Section is RootSteps or RootTasks, and Name that of the step or pipeline task.
	Section, Name string
	Output        bool
	Artifact      string
}

// Artifact returns r as a reference to the values of an artifact.
func (r Reference) Artifact() (ArtifactRef, bool) {
	if !r.Plain() || r.ended() || len(r.Path) < 4 || r.Path[0] != RootSteps && r.Path[0] != RootTasks {
		return ArtifactRef{}, false
	}
	if r.Path[2] != "inputs" && r.Path[2] != "outputs" {
		return ArtifactRef{}, false
	}
	return ArtifactRef{
		Text:     r.Text,
		Section:  r.Path[0],
		Name:     r.Path[1],
		Output:   r.Path[2] == "outputs",
		Artifact: strings.Join(r.Path[3:], "."),
	}, true
}

// Artifacts returns the references to values of artifacts in text.
func Artifacts(text string) []ArtifactRef {
	return views(text, Reference.Artifact)
}

// ArtifactPath reports whether r is the file to write artifacts to, of the step ($(step.artifacts.path)) or of the
// whole Task ($(artifacts.path)).
func (r Reference) ArtifactPath() (step, ok bool) {
	switch r.Text {
	case "$(step.artifacts.path)":
		return true, true
	case "$(artifacts.path)":
		return false, true
	default:
		return false, false
	}
}

// ResultPathRef is a reference to the file to write a result to: $(results.NAME.path), $(step.results.NAME.path).
type ResultPathRef struct {
	Text string
	// Step says that it is a result of the step, not of the Task.
	Step bool
	Name string
}

// ResultPath returns r as a reference to the file to write a result to. In dot form the dots before the last one
// belong to the name.
func (r Reference) ResultPath() (ResultPathRef, bool) {
	path, quoted := r.Path, r.Quoted
	step := path[0] == RootStep
	if step {
		path, quoted = path[1:], quoted-1
	}
	n := len(path)
	if r.ended() || n < 3 || path[0] != RootResults || path[n-1] != partPath || r.Quoted >= 0 && (quoted != 1 || n != 3) {
		return ResultPathRef{}, false
	}
	return ResultPathRef{Text: r.Text, Step: step, Name: strings.Join(path[1:n-1], ".")}, true
}

// views returns those references in text that have the form view tells.
func views[T any](text string, view func(Reference) (T, bool)) []T {
	var found []T
	for _, r := range Parse(text) {
		if v, ok := view(r); ok {
			found = append(found, v)
		}
	}
	return found
}
