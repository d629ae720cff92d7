package taskplan

import (
	"fmt"
	"maps"
	"strings"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/podbuild"
	"github.com/tenon-ci/tenon/pkg/specvars"
	"github.com/tenon-ci/tenon/pkg/workspace"
)

// createPod makes sure that there is a pod.
func (p *pass) createPod() bool {
	if p.pod != nil {
		return false
	}
	template, f := p.podTemplate()
	if f != nil {
		return p.fail(v1.TaskRunReason(f.Reason), f.Message())
	}
	parts := p.seen.Parts
	if parts == nil {
		p.step.Wants.Parts = &PartsOrder{Spec: p.spec, PodTemplate: template, ServiceAccount: p.serviceAccount()}
		return true
	}
	if len(parts.MissingSecrets) > 0 {
		p.warn("FailedToRetrieveSecret", fmt.Sprintf(
			"Unable to retrieve some secrets (%s); attempting to use them may not succeed.", strings.Join(parts.MissingSecrets, ", ")))
	}
	switch {
	case parts.Err != nil:
		p.wake(parts.AskAgain)
		return p.notMade(parts.Err)
	case p.refusal != nil:
		return p.refused(p.refusal)
	default:
		return p.makePod(parts, template)
	}
}

func (p *pass) refused(x *Refused) bool {
	if _, ok := x.Action.(CreateClaim); ok {
		return p.claimRefused(x)
	}
	return p.notMade(x.Err)
}

// podTemplate is the run's, with params filled in.
func (p *pass) podTemplate() (*pod.Template, *failure.Failure) {
	values, err := p.facts("").ParamValues(p.spec)
	if err != nil {
		return nil, invalid("%w", err)
	}
	template, err := specvars.PodTemplate(p.tr.Spec.PodTemplate, values)
	if err != nil {
		return nil, invalid("%w", err)
	}
	return template, nil
}

func (p *pass) serviceAccount() string {
	if name := p.tr.Spec.ServiceAccountName; name != "" {
		return name
	}
	return p.seen.Config.Defaults.DefaultServiceAccount
}

// makePod asks for the claims of the run and for its pod, which then starts as every pod does.
func (p *pass) makePod(parts *Parts, template *pod.Template) bool {
	bindings, f := p.bindings(p.spec)
	if f != nil {
		return p.fail(v1.TaskRunReason(f.Reason), f.Message())
	}
	tr := p.tr.DeepCopy()
	tr.Labels = merged(tr.Labels, p.step.Labels)
	tr.Annotations = merged(tr.Annotations, p.step.Annotations)
	tr.Status.SpanContext = p.status.SpanContext
	made, err := podbuild.Build(podbuild.Input{
		TaskRun: tr, Task: p.spec, PodTemplate: template, Bindings: workspace.WithClaims(bindings, tr.UID),
		Images: parts.Images, Credentials: parts.Credentials, LimitRanges: parts.LimitRanges, Config: p.seen.Config,
		HelperImages: p.seen.HelperImages, NativeSidecars: parts.NativeSidecars, Release: p.seen.Release,
		PrepareInInit: parts.PrepareInInit, Injected: parts.Injected,
	})
	if err != nil {
		return p.notMade(final(err))
	}
	awaited := MayInject(p.seen.Config)
	if awaited && parts.InjectedHold {
		// Containers will be added; the first step has to wait for them.
		delete(made.Annotations, pipeline.ReadyAnnotationKey)
	}
	for _, claim := range workspace.Claims(bindings, tr) {
		p.act(CreateClaim{claim})
	}
	p.act(CreatePod{Pod: made, HoldInjected: awaited})
	if template != nil && template.Affinity != nil && tr.Annotations[pipeline.AffinityAssistantAnnotationKey] != "" {
		p.warn("PodAffinityOverwrite", fmt.Sprintf(
			"Pod template affinity is overwritten by affinity assistant for pod %q", made.Name))
	}
	p.status.PodName = made.Name
	return p.wait(v1.TaskRunReasonPending, string(v1.TaskRunReasonPending))
}

// final marks an error that trying again does not change.
func final(err error) error {
	if _, ok := failure.As(err); ok {
		return err
	}
	return failure.Invalidf("", "%w", err)
}

func merged(have, add map[string]string) map[string]string {
	out := make(map[string]string, len(have)+len(add))
	maps.Copy(out, have)
	maps.Copy(out, add)
	return out
}
