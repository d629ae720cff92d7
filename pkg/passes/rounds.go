package passes

import (
	"context"
	"fmt"

	"github.com/tenon-ci/tenon/pkg/plan"
	"github.com/tenon-ci/tenon/pkg/taskplan"
)

const (
	// taskRounds bounds how often one pass over a TaskRun may ask for more to be looked up: the Task, the parts of the pod, its events, and
	// the log of results.
	taskRounds = 5
	// pipelineRounds is the same for PipelineRuns: the Pipeline, then its tasks, then claims and affinity assistants.
	pipelineRounds = 8
)

// TaskLookUps looks up what the planner of TaskRuns wants to know. What can't be read is part of the answers.
type TaskLookUps interface {
	Task(ctx context.Context, seen *taskplan.Seen, order *taskplan.TaskOrder) *taskplan.Task
	Parts(ctx context.Context, seen *taskplan.Seen, order *taskplan.PartsOrder) *taskplan.Parts
	// Cause reads the events of seen.Pod.
	Cause(ctx context.Context, seen *taskplan.Seen) *taskplan.Cause
	// Log reads the results in the log of seen.Pod.
	Log(ctx context.Context, seen *taskplan.Seen) *taskplan.ResultLog
}

// TaskRun asks the planner, and looks up what it wants to know, until there is an answer.
func TaskRun(ctx context.Context, seen *taskplan.Seen, look TaskLookUps) (taskplan.Step, error) {
	for range taskRounds {
		next := taskplan.Next(*seen)
		switch wants := next.Wants; {
		case wants.Empty():
			return next, nil
		case wants.Task != nil:
			seen.Task = look.Task(ctx, seen, wants.Task)
		case wants.Parts != nil:
			seen.Parts = look.Parts(ctx, seen, wants.Parts)
		case wants.Cause:
			seen.Cause = look.Cause(ctx, seen)
		case wants.Log:
			seen.Log = look.Log(ctx, seen)
		}
	}
	return taskplan.Step{}, fmt.Errorf("planning TaskRun %s/%s: more than %d rounds of look-ups",
		seen.TaskRun.Namespace, seen.TaskRun.Name, taskRounds)
}

// PipelineRun asks the planner, and lets lookUp fill in what it wants to know, until there is an answer.
func PipelineRun(ctx context.Context, seen *plan.Seen, lookUp func(context.Context, *plan.Seen, plan.Wants)) (plan.Step, error) {
	for range pipelineRounds {
		next := plan.Next(*seen)
		if next.Wants.Empty() {
			return next, nil
		}
		lookUp(ctx, seen, next.Wants)
	}
	return plan.Step{}, fmt.Errorf("planning PipelineRun %s/%s: more than %d rounds of look-ups",
		seen.PipelineRun.Namespace, seen.PipelineRun.Name, pipelineRounds)
}
