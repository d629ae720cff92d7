// Package framework makes a controller out of a resolver: it watches the ResolutionRequests of the resolver's type, hands each to
// the resolver once, and writes the answer or the failure (contract 4 §1.3, §1.5). A resolver knows nothing of requests, queues
// and the API; another one needs a Resolver and a line in the program that runs them.
package framework

import (
	"context"
	"time"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// ResolutionTimeout limits one attempt of a resolver that does not say otherwise.
const ResolutionTimeout = time.Minute

// Resolver fetches definitions of one kind of place.
type Resolver interface {
	// About describes the resolver; it always answers the same.
	About() About
	// Resolve fetches what is asked for. An error ends the request, unless trying again can help: errors of the API that pass,
	// and failures of class Transient. The reason of a failure becomes that of the request; ResolutionFailed if it has none.
	Resolve(ctx context.Context, req Request) (*Answer, error)
}

// About describes a resolver.
type About struct {
	// Type is what users put into "resolver", and the label of the requests.
	Type string
	// Name stands in messages.
	Name string
	// Flag is the key in the ConfigMap resolvers-feature-flags that switches the resolver off.
	Flag string
	// Config is the name of the resolver's ConfigMap.
	Config string
	// Defaults is the data of that ConfigMap if there is none.
	Defaults map[string]string
	// Validate returns what is wrong with a request; nil checks nothing.
	Validate func(Request) error
	// Timeout returns how long one attempt may take; nil means ResolutionTimeout.
	Timeout func(Request) time.Duration
}

// Request is one question.
type Request struct {
	// Namespace is that of the run that asks: what the resolver may use on behalf of the run is there.
	Namespace, Name string
	// Params are the parameters that are strings; the others count as empty.
	Params map[string]string
	// URL is the reference in the form of an address; mostly empty.
	URL string
	// Config is the data of the resolver's ConfigMap. It must not be changed.
	Config map[string]string
}

// Answer is what a resolver found.
type Answer struct {
	// Data is the document.
	Data []byte
	// Annotations go into the status of the request.
	Annotations map[string]string
	// Source is where the document came from.
	Source *v1.RefSource
}
