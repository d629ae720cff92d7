package plan

import (
	"errors"
	"fmt"
	"slices"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/dag"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/params"
	"github.com/tenon-ci/tenon/pkg/specvars"
)

// check finds one reason why a run cannot go on; nil if it can.
type check func(*loaded) *halt

// specChecks look at the Pipeline and what the run gives it, once, before values are filled in (contract 3 §1.1).
var specChecks = []check{
	checkGraph,
	checkFinallyGraph,
	checkSpec,
	checkParams,
	checkArrayIndexes,
	checkWorkspaces,
	checkTaskRunSpecs,
}

// filledChecks look at the Pipeline after values were filled in, once.
var filledChecks = []check{
	checkOnError,
	checkMatrixSizes,
}

func (l *loaded) firstHalt(checks []check) *halt {
	for _, c := range checks {
		if h := c(l); h != nil {
			return h
		}
	}
	return nil
}

func checkGraph(l *loaded) *halt {
	known := make(map[string]bool, len(l.spec.Tasks))
	for i := range l.spec.Tasks {
		known[l.spec.Tasks[i].Name] = true
	}
	nodes := make([]dag.Node, len(l.spec.Tasks))
	for i := range l.spec.Tasks {
		nodes[i] = node(&l.spec.Tasks[i], known)
	}
	if err := dag.Check(nodes); err != nil {
		return haltOver(userError(v1.PipelineRunReasonInvalidGraph, "PipelineRun %s's Pipeline DAG is invalid: %w", l.runName(), err))
	}
	return nil
}

// node returns the node of a task with all that orders it. References from fields that the contract gives no edges count
// only if the task exists: admission let them pass.
func node(pt *v1.PipelineTask, known map[string]bool) dag.Node {
	isOverlooked := func(ref reference) bool { return !known[ref.Task] && (ref.Quoted || ref.place == inBinding) }
	return dag.Node{Name: pt.Name, After: predecessors(pt, slices.DeleteFunc(resultRefs(pt), isOverlooked))}
}

func checkFinallyGraph(l *loaded) *halt {
	nodes := make([]dag.Node, 0, len(l.spec.Finally))
	for i := range l.spec.Finally {
		nodes = append(nodes, dag.Node{Name: l.spec.Finally[i].Name, After: l.spec.Finally[i].RunAfter})
	}
	if err := dag.Check(nodes); err != nil {
		return haltOver(userError(v1.PipelineRunReasonInvalidGraph, "PipelineRun %s's Pipeline DAG is invalid for finally clause: %w", l.runName(), err))
	}
	return nil
}

func checkSpec(l *loaded) *halt {
	if l.seen.ValidateSpec == nil {
		return nil
	}
	if err := l.seen.ValidateSpec(l.spec); err != nil {
		return l.invalidSpec(err)
	}
	return nil
}

// invalidSpec is the halt over a Pipeline that breaks the rules of admission.
func (l *loaded) invalidSpec(err error) *halt {
	return l.naming(func(definition string) *failure.Failure { return invalidSpec(definition, err) })
}

func invalidSpec(definition string, err error) *failure.Failure {
	return userError(v1.PipelineRunReasonFailedValidation, "Pipeline %s can't be Run; it has an invalid spec: %w", definition, err)
}

func checkParams(l *loaded) *halt {
	problem := params.Check(l.spec.Params, l.pr.Spec.Params)
	if problem == nil || problem.Kind == params.MissingKeys {
		if h := l.checkEnums(); h != nil {
			return h
		}
	}
	if problem == nil {
		return nil
	}
	text := problem.ForPipelineRun()
	switch problem.Kind {
	case params.Missing:
		return haltOver(userError(v1.PipelineRunReasonParameterMissing,
			"PipelineRun %s is missing some parameters required by Pipeline %s: %s", l.runName(), l.localDefinition(), text))
	case params.WrongType:
		return haltOver(userError(v1.PipelineRunReasonParameterTypeMismatch,
			"PipelineRun %s parameters have mismatching types with Pipeline %s's parameters: %s", l.runName(), l.localDefinition(), text))
	default:
		return haltOver(userError(v1.PipelineRunReasonObjectParameterMissKeys,
			"PipelineRun %s parameters is missing object keys required by Pipeline %s's parameters: %s", l.runName(), l.localDefinition(), text))
	}
}

func (l *loaded) checkEnums() *halt {
	if !l.seen.Config.FeatureFlags.EnableParamEnum {
		return nil
	}
	if problem := params.CheckEnums(l.spec.Params, l.pr.Spec.Params); problem != nil {
		return haltOver(userError(v1.PipelineRunReasonInvalidParamValue, "PipelineRun %s parameters have invalid value: %s",
			l.runName(), problem.ForPipelineRun()))
	}
	return nil
}

func checkArrayIndexes(l *loaded) *halt {
	problem := specvars.CheckPipelineIndexes(l.spec, l.pr.Spec.Params)
	if problem == nil {
		return nil
	}
	return haltOver(userError(v1.PipelineRunReasonParamArrayIndexingInvalid,
		"PipelineRun %s failed validation: failed to validate Pipeline %s's parameter which has an invalid index while referring to an array: %s",
		l.runName(), l.localDefinition(), problem.ForPipelineRun()))
}

func checkWorkspaces(l *loaded) *halt {
	for _, w := range l.spec.Workspaces {
		bound := func(b v1.WorkspaceBinding) bool { return b.Name == w.Name }
		if !w.Optional && !slices.ContainsFunc(l.pr.Spec.Workspaces, bound) {
			return haltOver(userError(v1.PipelineRunReasonInvalidWorkspaceBinding,
				"PipelineRun %s doesn't bind Pipeline %s's Workspaces correctly: pipeline requires workspace with name %q be provided by pipelinerun",
				l.runName(), l.localDefinition(), w.Name))
		}
	}
	return nil
}

func checkTaskRunSpecs(l *loaded) *halt {
	known := make(map[string]bool, len(l.spec.Tasks)+len(l.spec.Finally))
	for _, section := range [][]v1.PipelineTask{l.spec.Tasks, l.spec.Finally} {
		for i := range section {
			known[section[i].Name] = true
		}
	}
	for i := range l.pr.Spec.TaskRunSpecs {
		if name := l.pr.Spec.TaskRunSpecs[i].PipelineTaskName; !known[name] {
			return haltOver(userError(v1.PipelineRunReasonInvalidTaskRunSpec,
				"PipelineRun %s doesn't define taskRunSpecs correctly: pipelineRun's taskrunSpecs defined wrong taskName: %q, does not exist in Pipeline",
				l.runName(), name))
		}
	}
	return nil
}

// checkOnError checks onError again where it came from a parameter.
func checkOnError(l *loaded) *halt {
	for _, section := range [][]v1.PipelineTask{l.spec.Tasks, l.spec.Finally} {
		for i := range section {
			if err := validOnError(&section[i]); err != nil {
				return l.invalidSpec(err)
			}
		}
	}
	return nil
}

func validOnError(pt *v1.PipelineTask) error {
	switch pt.OnError {
	case "", v1.PipelineTaskStopAndFail:
		return nil
	case v1.PipelineTaskContinue:
		if pt.Retries > 0 {
			return fmt.Errorf("pipeline task %q: %w", pt.Name, errContinueWithRetries)
		}
		return nil
	default:
		return fmt.Errorf("pipeline task %q: PipelineTask OnError must be either \"continue\" or \"stopAndFail\", not %q", pt.Name, pt.OnError)
	}
}

var errContinueWithRetries = errors.New(`PipelineTask OnError cannot be set to "continue" when Retries is greater than 0`)

// checkMatrixSizes refuses matrices that are too large already before results are filled in.
func checkMatrixSizes(l *loaded) *halt {
	for _, section := range [][]v1.PipelineTask{l.spec.Tasks, l.spec.Finally} {
		for i := range section {
			if h := l.checkMatrixSize(&section[i]); h != nil {
				return h
			}
		}
	}
	return nil
}

func (l *loaded) checkMatrixSize(pt *v1.PipelineTask) *halt {
	limit := l.seen.Config.Defaults.DefaultMaxMatrixCombinationsCount
	n := pt.Matrix.Count()
	if n <= limit {
		return nil
	}
	return l.invalidSpec(fmt.Errorf("matrix of pipeline task %q has %d combinations, expected at most %d (default-max-matrix-combinations-count)",
		pt.Name, n, limit))
}
