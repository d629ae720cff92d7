package pipelinerun

import (
	"context"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	pipelineclient "github.com/tenon-ci/tenon/pkg/client/injection/client"
	pipelineinformer "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1/pipeline"
	pipelineruninformer "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1/pipelinerun"
	taskinformer "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1/task"
	stepactioninformer "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1beta1/stepaction"
	resolutionclient "github.com/tenon-ci/tenon/pkg/client/resolution/injection/client"
	requestinformer "github.com/tenon-ci/tenon/pkg/client/resolution/injection/informers/resolution/v1beta1/resolutionrequest"
	"github.com/tenon-ci/tenon/pkg/definition"
	"github.com/tenon-ci/tenon/pkg/plan"
	"github.com/tenon-ci/tenon/pkg/reconciler/fresh"
	"github.com/tenon-ci/tenon/pkg/resolve"
	"github.com/tenon-ci/tenon/pkg/trust"
)

// fetcher adapts a source of definitions to what the planner asks for.
type fetcher struct{ source definition.Source }

// Pipeline implements definitions.
func (f fetcher) Pipeline(ctx context.Context, pr *v1.PipelineRun, ref v1.PipelineRef) plan.PipelineDefinition {
	return definition.OfPipelineRun(ctx, f.source, pr, ref)
}

// Definition implements definitions.
func (f fetcher) Definition(ctx context.Context, pr *v1.PipelineRun, ref plan.Reference) plan.Definition {
	return definition.OfPipelineTask(ctx, f.source, pr, ref)
}

func newDefinitions(ctx context.Context, documents *resolve.Memory, verifier *trust.Verifier) (definitions, error) {
	arrivals, err := resolve.WatchArrivals(requestinformer.Get(ctx).Informer())
	if err != nil {
		return nil, err
	}
	return fetcher{&resolve.Resolver{
		Client:        pipelineclient.Get(ctx),
		Tasks:         taskinformer.Get(ctx).Lister(),
		Pipelines:     pipelineinformer.Get(ctx).Lister(),
		StepActions:   stepactioninformer.Get(ctx).Lister(),
		RequestClient: resolutionclient.Get(ctx),
		Requests:      requestinformer.Get(ctx).Lister(),
		Arrivals:      arrivals,
		Verifier:      verifier,
		Memory:        documents,
		Fresh:         fresh.New(pipelineruninformer.Get(ctx).Informer().LastSyncResourceVersion),
	}}, nil
}
