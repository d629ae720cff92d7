// Package v1alpha1 holds the types of the tekton.dev API that are still new: VerificationPolicy, and StepAction as it was
// before v1beta1.
//
// +k8s:deepcopy-gen=package
// +groupName=tekton.dev
package v1alpha1
