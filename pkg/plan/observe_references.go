package plan

import (
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/specvars"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// place is the kind of field that a reference stands in.
type place int

const (
	inParams place = iota
	inWhen
	inMatrix
	// inTaskSpec are the fields of steps and sidecars of an inline Task that order tasks (contract 3 §2.1).
	inTaskSpec
	// inBinding are sub-paths of workspaces, and names and params of references. They have no edges in the contract's
	// grammar; here they have, so that the value is there (contract 3 §14 #19).
	inBinding
	// elsewhere are fields that get the value if there is one, and neither order nor hold up a task: display names and
	// the other parts of an inline Task.
	elsewhere
)

// reference is a reference to a result of another pipeline task.
type reference struct {
	substitution.TaskResultRef
	place place
}

// isNeeded tells whether the producer has to end first, and the result has to exist.
func (r reference) isNeeded() bool { return r.place != elsewhere }

// resultRefs returns the references to results in a pipeline task, in the order of its fields.
func resultRefs(pt *v1.PipelineTask) []reference {
	var refs []reference
	add := func(f specvars.Field, in place) {
		f.References(func(ref substitution.Reference) {
			if r, ok := ref.TaskResult(); ok && r.Section == substitution.RootTasks {
				refs = append(refs, reference{TaskResultRef: r, place: in})
			}
		})
	}
	specvars.VisitPipelineTaskFields(pt, func(f specvars.Field) { add(f, placeOf(f)) })
	if specvars.IsTask(pt) {
		specvars.VisitTaskFields(&pt.TaskSpec.TaskSpec, func(f specvars.Field) { add(f, placeInTask(f)) })
	}
	return refs
}

func placeOf(f specvars.Field) place {
	switch f.Part {
	case specvars.PartParams:
		return inParams
	case specvars.PartWhen:
		return inWhen
	case specvars.PartMatrix:
		return inMatrix
	case specvars.PartBinding, specvars.PartTaskRef:
		return inBinding
	default:
		return elsewhere
	}
}

func placeInTask(f specvars.Field) place {
	if specvars.OrdersTasks(f) {
		return inTaskSpec
	}
	return elsewhere
}

// predecessors returns the names of the tasks that a pipeline task with these references comes after; a name can occur
// several times. It is what orders a run; admission knows fewer fields that do (contract 3 §2.1).
func predecessors(pt *v1.PipelineTask, refs []reference) []string {
	names := make([]string, 0, len(pt.RunAfter)+len(refs))
	names = append(names, pt.RunAfter...)
	for _, r := range refs {
		if r.isNeeded() {
			names = append(names, r.Task)
		}
	}
	return names
}

func isFinalSection(section string) bool { return section == substitution.RootFinally }
