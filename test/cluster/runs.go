package cluster

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
)

// Runs returns all runs in the namespace.
func (n *Namespace) Runs() []unstructured.Unstructured {
	n.t.Helper()
	var runs []unstructured.Unstructured
	for _, resource := range []schema.GroupVersionResource{
		v1.SchemeGroupVersion.WithResource("pipelineruns"), v1.SchemeGroupVersion.WithResource("taskruns"),
		v1beta1.SchemeGroupVersion.WithResource("customruns"),
	} {
		list, err := n.Dynamic.Resource(resource).Namespace(n.Name).List(n.t.Context(), metav1.ListOptions{})
		if err != nil {
			n.t.Fatalf("listing %s: %v", resource.Resource, err)
		}
		runs = append(runs, list.Items...)
	}
	return runs
}
