// Package access finds out what the process may watch, before it watches. A watch that is refused is tried again for ever, and whoever
// waits for its cache waits as long; so what is optional is looked at first, and left out where the right is missing (contract 4 §7.9).
// Find is the entry point.
package access

import (
	"context"
	"fmt"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// Resource is a kind of objects that may be watched, as in rules of roles.
type Resource struct{ Group, Name string }

// The resources that the controller can do without watching.
var (
	ServiceAccounts = Resource{"", "serviceaccounts"}
	LimitRanges     = Resource{"", "limitranges"}
	StatefulSets    = Resource{"apps", "statefulsets"}
	Nodes           = Resource{"", "nodes"}
)

// optional are these resources, each with what becomes of its absence.
var optional = []struct {
	Resource
	namespaced bool
	without    string
}{
	{ServiceAccounts, true, "the ServiceAccount of each run is read when it starts"},
	{LimitRanges, true, "the LimitRanges of a namespace are read when a pod is made"},
	{StatefulSets, true, "affinity assistants are read when a run needs to know of them, and one that is deleted by others comes back later"},
	{Nodes, false, "an affinity assistant stays on its node when that is cordoned"},
}

// Rights say which resources may not be watched. The zero value says that all may.
type Rights struct{ denied map[Resource]bool }

// Without returns rights that lack the watch of some resources.
func Without(resources ...Resource) Rights {
	denied := make(map[Resource]bool, len(resources))
	for _, r := range resources {
		denied[r] = true
	}
	return Rights{denied}
}

// Watch tells whether objects of a resource may be listed and watched.
func (r Rights) Watch(resource Resource) bool { return !r.denied[resource] }

// Notes say, in a line for each resource that may not be watched, what follows from that.
func (r Rights) Notes(namespace string) []string {
	var notes []string
	for _, o := range optional {
		if r.denied[o.Resource] {
			notes = append(notes, fmt.Sprintf("%s may not be listed and watched%s, so %s", o.Name, where(namespace, o.namespaced), o.without))
		}
	}
	return notes
}

func where(namespace string, namespaced bool) string {
	switch {
	case !namespaced:
		return ""
	case namespace == "":
		return " in all namespaces"
	default:
		return " in namespace " + namespace
	}
}

// Find asks the API server which of the resources the process may watch in a namespace, in all of them if it is empty. It needs no right
// that not everybody has.
func Find(ctx context.Context, kube kubernetes.Interface, namespace string) (Rights, error) {
	var denied []Resource
	for _, o := range optional {
		in := namespace
		if !o.namespaced {
			in = ""
		}
		for _, verb := range []string{"list", "watch"} {
			allowed, err := ask(ctx, kube, authorizationv1.ResourceAttributes{Namespace: in, Verb: verb, Group: o.Group, Resource: o.Name})
			if err != nil {
				return Rights{}, err
			}
			if !allowed {
				denied = append(denied, o.Resource)
				break
			}
		}
	}
	return Without(denied...), nil
}

func ask(ctx context.Context, kube kubernetes.Interface, attributes authorizationv1.ResourceAttributes) (bool, error) {
	answer, err := kube.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, &authorizationv1.SelfSubjectAccessReview{
		Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &attributes},
	}, metav1.CreateOptions{})
	if err != nil {
		return false, fmt.Errorf("asking whether this process may %s %s: %w", attributes.Verb, strings.TrimPrefix(attributes.Group+"/"+attributes.Resource, "/"), err)
	}
	return answer.Status.Allowed, nil
}
