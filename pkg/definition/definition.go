// Package definition is about the Tasks, Pipelines and StepActions that runs refer to: what is asked for ([Request]), what a [Source]
// answers with ([Document]), how fetched documents are decoded and accepted, and how the planners get what they want of it. It talks to
// nobody: where definitions come from is the business of sources.
//
// Errors are failures of package failure. Waiting means that somebody works on it, and that the run is woken. Transient means that
// asking again can help. The others are final; their reason is empty unless a signature was refused (ResourceVerificationFailed) or
// admission refused the definition (TaskValidationFailed, PipelineValidationFailed).
package definition

import (
	"context"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"knative.dev/pkg/kmeta"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/decision"
	"github.com/tenon-ci/tenon/pkg/failure"
)

// Request asks for one definition.
type Request struct {
	// Owner is the run that asks; ResolutionRequests are made in its namespace and belong to it.
	Owner kmeta.OwnerRefable
	// Base is the name that the name of the ResolutionRequest is derived from (contract 4 §1.2).
	Base string
	// Name and ResolverRef are the reference, with values filled in. With a resolver, a name is passed on as an address.
	Name string
	v1.ResolverRef
}

// Document is a definition and where it came from.
type Document[T any] struct {
	Object T
	// Source is where a resolver found it; nil for objects of the cluster.
	Source *v1.RefSource
	// Verification is the outcome of checking the signature; nil if no policy applied.
	Verification *Verification
}

// Verification is the outcome of checking a signature; see package decision.
type Verification = decision.Verification

// Source fetches definitions. It is used by many goroutines. What it returns belongs to the caller.
type Source interface {
	Task(ctx context.Context, req Request) (*Document[*v1.Task], error)
	Pipeline(ctx context.Context, req Request) (*Document[*v1.Pipeline], error)
	// StepAction fetches a StepAction. Signatures of StepActions are not checked.
	StepAction(ctx context.Context, req Request) (*Document[*v1beta1.StepAction], error)
}

// Texts of failures.
const (
	messageAwaiting        = "awaiting remote resource"
	messageRequestFailed   = "error requesting remote resource"
	messageObjectNotUsable = "invalid runtime object"
)

// Awaiting returns the failure of a reference that a resolver works on.
func Awaiting() *failure.Failure { return failure.Waitingf("", messageAwaiting) }

// RequestFailed returns the failure of a reference that a resolver could not fetch; text says why.
func RequestFailed(text string) *failure.Failure {
	return failure.Invalidf("", "%s: %s", messageRequestFailed, text)
}

// NotFound returns the failure of a reference to an object of the cluster that is not there.
func NotFound(resource schema.GroupResource, name string) *failure.Failure {
	return failure.NotFoundf("", "%w", apierrors.NewNotFound(resource, name))
}
