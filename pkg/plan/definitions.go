package plan

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/params"
	"github.com/tenon-ci/tenon/pkg/specvars"
)

// wantPipeline asks for the Pipeline of the run.
func (r *run) wantPipeline() {
	values := params.Of(r.pr.Spec.Params).Values()
	ref, err := specvars.PipelineRef(r.pr.Spec.PipelineRef, values, r.facts(r.pr.Spec.PipelineRef.Name).ContextValues())
	if err != nil {
		r.fatal = r.invalidSpec(err)
		return
	}
	r.wants.Pipeline, r.wants.PipelineRef = true, ref
}

// facts are what variables about the run stand for.
func (r *run) facts(pipelineName string) specvars.PipelineRun {
	return specvars.PipelineRun{
		Name: r.pr.Name, Namespace: r.pr.Namespace, UID: string(r.pr.UID),
		PipelineName: pipelineName, Params: r.pr.Spec.Params, Workspaces: r.pr.Spec.Workspaces,
	}
}

// loadSpec gives r.spec the Pipeline with values filled in. In the first pass it is fetched, checked and filled in; later
// passes work on what status.pipelineSpec stores. It returns a failure, which may be Waiting or Transient; without one,
// either r.spec is complete or r.wants asks for the Pipeline.
func (r *run) loadSpec() *failure.Failure {
	r.pipelineName, r.pipelineNamespace = r.pr.Name, r.pr.Namespace
	if r.status.PipelineSpec != nil {
		r.recallNames()
		r.spec = r.status.PipelineSpec
		return nil
	}
	switch {
	case r.pr.Spec.PipelineSpec != nil:
		r.spec = r.pr.Spec.PipelineSpec
	case r.pr.Spec.PipelineRef == nil:
		return failure.Invalidf(v1.PipelineRunReasonCouldntGetPipeline.String(),
			"Error retrieving pipeline for pipelinerun %s: neither spec.pipelineRef nor spec.pipelineSpec is set", r.runName())
	case r.seen.Pipeline == nil:
		r.wantPipeline()
		return r.fatal
	case r.seen.Pipeline.Failure != nil:
		return r.pipelineFailure(r.seen.Pipeline.Failure)
	default:
		r.takePipeline(r.seen.Pipeline)
	}
	r.status.PipelineSpec = r.spec
	r.overwritePipelineLabel()
	if f := r.firstFailure(specChecks); f != nil {
		return f
	}
	filled, err := specvars.Pipeline(r.spec, r.facts(r.pipelineName))
	if err != nil {
		return userError(v1.PipelineRunReasonFailedValidation, "Failed to apply parameters to Pipeline %s: %w", r.localDefinition(), err)
	}
	r.spec, r.status.PipelineSpec = filled, filled
	return r.firstFailure(filledChecks)
}

// recallNames gives messages of later passes the name of the Pipeline.
func (r *run) recallNames() {
	ref := r.pr.Spec.PipelineRef
	if ref == nil {
		return
	}
	if name := r.labels[labelPipeline]; name != "" {
		r.pipelineName = name
	}
	r.namesForgotten = ref.Resolver != "" && r.seen.Pipeline == nil
	if r.seen.Pipeline != nil && r.seen.Pipeline.Pipeline != nil {
		r.pipelineName, r.pipelineNamespace = r.seen.Pipeline.Pipeline.Name, r.seen.Pipeline.Pipeline.Namespace
	}
}

// takePipeline takes over a fetched Pipeline: spec, names, labels, annotations and source.
func (r *run) takePipeline(d *PipelineDefinition) {
	r.spec = &d.Pipeline.Spec
	r.pipelineName, r.pipelineNamespace = d.Pipeline.Name, d.Pipeline.Namespace
	r.mergeMetadata(d.Pipeline.Labels, d.Pipeline.Annotations)
	if d.RefSource != nil {
		p := v1.Provenance{}
		if r.status.Provenance != nil {
			p = *r.status.Provenance
		}
		p.RefSource = d.RefSource
		r.status.Provenance = &p
	}
	r.noteVerification(d.Verification)
}

// noteVerification records the outcome of checking a signature; the last one counts (contract 4 §4.3).
func (r *run) noteVerification(v *Verification) {
	if v == nil {
		return
	}
	cond := apis.Condition{Type: v1.ConditionTrustedResourcesVerified, Status: corev1.ConditionTrue}
	if !v.Passed {
		cond.Status, cond.Message = corev1.ConditionFalse, v.Message
	}
	r.status.SetCondition(cond, r.now)
}

// pipelineFailure words why there is no Pipeline (contract 3 §1.3).
func (r *run) pipelineFailure(f *failure.Failure) *failure.Failure {
	ref := r.pr.Spec.PipelineRef
	switch {
	case f.Class == failure.Waiting:
		return r.awaiting(v1.PipelineRunReasonResolvingPipelineRef)
	case f.Class == failure.Transient:
		return f
	case isVerification(f):
		return r.unverified(referenceText(ref.Name, ref.ResolverRef), f)
	case f.Reason == v1.PipelineRunReasonFailedValidation.String():
		return userError(v1.PipelineRunReasonFailedValidation, "Failed dryRunValidation for PipelineRun %s: %w", r.pr.Name, plain(f))
	}
	text := f.Text
	if ref.Resolver == "" {
		text = "error when getting Pipeline for PipelineRun " + r.pr.Name + ": tekton client cannot get pipeline " + ref.Name +
			" from local cluster: " + text
	}
	return failure.New(f.Class, v1.PipelineRunReasonCouldntGetPipeline.String(), "Error retrieving pipeline for pipelinerun %s: %s",
		r.runName(), text)
}

func isVerification(f *failure.Failure) bool {
	return f.Reason == v1.PipelineRunReasonResourceVerificationFailed.String()
}

func (r *run) unverified(resource string, f *failure.Failure) *failure.Failure {
	r.noteVerification(&Verification{Message: f.Text})
	return failure.Invalidf(v1.PipelineRunReasonResourceVerificationFailed.String(),
		"pipelineRun %s referred resource %s failed signature verification: %w", r.runName(), resource, plain(f))
}

// plain is the text of a failure without its prefix, still wrapping it.
func plain(f *failure.Failure) error { return plainError{f} }

type plainError struct{ *failure.Failure }

// Error returns the text without the prefix of user errors.
func (e plainError) Error() string { return e.Text }

func (r *run) awaiting(reason v1.PipelineRunReason) *failure.Failure {
	return failure.Waitingf(reason.String(), "PipelineRun %s awaiting remote resource", r.runName())
}

// loadDefinitions asks for, and then checks, everything the tasks refer to. It happens until the first child exists: one
// thing missing keeps the whole run from starting (contract 3 §11).
func (r *run) loadDefinitions() *failure.Failure {
	all := r.tasksInOrder()
	for _, t := range all {
		r.want(t, t.spec)
	}
	if len(r.wants.Definitions) > 0 {
		return nil
	}
	var worst *failure.Failure
	for _, t := range all {
		definition, ok := r.seen.Definitions[t.definitionKey()]
		if !ok {
			continue
		}
		r.noteVerification(definition.Verification)
		if f := r.definitionFailure(t, definition.Failure); f != nil && (worst == nil || rank(f) > rank(worst)) {
			worst = f
		}
	}
	return worst
}

// rank orders failures: one that ends the run goes before one that makes it try again, and that before waiting.
func rank(f *failure.Failure) int {
	switch f.Class {
	case failure.Waiting:
		return 0
	case failure.Transient:
		return 1
	default:
		return 2
	}
}

// want asks for the definition of a task unless it is known, inline, or nobody here can know it: custom tasks, and
// references that still contain results or statuses of other tasks.
func (r *run) want(t *task, pt *v1.PipelineTask) {
	if _, known := r.seen.Definitions[t.definitionKey()]; known {
		return
	}
	ref := Reference{PipelineTask: t.definitionKey()}
	if r.asked[ref.PipelineTask] {
		return
	}
	switch {
	case pt.PipelineRef != nil:
		filled, err := specvars.PipelineRef(pt.PipelineRef, params.Of(r.pr.Spec.Params).Over(params.Defaults(r.spec.Params)).Values(),
			r.facts(r.pipelineName).ContextValues())
		if err != nil {
			r.fatal = r.unresolvable(err)
			return
		}
		ref.PipelineRef, ref.Base = filled, r.pr.Name
	case pt.TaskRef != nil && !pt.IsCustomTask() && !isOpen(pt.TaskRef) && !isLeftToChild(t.spec.TaskRef):
		ref.TaskRef, ref.Base = pt.TaskRef, r.firstName(t, pt)
	default:
		return
	}
	if r.asked == nil {
		r.asked = map[string]bool{}
	}
	r.asked[ref.PipelineTask] = true
	r.wants.Definitions = append(r.wants.Definitions, ref)
}

// isLeftToChild tells whether a reference is resolved remotely with what other tasks produced. Its TaskRun starts whatever
// becomes of that, and learns of the answer at once only if the request is its own (contract 2 §8.7).
func isLeftToChild(ref *v1.TaskRef) bool { return ref.Resolver != "" && isOpen(ref) }

// isOpen tells whether a reference still depends on other tasks.
func isOpen(ref *v1.TaskRef) bool {
	open := strings.Contains(ref.Name, "$(tasks.")
	for _, p := range ref.Params {
		specvars.Field{Value: &p.Value}.Texts(func(text string) { open = open || strings.Contains(text, "$(tasks.") })
	}
	return open
}

// definitionFailure words why a definition is missing (contract 3 §1.3).
func (r *run) definitionFailure(t *task, f *failure.Failure) *failure.Failure {
	if f == nil {
		return nil
	}
	name := ""
	if ref := t.spec.TaskRef; ref != nil {
		name = referenceText(ref.Name, ref.ResolverRef)
	} else if ref := t.spec.PipelineRef; ref != nil {
		name = referenceText(ref.Name, ref.ResolverRef)
	}
	switch {
	case f.Class == failure.Waiting:
		return r.awaiting(v1.PipelineRunReasonResolvingTaskRef)
	case f.Class == failure.Transient:
		return f
	case isVerification(f):
		return r.unverified(name, f)
	case t.spec.PipelineRef != nil:
		return failure.New(f.Class, v1.PipelineRunReasonCouldntGetPipeline.String(),
			"Pipeline %s can't be Run; it contains child Pipelines that don't exist: Couldn't retrieve Pipeline %q: %w", r.definition(), name, plain(f))
	default:
		return failure.New(f.Class, v1.PipelineRunReasonCouldntGetTask.String(),
			"Pipeline %s can't be Run; it contains Tasks that don't exist: Couldn't retrieve Task %q: %w", r.definition(), name, plain(f))
	}
}
