package metrics

import (
	"k8s.io/client-go/tools/cache"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/timing"
)

// taskRunTallies returns what a TaskRun counts as; nothing when it is done, or another controller's.
func taskRunTallies(tr *v1.TaskRun) []tally {
	if tr.IsDone() || !tr.IsManagedHere() {
		return nil
	}
	out := []tally{{what: isTaskRun}}
	switch {
	case timing.IsThrottledByQuota(tr):
		out = append(out, tally{what: isThrottledByQuota, names: names{namespace: tr.Namespace}})
	case timing.IsThrottledByNode(tr):
		out = append(out, tally{what: isThrottledByNode, names: names{namespace: tr.Namespace}})
	case reasonOf(&tr.Status) == v1.TaskRunReasonResolvingTaskRef.String():
		out = append(out, tally{what: isTaskRunWaitingOnTask})
	}
	return out
}

// pipelineRunTallies returns what a PipelineRun counts as; nothing when it is done, or another controller's.
func pipelineRunTallies(pr *v1.PipelineRun) []tally {
	if pr.IsDone() || !pr.IsManagedHere() {
		return nil
	}
	reason := v1.PipelineRunReason(reasonOf(&pr.Status))
	out := []tally{{what: isPipelineRun, names: allNames(pr), state: stateOf(reason)}}
	switch reason {
	case v1.PipelineRunReasonResolvingPipelineRef:
		out = append(out, tally{what: isWaitingOnPipeline})
	case v1.PipelineRunReasonResolvingTaskRef:
		out = append(out, tally{what: isWaitingOnTask})
	}
	return out
}

func reasonOf(status interface {
	GetCondition(apis.ConditionType) *apis.Condition
}) string {
	return status.GetCondition(apis.ConditionSucceeded).GetReason()
}

func (m *Metrics) taskRunHandler() cache.ResourceEventHandler {
	return handler(m.gauges, taskRunTallies, func(tr *v1.TaskRun) {
		if !tr.IsDone() { // of those that are nothing is remembered
			m.offer(write{gone: tr.UID})
		}
	})
}

func (m *Metrics) pipelineRunHandler() cache.ResourceEventHandler {
	return handler(m.gauges, pipelineRunTallies, func(*v1.PipelineRun) {})
}

// handler keeps the numbers from what an informer tells: each object as it was and as it is, one event after the other, so that nothing
// needs to be remembered of any.
func handler[T any](g *gauges, tallies func(T) []tally, gone func(T)) cache.ResourceEventHandler {
	of := func(object any) []tally {
		if run, ok := object.(T); ok {
			return tallies(run)
		}
		return nil
	}
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { g.replace(nil, of(object)) },
		UpdateFunc: func(before, after any) { g.replace(of(before), of(after)) },
		DeleteFunc: func(object any) {
			if missed, ok := object.(cache.DeletedFinalStateUnknown); ok {
				object = missed.Obj
			}
			g.replace(of(object), nil)
			if run, ok := object.(T); ok {
				gone(run)
			}
		},
	}
}
