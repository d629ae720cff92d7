// Package v1 holds the stable types of the tekton.dev API: Task, Pipeline, TaskRun and PipelineRun. It is the hub that
// other versions convert to and the only place where their rules are written.
//
// +k8s:deepcopy-gen=package
// +groupName=tekton.dev
package v1
