package podbuild

import (
	"maps"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/kmeta"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	"github.com/tenon-ci/tenon/pkg/names"
)

// defaultContainerAnnotation tells kubectl which container to show when none is named.
const defaultContainerAnnotation = "kubectl.kubernetes.io/default-container"

// meta names the Pod after the TaskRun and the attempt, so that nobody can create two Pods for one attempt.
func (f *facts) meta() metav1.ObjectMeta {
	tr := f.in.TaskRun
	return metav1.ObjectMeta{
		Name:            names.Pod(tr.Name, len(tr.Status.RetriesStatus)),
		Namespace:       tr.Namespace,
		Labels:          f.labels(),
		Annotations:     f.annotations(),
		OwnerReferences: []metav1.OwnerReference{*kmeta.NewControllerRef(tr)},
	}
}

func (f *facts) labels() map[string]string {
	tr := f.in.TaskRun
	labels := make(map[string]string, len(tr.Labels)+3)
	maps.Copy(labels, tr.Labels)
	labels[pipeline.TaskRunLabelKey] = tr.Name
	labels[pipeline.TaskRunUIDLabelKey] = string(tr.UID)
	// Forced, because the controller watches only Pods that carry it.
	labels[pipeline.ManagedByLabelKey] = f.in.Config.Defaults.DefaultManagedByLabelValue
	return labels
}

func (f *facts) annotations() map[string]string {
	annotations := make(map[string]string, len(f.in.TaskRun.Annotations)+3)
	if f.prepareFirst {
		annotations[defaultContainerAnnotation] = f.containers[0]
	}
	maps.Copy(annotations, f.in.TaskRun.Annotations)
	delete(annotations, pipeline.ManagedByLabelKey)
	// Only the controller may release the first step or stop all.
	delete(annotations, pipeline.ReadyAnnotationKey)
	delete(annotations, pipeline.CancelAnnotationKey)
	annotations[pipeline.ReleaseAnnotationKey] = f.in.Release
	if f.readyAtOnce {
		annotations[pipeline.ReadyAnnotationKey] = pipeline.ReadyAnnotationValue
	}
	return annotations
}
