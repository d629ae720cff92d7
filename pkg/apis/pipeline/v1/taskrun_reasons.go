package v1

// TaskRunReason is the reason of a TaskRun's Succeeded condition (contract 2 §1.2, §1.4).
type TaskRunReason string

// String returns the reason as it is written into the condition.
func (r TaskRunReason) String() string { return string(r) }

// Reasons of a TaskRun that is not done.
const (
	// TaskRunReasonStarted is set in the first pass of an attempt.
	TaskRunReasonStarted TaskRunReason = "Started"
	// TaskRunReasonTaskRunPending is set while spec.status keeps the run from starting.
	TaskRunReasonTaskRunPending TaskRunReason = "TaskRunPending"
	// TaskRunReasonResolvingTaskRef is set while a resolver fetches the Task.
	TaskRunReasonResolvingTaskRef TaskRunReason = "ResolvingTaskRef"
	// TaskRunReasonResolvingStepActionRef is set while a resolver fetches a StepAction.
	TaskRunReasonResolvingStepActionRef TaskRunReason = "ResolvingStepActionRef"
	// TaskRunReasonPending is set while the pod cannot be created yet or does not run yet.
	TaskRunReasonPending TaskRunReason = "Pending"
	// TaskRunReasonPullImageFailed is set while an image cannot be pulled.
	TaskRunReasonPullImageFailed TaskRunReason = "PullImageFailed"
	// TaskRunReasonExceededNodeResources is set while no node has room for the pod.
	TaskRunReasonExceededNodeResources TaskRunReason = "ExceededNodeResources"
	// TaskRunReasonExceededResourceQuota is set while the quota of the namespace has no room for the pod.
	TaskRunReasonExceededResourceQuota TaskRunReason = "ExceededResourceQuota"
	// TaskRunReasonRunning is set while steps are left to run.
	TaskRunReasonRunning TaskRunReason = "Running"
	// TaskRunReasonToBeRetried is set between a failed attempt and the next one.
	TaskRunReasonToBeRetried TaskRunReason = "ToBeRetried"
)

// Reasons of a TaskRun that is done.
const (
	// TaskRunReasonSuccessful means that all steps completed.
	TaskRunReasonSuccessful TaskRunReason = "Succeeded"
	// TaskRunReasonFailed means that the pod failed in a way no other reason names.
	TaskRunReasonFailed TaskRunReason = "Failed"
	// TaskRunReasonCancelled means that spec.status asked to stop.
	TaskRunReasonCancelled TaskRunReason = "TaskRunCancelled"
	// TaskRunReasonTimedOut means that the attempt took too long.
	TaskRunReasonTimedOut TaskRunReason = "TaskRunTimeout"
	// TaskRunReasonImagePullFailed means that an image could not be pulled for too long.
	TaskRunReasonImagePullFailed TaskRunReason = "TaskRunImagePullFailed"
	// TaskRunReasonCreateContainerConfigError means that a container could not be configured.
	TaskRunReasonCreateContainerConfigError TaskRunReason = "CreateContainerConfigError"
	// TaskRunReasonPodCreationFailed means that the pod or a container of it could not be created.
	TaskRunReasonPodCreationFailed TaskRunReason = "PodCreationFailed"
	// TaskRunReasonPodAdmissionFailed means that a security policy refused the pod.
	TaskRunReasonPodAdmissionFailed TaskRunReason = "PodAdmissionFailed"
	// TaskRunReasonFailedResolution means that the Task or a StepAction could not be obtained.
	TaskRunReasonFailedResolution TaskRunReason = "TaskRunResolutionFailed"
	// TaskRunReasonTaskFailedValidation means that the API refused the Task or StepAction that was fetched.
	TaskRunReasonTaskFailedValidation TaskRunReason = "TaskValidationFailed"
	// TaskRunReasonResourceVerificationFailed means that a signature did not verify.
	TaskRunReasonResourceVerificationFailed TaskRunReason = "ResourceVerificationFailed"
	// TaskRunReasonFailedValidation means that the run and its Task do not fit.
	TaskRunReasonFailedValidation TaskRunReason = "TaskRunValidationFailed"
	// TaskRunReasonInvalidParamValue means that a value is not in the parameter's enum.
	TaskRunReasonInvalidParamValue TaskRunReason = "InvalidParamValue"
	// TaskRunReasonCouldntCreateWorkspacePVC means that a claim could not be created.
	TaskRunReasonCouldntCreateWorkspacePVC TaskRunReason = "CouldntCreateWorkspacePVC"
	// TaskRunReasonResultLargerThanAllowedLimit means that the results are too large.
	TaskRunReasonResultLargerThanAllowedLimit TaskRunReason = "TaskRunResultLargerThanAllowedLimit"
	// TaskRunReasonStopSidecarFailed means that sidecars could not be stopped.
	TaskRunReasonStopSidecarFailed TaskRunReason = "TaskRunStopSidecarFailed"
	// TaskRunReasonFailureIgnored means that the run failed and its PipelineRun goes on all the same.
	TaskRunReasonFailureIgnored TaskRunReason = "FailureIgnored"
	// TaskRunReasonPodEvicted means that the node pushed the pod out.
	TaskRunReasonPodEvicted TaskRunReason = "PodEvicted"
	// TaskRunReasonInitContainerOOM means that an init container ran out of memory.
	TaskRunReasonInitContainerOOM TaskRunReason = "InitContainerOOM"
	// TaskRunReasonInitContainerFailed means that an init container failed.
	TaskRunReasonInitContainerFailed TaskRunReason = "InitContainerFailed"
	// TaskRunReasonSidecarOOM means that a sidecar ran out of memory.
	TaskRunReasonSidecarOOM TaskRunReason = "SidecarOOM"
	// TaskRunReasonSidecarFailed means that a sidecar failed.
	TaskRunReasonSidecarFailed TaskRunReason = "SidecarFailed"
	// TaskRunReasonStepOOM means that a step ran out of memory.
	TaskRunReasonStepOOM TaskRunReason = "StepOOM"
	// TaskRunReasonStepFailed means that a step failed.
	TaskRunReasonStepFailed TaskRunReason = "StepFailed"
)

// Reasons that are reserved and never set.
const (
	// TaskRunReasonResultsVerified is reserved for signed results.
	TaskRunReasonResultsVerified TaskRunReason = "TaskRunResultsVerified"
	// TaskRunReasonResultsVerificationFailed is reserved for signed results.
	TaskRunReasonResultsVerificationFailed TaskRunReason = "TaskRunResultsVerificationFailed"
	// AwaitingTaskRunResults is reserved for signed results.
	AwaitingTaskRunResults TaskRunReason = "AwaitingTaskRunResults"
)
