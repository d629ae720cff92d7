package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	duckv1 "knative.dev/pkg/apis/duck/v1"
	"knative.dev/pkg/kmeta"

	pipelinev1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/resolution"
)

// ResolutionRequest asks a resolver for a definition.
//
// +genclient
// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object
// +kubebuilder:object:root=true
// +kubebuilder:resource:path=resolutionrequests,singular=resolutionrequest,categories=tekton;tekton-pipelines
// +kubebuilder:subresource:status
// +kubebuilder:deprecatedversion
// +kubebuilder:printcolumn:name="Succeeded",type=string,JSONPath=`.status.conditions[?(@.type=="Succeeded")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Succeeded")].reason`
type ResolutionRequest struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// What to fetch.
	// +optional
	Spec ResolutionRequestSpec `json:"spec,omitempty"`

	// What was fetched; written by the resolver.
	// +optional
	Status ResolutionRequestStatus `json:"status,omitzero"`
}

// ResolutionRequestList is a list of ResolutionRequests.
//
// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object
type ResolutionRequestList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata"`

	Items []ResolutionRequest `json:"items"`
}

var _ kmeta.OwnerRefable = (*ResolutionRequest)(nil)

// GetGroupVersionKind returns the kind of a ResolutionRequest.
func (*ResolutionRequest) GetGroupVersionKind() schema.GroupVersionKind {
	return SchemeGroupVersion.WithKind(resolution.ResolutionRequestKind)
}

// ResolutionRequestSpec says what to fetch. The label resolution.tekton.dev/type says which resolver does it.
type ResolutionRequestSpec struct {
	// Parameters of the resolver.
	// +optional
	Parameters map[string]string `json:"params,omitempty"`
}

// ResolutionRequestStatus is the answer of the resolver.
type ResolutionRequestStatus struct {
	duckv1.Status `json:",inline"`

	ResolutionRequestStatusFields `json:",inline"`
}

// ResolutionRequestStatusFields is the answer of the resolver apart from its conditions.
type ResolutionRequestStatusFields struct {
	// The definition in base64.
	// +optional
	Data string `json:"data"`

	// Where the definition came from.
	// +optional
	// +nullable
	RefSource *pipelinev1.RefSource `json:"refSource"`
}
