package taskrun

import (
	"context"

	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/reconciler/decisionlog"
	"github.com/tenon-ci/tenon/pkg/taskplan"
	"github.com/tenon-ci/tenon/pkg/tracing/span"
)

// do carries out an action, as a span of the pass, and tells of it.
func (r *Reconciler) do(ctx context.Context, cfg *config.Config, tr *v1.TaskRun, action taskplan.Action) error {
	told := describe(action)
	told.Run, told.Task = tr, tr.Labels[pipeline.PipelineTaskLabelKey]
	if told.Reason == "" {
		told.Reason = tr.Status.GetCondition(apis.ConditionSucceeded).GetReason()
	}
	spanned, end := span.Start(ctx, told.Decision)
	err := r.act(spanned, cfg, tr, action)
	end(err)
	decisionlog.Tell(ctx, told, err)
	return err
}

// describe names an action for traces and logs.
func describe(action taskplan.Action) decisionlog.Action {
	switch a := action.(type) {
	case taskplan.CreateClaim:
		return decisionlog.Action{Decision: span.CreateClaim, Object: a.Claim.Name}
	case taskplan.CreatePod:
		return decisionlog.Action{Decision: span.CreatePod, Object: a.Pod.Name, Reason: "NoPod"}
	case taskplan.ReplacePod:
		return decisionlog.Action{Decision: span.ReplacePod, Object: a.Pod.Name, Reason: "NotPrepared"}
	case taskplan.DeletePod:
		return decisionlog.Action{Decision: span.FailTaskRun, Object: a.Name}
	case taskplan.CancelPod:
		return decisionlog.Action{Decision: span.FailTaskRun, Object: a.Name}
	case taskplan.ReleaseSteps:
		return decisionlog.Action{Decision: span.ReleaseSteps, Object: a.Pod.Name}
	case taskplan.HoldSteps:
		return decisionlog.Action{Decision: span.HoldSteps, Object: a.Pod.Name}
	case taskplan.StopSidecars:
		return decisionlog.Action{Decision: span.StopSidecars, Object: a.Pod.Name}
	case taskplan.StopPod:
		return decisionlog.Action{Decision: span.StopPod, Object: a.Pod.Name}
	default:
		return decisionlog.Action{Decision: span.Reconcile}
	}
}

// firstOf is the first error of refusals, nil without any.
func firstOf(refused []taskplan.Refused) error {
	for _, x := range refused {
		if x.Err != nil {
			return x.Err
		}
	}
	return nil
}
