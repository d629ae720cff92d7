// Package cached keeps out of the caches of informers what no reconciler reads. Objects of the caches must therefore not
// be written back whole; statuses and patches may.
package cached

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
)

// Metadata is a transform for informers of any kind: it drops who manages which field, and the copy that kubectl apply
// leaves (contract 4 §9). Annotations may be shared with other readers of the object, so they are copied.
func Metadata(object any) (any, error) {
	meta, ok := object.(metav1.Object)
	if !ok {
		return object, nil // a tombstone
	}
	meta.SetManagedFields(nil)
	annotations := meta.GetAnnotations()
	if _, ok := annotations[pipeline.LastAppliedAnnotationKey]; !ok {
		return object, nil
	}
	kept := make(map[string]string, len(annotations)-1)
	for key, value := range annotations {
		if key != pipeline.LastAppliedAnnotationKey {
			kept[key] = value
		}
	}
	meta.SetAnnotations(kept)
	return object, nil
}

// Pod is a transform for informers of pods of TaskRuns. Beyond what Metadata drops it drops what only a kubelet needs:
// how containers are run. Their names, images and restart policies stay.
func Pod(object any) (any, error) {
	pod, ok := object.(*corev1.Pod)
	if !ok {
		return object, nil
	}
	pod.Spec.Volumes, pod.Spec.Tolerations, pod.Spec.Affinity = nil, nil, nil
	pod.Spec.InitContainers = bare(pod.Spec.InitContainers)
	pod.Spec.Containers = bare(pod.Spec.Containers)
	return Metadata(pod)
}

func bare(containers []corev1.Container) []corev1.Container {
	if containers == nil {
		return nil
	}
	out := make([]corev1.Container, len(containers))
	for i := range containers {
		c := &containers[i]
		out[i] = corev1.Container{Name: c.Name, Image: c.Image, RestartPolicy: c.RestartPolicy}
	}
	return out
}
