package pipelinerun

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/plan"
)

// maxAncestors bounds the walk up the owners of a nested run.
const maxAncestors = 100

// observe gathers what is known about pr without asking the API.
func (r *Reconciler) observe(ctx context.Context, cfg *config.Config, pr *v1.PipelineRun) (plan.Seen, error) {
	found, err := r.children.of(ctx, pr)
	if err != nil {
		return plan.Seen{}, err
	}
	return plan.Seen{
		PipelineRun: pr,
		Children:    found,
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
	}, nil
}

// ancestors returns the pipelines of the runs that pr is nested in, innermost first.
func (r *Reconciler) ancestors(pr *v1.PipelineRun) []string {
	var names []string
	for len(names) < maxAncestors {
		owner := metav1.GetControllerOf(pr)
		if owner == nil || owner.Kind != pipeline.PipelineRunControllerKind {
			break
		}
		parent, err := r.runs.PipelineRuns(pr.Namespace).Get(owner.Name)
		if err != nil || parent.UID != owner.UID {
			break
		}
		names = append(names, parent.Labels[pipeline.PipelineLabelKey])
		pr = parent
	}
	return names
}

// lookUp fills in what the planner asked for.
func (r *Reconciler) lookUp(ctx context.Context, seen *plan.Seen, wants plan.Wants) error {
	pr := seen.PipelineRun
	if wants.Pipeline {
		found := r.definitions.Pipeline(ctx, pr, *wants.PipelineRef)
		seen.Pipeline = &found
	}
	r.lookUpDefinitions(ctx, seen, wants.Definitions)
	for _, name := range wants.StatefulSets {
		if seen.StatefulSets == nil {
			seen.StatefulSets = make(map[string]plan.StatefulSet, len(wants.StatefulSets))
		}
		seen.StatefulSets[name] = r.assistants.find(pr.Namespace, name)
	}
	for _, name := range wants.Claims {
		if seen.Claims == nil {
			seen.Claims = make(map[string]plan.Claim, len(wants.Claims))
		}
		claim, err := r.findClaim(ctx, pr.Namespace, name)
		if err != nil {
			return err
		}
		seen.Claims[name] = claim
	}
	return nil
}

// fetching bounds how many definitions of one run are fetched at the same time.
const fetching = 8

func (r *Reconciler) lookUpDefinitions(ctx context.Context, seen *plan.Seen, wanted []plan.Reference) {
	if len(wanted) == 0 {
		return
	}
	found := make([]plan.Definition, len(wanted))
	var group errgroup.Group
	group.SetLimit(fetching)
	for i, ref := range wanted {
		group.Go(func() error {
			found[i] = r.definitions.Definition(ctx, seen.PipelineRun, ref)
			return nil
		})
	}
	_ = group.Wait() // no function returns an error: each is part of what was found
	if seen.Definitions == nil {
		seen.Definitions = make(map[string]plan.Definition, len(wanted))
	}
	for i, ref := range wanted {
		seen.Definitions[ref.PipelineTask] = found[i]
	}
}

// findClaim asks the API: claims are looked at once in the life of a run, which does not pay for a cache of all of them.
func (r *Reconciler) findClaim(ctx context.Context, namespace, name string) (plan.Claim, error) {
	_, err := r.kube.CoreV1().PersistentVolumeClaims(namespace).Get(ctx, name, metav1.GetOptions{})
	switch {
	case err == nil:
		return plan.Claim{Exists: true}, nil
	case apierrors.IsNotFound(err):
		return plan.Claim{}, nil
	default:
		return plan.Claim{}, fmt.Errorf("reading PersistentVolumeClaim %s/%s: %w", namespace, name, err)
	}
}
