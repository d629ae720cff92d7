// Package cached keeps out of the caches of informers what no reconciler reads. Objects of the caches must therefore not
// be written back whole; statuses and patches may.
package cached

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	"github.com/tenon-ci/tenon/pkg/apis/resolution/v1beta1"
	"github.com/tenon-ci/tenon/pkg/names"
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

// DataDigestAnnotation has, on requests in caches, the digest of the document that Request has dropped.
const DataDigestAnnotation = "tenon.dev/data-digest"

// Request is a transform for informers of ResolutionRequests. Beyond what Metadata drops it drops the document of requests that
// are done: they live as long as their runs, which have a copy of what they use. DataDigest tells it apart from others.
func Request(object any) (any, error) {
	rr, ok := object.(*v1beta1.ResolutionRequest)
	if !ok {
		return object, nil
	}
	if rr.IsDone() && rr.Status.Data != "" {
		annotations := maps.Clone(rr.Annotations)
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[DataDigestAnnotation] = digest(rr.Status.Data)
		rr.Annotations, rr.Status.Data = annotations, ""
	}
	return Metadata(rr)
}

// DataDigest returns the digest of the document of a request, also of one whose document was dropped; empty if it has none.
func DataDigest(rr *v1beta1.ResolutionRequest) string {
	if rr.Status.Data == "" {
		return rr.Annotations[DataDigestAnnotation]
	}
	return digest(rr.Status.Data)
}

func digest(data string) string {
	sum := sha256.Sum256([]byte(data))
	return hex.EncodeToString(sum[:])
}

// Pod is a transform for informers of pods of TaskRuns. Beyond what Metadata drops it drops what only a kubelet needs:
// how containers are run. Their names, images and restart policies stay, and the volume by which pods of another engine are known.
func Pod(object any) (any, error) {
	pod, ok := object.(*corev1.Pod)
	if !ok {
		return object, nil
	}
	pod.Spec.Volumes, pod.Spec.Tolerations, pod.Spec.Affinity = foreignMark(pod.Spec.Volumes), nil, nil
	pod.Spec.InitContainers = bare(pod.Spec.InitContainers)
	pod.Spec.Containers = bare(pod.Spec.Containers)
	return Metadata(pod)
}

// foreignMark keeps the name of the volume that only pods of another engine have.
func foreignMark(volumes []corev1.Volume) []corev1.Volume {
	for i := range volumes {
		if volumes[i].Name == names.ForeignRunVolume {
			return []corev1.Volume{{Name: names.ForeignRunVolume}}
		}
	}
	return nil
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
