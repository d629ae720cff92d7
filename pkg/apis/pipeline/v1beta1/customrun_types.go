package v1beta1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"knative.dev/pkg/apis"
	duckv1 "knative.dev/pkg/apis/duck/v1"
	"knative.dev/pkg/kmeta"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// CustomRun runs a custom task, which a controller of its own understands.
//
// +genclient
// +genreconciler:krshapedlogic=false
// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object
// +kubebuilder:object:root=true
// +kubebuilder:resource:path=customruns,singular=customrun,categories=tekton;tekton-pipelines
// +kubebuilder:subresource:status
// +kubebuilder:storageversion
// +kubebuilder:printcolumn:name="Succeeded",type=string,JSONPath=`.status.conditions[?(@.type=="Succeeded")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Succeeded")].reason`
// +kubebuilder:printcolumn:name="StartTime",type=date,JSONPath=`.status.startTime`
// +kubebuilder:printcolumn:name="CompletionTime",type=date,JSONPath=`.status.completionTime`
type CustomRun struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// What to run.
	// +optional
	Spec CustomRunSpec `json:"spec,omitempty"`

	// How the run goes; written by the controller of the custom task.
	// +optional
	Status CustomRunStatus `json:"status,omitzero"`
}

// CustomRunList is a list of CustomRuns.
//
// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object
type CustomRunList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []CustomRun `json:"items"`
}

var _ kmeta.OwnerRefable = (*CustomRun)(nil)

// GetGroupVersionKind returns the kind of a CustomRun.
func (*CustomRun) GetGroupVersionKind() schema.GroupVersionKind {
	return SchemeGroupVersion.WithKind(pipeline.CustomRunControllerKind)
}

// CustomRunSpec says what to run and with what.
type CustomRunSpec struct {
	// Custom task to run; exactly one of customRef and customSpec must be given.
	// +optional
	CustomRef *TaskRef `json:"customRef,omitempty"`

	// Custom task to run, written in place.
	// +optional
	CustomSpec *EmbeddedCustomRunSpec `json:"customSpec,omitempty"`

	// Values for the parameters of the custom task.
	// +optional
	Params v1.Params `json:"params,omitempty"`

	// Request to the controller of the custom task: RunCancelled stops the run.
	// +optional
	Status CustomRunSpecStatus `json:"status,omitempty"`

	// Why status is set.
	// +optional
	StatusMessage CustomRunSpecStatusMessage `json:"statusMessage,omitempty"`

	// How often the controller of the custom task should try a failed run again.
	// +optional
	Retries int `json:"retries,omitempty"`

	// Service account to use.
	// +optional
	ServiceAccountName string `json:"serviceAccountName,omitempty"`

	// Longest time the run may take; the controller of the custom task keeps it.
	// +optional
	Timeout *metav1.Duration `json:"timeout,omitempty"`

	// Volumes for the workspaces of the custom task.
	// +optional
	// +listType=atomic
	Workspaces []v1.WorkspaceBinding `json:"workspaces,omitempty"`
}

// EmbeddedCustomRunSpec is a custom task written in place.
type EmbeddedCustomRunSpec struct {
	runtime.TypeMeta `json:",inline"`

	// Labels and annotations of the custom task.
	// +optional
	Metadata v1.PipelineTaskMetadata `json:"metadata,omitzero"`

	// Definition, which the controller of the custom task understands.
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	Spec runtime.RawExtension `json:"spec,omitzero"`
}

// CustomRunSpecStatus is a request to the controller of a custom task.
type CustomRunSpecStatus string

// CustomRunSpecStatusCancelled stops the run.
const CustomRunSpecStatusCancelled CustomRunSpecStatus = "RunCancelled"

// CustomRunSpecStatusMessage says why a request was made.
type CustomRunSpecStatusMessage string

const (
	// CustomRunCancelledByPipelineMsg is written when the PipelineRun was cancelled.
	CustomRunCancelledByPipelineMsg CustomRunSpecStatusMessage = "CustomRun cancelled as the PipelineRun it belongs to has been cancelled."
	// CustomRunCancelledByPipelineTimeoutMsg is written when the PipelineRun ran out of time.
	CustomRunCancelledByPipelineTimeoutMsg CustomRunSpecStatusMessage = "CustomRun cancelled as the PipelineRun it belongs to has timed out."
)

// CustomRunReason is a reason of a CustomRun's Succeeded condition. Controllers of custom tasks may use others, too.
type CustomRunReason string

// String returns the reason as it is written into the condition.
func (r CustomRunReason) String() string { return string(r) }

// Reasons with a fixed meaning (contract 1 §2.2).
const (
	// CustomRunReasonStarted means that the run was seen.
	CustomRunReasonStarted CustomRunReason = "Started"
	// CustomRunReasonRunning means that the run goes on.
	CustomRunReasonRunning CustomRunReason = "Running"
	// CustomRunReasonSuccessful means that the run ended well.
	CustomRunReasonSuccessful CustomRunReason = "Succeeded"
	// CustomRunReasonFailed means that the run ended badly.
	CustomRunReasonFailed CustomRunReason = "Failed"
	// CustomRunReasonCancelled means that spec.status asked to stop.
	CustomRunReasonCancelled CustomRunReason = "CustomRunCancelled"
	// CustomRunReasonTimedOut means that the run took too long.
	CustomRunReasonTimedOut CustomRunReason = "CustomRunTimedOut"
	// CustomRunReasonWorkspaceNotSupported means that the custom task takes no workspaces.
	CustomRunReasonWorkspaceNotSupported CustomRunReason = "CustomRunWorkspaceNotSupported"
)

// CustomRunStatus says how a CustomRun goes.
type CustomRunStatus struct {
	duckv1.Status `json:",inline"`

	CustomRunStatusFields `json:",inline"`
}

// CustomRunStatusFields is what a CustomRun reports apart from its conditions.
type CustomRunStatusFields struct {
	// When the run started.
	// +optional
	StartTime *metav1.Time `json:"startTime,omitempty"`

	// When the run ended.
	// +optional
	CompletionTime *metav1.Time `json:"completionTime,omitempty"`

	// Values that the run produced.
	// +optional
	// +listType=atomic
	Results []CustomRunResult `json:"results,omitempty"`

	// Status of earlier attempts, oldest first.
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	RetriesStatus []CustomRunStatus `json:"retriesStatus,omitempty"`

	// Anything else that the controller of the custom task reports.
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	ExtraFields runtime.RawExtension `json:"extraFields,omitzero"`
}

// CustomRunResult is a result that a CustomRun produced.
type CustomRunResult struct {
	// Name of the result.
	Name string `json:"name"`

	// Value of the result.
	Value string `json:"value"`
}

// GetConditionSet returns the conditions that a CustomRun has.
func (*CustomRun) GetConditionSet() apis.ConditionSet { return apis.NewBatchConditionSet() }

// GetStatus returns the conditions of the run and what goes with them.
func (r *CustomRun) GetStatus() *duckv1.Status { return &r.Status.Status }

// GetStatusCondition gives access to the conditions of the run.
func (r *CustomRun) GetStatusCondition() apis.ConditionAccessor { return &r.Status }

// HasStarted reports whether the run has started.
func (r *CustomRun) HasStarted() bool {
	return r.Status.StartTime != nil && !r.Status.StartTime.IsZero()
}

// IsDone reports whether the run has ended.
func (r *CustomRun) IsDone() bool {
	return !r.Status.GetCondition(apis.ConditionSucceeded).IsUnknown()
}

// IsSuccessful reports whether the run has ended well.
func (r *CustomRun) IsSuccessful() bool {
	return r.Status.GetCondition(apis.ConditionSucceeded).IsTrue()
}

// IsFailure reports whether the run has ended badly.
func (r *CustomRun) IsFailure() bool {
	return r.Status.GetCondition(apis.ConditionSucceeded).IsFalse()
}

// IsCancelled reports whether the spec asks to stop.
func (r *CustomRun) IsCancelled() bool { return r.Spec.Status == CustomRunSpecStatusCancelled }
