package taskrun

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	"github.com/tenon-ci/tenon/pkg/podstatus"
)

// settle is how long news of a pod that only goes on are left lying. Pods go through their first stages, and short steps come to
// their end, in less: one pass sees it all then, and the write that ends the run does not queue behind one that says it runs.
const settle = 100 * time.Millisecond

// podHandler lets passes be made over the runs of pods: at once if there is something to do, after settle if there is only
// progress to be shown.
func podHandler(full *fullPods, now func(object any), after func(key types.NamespacedName, delay time.Duration)) cache.ResourceEventHandler {
	return cache.ResourceEventHandlerFuncs{
		AddFunc: now,
		UpdateFunc: func(_, object any) {
			if pod := full.of(object); pod != nil && goesOn(pod) {
				if owner := metav1.GetControllerOf(pod); owner != nil {
					after(types.NamespacedName{Namespace: pod.Namespace, Name: owner.Name}, settle)
					return
				}
			}
			now(object)
		},
		DeleteFunc: now,
	}
}

// goesOn tells whether a pod starts as it should or works on its steps, and waits for nobody.
func goesOn(pod *corev1.Pod) bool {
	switch {
	case pod.DeletionTimestamp != nil:
		return false
	case pod.Status.Phase == corev1.PodPending:
		return podstatus.StartsNormally(pod)
	case pod.Status.Phase == corev1.PodRunning:
		return pod.Annotations[pipeline.ReadyAnnotationKey] == pipeline.ReadyAnnotationValue && !podstatus.Finished(pod)
	default:
		return false
	}
}
