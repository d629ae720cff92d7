package local

import (
	"context"

	"k8s.io/apimachinery/pkg/util/uuid"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/definition"
	"github.com/tenon-ci/tenon/pkg/local/kubelet"
	"github.com/tenon-ci/tenon/pkg/passes"
	"github.com/tenon-ci/tenon/pkg/plan"
)

// passPipelineRun makes one pass over a PipelineRun.
func (e *Engine) passPipelineRun(k key, pr *v1.PipelineRun) error {
	seen := e.observe(pr)
	next, err := passes.PipelineRun(e.ctx, &seen, e.lookUp)
	if err != nil {
		return err
	}
	if refused := e.carryOutPipelineRun(pr, next.Actions); len(refused) > 0 {
		next = plan.Amend(seen, next, refused)
	}
	after := *pr
	after.Status = next.Status
	e.report(k, pr, &after, same(&pr.Status, &next.Status), outcome{next.Labels, next.Annotations, next.Events, next.WakeAt, next.Failure})
	return nil
}

// observe gathers what is known about a PipelineRun.
func (e *Engine) observe(pr *v1.PipelineRun) plan.Seen {
	return plan.Seen{
		PipelineRun: pr,
		Children:    e.children(pr),
		Ancestors: passes.Ancestors(pr, func(name string) *v1.PipelineRun {
			parent, _ := find[*v1.PipelineRun](e.store, key{kindPipelineRun, pr.Namespace, name})
			return parent
		}),
		Config: plan.Config{FeatureFlags: e.config.FeatureFlags, Defaults: e.config.Defaults, NopImage: kubelet.NopImage},
		CEL:    &e.cel,
		ValidateSpec: func(spec *v1.PipelineSpec) error {
			if err := spec.Validate(e.ctx); err != nil {
				return err
			}
			return nil
		},
		Now: e.options.Clock.Now(),
	}
}

// children returns the children of a run: those it controls. None that its status names is missing here.
func (e *Engine) children(pr *v1.PipelineRun) plan.Children {
	var out plan.Children
	for _, o := range e.store.controlled(pr.UID) {
		switch child := o.(type) {
		case *v1.TaskRun:
			out.TaskRuns = append(out.TaskRuns, child)
		case *v1beta1.CustomRun:
			out.CustomRuns = append(out.CustomRuns, child)
		case *v1.PipelineRun:
			out.PipelineRuns = append(out.PipelineRuns, child)
		}
	}
	return out
}

// lookUp fills in what the planner asked for.
func (e *Engine) lookUp(ctx context.Context, seen *plan.Seen, wants plan.Wants) {
	pr := seen.PipelineRun
	if wants.Pipeline {
		found := definition.OfPipelineRun(ctx, e.source, pr, *wants.PipelineRef)
		seen.Pipeline = &found
	}
	if len(wants.Definitions) > 0 && seen.Definitions == nil {
		seen.Definitions = make(map[string]plan.Definition, len(wants.Definitions))
	}
	for _, ref := range wants.Definitions {
		seen.Definitions[ref.PipelineTask] = definition.OfPipelineTask(ctx, e.source, pr, ref)
	}
	if len(wants.StatefulSets) > 0 && seen.StatefulSets == nil {
		seen.StatefulSets = make(map[string]plan.StatefulSet, len(wants.StatefulSets))
	}
	for _, name := range wants.StatefulSets {
		uid, ok := e.assistants[key{"StatefulSet", pr.Namespace, name}]
		seen.StatefulSets[name] = plan.StatefulSet{Exists: ok, UID: uid}
	}
	if len(wants.Claims) > 0 && seen.Claims == nil {
		seen.Claims = make(map[string]plan.Claim, len(wants.Claims))
	}
	for _, name := range wants.Claims {
		seen.Claims[name] = plan.Claim{Exists: e.claims.exists(pr.Namespace, name)}
	}
}

// createAssistant stands for an affinity assistant, which only brings the pods of a cluster together. The claims that come with it are
// made.
func (e *Engine) createAssistant(namespace string, a plan.CreateAffinityAssistant) {
	k := key{"StatefulSet", namespace, a.StatefulSet.Name}
	if _, ok := e.assistants[k]; ok {
		return
	}
	e.assistants[k] = uuid.NewUUID()
	for i := range a.StatefulSet.Spec.VolumeClaimTemplates {
		claim := a.StatefulSet.Spec.VolumeClaimTemplates[i].DeepCopy()
		claim.Namespace, claim.Name = namespace, claim.Name+"-"+a.StatefulSet.Name+"-0"
		e.claims.create(claim)
	}
}
