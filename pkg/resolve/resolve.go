// Package resolve fetches the definition behind a reference: a Task, Pipeline or StepAction of the cluster, or one that a resolver
// fetches from elsewhere (contract 4 §1). Whatever it returns is complete, has defaults and is of the hub version.
//
// Errors are failures of package failure. Waiting means that a resolver works on it: the run is woken when the
// ResolutionRequest changes. Transient means that asking again can help. The others are final; their reason is empty unless a
// signature was refused (ResourceVerificationFailed) or the cluster refused the definition in a dry run (TaskValidationFailed,
// PipelineValidationFailed).
package resolve

import (
	"context"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	clientset "github.com/tenon-ci/tenon/pkg/client/clientset/versioned"
	listers "github.com/tenon-ci/tenon/pkg/client/listers/pipeline/v1"
	betalisters "github.com/tenon-ci/tenon/pkg/client/listers/pipeline/v1beta1"
	resolutionclientset "github.com/tenon-ci/tenon/pkg/client/resolution/clientset/versioned"
	requestlisters "github.com/tenon-ci/tenon/pkg/client/resolution/listers/resolution/v1beta1"
	"github.com/tenon-ci/tenon/pkg/definition"
	"github.com/tenon-ci/tenon/pkg/reconciler/fresh"
)

const (
	messageRequestFailed  = "error requesting remote resource"
	messageDataUnreadable = "error accessing data from remote resource"
)

// Request asks for one definition; see package definition.
type Request = definition.Request

// Document is a definition and where it came from; see package definition.
type Document[T any] = definition.Document[T]

// Verification is the outcome of checking a signature; see package decision.
type Verification = definition.Verification

// Verifier checks the signature of definitions that a resolver fetched; see package definition.
type Verifier = definition.Verifier

// Resolver fetches definitions. Nothing is cached beyond the informers behind the listers and what Fresh and Memory hold.
type Resolver struct {
	Client      clientset.Interface
	Tasks       listers.TaskLister
	Pipelines   listers.PipelineLister
	StepActions betalisters.StepActionLister

	RequestClient resolutionclientset.Interface
	Requests      requestlisters.ResolutionRequestLister

	// Arrivals may be nil: a pass that makes a request does not wait for its answer then, not even for a moment.
	Arrivals *Arrivals
	// Verifier may be nil: nothing is checked then.
	Verifier Verifier
	// Memory may be nil: then each look at a fetched document decodes and checks it. Controllers may share one.
	Memory *Memory
	// Fresh knows whether definitions in the listers are as new as the runs that refer to them; without it they are taken as they are.
	Fresh *fresh.Reader
}

// Task fetches a Task.
func (r *Resolver) Task(ctx context.Context, req Request) (*Document[*v1.Task], error) {
	return fetch(ctx, r, req, r.taskKind())
}

// Pipeline fetches a Pipeline.
func (r *Resolver) Pipeline(ctx context.Context, req Request) (*Document[*v1.Pipeline], error) {
	return fetch(ctx, r, req, r.pipelineKind())
}

// StepAction fetches a StepAction. Signatures of StepActions are not checked.
func (r *Resolver) StepAction(ctx context.Context, req Request) (*Document[*v1beta1.StepAction], error) {
	return fetch(ctx, r, req, r.stepActionKind())
}
