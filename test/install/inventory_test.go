//go:build e2e

package install

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
)

// inventory has the objects of a cluster, as resource, namespace and name.
type inventory map[string]bool

// passing are resources whose objects come and go by themselves.
var passing = []string{"events", "events.events.k8s.io", "leases.coordination.k8s.io kube-node-lease", "persistentvolumes",
	"apiservices.apiregistration.k8s.io"} // the API server makes one for each definition, and removes it with that

// settled takes an inventory when two in a row are the same.
func settled(t *testing.T) inventory {
	t.Helper()
	var last inventory
	await(t, "a cluster in which nothing changes", func(ctx context.Context) (bool, error) {
		now, err := take(ctx, t)
		same := err == nil && last != nil && maps.Equal(now, last)
		last = now
		return same, err
	}, func() any { return len(last) })
	return last
}

// take lists the objects of every resource that the API server has. Those in namespaces of tests are left out.
func take(ctx context.Context, t *testing.T) (inventory, error) {
	t.Helper()
	c := clients(t)
	// Groups whose definitions were deleted a moment ago may be announced and not be there: the rest is listed.
	lists, err := discovery.ServerPreferredResources(c.Kube.Discovery())
	if err != nil && !discovery.IsGroupDiscoveryFailedError(err) {
		return nil, err
	}
	found := inventory{}
	for _, list := range lists {
		group, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			return nil, err
		}
		for _, resource := range list.APIResources {
			if slices.Contains(resource.Verbs, "list") {
				if err := found.add(ctx, c.Dynamic, group.WithResource(resource.Name)); err != nil {
					return nil, err
				}
			}
		}
	}
	return found, nil
}

func (i inventory) add(ctx context.Context, lister dynamic.Interface, resource schema.GroupVersionResource) error {
	list, err := lister.Resource(resource).List(ctx, metav1.ListOptions{})
	if apierrors.IsNotFound(err) || apierrors.IsMethodNotSupported(err) || meta.IsNoMatchError(err) {
		return nil // a definition that is being deleted
	}
	if err != nil {
		return err
	}
	for j := range list.Items {
		o := &list.Items[j]
		entry := strings.TrimSpace(resource.GroupResource().String() + " " + o.GetNamespace())
		isTests := strings.HasPrefix(o.GetNamespace(), "tenon-test-") || strings.HasPrefix(o.GetName(), "tenon-test-")
		if !isTests && !slices.Contains(passing, entry) && !slices.Contains(passing, resource.GroupResource().String()) {
			i[entry+"/"+o.GetName()] = true
		}
	}
	return nil
}

// added are the entries that another inventory has and this one has not.
func (i inventory) added(now inventory) []string {
	return slices.Sorted(func(yield func(string) bool) {
		for entry := range now {
			if !i[entry] && !yield(entry) {
				return
			}
		}
	})
}

// await waits until nothing is there that was not there before.
func (i inventory) await(t *testing.T) {
	t.Helper()
	i.awaitAdded(t, "nothing to be left", func(left []string) bool { return len(left) == 0 })
}

// awaitOnlyDefinitions waits until nothing but the definitions is left.
func (i inventory) awaitOnlyDefinitions(t *testing.T) {
	t.Helper()
	const definitions = "customresourcedefinitions.apiextensions.k8s.io/"
	i.awaitAdded(t, "the definitions alone to be left", func(left []string) bool {
		return len(left) == 8 && !slices.ContainsFunc(left, func(entry string) bool { return !strings.HasPrefix(entry, definitions) })
	})
}

func (i inventory) awaitAdded(t *testing.T, what string, ok func([]string) bool) {
	t.Helper()
	var left []string
	await(t, what, func(ctx context.Context) (bool, error) {
		now, err := take(ctx, t)
		if err != nil {
			return false, err
		}
		left = i.added(now)
		return ok(left), nil
	}, func() any { return strings.Join(left, "\n") })
}
