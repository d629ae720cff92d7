// Package observer tells others what reconcilers have written about runs: metrics and traces are made of that.
package observer

import (
	"context"

	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// TaskRuns is told about TaskRuns.
type TaskRuns interface {
	// TaskRunWritten is called by the pass that has changed a TaskRun, once for each change: before is what the pass began with, after
	// what is stored since, and pod that of the current attempt, nil if there is none. The pass goes on when it returns, so it must
	// not wait for anything. The objects belong to caches and must not be changed. A process that is killed right after a write tells
	// nobody of it.
	TaskRunWritten(ctx context.Context, before, after *v1.TaskRun, pod *corev1.Pod)
}

// PipelineRuns is told about PipelineRuns.
type PipelineRuns interface {
	// PipelineRunWritten is to PipelineRuns what TaskRunWritten is to TaskRuns.
	PipelineRunWritten(ctx context.Context, before, after *v1.PipelineRun)
}
