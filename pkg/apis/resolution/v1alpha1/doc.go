// Package v1alpha1 holds the older types of the resolution.tekton.dev API; they convert to v1beta1.
//
// +k8s:deepcopy-gen=package
// +groupName=resolution.tekton.dev
package v1alpha1
