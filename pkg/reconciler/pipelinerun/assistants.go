package pipelinerun

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	appslisters "k8s.io/client-go/listers/apps/v1"
	corelisters "k8s.io/client-go/listers/core/v1"

	"github.com/tenon-ci/tenon/pkg/plan"
)

// assistants finds affinity assistants and the state of the nodes they run on, in caches that hold nothing else.
type assistants struct {
	sets  appslisters.StatefulSetLister
	pods  corelisters.PodLister
	nodes corelisters.NodeLister
}

func (a assistants) find(namespace, name string) plan.StatefulSet {
	set, err := a.sets.StatefulSets(namespace).Get(name)
	switch {
	case apierrors.IsNotFound(err):
		return plan.StatefulSet{}
	case err != nil:
		return plan.StatefulSet{Err: fmt.Errorf("reading StatefulSet %s/%s: %w", namespace, name, err)}
	}
	return plan.StatefulSet{Exists: true, Cordoned: set.Status.ReadyReplicas == 1 && a.cordoned(namespace, name+"-0")}
}

// cordoned tells whether the node of a Pod takes no new Pods.
func (a assistants) cordoned(namespace, pod string) bool {
	p, err := a.pods.Pods(namespace).Get(pod)
	if err != nil || p.Spec.NodeName == "" || p.DeletionTimestamp != nil {
		return false
	}
	node, err := a.nodes.Get(p.Spec.NodeName)
	return err == nil && node.Spec.Unschedulable
}

// stripNode leaves of a node what assistants look at: kubelets report much more, and often.
func stripNode(object any) (any, error) {
	node, ok := object.(*corev1.Node)
	if !ok {
		return object, nil
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: node.Name, UID: node.UID, ResourceVersion: node.ResourceVersion},
		Spec:       corev1.NodeSpec{Unschedulable: node.Spec.Unschedulable},
	}, nil
}
