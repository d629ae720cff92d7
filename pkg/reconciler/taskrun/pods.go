package taskrun

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/reconciler/recent"
	"github.com/tenon-ci/tenon/pkg/taskplan"
)

// podCache finds pods of TaskRuns in the informer. It also knows those that this process made and the informer does not show yet:
// a pass that a run's own change brings may well come earlier than the pod.
type podCache struct {
	index cache.Indexer
	full  *fullPods
	kube  kubernetes.Interface
	// recent has the pods that were just made.
	recent *recent.Memory[*corev1.Pod]
}

// remember keeps a pod until the informer shows it.
func (c podCache) remember(tr *v1.TaskRun, pod *corev1.Pod) {
	if c.named(tr, pod.Name) == nil {
		c.recent.Made(tr.UID, pod)
	}
}

// of returns the pod of the run's current attempt, nil if there is none.
func (c podCache) of(tr *v1.TaskRun) *corev1.Pod {
	name := taskplan.PodName(tr)
	if pod := c.named(tr, name); pod != nil {
		c.recent.Shown(tr.UID)
		return pod
	}
	for _, pod := range c.recent.Children(tr.UID) {
		if pod.Name == name {
			return pod
		}
	}
	if tr.Status.PodName == "" {
		return c.labelled(tr)
	}
	return nil
}

// labelled returns a pod of the run whose name is not the one that this controller would give it, and that no earlier attempt had
// (contract 2 §2.1): another engine may have made it and been stopped before it wrote that down.
func (c podCache) labelled(tr *v1.TaskRun) *corev1.Pod {
	owned, err := c.index.ByIndex(ownerIndex, string(tr.UID))
	if err != nil {
		return nil
	}
	for _, o := range owned {
		pod := c.full.of(o)
		if pod == nil || pod.Namespace != tr.Namespace || pod.Labels[pipeline.TaskRunLabelKey] != tr.Name {
			continue
		}
		archived := slices.ContainsFunc(tr.Status.RetriesStatus, func(s v1.TaskRunStatus) bool { return s.PodName == pod.Name })
		if !archived && pod.DeletionTimestamp == nil && pod.Status.Phase != corev1.PodFailed {
			return pod
		}
	}
	return nil
}

func (c podCache) named(tr *v1.TaskRun, name string) *corev1.Pod {
	owned, err := c.index.ByIndex(ownerIndex, string(tr.UID))
	if err != nil {
		return nil // only without the index, and then there are no pods either
	}
	for _, o := range owned {
		if meta, ok := o.(metav1.Object); ok && meta.GetNamespace() == tr.Namespace && meta.GetName() == name {
			return c.full.of(o)
		}
	}
	return nil
}

// leave forgets the pods of a run that is done and was looked after, but for those that still do something.
func (c podCache) leave(tr *v1.TaskRun) {
	owned, err := c.index.ByIndex(ownerIndex, string(tr.UID))
	if err != nil {
		return
	}
	for _, o := range owned {
		if pod := c.full.of(o); pod != nil && isOver(pod) {
			c.full.forget(pod.UID)
		}
	}
}

// live reads a pod that the informer may not show yet. It is ErrForeignPod if another object owns it.
func (c podCache) live(ctx context.Context, tr *v1.TaskRun, name string) (*corev1.Pod, error) {
	if pod := c.named(tr, name); pod != nil {
		return pod, nil
	}
	pod, err := c.kube.CoreV1().Pods(tr.Namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("reading pod %s: %w", name, err)
	}
	if !metav1.IsControlledBy(pod, tr) {
		return nil, taskplan.ErrForeignPod
	}
	return pod, nil
}
