// Package pod holds the parts of a pod spec that users may set for the pods of their runs (contract 1 §1.10).
//
// +k8s:deepcopy-gen=package
package pod
