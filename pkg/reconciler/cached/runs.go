package cached

import (
	"unique"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"
	duckv1 "knative.dev/pkg/apis/duck/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// CutAnnotation is on runs in caches of which a part was left out.
const CutAnnotation = "tenon.dev/cut"

// IsCut tells whether an object is a part of a run only. Its status must not be written: what was left out would be lost.
func IsCut(object metav1.Object) bool {
	_, cut := object.GetAnnotations()[CutAnnotation]
	return cut
}

// TaskRun is a transform for informers of TaskRuns. Of a run that is done it keeps what its PipelineRun reads, and what the passes
// read that come after its end; that it was cut is noted in [CutAnnotation]. From others it drops what Metadata drops.
func TaskRun(object any) (any, error) {
	tr, ok := object.(*v1.TaskRun)
	if !ok || !tr.IsDone() || IsCut(tr) {
		return Metadata(object)
	}
	kept := &v1.TaskRun{
		ObjectMeta: cutMeta(&tr.ObjectMeta, pipeline.AffinityAssistantAnnotationKey),
		Spec: v1.TaskRunSpec{
			Params: tr.Spec.Params, Status: tr.Spec.Status, StatusMessage: tr.Spec.StatusMessage, Workspaces: tr.Spec.Workspaces,
			ManagedBy: tr.Spec.ManagedBy,
		},
		Status: v1.TaskRunStatus{Status: duckv1.Status{Conditions: sharedConditions(tr.Status.Conditions)}},
	}
	kept.Status.SpanContext = tr.Status.SpanContext
	kept.Status.PodName, kept.Status.StartTime, kept.Status.CompletionTime = tr.Status.PodName, tr.Status.StartTime, tr.Status.CompletionTime
	kept.Status.Results, kept.Status.Artifacts, kept.Status.Sidecars = tr.Status.Results, tr.Status.Artifacts, tr.Status.Sidecars
	if tr.Status.PodName == "" {
		// The name of the pod follows from how many attempts there were.
		kept.Status.RetriesStatus = make([]v1.TaskRunStatus, len(tr.Status.RetriesStatus))
	}
	return kept, nil
}

// PipelineRun is to PipelineRuns what TaskRun is to TaskRuns. A run that is done is only cleaned up, which writes no status.
func PipelineRun(object any) (any, error) {
	pr, ok := object.(*v1.PipelineRun)
	if !ok || !pr.IsDone() || IsCut(pr) {
		return Metadata(object)
	}
	kept := &v1.PipelineRun{
		ObjectMeta: cutMeta(&pr.ObjectMeta, pipeline.AffinityAssistantAnnotationKey, pipeline.AutoCleanupAnnotationKey),
		Spec: v1.PipelineRunSpec{
			Params: pr.Spec.Params, Status: pr.Spec.Status, Workspaces: pr.Spec.Workspaces, ManagedBy: pr.Spec.ManagedBy,
		},
		Status: v1.PipelineRunStatus{Status: duckv1.Status{Conditions: sharedConditions(pr.Status.Conditions)}},
	}
	kept.Status.SpanContext = pr.Status.SpanContext
	kept.Status.StartTime, kept.Status.CompletionTime = pr.Status.StartTime, pr.Status.CompletionTime
	kept.Status.Results, kept.Status.ChildReferences = pr.Status.Results, pr.Status.ChildReferences
	return kept, nil
}

// keptLabels are the labels by which runs find each other.
var keptLabels = []string{pipeline.PipelineTaskLabelKey, pipeline.PipelineLabelKey, pipeline.PipelineRunLabelKey, pipeline.PipelineRunUIDLabelKey}

// onlyCut are the annotations of objects without any other. Nobody writes to objects of caches.
var onlyCut = map[string]string{CutAnnotation: ""}

// cutMeta keeps what identifies an object, its owners, some of its labels and the named annotations. Texts that many objects have are
// in memory once.
func cutMeta(meta *metav1.ObjectMeta, annotations ...string) metav1.ObjectMeta {
	kept := metav1.ObjectMeta{
		Name: meta.Name, Namespace: shared(meta.Namespace), UID: meta.UID, ResourceVersion: meta.ResourceVersion,
		CreationTimestamp: meta.CreationTimestamp, DeletionTimestamp: meta.DeletionTimestamp,
		Labels: pick(meta.Labels, keptLabels), Annotations: onlyCut,
	}
	if others := pick(meta.Annotations, annotations); others != nil {
		others[CutAnnotation] = ""
		kept.Annotations = others
	}
	for _, owner := range meta.OwnerReferences {
		kept.OwnerReferences = append(kept.OwnerReferences, metav1.OwnerReference{
			APIVersion: shared(owner.APIVersion), Kind: shared(owner.Kind), Name: owner.Name, UID: owner.UID,
			Controller: sharedBool(owner.Controller), BlockOwnerDeletion: sharedBool(owner.BlockOwnerDeletion),
		})
	}
	return kept
}

// PodStub returns what pods of runs are found by: their name, UID, version and owners.
func PodStub(pod *corev1.Pod) *metav1.PartialObjectMetadata {
	meta := cutMeta(&pod.ObjectMeta)
	meta.Labels, meta.Annotations = nil, nil
	return &metav1.PartialObjectMetadata{ObjectMeta: meta}
}

// pick returns a part of a map, nil if it is empty. The keys are the given ones, which all objects share.
func pick(from map[string]string, keys []string) map[string]string {
	var picked map[string]string
	for _, key := range keys {
		value, ok := from[key]
		if !ok {
			continue
		}
		if picked == nil {
			picked = make(map[string]string, len(keys))
		}
		picked[key] = value
	}
	return picked
}

func sharedConditions(conditions duckv1.Conditions) duckv1.Conditions {
	kept := make(duckv1.Conditions, len(conditions))
	for i, c := range conditions {
		kept[i] = apis.Condition{
			Type: apis.ConditionType(shared(string(c.Type))), Status: c.Status, Severity: c.Severity, LastTransitionTime: c.LastTransitionTime,
			Reason: shared(c.Reason), Message: shared(c.Message),
		}
	}
	return kept
}

// shared returns the same text for equal ones, of which there is one in memory then.
func shared(text string) string { return unique.Make(text).Value() }

var yes, no = true, false

func sharedBool(b *bool) *bool {
	switch {
	case b == nil:
		return nil
	case *b:
		return &yes
	default:
		return &no
	}
}
