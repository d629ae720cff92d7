// Package resolution names the resolution.tekton.dev API group and the label that its objects carry.
package resolution

import "k8s.io/apimachinery/pkg/runtime/schema"

const (
	// GroupName is the API group of ResolutionRequests.
	GroupName = "resolution.tekton.dev"

	// ResolutionRequestKind is the kind of a ResolutionRequest.
	ResolutionRequestKind = "ResolutionRequest"

	// LabelKeyResolverType holds, on a ResolutionRequest, the name of the resolver that should answer it.
	LabelKeyResolverType = GroupName + "/type"
)

// ResolutionRequestResource is the resource of ResolutionRequests.
var ResolutionRequestResource = schema.GroupResource{Group: GroupName, Resource: "resolutionrequests"}
