package config

// Keys of the ConfigMap feature-flags (contract 1 §7.1).
const (
	// KeyEnableAPIFields selects the stability level of the API fields that may be used.
	KeyEnableAPIFields = "enable-api-fields"
	// KeyCoschedule selects which pods of a PipelineRun share a node.
	KeyCoschedule = "coschedule"
	// KeyDisableCredsInit stops the injection of credentials from ServiceAccounts.
	KeyDisableCredsInit = "disable-creds-init"
	// KeyAwaitSidecarReadiness makes the first step wait for the sidecars.
	KeyAwaitSidecarReadiness = "await-sidecar-readiness"
	// KeyRunningInEnvWithInjectedSidecars makes the first step wait even if no sidecar is declared.
	KeyRunningInEnvWithInjectedSidecars = "running-in-environment-with-injected-sidecars"
	// KeyRequireGitSSHSecretKnownHosts refuses SSH secrets without known_hosts.
	KeyRequireGitSSHSecretKnownHosts = "require-git-ssh-secret-known-hosts"
	// KeySendCloudEventsForRuns mutes the events of CustomRuns when false. Deprecated by the API.
	KeySendCloudEventsForRuns = "send-cloudevents-for-runs"
	// KeyVerificationNoMatchPolicy decides on resources that no VerificationPolicy matches.
	KeyVerificationNoMatchPolicy = "trusted-resources-verification-no-match-policy"
	// KeyEnableProvenanceInStatus fills status.provenance.
	KeyEnableProvenanceInStatus = "enable-provenance-in-status"
	// KeyEnforceNonfalsifiability selects how results are signed.
	KeyEnforceNonfalsifiability = "enforce-nonfalsifiability"
	// KeyResultsFrom selects how results leave a pod.
	KeyResultsFrom = "results-from"
	// KeyMaxResultSize limits one result, in bytes, when results come from sidecar logs.
	KeyMaxResultSize = "max-result-size"
	// KeySetSecurityContext restricts the security context of injected containers.
	KeySetSecurityContext = "set-security-context"
	// KeySetSecurityContextReadOnlyRootFilesystem also makes their root file system read-only.
	KeySetSecurityContextReadOnlyRootFilesystem = "set-security-context-read-only-root-filesystem"
	// KeyKeepPodOnCancel cancels a TaskRun inside its pod instead of deleting the pod.
	KeyKeepPodOnCancel = "keep-pod-on-cancel"
	// KeyEnableCELInWhenExpression allows "cel" in when expressions.
	KeyEnableCELInWhenExpression = "enable-cel-in-whenexpression"
	// KeyEnableParamEnum allows "enum" in parameter declarations.
	KeyEnableParamEnum = "enable-param-enum"
	// KeyEnableArtifacts allows artifact variables.
	KeyEnableArtifacts = "enable-artifacts"
	// KeyEnableConciseResolverSyntax allows URL-like names in references.
	KeyEnableConciseResolverSyntax = "enable-concise-resolver-syntax"
	// KeyEnableTerminationMessageCompression compresses results in termination messages.
	KeyEnableTerminationMessageCompression = "enable-termination-message-compression"
	// KeyEnableKubernetesSidecar runs sidecars as native Kubernetes sidecars.
	KeyEnableKubernetesSidecar = "enable-kubernetes-sidecar"
	// KeyEnableWaitExponentialBackoff retries the creation of child objects when the API server times out.
	KeyEnableWaitExponentialBackoff = "enable-wait-exponential-backoff"
	// KeyDisableInlineSpec lists the kinds that may not hold inline specs.
	KeyDisableInlineSpec = "disable-inline-spec"
	// KeyEnableInformerCacheTransforms drops bulky metadata from cached objects; read once at start.
	KeyEnableInformerCacheTransforms = "enable-informer-cache-transforms"
	// KeyDisableAffinityAssistant is the predecessor of KeyCoschedule, see [NewFeatureFlagsFromMap].
	KeyDisableAffinityAssistant = "disable-affinity-assistant"
)

// Values of feature flags. Enumerations are written in any case and kept in the form given here.
const (
	// StableAPIFields allows stable fields only.
	StableAPIFields = "stable"
	// BetaAPIFields allows stable and beta fields.
	BetaAPIFields = "beta"
	// AlphaAPIFields allows all fields that have no flag of their own.
	AlphaAPIFields = "alpha"

	// CoscheduleWorkspaces keeps the pods that share a volume-backed workspace on one node.
	CoscheduleWorkspaces = "workspaces"
	// CoschedulePipelineRuns keeps all pods of a PipelineRun on one node.
	CoschedulePipelineRuns = "pipelineruns"
	// CoscheduleIsolatePipelineRun does the same and admits one PipelineRun per node.
	CoscheduleIsolatePipelineRun = "isolate-pipelinerun"
	// CoscheduleDisabled leaves placement to the scheduler.
	CoscheduleDisabled = "disabled"

	// IgnoreNoMatchPolicy runs unmatched resources silently.
	IgnoreNoMatchPolicy = "ignore"
	// WarnNoMatchPolicy runs unmatched resources and records the fact.
	WarnNoMatchPolicy = "warn"
	// FailNoMatchPolicy fails runs of unmatched resources.
	FailNoMatchPolicy = "fail"

	// EnforceNonfalsifiabilityNone does not sign results.
	EnforceNonfalsifiabilityNone = "none"
	// EnforceNonfalsifiabilityWithSpire signs results with SPIRE identities.
	EnforceNonfalsifiabilityWithSpire = "spire"

	// ResultsFromTerminationMessage carries results in container termination messages.
	ResultsFromTerminationMessage = "termination-message"
	// ResultsFromSidecarLogs carries results in the log of an injected sidecar.
	ResultsFromSidecarLogs = "sidecar-logs"

	// InlineSpecPipeline, in disable-inline-spec, refuses inline specs in pipeline tasks.
	InlineSpecPipeline = "pipeline"
	// InlineSpecPipelineRun, in disable-inline-spec, refuses spec.pipelineSpec of PipelineRuns.
	InlineSpecPipelineRun = "pipelinerun"
	// InlineSpecTaskRun, in disable-inline-spec, refuses spec.taskSpec of TaskRuns.
	InlineSpecTaskRun = "taskrun"

	// MaxResultSizeLimit is the first value, in bytes, that max-result-size does not accept: the size limit of an object.
	MaxResultSizeLimit = 1572864
	// DefaultMaxResultSize is the default of max-result-size, in bytes.
	DefaultMaxResultSize = 4096
)

// Keys of the ConfigMap config-defaults (contract 1 §7.2).
const (
	// KeyDefaultTimeoutMinutes is the timeout of runs that set none, in minutes; 0 is no timeout.
	KeyDefaultTimeoutMinutes = "default-timeout-minutes"
	// KeyDefaultServiceAccount is the ServiceAccount of runs that name none.
	KeyDefaultServiceAccount = "default-service-account"
	// KeyDefaultManagedByLabelValue is the value of the label app.kubernetes.io/managed-by.
	KeyDefaultManagedByLabelValue = "default-managed-by-label-value"
	// KeyDefaultPodTemplate is merged into the pod template of every run, as YAML.
	KeyDefaultPodTemplate = "default-pod-template"
	// KeyDefaultAAPodTemplate is merged into the pods of affinity assistants, as YAML.
	KeyDefaultAAPodTemplate = "default-affinity-assistant-pod-template"
	// KeyDefaultCloudEventsSink is the predecessor of the sink in config-events.
	KeyDefaultCloudEventsSink = "default-cloud-events-sink"
	// KeyDefaultTaskRunWorkspaceBinding is bound to required workspaces that a TaskRun leaves out, as YAML.
	KeyDefaultTaskRunWorkspaceBinding = "default-task-run-workspace-binding"
	// KeyDefaultMaxMatrixCombinationsCount limits the fan-out of one pipeline task.
	KeyDefaultMaxMatrixCombinationsCount = "default-max-matrix-combinations-count"
	// KeyDefaultForbiddenEnv lists environment variables that pod templates may not set.
	KeyDefaultForbiddenEnv = "default-forbidden-env"
	// KeyDefaultResolverType is the resolver of references that name neither an object nor a resolver.
	KeyDefaultResolverType = "default-resolver-type"
	// KeyDefaultContainerResourceRequirements holds requirements for containers that set none, as YAML.
	KeyDefaultContainerResourceRequirements = "default-container-resource-requirements"
	// KeyDefaultImagePullBackOffTimeout is how long an image may stay unpullable, a duration.
	KeyDefaultImagePullBackOffTimeout = "default-imagepullbackoff-timeout"
	// KeyDefaultCreateContainerErrorTimeout is how long a container may fail to be created, a duration.
	KeyDefaultCreateContainerErrorTimeout = "default-create-container-error-timeout"
	// KeyDefaultMaximumResolutionTimeout limits one remote resolution, a duration.
	KeyDefaultMaximumResolutionTimeout = "default-maximum-resolution-timeout"
	// KeyDefaultSidecarLogPollingInterval is how often the results sidecar looks for results, a duration.
	KeyDefaultSidecarLogPollingInterval = "default-sidecar-log-polling-interval"
	// KeyDefaultStepRefConcurrencyLimit limits parallel StepAction fetches of one TaskRun.
	KeyDefaultStepRefConcurrencyLimit = "default-step-ref-concurrency-limit"
	// KeyDefaultPrepareInInitContainer prepares the Pods of TaskRuns in an init container. Tenon's own.
	KeyDefaultPrepareInInitContainer = "default-prepare-in-init-container"
	// KeyDefaultPrepareRuntimeClasses lists the runtime classes with which Pods need no init container. Tenon's own.
	KeyDefaultPrepareRuntimeClasses = "default-prepare-runtime-classes"
)

// Compiled-in values of config-defaults.
const (
	// DefaultTimeoutMinutes is the default of KeyDefaultTimeoutMinutes.
	DefaultTimeoutMinutes = 60
	// DefaultServiceAccountValue is the default of KeyDefaultServiceAccount.
	DefaultServiceAccountValue = "default"
	// DefaultManagedByLabelValue is the default of KeyDefaultManagedByLabelValue.
	DefaultManagedByLabelValue = "tekton-pipelines"
	// DefaultMaxMatrixCombinationsCount is the default of KeyDefaultMaxMatrixCombinationsCount.
	DefaultMaxMatrixCombinationsCount = 256
	// DefaultStepRefConcurrencyLimit is the default of KeyDefaultStepRefConcurrencyLimit.
	DefaultStepRefConcurrencyLimit = 5

	// ResourceRequirementsDefault, as a key of default-container-resource-requirements, covers all other containers.
	ResourceRequirementsDefault = "default"
	// ResourceRequirementsPrefix starts keys of default-container-resource-requirements that match by name prefix.
	ResourceRequirementsPrefix = "prefix-"
)
