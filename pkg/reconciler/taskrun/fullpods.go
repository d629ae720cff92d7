package taskrun

import (
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"
	"knative.dev/pkg/kmeta"

	"github.com/tenon-ci/tenon/pkg/reconciler/cached"
)

// fullPods has the pods that are still looked at. The informer keeps of each pod only what it is found by: most pods of a cluster are
// those of runs that are over, and nobody reads them any more.
type fullPods struct {
	mu    sync.Mutex
	byUID map[types.UID]*corev1.Pod
}

func newFullPods() *fullPods { return &fullPods{byUID: map[types.UID]*corev1.Pod{}} }

// transform is for the informer of pods.
func (f *fullPods) transform(object any) (any, error) {
	pod, ok := object.(*corev1.Pod)
	if !ok {
		return object, nil // a tombstone, or what was transformed before
	}
	stub := cached.PodStub(pod)
	if _, err := cached.Pod(pod); err != nil {
		return nil, fmt.Errorf("stripping pod %s/%s: %w", pod.Namespace, pod.Name, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.byUID[pod.UID] = pod
	return stub, nil
}

// of returns the pod that an object of the informer stands for, nil if it is not kept any more.
func (f *fullPods) of(object any) *corev1.Pod {
	switch o := object.(type) {
	case *corev1.Pod:
		return o
	case *metav1.PartialObjectMetadata:
		f.mu.Lock()
		defer f.mu.Unlock()
		return f.byUID[o.UID]
	default:
		return nil
	}
}

// forget drops a pod that nobody looks at any more. Should it change, it is kept again.
func (f *fullPods) forget(uid types.UID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.byUID, uid)
}

// handler forgets pods that are gone.
func (f *fullPods) handler() cache.ResourceEventHandler {
	return cache.ResourceEventHandlerFuncs{DeleteFunc: func(object any) {
		if meta, err := kmeta.DeletionHandlingAccessor(object); err == nil {
			f.forget(meta.GetUID())
		}
	}}
}

// isOver tells whether a pod does nothing any more and is not being deleted.
func isOver(pod *corev1.Pod) bool {
	return pod.DeletionTimestamp == nil && (pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed)
}
