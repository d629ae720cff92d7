package runtree

import (
	"slices"
	"strings"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// dependencies returns for each task those that exist among the ones it waits for, each once, in the order of the spec's fields.
func dependencies(spec *v1.PipelineSpec) map[string][]string {
	known := make(map[string]bool, len(spec.Tasks))
	for i := range spec.Tasks {
		known[spec.Tasks[i].Name] = true
	}
	needs := make(map[string][]string, len(spec.Tasks))
	for i := range spec.Tasks {
		pt := &spec.Tasks[i]
		for _, name := range pt.Dependencies() {
			if known[name] && name != pt.Name && !slices.Contains(needs[pt.Name], name) {
				needs[pt.Name] = append(needs[pt.Name], name)
			}
		}
	}
	return needs
}

// ordered returns tasks so that each comes after those it needs, and otherwise as they stand. Tasks in a circle, which admission
// refuses, come last.
func ordered(tasks []v1.PipelineTask, needs map[string][]string) []*v1.PipelineTask {
	out := make([]*v1.PipelineTask, 0, len(tasks))
	placed := make(map[string]bool, len(tasks))
	left := make([]*v1.PipelineTask, len(tasks))
	for i := range tasks {
		left[i] = &tasks[i]
	}
	isReady := func(pt *v1.PipelineTask) bool {
		return !slices.ContainsFunc(needs[pt.Name], func(name string) bool { return !placed[name] })
	}
	for len(left) > 0 {
		next := left[:0:0]
		for _, pt := range left {
			if !isReady(pt) {
				next = append(next, pt)
				continue
			}
			placed[pt.Name] = true
			out = append(out, pt)
		}
		if len(next) == len(left) {
			return append(out, next...)
		}
		left = next
	}
	return out
}

// skippedBecause says in words why a task is not run. The reason ParentTasksSkip is put into words by explainParents.
func skippedBecause(skip v1.SkippedTask) string {
	switch skip.Reason {
	case v1.WhenExpressionsSkip:
		return falseCondition(skip.WhenExpressions)
	case v1.StoppingSkip:
		return "another task failed"
	case v1.GracefullyCancelledSkip:
		return "the run was cancelled"
	case v1.GracefullyStoppedSkip:
		return "the run was stopped"
	case v1.MissingResultsSkip:
		return "a result that it needs was not produced"
	case v1.PipelineTimedOutSkip:
		return "the time of the run was up"
	case v1.TasksTimedOutSkip:
		return "the time of the run's tasks was up"
	case v1.FinallyTimedOutSkip:
		return "the time of the run's finally tasks was up"
	case v1.EmptyArrayInMatrixParams:
		return "a list of its matrix is empty"
	case v1.ParentTasksSkip:
		return "a task before it was skipped"
	default:
		return string(skip.Reason)
	}
}

// falseCondition names the first condition that is false, with the values that it had.
func falseCondition(conditions []v1.WhenExpression) string {
	for _, c := range conditions {
		if c.CEL != "" {
			continue
		}
		isIn := slices.Contains(c.Values, c.Input)
		values := `"` + strings.Join(c.Values, `", "`) + `"`
		switch {
		case c.Operator == "in" && !isIn && len(c.Values) == 1:
			return `"` + c.Input + `" is not ` + values
		case c.Operator == "in" && !isIn:
			return `"` + c.Input + `" is not one of ` + values
		case c.Operator == "notin" && isIn && len(c.Values) == 1:
			return `it runs only if the value is not ` + values
		case c.Operator == "notin" && isIn:
			return `"` + c.Input + `" is one of ` + values
		}
	}
	for _, c := range conditions {
		if c.CEL != "" {
			return "the condition is false: " + c.CEL
		}
	}
	return "a condition is false"
}

// explainParents tells of tasks that are skipped because of others which those are.
func explainParents(tasks []*Node) {
	skipped := make(map[string]bool)
	for _, n := range tasks {
		if n.State == Skipped {
			skipped[n.Task] = true
		}
	}
	for _, n := range tasks {
		if n.State != Skipped || n.Reason != string(v1.ParentTasksSkip) {
			continue
		}
		var names []string
		for _, need := range n.Needs {
			if skipped[need] {
				names = append(names, need)
			}
		}
		if len(names) > 0 {
			n.Message = strings.Join(names, " and ") + " was skipped"
			if len(names) > 1 {
				n.Message = strings.Join(names, " and ") + " were skipped"
			}
		}
	}
}
