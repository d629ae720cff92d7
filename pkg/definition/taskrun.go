package definition

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/reconciler/panics"
	"github.com/tenon-ci/tenon/pkg/specvars"
	"github.com/tenon-ci/tenon/pkg/substitution"
	"github.com/tenon-ci/tenon/pkg/taskplan"
)

// OfTaskRun resolves the Task of a run and the StepActions in it.
func OfTaskRun(ctx context.Context, from Source, seen *taskplan.Seen, order *taskplan.TaskOrder) *taskplan.Task {
	tr := seen.TaskRun
	var task *taskplan.Task
	switch {
	case order.Spec != nil:
		task = &taskplan.Task{Spec: order.Spec.DeepCopy()}
	case tr.Spec.TaskSpec != nil:
		task = &taskplan.Task{Spec: tr.Spec.TaskSpec.DeepCopy()}
	case tr.Spec.TaskRef != nil:
		task = referenced(ctx, from, tr)
	default:
		task = &taskplan.Task{Failure: failure.Invalidf("", "TaskRun has neither taskRef nor taskSpec")}
	}
	if task.Failure == nil {
		stepActions(ctx, from, tr, task, seen.Config.Defaults.DefaultStepRefConcurrencyLimit)
	}
	return task
}

func referenced(ctx context.Context, from Source, tr *v1.TaskRun) *taskplan.Task {
	facts := variables(tr)
	// The Task is not known yet, so only what the run gives can be referred to.
	values, err := facts.ParamValues(&v1.TaskSpec{})
	if err != nil {
		return &taskplan.Task{Failure: failure.Invalidf("", "%w", err)}
	}
	ref, err := specvars.TaskRef(tr.Spec.TaskRef, values, facts.ContextValues())
	if err != nil {
		return &taskplan.Task{Failure: failure.Invalidf("", "%w", err)}
	}
	doc, err := from.Task(ctx, Request{Owner: tr, Base: tr.Name, Name: ref.Name, ResolverRef: ref.ResolverRef})
	if err != nil {
		return &taskplan.Task{Failure: failure.Of(err)}
	}
	return &taskplan.Task{
		Name: doc.Object.Name, Labels: doc.Object.Labels, Annotations: doc.Object.Annotations,
		Spec: &doc.Object.Spec, RefSource: doc.Source, Verification: doc.Verification,
	}
}

func variables(tr *v1.TaskRun) specvars.TaskRun {
	facts := specvars.TaskRun{
		Name: tr.Name, Namespace: tr.Namespace, UID: string(tr.UID), TaskName: tr.Name,
		Retries: len(tr.Status.RetriesStatus), Params: tr.Spec.Params,
	}
	if tr.Spec.TaskRef != nil {
		facts.TaskName = tr.Spec.TaskRef.Name
	}
	return facts
}

// stepActions puts StepActions in the place of the steps that refer to them, at most limit at a time. Unless all are there, the
// Task stays as it is.
func stepActions(ctx context.Context, from Source, tr *v1.TaskRun, task *taskplan.Task, limit int) {
	facts := variables(tr)
	values, err := facts.ParamValues(task.Spec)
	if err != nil {
		task.StepFailure = failure.Invalidf("", "%w", err)
		return
	}
	steps := make([]v1.Step, len(task.Spec.Steps))
	sources := make([]*v1.RefSource, len(steps))
	failures := make([]*failure.Failure, len(steps))
	var group errgroup.Group
	group.SetLimit(max(limit, 1))
	for i := range task.Spec.Steps {
		steps[i] = task.Spec.Steps[i]
		if steps[i].Ref == nil {
			continue
		}
		group.Go(func() error {
			return panics.Catch(ctx, func() error {
				merged, source, err := stepAction(ctx, from, tr, &task.Spec.Steps[i], values, facts.ContextValues())
				if err != nil {
					failures[i] = stepFailure(&task.Spec.Steps[i], i, err)
					return nil // each is kept, and the one that decides is chosen
				}
				steps[i], sources[i] = *merged, source
				return nil
			})
		})
	}
	if defect := group.Wait(); defect != nil {
		panic(defect)
	}
	task.StepSources = sources
	for _, f := range failures {
		if f.Outranks(task.StepFailure) {
			task.StepFailure = f
		}
	}
	if task.StepFailure == nil {
		task.Spec.Steps = steps
	}
}

func stepAction(
	ctx context.Context, from Source, tr *v1.TaskRun, step *v1.Step, values ...substitution.Values,
) (*v1.Step, *v1.RefSource, error) {
	ref, err := specvars.StepRef(step.Ref, values...)
	if err != nil {
		return nil, nil, failure.Invalidf("", "%w", err)
	}
	doc, err := from.StepAction(ctx, Request{Owner: tr, Base: tr.Name, Name: ref.Name, ResolverRef: ref.ResolverRef})
	if err != nil {
		return nil, nil, err
	}
	merged, err := specvars.StepAction(step, &doc.Object.Spec, values[0])
	if err != nil {
		return nil, nil, failure.Invalidf("", "%w", err)
	}
	return merged, doc.Source, nil
}

func stepFailure(step *v1.Step, index int, err error) *failure.Failure {
	f := *failure.Of(err)
	f.Text = fmt.Sprintf("failed to resolve step ref for step %q (index %d): %s", step.Name, index, f.Text)
	return &f
}
