package span

// Names of the spans of passes over PipelineRuns (contract 4 §6.3). Those below the list of the contract are Tenon's own.
const (
	PipelineRunReconciler    = "PipelineRun:Reconciler"
	PipelineRunReconcileKind = "PipelineRun:ReconcileKind"
	Reconcile                = "reconcile"
	ResolvePipelineState     = "resolvePipelineState"
	RunNextSchedulableTask   = "runNextSchedulableTask"
	CreateTaskRuns           = "createTaskRuns"
	CreateTaskRun            = "createTaskRun"
	CreateCustomRuns         = "createCustomRuns"
	CreateCustomRun          = "createCustomRun"
	CreateChildPipelineRuns  = "createChildPipelineRuns"
	CreateChildPipelineRun   = "createChildPipelineRun"
	CancelPipelineRun        = "cancelPipelineRun"
	GracefullyCancelPipeline = "gracefullyCancelPipelineRun"
	CancelTaskRun            = "cancelTaskRun"
	CancelCustomRun          = "cancelCustomRun"
	TimeoutPipelineRun       = "timeoutPipelineRun"
	TimeoutTaskRun           = "timeoutTaskRun"
	TimeoutCustomRun         = "timeoutCustomRun"
	SyncMetadata             = "syncMetadata"
	CancelChildPipelineRun   = "cancelChildPipelineRun"
	TimeoutChildPipelineRun  = "timeoutChildPipelineRun"
	CreateAffinityAssistant  = "createAffinityAssistant"
	RestartAffinityAssistant = "restartAffinityAssistant"
	DeleteAffinityAssistant  = "deleteAffinityAssistant"
	DeleteClaim              = "deleteClaim"
	CreateClaim              = "createClaim"
	UpdateStatus             = "updateStatus"
	TaskRunReconciler        = "TaskRun:Reconciler"
	TaskRunReconcileKind     = "TaskRun:ReconcileKind"
	Prepare                  = "prepare"
	CreatePod                = "createPod"
	StopSidecars             = "stopSidecars"
	FailTaskRun              = "failTaskRun"
	ReplacePod               = "replacePod"
	ReleaseSteps             = "releaseSteps"
	HoldSteps                = "holdSteps"
	StopPod                  = "stopPod"
)

// PassNames lists the names of all spans of passes.
func PassNames() []string {
	return []string{
		PipelineRunReconciler, PipelineRunReconcileKind, Reconcile, ResolvePipelineState, RunNextSchedulableTask,
		CreateTaskRuns, CreateTaskRun, CreateCustomRuns, CreateCustomRun, CreateChildPipelineRuns, CreateChildPipelineRun,
		CancelPipelineRun, GracefullyCancelPipeline, CancelTaskRun, CancelCustomRun, CancelChildPipelineRun,
		TimeoutPipelineRun, TimeoutTaskRun, TimeoutCustomRun, TimeoutChildPipelineRun,
		CreateAffinityAssistant, RestartAffinityAssistant, DeleteAffinityAssistant, CreateClaim, DeleteClaim, SyncMetadata, UpdateStatus,
		TaskRunReconciler, TaskRunReconcileKind, Prepare, CreatePod, ReplacePod, HoldSteps, ReleaseSteps, StopSidecars, StopPod, FailTaskRun,
	}
}
