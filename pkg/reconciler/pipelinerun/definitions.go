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
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/plan"
	"github.com/tenon-ci/tenon/pkg/reconciler/fresh"
	"github.com/tenon-ci/tenon/pkg/resolve"
	"github.com/tenon-ci/tenon/pkg/trust"
)

// fetcher adapts the resolver to what the planner asks for.
type fetcher struct{ resolver *resolve.Resolver }

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

// Pipeline fetches the Pipeline of the run, which ref refers to.
func (f fetcher) Pipeline(ctx context.Context, pr *v1.PipelineRun, ref v1.PipelineRef) plan.PipelineDefinition {
	doc, err := f.resolver.Pipeline(ctx, request(pr, pr.Name, ref))
	if err != nil {
		return plan.PipelineDefinition{Failure: failure.Of(err)}
	}
	return plan.PipelineDefinition{Pipeline: doc.Object, RefSource: doc.Source, Verification: doc.Verification}
}

// Definition fetches the Task or the child Pipeline of a pipeline task.
func (f fetcher) Definition(ctx context.Context, pr *v1.PipelineRun, ref plan.Reference) plan.Definition {
	if ref.PipelineRef != nil {
		doc, err := f.resolver.Pipeline(ctx, request(pr, ref.Base, *ref.PipelineRef))
		if err != nil {
			return plan.Definition{Failure: failure.Of(err)}
		}
		return plan.Definition{Pipeline: doc.Object, Verification: doc.Verification}
	}
	doc, err := f.resolver.Task(ctx, resolve.Request{Owner: pr, Base: ref.Base, Name: ref.TaskRef.Name, ResolverRef: ref.TaskRef.ResolverRef})
	if err != nil {
		return plan.Definition{Failure: failure.Of(err)}
	}
	return plan.Definition{Task: doc.Object, Verification: doc.Verification}
}

func request(pr *v1.PipelineRun, base string, ref v1.PipelineRef) resolve.Request {
	return resolve.Request{Owner: pr, Base: base, Name: ref.Name, ResolverRef: ref.ResolverRef}
}
