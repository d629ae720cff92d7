package plan

import (
	"encoding/json"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/decision"
	"github.com/tenon-ci/tenon/pkg/failure"
)

// Step is what to do next about a PipelineRun.
type Step struct {
	// Wants names what has to be looked up before there is an answer. Unless it is empty, nothing else counts.
	Wants Wants
	// Status is the whole new status; it equals the observed one if nothing is to be written.
	Status v1.PipelineRunStatus
	// Labels and Annotations are to be added to the PipelineRun; keys that have the value already are left out.
	Labels, Annotations map[string]string
	// Actions are to be carried out in order, before the status is written; the first one that is refused ends it, except
	// that every StopChild is tried. An object that exists already, or that is to be stopped or deleted and is gone, is
	// no refusal; a child that exists already is one unless the PipelineRun owns it.
	Actions []Action
	// Events are to be recorded on the PipelineRun once the status is written, so that a refused write does not repeat them.
	Events []Event
	// WakeAt is the next time at which the answer changes by itself; zero if it does not.
	WakeAt time.Time
	// Failure is the error of the pass, nil if there is none. A final one is recorded in Status already and must not be
	// retried; a transient one has to be retried with rate limit.
	Failure *failure.Failure
}

// Wants names what Next has to know.
type Wants struct {
	// Pipeline asks for Seen.Pipeline, which PipelineRef refers to: spec.pipelineRef with values filled in.
	Pipeline    bool
	PipelineRef *v1.PipelineRef
	// Definitions asks for entries of Seen.Definitions. They do not depend on each other, so that they can be looked up side
	// by side; tasks that refer to the same object of the cluster share one.
	Definitions []Reference
	// StatefulSets and Claims ask for entries of Seen.StatefulSets and Seen.Claims, by name.
	StatefulSets, Claims []string
}

// Empty tells whether nothing is wanted.
func (w Wants) Empty() bool {
	return !w.Pipeline && len(w.Definitions)+len(w.StatefulSets)+len(w.Claims) == 0
}

// Reference asks for the definition of a pipeline task.
type Reference struct {
	// PipelineTask is the key into Seen.Definitions.
	PipelineTask string
	// Base is the name that a resolution request is derived from (contract 4 §1.2).
	Base string
	// TaskRef or PipelineRef is what to fetch, with values filled in.
	TaskRef     *v1.TaskRef
	PipelineRef *v1.PipelineRef
}

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

// RestartAffinityAssistant asks to delete the Pod of an affinity assistant, so that it comes up on another node.
type RestartAffinityAssistant struct{ Pod string }

// DeleteAffinityAssistant asks to delete the StatefulSet of that name.
type DeleteAffinityAssistant struct{ Name string }

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

// Event is a Kubernetes event on the PipelineRun.
type Event = decision.Event

// Refused is an action that could not be carried out, or was left out. Every action of a Step that is not among the Refused
// counts as done.
type Refused struct {
	Action Action
	// Err is the error; its text is shown to users.
	Err error
	// Kind tells what the error means.
	Kind RefusalKind
}

// RefusalKind classifies the errors of actions.
type RefusalKind = decision.RefusalKind

// The kinds of refusals; see package decision.
const (
	RefusedForNow  = decision.RefusedForNow
	RefusedForGood = decision.RefusedForGood
	RefusedByQuota = decision.RefusedByQuota
	NotTried       = decision.NotTried
)
