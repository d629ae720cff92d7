// Package framework is what resolvers are made with: the interface that they implement, the cache that keeps what may be kept
// (contract 4 §2.7), and reading of Secrets. A resolver knows nothing of requests, queues and the API. The package controller asks
// resolvers for the ResolutionRequests of a cluster; InProcess asks them without one.
package framework

import (
	"context"
	"time"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// ResolutionTimeout limits one attempt of a resolver that does not say otherwise.
const ResolutionTimeout = time.Minute

// MaxDocument is the size of the largest document that a resolver may answer with, in bytes. What is larger does not fit into a
// ResolutionRequest.
const MaxDocument = 1 << 20

// Resolver fetches definitions of one kind of place.
type Resolver interface {
	// About describes the resolver; it always answers the same.
	About() About
	// Prepare checks a request and reads what it takes to fulfil it, such as credentials; it asks nobody but the API server. Its
	// errors are treated like those of Fetch.Do.
	Prepare(ctx context.Context, req Request) (*Fetch, error)
}

// About describes a resolver.
type About struct {
	// Type is what users put into "resolver", and the label of the requests.
	Type string
	// Name stands in messages, and in lower case in the names of the leases.
	Name string
	// Flag is the key in the ConfigMap resolvers-feature-flags that switches the resolver off.
	Flag string
	// Config is the name of the resolver's ConfigMap.
	Config string
	// Defaults is the data of that ConfigMap if there is none.
	Defaults map[string]string
	// Alone tells that requests that are equal do not share the answer of one fetch, unless it is kept: for what is read at once and has
	// to be of the moment.
	Alone bool
	// Caches tells whether answers are kept for the next request (contract 4 §2.7). The framework reads the param and the settings
	// for it, and refuses modes that do not exist.
	Caches bool
}

// Request is one question.
type Request struct {
	// Namespace is that of the run that asks: what the resolver may use on behalf of the run is there.
	Namespace, Name string
	// Params are the parameters that are strings; the others count as empty. A param that was not given is not in it.
	Params map[string]string
	// URL is the reference in the form of an address; mostly empty.
	URL string
	// Config is the data of the resolver's ConfigMap. It must not be changed.
	Config map[string]string
}

// Fetch is a request that has been checked.
type Fetch struct {
	// Pinned says that the request names content that never changes, by a commit or a digest: its answer is kept in mode auto, for
	// as long as there is room.
	Pinned bool
	// Credentials are what decides, beside namespace, params and configuration, who may read: contents of Secrets. Only their
	// digest is kept. Two requests share an answer only if they are equal in all four.
	Credentials []string
	// Timeout limits Do; 0 means ResolutionTimeout.
	Timeout time.Duration
	// Do fetches. An error ends the request, unless trying again can help: errors of the API that pass, and failures of class
	// Transient. The reason of a failure becomes that of the request; ResolutionFailed if it has none.
	Do func(context.Context) (*Answer, error)
}

// Answer is what a resolver found. It is shared with others who ask the same, and must not be changed.
type Answer struct {
	// Data is the document, of at most MaxDocument bytes.
	Data []byte
	// Annotations go into the status of the request.
	Annotations map[string]string
	// Source is where the document came from.
	Source *v1.RefSource
}
