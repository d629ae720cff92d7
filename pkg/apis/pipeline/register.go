// Package pipeline names the tekton.dev API group and the labels and annotations that its objects carry.
package pipeline

import "k8s.io/apimachinery/pkg/runtime/schema"

const (
	// GroupName is the API group of Tasks, Pipelines and their runs.
	GroupName = "tekton.dev"

	// TaskControllerKind is the kind of a Task.
	TaskControllerKind = "Task"
	// PipelineControllerKind is the kind of a Pipeline.
	PipelineControllerKind = "Pipeline"
	// TaskRunControllerKind is the kind of a TaskRun.
	TaskRunControllerKind = "TaskRun"
	// PipelineRunControllerKind is the kind of a PipelineRun.
	PipelineRunControllerKind = "PipelineRun"
	// CustomRunControllerKind is the kind of a CustomRun.
	CustomRunControllerKind = "CustomRun"
	// StepActionControllerKind is the kind of a StepAction.
	StepActionControllerKind = "StepAction"

	// ManagedBy is the value of spec.managedBy that means "this controller", the same as leaving the field out
	// (contract 2 §1.1, 3 §9.7).
	ManagedBy = "tekton.dev/pipeline"
)

// Labels on runs and pods (contract 2 §1.11, 3 §3.2, 4 §8).
const (
	// TaskLabelKey holds the name of the Task a TaskRun uses.
	TaskLabelKey = GroupName + "/task"
	// TaskRunLabelKey holds, on a pod, the name of its TaskRun.
	TaskRunLabelKey = GroupName + "/taskRun"
	// TaskRunUIDLabelKey holds, on a pod, the UID of its TaskRun.
	TaskRunUIDLabelKey = GroupName + "/taskRunUID"
	// PipelineLabelKey holds the name of the Pipeline a run belongs to.
	PipelineLabelKey = GroupName + "/pipeline"
	// PipelineRunLabelKey holds, on a child, the name of its PipelineRun.
	PipelineRunLabelKey = GroupName + "/pipelineRun"
	// PipelineRunUIDLabelKey holds, on a child, the UID of its PipelineRun.
	PipelineRunUIDLabelKey = GroupName + "/pipelineRunUID"
	// PipelineTaskLabelKey holds, on a child, the name of the pipeline task it runs.
	PipelineTaskLabelKey = GroupName + "/pipelineTask"
	// MemberOfLabelKey holds, on a child, MemberOfTasks or MemberOfFinally.
	MemberOfLabelKey = GroupName + "/memberOf"
	// MemberOfTasks is the value of MemberOfLabelKey for an entry of spec.tasks.
	MemberOfTasks = "tasks"
	// MemberOfFinally is the value of MemberOfLabelKey for an entry of spec.finally.
	MemberOfFinally = "finally"
	// ManagedByLabelKey names the tool that manages an object; the controller watches only pods that carry it.
	ManagedByLabelKey = "app.kubernetes.io/managed-by"
)

// Annotations on runs and pods (contract 2 §1.11, 3 §3.3, 4 §8).
const (
	// ReleaseAnnotationKey holds the build of the controller that last worked on a run or created a pod.
	ReleaseAnnotationKey = "pipeline.tekton.dev/release"
	// OnErrorAnnotationKey holds, on a TaskRun, the onError value of its pipeline task.
	OnErrorAnnotationKey = "pipeline.tekton.dev/pipeline-task-on-error"
	// AutoCleanupAnnotationKey, with the value "true", gives up the claims that were made for a PipelineRun when it is done.
	AutoCleanupAnnotationKey = GroupName + "/auto-cleanup-pvc"
	// AffinityAssistantAnnotationKey holds, on a child, the name of the affinity assistant it runs next to.
	AffinityAssistantAnnotationKey = "pipeline.tekton.dev/affinity-assistant"
	// SignatureAnnotationKey holds the base64 signature of a definition.
	SignatureAnnotationKey = GroupName + "/signature"
	// TaskRunSpanContextAnnotationKey holds, on a TaskRun, the trace carrier of its PipelineRun.
	TaskRunSpanContextAnnotationKey = GroupName + "/taskrunSpanContext"
	// PipelineRunSpanContextAnnotationKey holds, on a PipelineRun, the trace carrier of whoever created it.
	PipelineRunSpanContextAnnotationKey = GroupName + "/pipelinerunSpanContext"
	// CustomRunSpanContextAnnotationKey holds, on a CustomRun, the trace carrier under which its controller adds spans.
	CustomRunSpanContextAnnotationKey = GroupName + "/customrunSpanContext"
	// ReadyAnnotationKey is set on a pod to ReadyAnnotationValue to release its first step.
	ReadyAnnotationKey = GroupName + "/ready"
	// ReadyAnnotationValue releases the first step.
	ReadyAnnotationValue = "READY"
	// CancelAnnotationKey is set on a pod to CancelAnnotationValue to stop its steps and keep it.
	CancelAnnotationKey = GroupName + "/cancel"
	// CancelAnnotationValue stops the steps.
	CancelAnnotationValue = "CANCEL"
	// PrepareAnnotationKey says, on a TaskRun, how its pods are prepared; PrepareAnnotationInit is the one value. It is no part of the
	// contract.
	PrepareAnnotationKey = "tenon.dev/prepare"
	// PrepareAnnotationInit has pods prepared by an init container.
	PrepareAnnotationInit = "init"
	// ChainsAnnotationPrefix starts the annotations that belong to a signing service: dropped from new runs, never
	// copied to children.
	ChainsAnnotationPrefix = "chains.tekton.dev/"
	// LastAppliedAnnotationKey is kubectl's copy of the applied object, never passed on from one object to another.
	LastAppliedAnnotationKey = "kubectl.kubernetes.io/last-applied-configuration"
)

// Resources of the group, as the API server names them.
var (
	// TaskResource is the resource of Tasks.
	TaskResource = schema.GroupResource{Group: GroupName, Resource: "tasks"}
	// TaskRunResource is the resource of TaskRuns.
	TaskRunResource = schema.GroupResource{Group: GroupName, Resource: "taskruns"}
	// PipelineResource is the resource of Pipelines.
	PipelineResource = schema.GroupResource{Group: GroupName, Resource: "pipelines"}
	// PipelineRunResource is the resource of PipelineRuns.
	PipelineRunResource = schema.GroupResource{Group: GroupName, Resource: "pipelineruns"}
	// CustomRunResource is the resource of CustomRuns.
	CustomRunResource = schema.GroupResource{Group: GroupName, Resource: "customruns"}
	// StepActionResource is the resource of StepActions.
	StepActionResource = schema.GroupResource{Group: GroupName, Resource: "stepactions"}
	// VerificationPolicyResource is the resource of VerificationPolicies.
	VerificationPolicyResource = schema.GroupResource{Group: GroupName, Resource: "verificationpolicies"}
)

// Annotations that carry what one version of an object has and the other has not. Conversion writes them and takes them
// away again (contract 1 §3.2); they belong to one object and are of no use on its children.
const (
	// ResourcesAnnotationKey holds, on a v1 object, spec.resources of the v1beta1 object.
	ResourcesAnnotationKey = GroupName + "/v1beta1Resources"
	// ResourcesStatusAnnotationKey holds, on a v1 TaskRun, status.taskSpec.resources of the v1beta1 object.
	ResourcesStatusAnnotationKey = GroupName + "/v1beta1ResourcesStatus"
	// ResourcesResultAnnotationKey holds, on a v1 TaskRun, status.resourcesResult of the v1beta1 object.
	ResourcesResultAnnotationKey = GroupName + "/v1beta1ResourcesResult"
	// CloudEventsAnnotationKey holds, on a v1 TaskRun, status.cloudEvents of the v1beta1 object.
	CloudEventsAnnotationKey = GroupName + "/v1beta1CloudEvents"
	// TaskDeprecationsAnnotationKey holds, on a v1 object, the deprecated members of v1beta1 steps and step templates.
	TaskDeprecationsAnnotationKey = GroupName + "/v1beta1.task-deprecations"
	// BetaFieldsAnnotationKey holds, on a v1 object, all other members that only v1beta1 has.
	BetaFieldsAnnotationKey = GroupName + "/v1beta1-fields"
	// V1FieldsAnnotationKey holds, on a v1beta1 object, the members that only v1 has.
	V1FieldsAnnotationKey = GroupName + "/v1-fields"
)

// ConversionAnnotationKeys lists the annotations that conversion uses.
func ConversionAnnotationKeys() []string {
	return []string{
		ResourcesAnnotationKey, ResourcesStatusAnnotationKey, ResourcesResultAnnotationKey, CloudEventsAnnotationKey,
		TaskDeprecationsAnnotationKey, BetaFieldsAnnotationKey, V1FieldsAnnotationKey,
	}
}
