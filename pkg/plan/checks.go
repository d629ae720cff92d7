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

// check is one reason why a run cannot go on; nil if it can.
type check func(*run) *failure.Failure

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

// startChecks look at the Pipeline together with what it refers to, until the first child exists.
var startChecks = []check{
	checkTaskParams,
	checkEnumSubsets,
	checkResultReferences,
	checkPipelineResults,
	checkOptionalWorkspaces,
}

func (r *run) firstFailure(checks []check) *failure.Failure {
	for _, c := range checks {
		if f := c(r); f != nil {
			return f
		}
	}
	return nil
}

func userError(reason v1.PipelineRunReason, format string, args ...any) *failure.Failure {
	return failure.UserErrorf(reason.String(), format, args...)
}

// runName names the run in messages.
func (r *run) runName() string { return r.pr.Namespace + "/" + r.pr.Name }

// definition names the Pipeline as its document does. A run does not store the namespace of a document from elsewhere, so
// that a later pass first asks for the document again; until it is there, the name does not count.
func (r *run) definition() string {
	if r.namesForgotten {
		r.namesForgotten = false
		r.wantPipeline()
	}
	return r.pipelineNamespace + "/" + r.shownName()
}

// localDefinition is definition with the namespace of the run, as most messages have it.
func (r *run) localDefinition() string { return r.pr.Namespace + "/" + r.shownName() }

// shownName is the name of the Pipeline, or the reference to it if the document has none.
func (r *run) shownName() string {
	if ref := r.pr.Spec.PipelineRef; ref != nil && r.pipelineName == "" {
		return referenceText(ref.Name, ref.ResolverRef)
	}
	return r.pipelineName
}

func checkGraph(r *run) *failure.Failure {
	known := make(map[string]bool, len(r.spec.Tasks))
	for i := range r.spec.Tasks {
		known[r.spec.Tasks[i].Name] = true
	}
	nodes := make([]dag.Node, len(r.spec.Tasks))
	for i := range r.spec.Tasks {
		nodes[i] = node(&r.spec.Tasks[i], known)
	}
	if _, err := dag.Build(nodes); err != nil {
		return userError(v1.PipelineRunReasonInvalidGraph, "PipelineRun %s's Pipeline DAG is invalid: %w", r.runName(), err)
	}
	return nil
}

// node returns the node of a task with all that orders it. References from fields that the contract gives no edges count
// only if the task exists: admission let them pass.
func node(pt *v1.PipelineTask, known map[string]bool) dag.Node {
	n := dag.Node{Name: pt.Name, After: slices.Clone(pt.RunAfter)}
	for _, ref := range resultRefs(pt) {
		if ref.isNeeded() && (known[ref.Task] || !ref.Quoted && ref.place != inBinding) {
			n.After = append(n.After, ref.Task)
		}
	}
	return n
}

func checkFinallyGraph(r *run) *failure.Failure {
	nodes := make([]dag.Node, 0, len(r.spec.Finally))
	for i := range r.spec.Finally {
		nodes = append(nodes, dag.Node{Name: r.spec.Finally[i].Name, After: r.spec.Finally[i].RunAfter})
	}
	if _, err := dag.Build(nodes); err != nil {
		return userError(v1.PipelineRunReasonInvalidGraph, "PipelineRun %s's Pipeline DAG is invalid for finally clause: %w", r.runName(), err)
	}
	return nil
}

func checkSpec(r *run) *failure.Failure {
	if r.seen.ValidateSpec == nil {
		return nil
	}
	if err := r.seen.ValidateSpec(r.spec); err != nil {
		return r.invalidSpec(err)
	}
	return nil
}

// invalidSpec is the failure of a Pipeline that breaks the rules of admission.
func (r *run) invalidSpec(err error) *failure.Failure {
	return userError(v1.PipelineRunReasonFailedValidation, "Pipeline %s can't be Run; it has an invalid spec: %w", r.definition(), err)
}

func checkParams(r *run) *failure.Failure {
	problem := params.Check(r.spec.Params, r.pr.Spec.Params)
	if problem == nil || problem.Kind == params.MissingKeys {
		if f := r.checkEnums(); f != nil {
			return f
		}
	}
	if problem == nil {
		return nil
	}
	text := problem.ForPipelineRun()
	switch problem.Kind {
	case params.Missing:
		return userError(v1.PipelineRunReasonParameterMissing,
			"PipelineRun %s is missing some parameters required by Pipeline %s: %s", r.runName(), r.localDefinition(), text)
	case params.WrongType:
		return userError(v1.PipelineRunReasonParameterTypeMismatch,
			"PipelineRun %s parameters have mismatching types with Pipeline %s's parameters: %s", r.runName(), r.localDefinition(), text)
	default:
		return userError(v1.PipelineRunReasonObjectParameterMissKeys,
			"PipelineRun %s parameters is missing object keys required by Pipeline %s's parameters: %s", r.runName(), r.localDefinition(), text)
	}
}

func (r *run) checkEnums() *failure.Failure {
	if !r.seen.Config.FeatureFlags.EnableParamEnum {
		return nil
	}
	if problem := params.CheckEnums(r.spec.Params, r.pr.Spec.Params); problem != nil {
		return userError(v1.PipelineRunReasonInvalidParamValue, "PipelineRun %s parameters have invalid value: %s",
			r.runName(), problem.ForPipelineRun())
	}
	return nil
}

func checkArrayIndexes(r *run) *failure.Failure {
	problem := specvars.CheckPipelineIndexes(r.spec, r.pr.Spec.Params)
	if problem == nil {
		return nil
	}
	return userError(v1.PipelineRunReasonParamArrayIndexingInvalid,
		"PipelineRun %s failed validation: failed to validate Pipeline %s's parameter which has an invalid index while referring to an array: %s",
		r.runName(), r.localDefinition(), problem.ForPipelineRun())
}

func checkWorkspaces(r *run) *failure.Failure {
	for _, w := range r.spec.Workspaces {
		bound := func(b v1.WorkspaceBinding) bool { return b.Name == w.Name }
		if !w.Optional && !slices.ContainsFunc(r.pr.Spec.Workspaces, bound) {
			return userError(v1.PipelineRunReasonInvalidWorkspaceBinding,
				"PipelineRun %s doesn't bind Pipeline %s's Workspaces correctly: pipeline requires workspace with name %q be provided by pipelinerun",
				r.runName(), r.localDefinition(), w.Name)
		}
	}
	return nil
}

func checkTaskRunSpecs(r *run) *failure.Failure {
	known := make(map[string]bool, len(r.spec.Tasks)+len(r.spec.Finally))
	for _, section := range [][]v1.PipelineTask{r.spec.Tasks, r.spec.Finally} {
		for i := range section {
			known[section[i].Name] = true
		}
	}
	for i := range r.pr.Spec.TaskRunSpecs {
		if name := r.pr.Spec.TaskRunSpecs[i].PipelineTaskName; !known[name] {
			return userError(v1.PipelineRunReasonInvalidTaskRunSpec,
				"PipelineRun %s doesn't define taskRunSpecs correctly: pipelineRun's taskrunSpecs defined wrong taskName: %q, does not exist in Pipeline",
				r.runName(), name)
		}
	}
	return nil
}

// checkOnError checks onError again where it came from a parameter.
func checkOnError(r *run) *failure.Failure {
	for _, section := range [][]v1.PipelineTask{r.spec.Tasks, r.spec.Finally} {
		for i := range section {
			if err := validOnError(&section[i]); err != nil {
				return r.invalidSpec(err)
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
func checkMatrixSizes(r *run) *failure.Failure {
	for _, section := range [][]v1.PipelineTask{r.spec.Tasks, r.spec.Finally} {
		for i := range section {
			if f := r.checkMatrixSize(&section[i]); f != nil {
				return f
			}
		}
	}
	return nil
}

func (r *run) checkMatrixSize(pt *v1.PipelineTask) *failure.Failure {
	limit := r.seen.Config.Defaults.DefaultMaxMatrixCombinationsCount
	n := pt.Matrix.Count()
	if n <= limit {
		return nil
	}
	return r.invalidSpec(fmt.Errorf("matrix of pipeline task %q has %d combinations, expected at most %d (default-max-matrix-combinations-count)",
		pt.Name, n, limit))
}
