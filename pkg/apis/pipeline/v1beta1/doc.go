// Package v1beta1 holds the older types of the tekton.dev API. Task, Pipeline, TaskRun and PipelineRun convert to v1,
// which has the rules; CustomRun and StepAction have no newer version.
//
// +k8s:deepcopy-gen=package
// +groupName=tekton.dev
package v1beta1
