package pipelinerun

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/kubernetes"
	appslisters "k8s.io/client-go/listers/apps/v1"
	corelisters "k8s.io/client-go/listers/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/plan"
)

// assistants finds affinity assistants and the state of the nodes they run on, in caches that hold nothing else.
type assistants struct {
	kube kubernetes.Interface
	// sets is nil if StatefulSets may not be watched; they are asked for then.
	sets appslisters.StatefulSetLister
	pods corelisters.PodLister
	// nodes is nil if nodes may not be watched; all are taken for good then.
	nodes corelisters.NodeLister
}

// set returns a StatefulSet, or an error that apierrors.IsNotFound knows.
func (a assistants) set(ctx context.Context, namespace, name string) (*appsv1.StatefulSet, error) {
	if a.sets != nil {
		return a.sets.StatefulSets(namespace).Get(name)
	}
	// By a list, because no role grants the controller to get one.
	list, err := a.kube.AppsV1().StatefulSets(namespace).List(ctx, metav1.ListOptions{
		FieldSelector: fields.OneTermEqualSelector(metav1.ObjectNameField, name).String(),
	})
	if err != nil {
		return nil, err
	}
	for i := range list.Items {
		if list.Items[i].Name == name {
			return &list.Items[i], nil
		}
	}
	return nil, apierrors.NewNotFound(appsv1.Resource("statefulsets"), name)
}

// find returns what is known about the affinity assistant of a run. Its name derives from that of the run, so that one which an
// earlier run of the same name has left is found as well: it is Foreign, as is one that is about to go.
func (a assistants) find(ctx context.Context, pr *v1.PipelineRun, name string) plan.StatefulSet {
	set, err := a.set(ctx, pr.Namespace, name)
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
	if a.nodes == nil {
		return nil
	}
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
