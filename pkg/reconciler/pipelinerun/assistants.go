package pipelinerun

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	appslisters "k8s.io/client-go/listers/apps/v1"
	corelisters "k8s.io/client-go/listers/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/plan"
)

// assistants finds affinity assistants and the state of the nodes they run on, in caches that hold nothing else.
type assistants struct {
	sets  appslisters.StatefulSetLister
	pods  corelisters.PodLister
	nodes corelisters.NodeLister
}

// find returns what is known about the affinity assistant of a run. Its name derives from that of the run, so that one which an
// earlier run of the same name has left is found as well: it is Foreign, as is one that is about to go.
func (a assistants) find(pr *v1.PipelineRun, name string) plan.StatefulSet {
	set, err := a.sets.StatefulSets(pr.Namespace).Get(name)
	switch {
	case apierrors.IsNotFound(err):
		return plan.StatefulSet{}
	case err != nil:
		return plan.StatefulSet{Err: fmt.Errorf("reading StatefulSet %s/%s: %w", pr.Namespace, name, err)}
	case set.DeletionTimestamp != nil || !metav1.IsControlledBy(set, pr):
		return plan.StatefulSet{Foreign: true}
	}
	found := plan.StatefulSet{Exists: true, UID: set.UID}
	if pod := a.stranded(pr.Namespace, name+"-0"); pod != nil && set.Status.ReadyReplicas == 1 {
		found.Cordoned, found.PodUID = true, pod.UID
	}
	return found
}

// stranded returns the Pod of that name if its node takes no new Pods.
func (a assistants) stranded(namespace, name string) *corev1.Pod {
	pod, err := a.pods.Pods(namespace).Get(name)
	if err != nil || pod.Spec.NodeName == "" || pod.DeletionTimestamp != nil {
		return nil
	}
	node, err := a.nodes.Get(pod.Spec.NodeName)
	if err != nil || !node.Spec.Unschedulable {
		return nil
	}
	return pod
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
