package specvars

import (
	"slices"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

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
