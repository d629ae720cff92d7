// Package v1beta1 holds the types of the resolution.tekton.dev API.
//
// +k8s:deepcopy-gen=package
// +groupName=resolution.tekton.dev
package v1beta1
