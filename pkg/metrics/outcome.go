package metrics

import (
	"slices"

	"go.opentelemetry.io/otel/semconv/v1.41.0/cicdconv"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/reconciler/panics"
)

// Values of the label status.
const (
	statusSuccess   = "success"
	statusFailed    = "failed"
	statusCancelled = "cancelled"
)

// outcome is how a run ended.
type outcome struct {
	// status is a value of that label.
	status string
	// reason is that of the condition Succeeded if the API knows it, else other.
	reason string
	// result is the same in the words of the conventions for CI/CD.
	result cicdconv.PipelineResultAttr
}

func taskRunOutcomeOf(tr *v1.TaskRun) outcome {
	return outcomeOf(tr.Status.GetCondition(apis.ConditionSucceeded), taskRunReasons, v1.TaskRunReasonCancelled, v1.TaskRunReasonTimedOut, taskRunDefects)
}

func pipelineRunOutcomeOf(pr *v1.PipelineRun) outcome {
	return outcomeOf(pr.Status.GetCondition(apis.ConditionSucceeded), pipelineRunReasons,
		v1.PipelineRunReasonCancelled, v1.PipelineRunReasonTimedOut, pipelineRunDefects)
}

func outcomeOf[R ~string](c *apis.Condition, known []R, cancelled, timedOut R, defects []R) outcome {
	reason := R(c.GetReason())
	out := outcome{status: statusFailed, reason: other, result: cicdconv.PipelineResultFailure}
	if slices.Contains(known, reason) {
		out.reason = string(reason)
	}
	switch {
	case c.IsTrue():
		out.status, out.result = statusSuccess, cicdconv.PipelineResultSuccess
	case reason == cancelled:
		out.status, out.result = statusCancelled, cicdconv.PipelineResultCancellation
	case reason == timedOut:
		out.result = cicdconv.PipelineResultTimeout
	case slices.Contains(defects, reason):
		out.result = cicdconv.PipelineResultError
	}
	return out
}

// errorType is empty for what is no error.
func (o outcome) errorType() cicdconv.ErrorTypeAttr {
	switch {
	case o.status != statusFailed:
		return ""
	case o.reason == other:
		return cicdconv.ErrorTypeOther
	default:
		return cicdconv.ErrorTypeAttr(o.reason)
	}
}

// taskRunDefects are the reasons of TaskRuns that failed because something around them did.
var taskRunDefects = []v1.TaskRunReason{
	panics.Reason, v1.TaskRunReasonPodEvicted, v1.TaskRunReasonPodCreationFailed, v1.TaskRunReasonStopSidecarFailed,
	v1.TaskRunReasonCouldntCreateWorkspacePVC,
}

// pipelineRunDefects are those of PipelineRuns.
var pipelineRunDefects = []v1.PipelineRunReason{
	panics.Reason, v1.PipelineRunReasonCreateRunFailed, v1.PipelineRunReasonCouldntCreateWorkspacePVC,
	v1.PipelineRunReasonCouldntCreateOrUpdateAffinityAssistantStatefulSet,
}

// taskRunReasons are the reasons that a TaskRun can end with.
var taskRunReasons = []v1.TaskRunReason{
	panics.Reason,
	v1.TaskRunReasonSuccessful, v1.TaskRunReasonFailed, v1.TaskRunReasonCancelled, v1.TaskRunReasonTimedOut, v1.TaskRunReasonImagePullFailed,
	v1.TaskRunReasonCreateContainerConfigError, v1.TaskRunReasonPodCreationFailed, v1.TaskRunReasonPodAdmissionFailed,
	v1.TaskRunReasonFailedResolution, v1.TaskRunReasonTaskFailedValidation, v1.TaskRunReasonResourceVerificationFailed,
	v1.TaskRunReasonFailedValidation, v1.TaskRunReasonInvalidParamValue, v1.TaskRunReasonCouldntCreateWorkspacePVC,
	v1.TaskRunReasonResultLargerThanAllowedLimit, v1.TaskRunReasonStopSidecarFailed, v1.TaskRunReasonFailureIgnored,
	v1.TaskRunReasonPodEvicted, v1.TaskRunReasonInitContainerOOM, v1.TaskRunReasonInitContainerFailed, v1.TaskRunReasonSidecarOOM,
	v1.TaskRunReasonSidecarFailed, v1.TaskRunReasonStepOOM, v1.TaskRunReasonStepFailed,
}

// pipelineRunReasons are the reasons that a PipelineRun can end with.
var pipelineRunReasons = []v1.PipelineRunReason{
	panics.Reason,
	v1.PipelineRunReasonSuccessful, v1.PipelineRunReasonCompleted, v1.PipelineRunReasonFailed, v1.PipelineRunReasonCancelled,
	v1.PipelineRunReasonTimedOut, v1.PipelineRunReasonCouldntGetPipeline, v1.PipelineRunReasonCouldntGetTask,
	v1.PipelineRunReasonFailedValidation, v1.PipelineRunReasonInvalidGraph, v1.PipelineRunReasonParameterMissing,
	v1.PipelineRunReasonParameterTypeMismatch, v1.PipelineRunReasonInvalidParamValue, v1.PipelineRunReasonObjectParameterMissKeys,
	v1.PipelineRunReasonParamArrayIndexingInvalid, v1.PipelineRunReasonInvalidWorkspaceBinding, v1.PipelineRunReasonInvalidTaskRunSpec,
	v1.PipelineRunReasonRequiredWorkspaceMarkedOptional, v1.PipelineRunReasonInvalidTaskResultReference,
	v1.PipelineRunReasonInvalidPipelineResultReference, v1.PipelineRunReasonCouldntGetPipelineResult,
	v1.PipelineRunReasonInvalidMatrixParameterTypes, v1.PipelineRunReasonCELEvaluationFailed, v1.PipelineRunReasonCreateRunFailed,
	v1.PipelineRunReasonCouldntCreateWorkspacePVC, v1.PipelineRunReasonCouldntCreateOrUpdateAffinityAssistantStatefulSet,
	v1.PipelineRunReasonResourceVerificationFailed,
}
