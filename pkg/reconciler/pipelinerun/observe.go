package pipelinerun

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/passes"
	"github.com/tenon-ci/tenon/pkg/plan"
	"github.com/tenon-ci/tenon/pkg/tracing/span"
)

// observe gathers what is known about pr. It asks the API only for children that pr has recorded and that no cache shows.
func (r *Reconciler) observe(ctx context.Context, cfg *config.Config, pr *v1.PipelineRun) plan.Seen {
	return plan.Seen{
		PipelineRun: pr,
		Children:    r.children.of(ctx, pr),
		Ancestors:   r.ancestors(pr),
		Config: plan.Config{
			FeatureFlags: cfg.FeatureFlags,
			Defaults:     cfg.Defaults,
			NopImage:     r.nopImage,
		},
		CEL: r.cel,
		ValidateSpec: func(spec *v1.PipelineSpec) error {
			if err := spec.Validate(ctx); err != nil {
				return err
			}
			return nil
		},
		Now: r.clock.Now(),
	}
}

// ancestors returns the pipelines of the runs that pr is nested in, innermost first.
func (r *Reconciler) ancestors(pr *v1.PipelineRun) []string {
	return passes.Ancestors(pr, func(name string) *v1.PipelineRun {
		parent, err := r.runs.PipelineRuns(pr.Namespace).Get(name)
		if err != nil {
			return nil
		}
		return parent
	})
}

// lookUp fills in what the planner asked for. What can't be read is filled in as well: the planner decides what that means.
func (r *Reconciler) lookUp(ctx context.Context, seen *plan.Seen, wants plan.Wants) {
	pr := seen.PipelineRun
	ctx, end := span.Look(ctx, span.ResolvePipelineState)
	defer end(nil)
	if wants.Pipeline {
		found := r.definitions.Pipeline(ctx, pr, *wants.PipelineRef)
		seen.Pipeline = &found
	}
	keyOf := func(ref plan.Reference) string { return ref.PipelineTask }
	seen.Definitions = passes.LookUpEach(ctx, seen.Definitions, wants.Definitions, keyOf, func(ref plan.Reference) plan.Definition {
		return r.definitions.Definition(ctx, pr, ref)
	})
	itself := func(name string) string { return name }
	seen.StatefulSets = passes.LookUpEach(ctx, seen.StatefulSets, wants.StatefulSets, itself, func(name string) plan.StatefulSet {
		return r.assistants.find(ctx, pr, name)
	})
	seen.Claims = passes.LookUpEach(ctx, seen.Claims, wants.Claims, itself, func(name string) plan.Claim {
		return r.findClaim(ctx, pr, name)
	})
}

// findClaim asks the API: claims are looked at once in the life of a run, which does not pay for a cache of all of them. Those of a run
// that was cleaned up are known to be gone.
func (r *Reconciler) findClaim(ctx context.Context, pr *v1.PipelineRun, name string) plan.Claim {
	if pr.IsDone() && r.recent.IsCleanedUp(pr.UID) {
		return plan.Claim{}
	}
	_, err := r.kube.CoreV1().PersistentVolumeClaims(pr.Namespace).Get(ctx, name, metav1.GetOptions{})
	switch {
	case err == nil:
		return plan.Claim{Exists: true}
	case apierrors.IsNotFound(err):
		return plan.Claim{}
	default:
		return plan.Claim{Err: fmt.Errorf("reading PersistentVolumeClaim %s/%s: %w", pr.Namespace, name, err)}
	}
}

// claimsGone tells whether claims were looked for and none is left.
func claimsGone(claims map[string]plan.Claim) bool {
	for _, c := range claims {
		if c.Exists || c.Err != nil {
			return false
		}
	}
	return len(claims) > 0
}
