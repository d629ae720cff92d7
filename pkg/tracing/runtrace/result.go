package runtrace

import (
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// Results of runs, as the conventions for CI/CD have them.
const (
	success      = "success"
	failed       = "failure"
	broken       = "error"
	timedOut     = "timeout"
	cancellation = "cancellation"
	skipped      = "skip"
)

// pipelineResult returns how a PipelineRun ended. It is an error if the run could not do its work, and a failure if the work failed.
func pipelineResult(c *apis.Condition) string {
	if c.IsTrue() {
		return success
	}
	switch v1.PipelineRunReason(c.GetReason()) {
	case v1.PipelineRunReasonTimedOut:
		return timedOut
	case v1.PipelineRunReasonCancelled:
		return cancellation
	case v1.PipelineRunReasonFailed:
		return failed
	default:
		return broken
	}
}

// taskResult is to TaskRuns what pipelineResult is to PipelineRuns.
func taskResult(c *apis.Condition) string {
	if c.IsTrue() {
		return success
	}
	switch v1.TaskRunReason(c.GetReason()) {
	case v1.TaskRunReasonTimedOut:
		return timedOut
	case v1.TaskRunReasonCancelled:
		return cancellation
	case v1.TaskRunReasonFailed, v1.TaskRunReasonStepFailed, v1.TaskRunReasonStepOOM, v1.TaskRunReasonSidecarFailed,
		v1.TaskRunReasonSidecarOOM, v1.TaskRunReasonFailureIgnored, v1.TaskRunReasonResultLargerThanAllowedLimit:
		return failed
	default:
		return broken
	}
}
