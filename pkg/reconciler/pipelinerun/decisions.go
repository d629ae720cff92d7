package pipelinerun

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/plan"
	"github.com/tenon-ci/tenon/pkg/reconciler/decisionlog"
	"github.com/tenon-ci/tenon/pkg/tracing/runtrace"
	"github.com/tenon-ci/tenon/pkg/tracing/span"
)

// do carries out an action, as a span of the pass, and tells of it.
func (r *Reconciler) do(ctx context.Context, cfg *config.Config, pr *v1.PipelineRun, action plan.Action) error {
	told := describe(action)
	told.Run = pr
	if told.Reason == "" {
		told.Reason = pr.Status.GetCondition(apis.ConditionSucceeded).GetReason()
	}
	spanned, end := span.Start(ctx, told.Decision)
	err := r.act(spanned, cfg, pr, action)
	end(err)
	decisionlog.Tell(ctx, told, err)
	return err
}

// describe names an action for traces and logs.
func describe(action plan.Action) decisionlog.Action {
	switch a := action.(type) {
	case plan.CreateTaskRun:
		return creation(span.CreateTaskRun, a.TaskRun)
	case plan.CreateCustomRun:
		return creation(span.CreateCustomRun, a.CustomRun)
	case plan.CreatePipelineRun:
		return creation(span.CreateChildPipelineRun, a.PipelineRun)
	case plan.StopChild:
		return decisionlog.Action{Decision: nameOfStop(a), Object: a.Name, Reason: a.Status}
	case plan.CreateClaim:
		return decisionlog.Action{Decision: span.CreateClaim, Object: a.Claim.Name}
	case plan.CreateAffinityAssistant:
		return decisionlog.Action{Decision: span.CreateAffinityAssistant, Object: a.StatefulSet.Name}
	case plan.RestartAffinityAssistant:
		return decisionlog.Action{Decision: span.RestartAffinityAssistant, Object: a.Pod}
	case plan.DeleteAffinityAssistant:
		return decisionlog.Action{Decision: span.DeleteAffinityAssistant, Object: a.Name}
	case plan.DeleteClaim:
		return decisionlog.Action{Decision: span.DeleteClaim, Object: a.Name}
	default:
		return decisionlog.Action{Decision: span.Reconcile}
	}
}

func creation(name string, child metav1.Object) decisionlog.Action {
	return decisionlog.Action{Decision: name, Task: child.GetLabels()[pipeline.PipelineTaskLabelKey], Object: child.GetName(), Reason: "TaskIsDue"}
}

func nameOfStop(a plan.StopChild) string {
	choose := func(cancel, timeout string) string {
		if a.TimedOut {
			return timeout
		}
		return cancel
	}
	switch a.Kind {
	case pipeline.TaskRunControllerKind:
		return choose(span.CancelTaskRun, span.TimeoutTaskRun)
	case pipeline.CustomRunControllerKind:
		return choose(span.CancelCustomRun, span.TimeoutCustomRun)
	default:
		return choose(span.CancelChildPipelineRun, span.TimeoutChildPipelineRun)
	}
}

// startBatch begins the span of actions that are carried out side by side; one that is alone in its kind has none but its own.
func startBatch(ctx context.Context, pr *v1.PipelineRun, actions []plan.Action) (context.Context, func(error)) {
	switch kindOf(actions[0]) {
	case creating:
		return span.Start(ctx, nameOfCreations(actions))
	case stopping:
		stop, _ := actions[0].(plan.StopChild)
		switch {
		case stop.TimedOut:
			return span.Start(ctx, span.TimeoutPipelineRun)
		case pr.IsGracefullyCancelled():
			return span.Start(ctx, span.GracefullyCancelPipeline)
		default:
			return span.Start(ctx, span.CancelPipelineRun)
		}
	default:
		return ctx, func(error) {}
	}
}

// nameOfCreations names creations after what all of them create.
func nameOfCreations(actions []plan.Action) string {
	kinds := map[string]bool{}
	for _, a := range actions {
		kinds[describe(a).Decision] = true
	}
	switch {
	case len(kinds) > 1:
		return span.RunNextSchedulableTask
	case kinds[span.CreateTaskRun]:
		return span.CreateTaskRuns
	case kinds[span.CreateCustomRun]:
		return span.CreateCustomRuns
	default:
		return span.CreateChildPipelineRuns
	}
}

// tracedChildren returns what the trace of a run shows of its children.
func tracedChildren(children plan.Children) runtrace.Children {
	shown := runtrace.Children{CustomRuns: children.CustomRuns}
	see := func(child metav1.Object) {
		created := child.GetCreationTimestamp().Time
		if !created.IsZero() && (shown.First.IsZero() || created.Before(shown.First)) {
			shown.First = created
		}
	}
	for _, child := range children.TaskRuns {
		see(child)
	}
	for _, child := range children.CustomRuns {
		see(child)
	}
	for _, child := range children.PipelineRuns {
		see(child)
	}
	return shown
}

// firstOf is the first error of refusals, nil without any.
func firstOf(refused []plan.Refused) error {
	for _, x := range refused {
		if x.Err != nil {
			return x.Err
		}
	}
	return nil
}
