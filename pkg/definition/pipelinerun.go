package definition

import (
	"context"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/plan"
)

// OfPipelineRun fetches the Pipeline of a run, which ref refers to.
func OfPipelineRun(ctx context.Context, from Source, pr *v1.PipelineRun, ref v1.PipelineRef) plan.PipelineDefinition {
	doc, err := from.Pipeline(ctx, Request{Owner: pr, Base: pr.Name, Name: ref.Name, ResolverRef: ref.ResolverRef})
	if err != nil {
		return plan.PipelineDefinition{Failure: failure.Of(err)}
	}
	return plan.PipelineDefinition{Pipeline: doc.Object, RefSource: doc.Source, Verification: doc.Verification}
}

// OfPipelineTask fetches the Task or the child Pipeline of a pipeline task.
func OfPipelineTask(ctx context.Context, from Source, pr *v1.PipelineRun, ref plan.Reference) plan.Definition {
	if ref.PipelineRef != nil {
		doc, err := from.Pipeline(ctx, Request{Owner: pr, Base: ref.Base, Name: ref.PipelineRef.Name, ResolverRef: ref.PipelineRef.ResolverRef})
		if err != nil {
			return plan.Definition{Failure: failure.Of(err)}
		}
		return plan.Definition{Pipeline: doc.Object, Verification: doc.Verification}
	}
	doc, err := from.Task(ctx, Request{Owner: pr, Base: ref.Base, Name: ref.TaskRef.Name, ResolverRef: ref.TaskRef.ResolverRef})
	if err != nil {
		return plan.Definition{Failure: failure.Of(err)}
	}
	return plan.Definition{Task: doc.Object, Verification: doc.Verification}
}
