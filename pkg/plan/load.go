package plan

import (
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/params"
	"github.com/tenon-ci/tenon/pkg/specvars"
)

// loaded is the Pipeline of the run with values filled in, and what the run binds to its workspaces.
type loaded struct {
	*pass
	title title
	spec  *v1.PipelineSpec
	// bindings are spec.workspaces of the run with params and context filled in.
	bindings []v1.WorkspaceBinding
	// mode is the coschedule mode that counts for the run.
	mode string
}

// title is how the definition of the run is called in messages.
type title struct {
	name, namespace string
	// forgotten says that they are not those of the document, which was fetched from elsewhere in an earlier pass.
	forgotten bool
}

// load gives the run its Pipeline and bindings. In the first pass the Pipeline is fetched, checked and filled in; later
// passes work on what status.pipelineSpec stores.
func (p *pass) load(out *draft) (*loaded, *halt) {
	l := &loaded{pass: p, title: title{name: p.pr.Name, namespace: p.pr.Namespace}}
	if stored := out.status.PipelineSpec; stored != nil {
		l.recallTitle(out.labels[labelPipeline])
		l.spec = stored
	} else if h := l.loadSpec(out); h != nil {
		return nil, h
	}
	if f := l.loadBindings(); f != nil {
		return nil, haltOver(f)
	}
	l.mode = keptMode(p.seen.Config.FeatureFlags.Coschedule, p.pr, l.bindings, p.children)
	return l, nil
}

// loadSpec takes the Pipeline from the run or from what was fetched, checks it, and fills values in.
func (l *loaded) loadSpec(out *draft) *halt {
	switch found := l.seen.Pipeline; {
	case l.pr.Spec.PipelineSpec != nil:
		l.spec = l.pr.Spec.PipelineSpec
	case l.pr.Spec.PipelineRef == nil:
		return haltOver(failure.Invalidf(v1.PipelineRunReasonCouldntGetPipeline.String(),
			"Error retrieving pipeline for pipelinerun %s: neither spec.pipelineRef nor spec.pipelineSpec is set", l.runName()))
	case found == nil:
		return l.askForPipeline()
	case found.Failure != nil:
		return haltOver(l.pipelineFailure(out, found.Failure))
	default:
		l.spec = &found.Pipeline.Spec
		l.title.name, l.title.namespace = found.Pipeline.Name, found.Pipeline.Namespace
		out.mergeMetadata(found.Pipeline.Labels, found.Pipeline.Annotations)
		out.noteSource(found.RefSource)
		out.noteVerification(found.Verification)
	}
	out.status.PipelineSpec = l.spec
	out.overwritePipelineLabel(l.title.name, l.fetched())
	if h := l.firstHalt(specChecks); h != nil {
		return h
	}
	filled, err := specvars.Pipeline(l.spec, l.variables(l.title.name))
	if err != nil {
		return haltOver(userError(v1.PipelineRunReasonFailedValidation, "Failed to apply parameters to Pipeline %s: %w", l.localDefinition(), err))
	}
	l.spec, out.status.PipelineSpec = filled, filled
	return l.firstHalt(filledChecks)
}

// fetched returns the document behind spec.pipelineRef, nil if it was not fetched in this pass.
func (l *loaded) fetched() *v1.Pipeline {
	if l.seen.Pipeline == nil {
		return nil
	}
	return l.seen.Pipeline.Pipeline
}

// recallTitle gives messages of later passes the name of the Pipeline, which the label has.
func (l *loaded) recallTitle(label string) {
	ref := l.pr.Spec.PipelineRef
	if ref == nil {
		return
	}
	if label != "" {
		l.title.name = label
	}
	l.title.forgotten = ref.Resolver != "" && l.seen.Pipeline == nil
	if found := l.fetched(); found != nil {
		l.title.name, l.title.namespace = found.Name, found.Namespace
	}
}

// askForPipeline asks for the Pipeline of the run.
func (l *loaded) askForPipeline() *halt {
	name := l.pr.Spec.PipelineRef.Name
	ref, err := specvars.PipelineRef(l.pr.Spec.PipelineRef, params.Of(l.pr.Spec.Params).Values(), l.variables(name).ContextValues())
	if err != nil {
		return haltOver(invalidSpec(l.definition(), err))
	}
	return haltFor(Wants{Pipeline: true, PipelineRef: ref})
}

// definition names the Pipeline as its document does, as far as that is known.
func (l *loaded) definition() string { return l.title.namespace + "/" + l.shownName() }

// localDefinition is definition with the namespace of the run, as most messages have it.
func (l *loaded) localDefinition() string { return l.pr.Namespace + "/" + l.shownName() }

// shownName is the name of the Pipeline, or the reference to it if the document has none.
func (l *loaded) shownName() string {
	if ref := l.pr.Spec.PipelineRef; ref != nil && l.title.name == "" {
		return referenceText(ref.Name, ref.ResolverRef)
	}
	return l.title.name
}

// naming is the halt over a failure that names the Pipeline as its document does. A run does not store the namespace of a
// document from elsewhere, so that a later pass first asks for the document again.
func (l *loaded) naming(word func(definition string) *failure.Failure) *halt {
	if l.title.forgotten {
		return l.askForPipeline()
	}
	return haltOver(word(l.definition()))
}

// pipelineFailure words why there is no Pipeline (contract 3 §1.3).
func (l *loaded) pipelineFailure(out *draft, f *failure.Failure) *failure.Failure {
	ref := l.pr.Spec.PipelineRef
	switch {
	case f.Class == failure.Waiting:
		return l.awaiting(v1.PipelineRunReasonResolvingPipelineRef)
	case f.Class == failure.Transient:
		return f
	case isVerification(f):
		return l.unverified(out, referenceText(ref.Name, ref.ResolverRef), f)
	case f.Reason == v1.PipelineRunReasonFailedValidation.String():
		return userError(v1.PipelineRunReasonFailedValidation, "Failed dryRunValidation for PipelineRun %s: %w", l.pr.Name, plain(f))
	}
	text := f.Text
	if ref.Resolver == "" {
		text = "error when getting Pipeline for PipelineRun " + l.pr.Name + ": tekton client cannot get pipeline " + ref.Name +
			" from local cluster: " + text
	}
	return failure.New(f.Class, v1.PipelineRunReasonCouldntGetPipeline.String(), "Error retrieving pipeline for pipelinerun %s: %s",
		l.runName(), text)
}

func isVerification(f *failure.Failure) bool {
	return f.Reason == v1.PipelineRunReasonResourceVerificationFailed.String()
}

func (l *loaded) unverified(out *draft, resource string, f *failure.Failure) *failure.Failure {
	out.noteVerification(&Verification{Message: f.Text})
	return failure.Invalidf(v1.PipelineRunReasonResourceVerificationFailed.String(),
		"pipelineRun %s referred resource %s failed signature verification: %w", l.runName(), resource, plain(f))
}

func (l *loaded) awaiting(reason v1.PipelineRunReason) *failure.Failure {
	return failure.Waitingf(reason.String(), "PipelineRun %s awaiting remote resource", l.runName())
}

// unresolvable is the failure of a run whose variables cannot be filled in.
func (l *loaded) unresolvable(err error) *failure.Failure {
	return userError(v1.PipelineRunReasonFailedValidation, "PipelineRun %s can't be Run; couldn't resolve all references: %w", l.runName(), err)
}

func userError(reason v1.PipelineRunReason, format string, args ...any) *failure.Failure {
	return failure.UserErrorf(reason.String(), format, args...)
}

// plain is the text of a failure without its prefix, still wrapping it.
func plain(f *failure.Failure) error { return plainError{f} }

type plainError struct{ *failure.Failure }

// Error returns the text without the prefix of user errors.
func (e plainError) Error() string { return e.Text }
