package passes

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/reconciler/panics"
)

// ParallelReads bounds the look-ups of one pass that are under way at once.
const ParallelReads = 16

// maxAncestors bounds the walk up the owners of a nested run.
const maxAncestors = 100

// LookUpEach adds to found what find returns for each of wants, side by side.
func LookUpEach[W, F any](ctx context.Context, found map[string]F, wants []W, keyOf func(W) string, find func(W) F) map[string]F {
	if found == nil && len(wants) > 0 {
		found = make(map[string]F, len(wants))
	}
	var (
		mu    sync.Mutex
		group errgroup.Group
	)
	group.SetLimit(ParallelReads)
	for _, want := range wants {
		group.Go(func() error {
			return panics.Catch(ctx, func() error {
				f := find(want)
				mu.Lock()
				defer mu.Unlock()
				found[keyOf(want)] = f
				return nil // an error is part of what was found
			})
		})
	}
	if defect := group.Wait(); defect != nil {
		panic(defect)
	}
	return found
}

// Ancestors returns the pipelines of the runs that pr is nested in, innermost first. get reads a PipelineRun of the same namespace, and
// returns nil if it can't.
func Ancestors(pr *v1.PipelineRun, get func(name string) *v1.PipelineRun) []string {
	var names []string
	for len(names) < maxAncestors {
		owner := metav1.GetControllerOf(pr)
		if owner == nil || owner.Kind != pipeline.PipelineRunControllerKind {
			break
		}
		parent := get(owner.Name)
		if parent == nil || parent.UID != owner.UID {
			break
		}
		names = append(names, parent.Labels[pipeline.PipelineLabelKey])
		pr = parent
	}
	return names
}
