package v1

// PipelineRunReason is the reason of a PipelineRun's Succeeded condition (contract 3 §1.2, §1.3).
type PipelineRunReason string

// String returns the reason as it is written into the condition.
func (r PipelineRunReason) String() string { return string(r) }

// Reasons of a PipelineRun that is not done.
const (
	// PipelineRunReasonStarted is set in the first pass.
	PipelineRunReasonStarted PipelineRunReason = "Started"
	// PipelineRunReasonPending is set while the run is kept from starting or waits for a claim.
	PipelineRunReasonPending PipelineRunReason = "PipelineRunPending"
	// PipelineRunReasonResolvingPipelineRef is set while a resolver fetches the Pipeline.
	PipelineRunReasonResolvingPipelineRef PipelineRunReason = "ResolvingPipelineRef"
	// PipelineRunReasonResolvingTaskRef is set while a resolver fetches a Task or a child Pipeline.
	PipelineRunReasonResolvingTaskRef PipelineRunReason = "ResolvingTaskRef"
	// PipelineRunReasonRunning is set while the run goes on as usual.
	PipelineRunReasonRunning PipelineRunReason = "Running"
	// PipelineRunReasonStopping is set while running tasks end and nothing new starts.
	PipelineRunReasonStopping PipelineRunReason = "PipelineRunStopping"
	// PipelineRunReasonCancelledRunningFinally is set while finally runs after a cancellation.
	PipelineRunReasonCancelledRunningFinally PipelineRunReason = "CancelledRunningFinally"
	// PipelineRunReasonStoppedRunningFinally is set while running tasks end and finally runs after a stop.
	PipelineRunReasonStoppedRunningFinally PipelineRunReason = "StoppedRunningFinally"
	// PipelineRunReasonTimedOutRunningFinally is set while finally runs after the time of tasks was up.
	PipelineRunReasonTimedOutRunningFinally PipelineRunReason = "PipelineRunTimeoutRunningFinally"
	// PipelineRunReasonCouldntCancel is set while a child cannot be cancelled.
	PipelineRunReasonCouldntCancel PipelineRunReason = "PipelineRunCouldntCancel"
	// PipelineRunReasonCouldntTimeOut is set while a child cannot be told that its time is up.
	PipelineRunReasonCouldntTimeOut PipelineRunReason = "PipelineRunCouldntTimeOut"
)

// Reasons of a PipelineRun that is done.
const (
	// PipelineRunReasonSuccessful means that all tasks ran and none failed.
	PipelineRunReasonSuccessful PipelineRunReason = "Succeeded"
	// PipelineRunReasonCompleted means that no task failed and some were skipped.
	PipelineRunReasonCompleted PipelineRunReason = "Completed"
	// PipelineRunReasonFailed means that a task failed, or its time was up before it started.
	PipelineRunReasonFailed PipelineRunReason = "Failed"
	// PipelineRunReasonCancelled means that spec.status asked to stop, or a child was cancelled.
	PipelineRunReasonCancelled PipelineRunReason = "Cancelled"
	// PipelineRunReasonTimedOut means that the run or its tasks took too long.
	PipelineRunReasonTimedOut PipelineRunReason = "PipelineRunTimeout"
	// PipelineRunReasonCouldntGetPipeline means that a Pipeline could not be obtained.
	PipelineRunReasonCouldntGetPipeline PipelineRunReason = "CouldntGetPipeline"
	// PipelineRunReasonCouldntGetTask means that a Task could not be obtained.
	PipelineRunReasonCouldntGetTask PipelineRunReason = "CouldntGetTask"
	// PipelineRunReasonFailedValidation means that the Pipeline is wrong or does not fit the run.
	PipelineRunReasonFailedValidation PipelineRunReason = "PipelineValidationFailed"
	// PipelineRunReasonInvalidGraph means that the tasks do not form a graph without cycles.
	PipelineRunReasonInvalidGraph PipelineRunReason = "PipelineInvalidGraph"
	// PipelineRunReasonParameterMissing means that a parameter without default got no value.
	PipelineRunReasonParameterMissing PipelineRunReason = "ParameterMissing"
	// PipelineRunReasonParameterTypeMismatch means that a value has another type than its parameter.
	PipelineRunReasonParameterTypeMismatch PipelineRunReason = "ParameterTypeMismatch"
	// PipelineRunReasonInvalidParamValue means that a value is not in the parameter's enum.
	PipelineRunReasonInvalidParamValue PipelineRunReason = "InvalidParamValue"
	// PipelineRunReasonObjectParameterMissKeys means that an object value lacks keys.
	PipelineRunReasonObjectParameterMissKeys PipelineRunReason = "ObjectParameterMissKeys"
	// PipelineRunReasonParamArrayIndexingInvalid means that a reference points past the end of a list.
	PipelineRunReasonParamArrayIndexingInvalid PipelineRunReason = "ParamArrayIndexingInvalid"
	// PipelineRunReasonInvalidWorkspaceBinding means that a workspace is not bound.
	PipelineRunReasonInvalidWorkspaceBinding PipelineRunReason = "InvalidWorkspaceBindings"
	// PipelineRunReasonInvalidTaskRunSpec means that taskRunSpecs names a task that does not exist.
	PipelineRunReasonInvalidTaskRunSpec PipelineRunReason = "InvalidTaskRunSpecs"
	// PipelineRunReasonRequiredWorkspaceMarkedOptional means that a task needs a workspace that may stay unbound.
	PipelineRunReasonRequiredWorkspaceMarkedOptional PipelineRunReason = "RequiredWorkspaceMarkedOptional"
	// PipelineRunReasonInvalidTaskResultReference means that a task refers to a result that cannot exist.
	PipelineRunReasonInvalidTaskResultReference PipelineRunReason = "InvalidTaskResultReference"
	// PipelineRunReasonInvalidPipelineResultReference means that a Pipeline result refers to a result that cannot exist.
	PipelineRunReasonInvalidPipelineResultReference PipelineRunReason = "InvalidPipelineResultReference"
	// PipelineRunReasonCouldntGetPipelineResult means that a Pipeline result has no value at the end.
	PipelineRunReasonCouldntGetPipelineResult PipelineRunReason = "CouldntGetPipelineResult"
	// PipelineRunReasonInvalidMatrixParameterTypes means that matrix values have the wrong type.
	PipelineRunReasonInvalidMatrixParameterTypes PipelineRunReason = "InvalidMatrixParameterTypes"
	// PipelineRunReasonCELEvaluationFailed means that a CEL condition could not be evaluated.
	PipelineRunReasonCELEvaluationFailed PipelineRunReason = "CELEvaluationFailed"
	// PipelineRunReasonCreateRunFailed means that the API refused a child.
	PipelineRunReasonCreateRunFailed PipelineRunReason = "CreateRunFailed"
	// PipelineRunReasonCouldntCreateWorkspacePVC means that a claim could not be created.
	PipelineRunReasonCouldntCreateWorkspacePVC PipelineRunReason = "CouldntCreateWorkspacePVC"
	// PipelineRunReasonCouldntCreateOrUpdateAffinityAssistantStatefulSet means that an affinity assistant could not be
	// created. The text really starts with Reason.
	PipelineRunReasonCouldntCreateOrUpdateAffinityAssistantStatefulSet PipelineRunReason = "ReasonCouldntCreateOrUpdateAffinityAssistantStatefulSet"
	// PipelineRunReasonResourceVerificationFailed means that a signature did not verify.
	PipelineRunReasonResourceVerificationFailed PipelineRunReason = "ResourceVerificationFailed"
	// PipelineRunReasonInvalidBindings is reserved and never set.
	PipelineRunReasonInvalidBindings PipelineRunReason = "InvalidPipelineResourceBindings"
)
