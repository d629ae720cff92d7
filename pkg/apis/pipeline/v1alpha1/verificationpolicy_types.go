package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// VerificationPolicy says which definitions from remote sources must be signed, and by whom.
//
// +genclient
// +genclient:noStatus
// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object
// +kubebuilder:object:root=true
// +kubebuilder:resource:path=verificationpolicies,singular=verificationpolicy,categories=tekton;tekton-pipelines
// +kubebuilder:storageversion
type VerificationPolicy struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata"`

	// The policy.
	Spec VerificationPolicySpec `json:"spec"`
}

// VerificationPolicyList is a list of VerificationPolicies.
//
// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object
type VerificationPolicyList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []VerificationPolicy `json:"items"`
}

// VerificationPolicySpec says where the policy applies and which signatures it accepts.
type VerificationPolicySpec struct {
	// Sources the policy applies to.
	// +listType=atomic
	Resources []ResourcePattern `json:"resources"`

	// Keys; a signature by any one of them is accepted.
	// +listType=atomic
	Authorities []Authority `json:"authorities"`

	// What a failed check does: enforce (the default) fails the run, warn only reports it.
	// +optional
	Mode ModeType `json:"mode,omitempty"`
}

// ResourcePattern selects sources.
type ResourcePattern struct {
	// Regular expression for the whole address of the source.
	Pattern string `json:"pattern"`
}

// Authority is a key with a name.
type Authority struct {
	// Name of the authority.
	Name string `json:"name"`

	// The public key.
	// +optional
	Key *KeyRef `json:"key,omitempty"`
}

// ModeType says what a failed check does.
type ModeType string

const (
	// ModeEnforce fails the run.
	ModeEnforce ModeType = "enforce"
	// ModeWarn reports the failure and goes on.
	ModeWarn ModeType = "warn"
)

// KeyRef is a public key; exactly one of secretRef, data and kms must be given.
type KeyRef struct {
	// Secret whose only entry is the key in PEM form.
	// +optional
	SecretRef *corev1.SecretReference `json:"secretRef,omitempty"`

	// The key in PEM form.
	// +optional
	Data string `json:"data,omitempty"`

	// Address of the key in a key management service, such as gcpkms://...
	// +optional
	KMS string `json:"kms,omitempty"`

	// Hash of the signature: sha224, sha256 (the default), sha384 or sha512.
	// +optional
	HashAlgorithm HashAlgorithm `json:"hashAlgorithm,omitempty"`
}

// HashAlgorithm names a hash function.
type HashAlgorithm string
