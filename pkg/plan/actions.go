package plan

import (
	"encoding/json"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
)

// Action is one write to the cluster.
type Action interface{ isAction() }

// CreateTaskRun asks for a TaskRun.
type CreateTaskRun struct{ TaskRun *v1.TaskRun }

// CreateCustomRun asks for a CustomRun.
type CreateCustomRun struct{ CustomRun *v1beta1.CustomRun }

// CreatePipelineRun asks for a child PipelineRun.
type CreatePipelineRun struct{ PipelineRun *v1.PipelineRun }

// StopChild asks a child to stop by patching its spec (contract 3 §9.4).
type StopChild struct {
	// Kind is TaskRun, CustomRun or PipelineRun.
	Kind, Name string
	// Status and Message are the values of spec.status and spec.statusMessage; an empty message is not written.
	Status, Message string
	// TimedOut says that the reason is a timeout and not a cancellation.
	TimedOut bool
}

// Patch returns the JSON patch of the child.
func (a StopChild) Patch() ([]byte, error) {
	type operation struct {
		Op    string `json:"op"`
		Path  string `json:"path"`
		Value string `json:"value"`
	}
	patch := []operation{{Op: "add", Path: "/spec/status", Value: a.Status}}
	if a.Message != "" {
		patch = append(patch, operation{Op: "add", Path: "/spec/statusMessage", Value: a.Message})
	}
	data, err := json.Marshal(patch)
	if err != nil {
		return nil, fmt.Errorf("writing patch of %s %s: %w", a.Kind, a.Name, err)
	}
	return data, nil
}

// CreateClaim asks for the claim of a volumeClaimTemplate.
type CreateClaim struct{ Claim *corev1.PersistentVolumeClaim }

// CreateAffinityAssistant asks for an affinity assistant.
type CreateAffinityAssistant struct{ StatefulSet *appsv1.StatefulSet }

// RestartAffinityAssistant asks to delete the Pod of an affinity assistant, so that it comes up on another node. A Pod with another
// UID stays.
type RestartAffinityAssistant struct {
	Pod string
	UID types.UID
}

// DeleteAffinityAssistant asks to delete the StatefulSet of that name. One with another UID stays; an empty UID means any.
type DeleteAffinityAssistant struct {
	Name string
	UID  types.UID
}

// DeleteClaim asks to delete a claim and then to remove its finalizer kubernetes.io/pvc-protection, and only that one
// (contract 3 §7.4).
type DeleteClaim struct{ Name string }

func (CreateTaskRun) isAction()            {}
func (CreateCustomRun) isAction()          {}
func (CreatePipelineRun) isAction()        {}
func (StopChild) isAction()                {}
func (CreateClaim) isAction()              {}
func (CreateAffinityAssistant) isAction()  {}
func (RestartAffinityAssistant) isAction() {}
func (DeleteAffinityAssistant) isAction()  {}
func (DeleteClaim) isAction()              {}
