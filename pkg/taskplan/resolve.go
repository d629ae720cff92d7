package taskplan

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/podstatus"
	"github.com/tenon-ci/tenon/pkg/specvars"
	"github.com/tenon-ci/tenon/pkg/workspace"
)

// awaitRemote bounds how long a run sleeps while a resolver works (contract 4 §1.3). The run is woken when its ResolutionRequest is
// answered; this is for one that belongs to the PipelineRun.
const awaitRemote = time.Second

// resolve makes sure that there is a Task with all values filled in. It is stored once and then used (contract 2 §1.1). Only the
// number of the attempt stays a variable in what is stored, as long as there can be another attempt.
func (p *pass) resolve() bool {
	stored := p.tr.Status.TaskSpec
	if p.isOfEarlierAttempt(stored) {
		stored = nil
	}
	if stored != nil && !hasRefs(stored) {
		return p.use(stored)
	}
	task := p.seen.Task
	if task == nil {
		p.step.Wants.Task = &TaskOrder{Spec: stored}
		return true
	}
	p.verified(task.Verification)
	if task.Failure != nil {
		return p.unresolved(task.Failure)
	}
	if stored == nil {
		p.adopt(task)
	}
	return p.settle(task)
}

// use runs the stored Task in this attempt.
func (p *pass) use(stored *v1.TaskSpec) bool {
	spec, err := p.ofAttempt(stored)
	if err != nil {
		f := invalid("%w", err)
		return p.fail(v1.TaskRunReason(f.Reason), f.Message())
	}
	p.spec = spec
	return false
}

// isOfEarlierAttempt tells whether the stored Task has the number of an earlier attempt in it, and the run's own spec the variable: an
// engine that fills in inline specs anew for each attempt has stored it (contract 2 §11 #6). It matters only for a pod that is to be made.
func (p *pass) isOfEarlierAttempt(stored *v1.TaskSpec) bool {
	if stored == nil || p.tr.Spec.TaskSpec == nil || p.attempt() == 0 || p.pod != nil {
		return false
	}
	return asksForAttempt(p.tr.Spec.TaskSpec) && !asksForAttempt(stored)
}

func asksForAttempt(spec *v1.TaskSpec) bool {
	filled, err := specvars.RetryCount(spec, 0)
	return err != nil || filled != spec
}

// ofAttempt fills the number of the attempt into a stored Task.
func (p *pass) ofAttempt(stored *v1.TaskSpec) (*v1.TaskSpec, error) {
	if p.tr.Spec.Retries == 0 {
		return stored, nil
	}
	return specvars.RetryCount(stored, p.attempt())
}

// shownTask is the Task for a status that no attempt will be made with any more.
func (p *pass) shownTask() *v1.TaskSpec {
	stored := p.status.TaskSpec
	if stored == nil || p.unsettled || hasRefs(stored) {
		return stored
	}
	spec, err := p.ofAttempt(stored)
	if err != nil {
		return stored
	}
	return spec
}

func hasRefs(spec *v1.TaskSpec) bool {
	for i := range spec.Steps {
		if spec.Steps[i].Ref != nil {
			return true
		}
	}
	return false
}

// verified records the outcome of checking a signature (contract 4 §4.3).
func (p *pass) verified(v *Verification) {
	if v == nil {
		return
	}
	cond := apis.Condition{Type: v1.ConditionTrustedResourcesVerified, Status: corev1.ConditionTrue}
	if !v.Passed {
		cond.Status, cond.Message = corev1.ConditionFalse, v.Message
	}
	p.status.SetCondition(cond, p.stamp)
}

func (p *pass) unresolved(f *failure.Failure) bool {
	switch f.Class {
	case failure.Waiting:
		p.wake(p.seen.Now.Add(awaitRemote))
		return p.wait(v1.TaskRunReasonResolvingTaskRef, fmt.Sprintf("TaskRun %s/%s awaiting remote resource", p.tr.Namespace, p.tr.Name))
	case failure.Transient:
		p.step.Failure = f
		return true
	}
	if f.Reason != "" {
		if v1.TaskRunReason(f.Reason) == v1.TaskRunReasonResourceVerificationFailed {
			p.verified(&Verification{Message: f.Text})
		}
		return p.fail(v1.TaskRunReason(f.Reason), f.Message())
	}
	return p.fail(v1.TaskRunReasonFailedResolution, fmt.Sprintf("error when listing tasks for taskRun %s: %s", p.tr.Name, f.Message()))
}

// adopt takes over what the run inherits from its Task, once (contract 2 §1.11).
func (p *pass) adopt(task *Task) {
	for key, value := range task.Labels {
		if _, own := p.tr.Labels[key]; !own {
			p.label(key, value)
		}
	}
	for key, value := range task.Annotations {
		if _, own := p.tr.Annotations[key]; !own && key != pipeline.LastAppliedAnnotationKey && key != pipeline.ReleaseAnnotationKey {
			p.annotate(key, value)
		}
	}
	if p.tr.Spec.TaskRef != nil && task.Name != "" {
		p.label(pipeline.TaskLabelKey, task.Name)
	}
	if task.RefSource != nil && p.seen.Config.FeatureFlags.EnableProvenanceInStatus {
		if p.status.Provenance == nil {
			p.status.Provenance = &v1.Provenance{}
		}
		p.status.Provenance.RefSource = task.RefSource
	}
}

// settle checks the Task against the run and fills values in.
func (p *pass) settle(task *Task) bool {
	spec := task.Spec.DeepCopy()
	if p.tr.Spec.TaskSpec != nil {
		spec.Workspaces = workspace.Declare(spec.Workspaces, p.tr.Spec.Workspaces)
	}
	p.status.TaskSpec = spec
	p.stubs(spec, task.StepSources)
	if f := task.StepFailure; f != nil {
		p.unsettled = f.Final()
		return p.withoutSteps(f)
	}
	if len(spec.Steps) == 0 {
		// Admission refuses such a Task, but may have been away, or may not look at the namespace (contract 1 §0.2).
		p.unsettled = true
		return p.fail(v1.TaskRunReasonFailedValidation, invalid("no steps").Message())
	}
	bindings, f := p.bindings(spec)
	if f == nil {
		flags := p.seen.Config.FeatureFlags
		f = subject{
			tr: p.tr, task: p.taskName(task), spec: spec, bindings: bindings, coschedule: flags.Coschedule, enums: flags.EnableParamEnum,
		}.validate()
	}
	var filled *v1.TaskSpec
	if f == nil {
		filled, f = p.fillIn(spec, bindings, p.taskName(task))
	}
	if f != nil {
		p.unsettled = true
		return p.fail(v1.TaskRunReason(f.Reason), f.Message())
	}
	p.status.TaskSpec = filled
	return p.use(filled)
}

func (p *pass) withoutSteps(f *failure.Failure) bool {
	switch {
	case f.Class == failure.Waiting:
		p.wake(p.seen.Now.Add(awaitRemote))
		return p.wait(v1.TaskRunReasonResolvingStepActionRef, fmt.Sprintf("TaskRun %s/%s awaiting remote StepAction", p.tr.Namespace, p.tr.Name))
	case f.Class == failure.Transient:
		p.step.Failure = f
		return true
	case f.Reason != "":
		return p.fail(v1.TaskRunReason(f.Reason), f.Message())
	default:
		return p.fail(v1.TaskRunReasonFailedResolution, f.Message())
	}
}

// stubs shows the steps until the pod reports them; what an earlier attempt left is shown as long.
func (p *pass) stubs(spec *v1.TaskSpec, sources []*v1.RefSource) {
	for i := range p.status.Steps {
		if p.status.Steps[i].Container != "" {
			return
		}
	}
	steps := make([]v1.StepState, 0, len(spec.Steps))
	for i := range spec.Steps {
		source := p.sourceOfStep(i)
		if i < len(sources) && sources[i] != nil {
			source = sources[i]
		}
		steps = append(steps, podstatus.Stub(spec.Steps[i].Name, i, source))
	}
	p.status.Steps = steps
}

// taskName is the name of the Task, or of the run if the Task is inline.
func (p *pass) taskName(task *Task) string {
	switch {
	case task.Name != "":
		return task.Name
	case p.tr.Spec.TaskRef != nil:
		// The Task itself was resolved in an earlier pass.
		return p.tr.Labels[pipeline.TaskLabelKey]
	default:
		return p.tr.Name
	}
}

// facts are what variables of the run stand for.
func (p *pass) facts(taskName string) specvars.TaskRun {
	return specvars.TaskRun{
		Name: p.tr.Name, Namespace: p.tr.Namespace, UID: string(p.tr.UID),
		TaskName: taskName, Retries: p.attempt(), AnyAttempt: p.tr.Spec.Retries > 0, Params: p.tr.Spec.Params,
	}
}

// bindings are the workspaces of the run, params filled in and default ones added. Claim templates are still templates.
func (p *pass) bindings(spec *v1.TaskSpec) ([]v1.WorkspaceBinding, *failure.Failure) {
	byDefault, err := workspace.ParseDefault(p.seen.Config.Defaults.DefaultTaskRunWorkspaceBinding)
	if err != nil {
		return nil, failure.Invalidf(string(v1.TaskRunReasonFailedResolution), "%w", err)
	}
	values, err := p.facts("").ParamValues(spec)
	if err != nil {
		return nil, invalid("%w", err)
	}
	own, err := specvars.WorkspaceBindings(p.tr.Spec.Workspaces, values)
	if err != nil {
		return nil, invalid("%w", err)
	}
	return workspace.WithDefault(spec.Workspaces, own, byDefault), nil
}

func (p *pass) fillIn(spec *v1.TaskSpec, bindings []v1.WorkspaceBinding, taskName string) (*v1.TaskSpec, *failure.Failure) {
	facts := p.facts(taskName)
	facts.Workspaces = workspace.WithClaims(bindings, p.tr.UID)
	filled, err := specvars.Task(spec, facts)
	if err != nil {
		return nil, invalid("%w", err)
	}
	return filled, nil
}
