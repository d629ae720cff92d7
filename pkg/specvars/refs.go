package specvars

import (
	"slices"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/dag"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// ResultRefs returns the references to results of other tasks that order a pipeline task after them: in params, matrix,
// when, and in the steps and sidecars of an inline Task (contract 3 §2.1), in the order of these fields. References with
// the result's name in brackets count too: where they are replaced, the result has to be there.
func ResultRefs(pt *v1.PipelineTask) []substitution.TaskResultRef {
	var refs []substitution.TaskResultRef
	collect := func(f Field) {
		f.References(func(r substitution.Reference) {
			if ref, ok := r.TaskResult(); ok && ref.Section == substitution.RootTasks {
				refs = append(refs, ref)
			}
		})
	}
	VisitPipelineTaskFields(pt, func(f Field) {
		switch f.Part {
		case PartParams, PartWhen:
			collect(f)
		case PartMatrix:
			if f.Name == Param {
				collect(f)
			}
		}
	})
	if IsTask(pt) {
		VisitTaskFields(&pt.TaskSpec.TaskSpec, func(f Field) {
			if OrdersTasks(f) {
				collect(f)
			}
		})
	}
	return refs
}

// OrdersTasks reports whether references to results in a field of an inline Task order the pipeline task
// (contract 3 §2.1).
func OrdersTasks(f Field) bool {
	if f.Part != PartStep && f.Part != PartSidecar {
		return false
	}
	switch f.Name {
	case StepName, Image, ImagePullPolicy, Script, WorkingDir, Command, Args, EnvValue, EnvSource:
		return true
	default:
		return false
	}
}

// Dependencies returns the names of the tasks that a pipeline task comes after: those of runAfter, then those whose
// results it refers to, each once.
func Dependencies(pt *v1.PipelineTask) []string {
	var names []string
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range pt.RunAfter {
		add(name)
	}
	for _, ref := range ResultRefs(pt) {
		add(ref.Task)
	}
	return names
}

// Nodes returns the tasks of a section of a Pipeline with their Dependencies, for dag.Build.
func Nodes(tasks []v1.PipelineTask) []dag.Node {
	nodes := make([]dag.Node, len(tasks))
	for i := range tasks {
		nodes[i] = dag.Node{Name: tasks[i].Name, After: Dependencies(&tasks[i])}
	}
	return nodes
}

// UsedWorkspaces returns the names of the workspaces that an inline Task refers to in the fields that make a PipelineRun
// hand them on: script, command, args, workingDir, env values and step params of steps, sidecars and the step template
// (contract 3 §7.1). Each name comes once, in the order of the fields.
func UsedWorkspaces(spec *v1.TaskSpec) []string {
	var names []string
	VisitTaskFields(spec, func(f Field) {
		if !handsOn(f) {
			return
		}
		f.References(func(r substitution.Reference) {
			if w, ok := r.Workspace(); ok && !slices.Contains(names, w.Name) {
				names = append(names, w.Name)
			}
		})
	})
	return names
}

func handsOn(f Field) bool {
	if f.Part != PartStep && f.Part != PartSidecar && f.Part != PartStepTemplate {
		return false
	}
	switch f.Name {
	case Script, Command, Args, WorkingDir, EnvValue, Param:
		return true
	default:
		return false
	}
}
